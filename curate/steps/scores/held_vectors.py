"""The vectors that a dataset holds of a model, and which model is meant by default."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from curate.catalogue import layers, vectors
from curate.catalogue.dataset import Dataset
from curate.catalogue.vectors import VectorRows
from curate.embedders import Embedder
from curate.errors import NotInCatalogue
from curate.steps.common.kept_vectors import current_rows
from curate.steps.common.model_kinds import asked_by, digest_of, layer_name, model_kind
from curate.steps.common.recording_vectors import chosen


@dataclass(frozen=True, slots=True)
class HeldVectors:
    """The vectors of a model that the dataset has, and whose they are.

    Parameters
    ----------
    model
        As it was named, by which it can be made again.
    hop : seconds
        From the start of one window to that of the next.
    rows
        Of the recordings that have any, in the order of the file; of those without a window, nothing is kept.
    kept
        Whether they are of kept parts: recordings that were cut since then have none.
    vectors : shape=(rows of the file, dimension)
    """

    model: str
    kind: type[Embedder]
    hop: float
    digest: str
    rows: list[VectorRows]
    vectors: NDArray[np.float16]
    kept: bool = False


def held_vectors(dataset: Dataset, model: str) -> HeldVectors:
    """Open the vectors of a model.

    Raises
    ------
    UsageError
        If there is no such model.
    NotInCatalogue
        If it has no vectors here.
    """
    model = asked_by(dataset.store, model)
    store, kind = dataset.store, model_kind(dataset.store, model)
    layer = layers.find_number(store, layer_name(kind.name))
    settings = layers.parameters_of(store, layer_name(kind.name)) or {}
    hop = float(settings.get("hop", kind.window))
    digest, kept = digest_of(kind, hop), bool(settings.get(vectors.KEPT))
    rows, stale = ([], []) if layer is None else current_rows(store, layer, digest, kept=kept)
    # Cut as a whole, a recording has no window, but it is not missing either.
    rows = [row for row in rows if row.windows or row.kept]
    if not any(row.windows for row in rows):
        of = "what is kept now" if stale else f"{kind.name} {kind.version}"
        raise NotInCatalogue(
            f"vectors of {of} are missing here",
            hint=f"make them: curate embed --model {model}",
        )
    path = vectors.path_of(dataset.folder, kind.name, digest)
    return HeldVectors(model, kind, hop, digest, rows, vectors.opened(path, rows, kind.dimension), kept)


def model_of(dataset: Dataset, model: str | None) -> str:
    """Say which model is meant: the one that is named, or the only one that has vectors here.

    Raises
    ------
    UsageError
        If several have.
    NotInCatalogue
        If none has.
    """
    return chosen(dataset, None).producer if model is None else model
