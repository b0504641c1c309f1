"""Models by name: those that run here, and those of which only vectors are here."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any, ClassVar, NoReturn

from curate.catalogue import layers, vectors
from curate.catalogue.store import Store
from curate.embedders import EMBEDDERS, Embedder
from curate.embedders.embed_file import model_class
from curate.errors import UsageError

#: Beginning of the version of imported vectors; how many numbers they have, and their own version, follow.
_IMPORTED = "imported/"


def layer_name(model: str) -> str:
    """Name the layer that says which recordings a model has looked at."""
    return f"{vectors.PREFIX}{model}"


def scores_layer_name(model: str) -> str:
    """Name the layer that holds what a model hears, class by class."""
    return f"scores-{model}"


def parameters_of(kind: type[Embedder], hop: float) -> dict[str, Any]:
    """List all that the vectors of a model depend on, next to its version."""
    return {"model": kind.name, "window": kind.window, "hop": hop}


def digest_of(kind: type[Embedder], hop: float) -> str:
    """Short fingerprint of all that the vectors of a model depend on."""
    return layers.digest(kind.version, parameters_of(kind, hop))


def is_made_here(model: str) -> bool:
    """Whether a name stands for a model that runs here: one of ours, a file, or a class of somebody's."""
    return model in EMBEDDERS or ":" in model


def is_imported(version: str) -> bool:
    """Whether a version is that of vectors that were made elsewhere."""
    return version.startswith(_IMPORTED)


def own_version(version: str) -> str:
    """Give a version as who made the vectors calls it; empty where that is not known."""
    while is_imported(version):  # vectors that came and went several times
        version = version.split("/", 2)[2]
    return version


def asked_by(store: Store, model: str) -> str:
    """Give what a model was asked for by, such as ``onnx:FILE``, where the name of its layer is given."""
    return model if is_made_here(model) else layers.producer_of(store, layer_name(model)) or model


def model_kind(store: Store, model: str) -> type[Embedder]:
    """Find a model's class. Also of one whose vectors were imported.

    Raises
    ------
    UsageError
        If there is no such model, and no vectors of it.
    """
    said = None if is_made_here(model) else layers.parameters_of(store, layer_name(model))
    version = layers.version_of(store, layer_name(model))
    if said is None or not is_imported(version):
        return model_class(model)
    _, dimension, own = version.split("/", 2)
    return imported_kind(model, own, float(said["window"]), int(dimension))


class _Imported:
    """A model that is not here."""

    name: ClassVar[str]

    def __init__(self) -> None:
        self.embed()

    @classmethod
    def classes(cls) -> Sequence[str]:
        """Name no class: vectors alone were imported."""
        return ()

    def embed(self, *_: object) -> NoReturn:
        """Refuse: see the message."""
        raise UsageError(
            f"the vectors of {self.name} were imported: the model itself is missing here",
            hint="compare recordings of the dataset, or give the model itself: --model onnx:FILE",
        )


@functools.cache
def imported_kind(model: str, version: str, window: float, dimension: int) -> type[Embedder]:
    """Describe a model whose vectors were imported.

    Parameters
    ----------
    version
        As who made the vectors calls it; empty where that is not known.
    """
    facts = {
        "name": model,
        "version": f"{_IMPORTED}{dimension}/{version}",
        "window": window,
        "dimension": dimension,
        "sr": 0,
        "license": "",
    }
    return type(model, (_Imported,), facts)
