"""Networks in files as embedders: ``onnx:FILE``, ``torchscript:FILE`` and ``tflite:FILE``, each with a card.

A network takes windows, shape=(n, samples), or one window at a time, and gives arrays whose first axis is the
window. A further kind of file is one module with a `Network`, and one line in `NETWORKS`.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray

from curate.embedders import Embedder
from curate.embedders.model_card import ModelCard, read_card
from curate.errors import UsageError
from curate.lookup import resolve

#: Kinds of files, and where the class of their networks is.
NETWORKS: dict[str, str] = {
    "onnx": "curate.embedders.onnx_network:OnnxNetwork",
    "tflite": "curate.embedders.tflite_network:TfliteNetwork",
    "torchscript": "curate.embedders.torchscript_network:TorchscriptNetwork",
}


class Network(Protocol):
    """A network that is loaded from a file, with the path of which it is made."""

    def __init__(self, path: Path) -> None: ...

    def outputs(self, windows: NDArray[np.float32], wanted: Sequence[str | int]) -> list[NDArray[Any]]:
        """Run the network on windows, shape=(n, samples), and give some of its outputs, by name or place.

        Raises
        ------
        UsageError
            If it does not take windows of this length, or has no such output.
        """


class FileModel:
    """An embedder whose network lies in a file. `file_model` makes a subclass for each."""

    name: ClassVar[str]
    version: ClassVar[str]
    sr: ClassVar[int]
    window: ClassVar[float]
    dimension: ClassVar[int]
    license: ClassVar[str]
    card: ClassVar[ModelCard]
    kind: ClassVar[type[Network]]

    def __init__(self) -> None:
        self._network = self.kind(self.card.path)
        # A card that does not fit is told before anybody listens: a window of faint noise shows it.
        noise = np.random.default_rng(0).normal(scale=0.01, size=(2, self.card.length))
        self.embed(noise.astype(np.float32))

    @classmethod
    def classes(cls) -> Sequence[str]:
        """Name the classes, as the file next to the card does."""
        return cls.card.classes

    def embed(self, windows: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32] | None]:
        """Give vectors and scores of windows. See `Embedder`."""
        card = self.card
        wanted = [card.output] if card.scores is None else [card.output, card.scores]
        outputs = self._network.outputs(windows, wanted)
        vectors = self._by_window(card.output, outputs[0], len(windows))
        if vectors.shape[1] != card.dimension:
            raise UsageError(
                f"the card of {card.path.name} says {card.dimension:,} numbers, and its output "
                f"{card.output!r} has {vectors.shape[1]:,}",
                hint=f"correct {card.path.with_suffix('.toml')}: dimension = {vectors.shape[1]}",
            )
        if card.scores is None:
            return vectors, None
        scores = self._by_window(card.scores, outputs[1], len(windows))
        if scores.shape[1] != len(card.classes):
            raise UsageError(
                f"the output {card.scores!r} of {card.path.name} has {scores.shape[1]:,} scores, and its "
                f"card names {len(card.classes):,} classes",
                hint=f"name one class a line, in the order of the scores, in the file that "
                f"{card.path.with_suffix('.toml').name} gives as classes",
            )
        if card.logits:
            with np.errstate(over="ignore"):
                return vectors, (1 / (1 + np.exp(-scores))).astype(np.float32)
        if scores.size and not (scores.min() >= 0 and scores.max() <= 1):
            raise UsageError(
                f"the output {card.scores!r} of {card.path.name} is outside 0 to 1",
                hint="if these are logits, let the card say: logits = true",
            )
        return vectors, scores

    def _by_window(self, which: str | int, output: NDArray[Any], windows: int) -> NDArray[np.float32]:
        """Give an output the shape=(windows, numbers); the mean over time where it has a vector per frame."""
        found = np.asarray(output, np.float32)
        match found.shape:
            case (count, _) if count == windows:
                return found
            case (count, _frames, _) if count == windows:  # as of AVES
                averaged: NDArray[np.float32] = found.mean(axis=1)
                return averaged
        shape = " x ".join(map(str, found.shape))
        raise UsageError(
            f"the output {which!r} of {self.card.path.name} has the shape {shape} for {windows} windows",
            hint="name one that has a vector for each window",
        )


def file_model(name: str) -> type[Embedder] | None:
    """Make the class of ``KIND:FILE`` from the card of the file, or `None` for any other name.

    Raises
    ------
    UsageError
        If the file or its card cannot be used.
    """
    kind, colon, path = name.partition(":")
    if not colon or kind not in NETWORKS:
        return None
    return _class_of(kind, read_card(Path(path)))


def absolute(name: str) -> str:
    """Give ``KIND:FILE`` a path that means the same in every worker. Other names stay."""
    kind, colon, path = name.partition(":")
    return f"{kind}:{os.path.abspath(path)}" if colon and kind in NETWORKS else name


@functools.cache
def _class_of(kind: str, card: ModelCard) -> type[Embedder]:
    facts = {
        "name": card.name,
        "version": card.digest,
        "sr": card.sr,
        "window": card.window,
        "dimension": card.dimension,
        "license": card.license,
        "card": card,
        "kind": resolve(kind, NETWORKS, kind="network"),
    }
    return type(card.path.stem, (FileModel,), facts)


def place(which: str | int, names: Sequence[str], path: Path) -> int:
    """Find an output by its name, or by its place from 0.

    Raises
    ------
    UsageError
        If there is none.
    """
    if isinstance(which, str) and which in names:
        return names.index(which)
    if isinstance(which, int) and 0 <= which < len(names):
        return which
    raise UsageError(f"{path.name} lacks the output {which!r}", hint=f"it has: {', '.join(names)}")


def fitting(path: Path, said: Exception, samples: int) -> UsageError:
    """Put into words that a network refuses windows of its card's length."""
    first = str(said).strip().splitlines()[0] if str(said).strip() else type(said).__name__
    return UsageError(
        f"{path.name} refused windows of {samples:,} samples: {first}",
        hint="correct rate and window in its card",
    )
