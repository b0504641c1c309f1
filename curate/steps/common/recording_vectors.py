"""The vectors of recordings, whoever uses them: each recording is the mean of its windows.

Only rows of the model's present version, window and hop are read. Where vectors of kept parts are meant, only
those of what is kept now are read. So two kinds never mix.
"""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from curate.catalogue import listings, vectors
from curate.catalogue.dataset import Dataset
from curate.catalogue.vectors import VectorLayer, VectorRows
from curate.errors import NotInCatalogue, UsageError
from curate.scores.neighbours import unit
from curate.steps.common.kept_vectors import current_rows
from curate.steps.common.model_kinds import model_kind

#: Windows that become directions at a time.
_ROWS = 4096


@dataclass(frozen=True, slots=True, eq=False)
class RecordingVectors:
    """A direction for each recording that has one.

    Parameters
    ----------
    numbers : shape=(n,)
        Of the recordings, in rising order.
    vectors : shape=(n, dimension), of length 1
    missing, silent, broken
        Numbers of recordings without vectors of this model, of those without any sound, and of those whose
        vectors are no numbers: one such row makes neighbours of all others wrong.
    """

    layer: VectorLayer
    numbers: NDArray[np.intp]
    vectors: NDArray[np.float32]
    missing: Sequence[int]
    silent: Sequence[int]
    broken: Sequence[int]

    def among(self, wanted: Container[int]) -> RecordingVectors:
        """Leave out all recordings but some."""
        inside = np.array([number in wanted for number in self.numbers.tolist()], bool)
        others = (self.missing, self.silent, self.broken)
        rest = ([number for number in numbers if number in wanted] for numbers in others)
        return RecordingVectors(self.layer, self.numbers[inside], self.vectors[inside], *rest)


def chosen(dataset: Dataset, model: str | None) -> VectorLayer:
    """Find the stored vectors of a model, or `None` takes the only one.

    Raises
    ------
    NotInCatalogue
        If there are none.
    UsageError
        If no model is named and there are vectors of several.
    """
    stored = {each.model: each for each in vectors.stored(dataset.store)}
    if model is None:
        if len(stored) > 1:
            names = sorted(stored)
            raise UsageError(
                f"there are vectors of several models: {', '.join(names)}",
                hint=f"name one, for example --model {names[0]}",
            )
        if not stored:
            raise NotInCatalogue("vectors are missing here", hint="make them: curate embed")
        return next(iter(stored.values()))
    found = next((each for each in stored.values() if model in (each.model, each.producer)), None)
    if found is None:
        there = f"; there are: {', '.join(sorted(stored))}" if stored else ""
        raise NotInCatalogue(
            f"vectors of {model} are missing here", hint=f"make them: curate embed --model {model}{there}"
        )
    return found


def of_recordings(dataset: Dataset, model: str | None) -> RecordingVectors:
    """Read the vectors of a model, one for each recording.

    Raises
    ------
    NotInCatalogue, UsageError, CatalogueError
        As `chosen` and `opened`.
    """
    layer = chosen(dataset, model)
    rows, held = opened(dataset, layer)
    by_number = {row.recording: row for row in rows}
    everything = [int(row[0]) for row in listings.lengths(dataset.store)]
    known = [number for number in everything if number in by_number]
    means = np.zeros((len(known), held.shape[1]), np.float32)
    whole = np.ones(len(known), bool)
    for at, number in enumerate(known):
        row = by_number[number]
        for start in range(row.first, row.first + row.windows, _ROWS):
            part = held[start : min(start + _ROWS, row.first + row.windows)]
            whole[at] &= bool(np.isfinite(part).all())
            means[at] += unit(part).sum(axis=0) if whole[at] else 0
    means = unit(means)
    heard = means.any(axis=1) & whole
    numbers = np.array(known, np.intp)
    return RecordingVectors(
        layer,
        numbers[heard],
        means[heard],
        [number for number in everything if number not in by_number],
        numbers[~heard & whole].tolist(),
        numbers[~whole].tolist(),
    )


def opened(dataset: Dataset, layer: VectorLayer) -> tuple[list[VectorRows], NDArray[np.float16]]:
    """Map the vectors of a model into memory, and list whose they are.

    Raises
    ------
    NotInCatalogue
        If they are those of another version of the model.
    CatalogueError
        If the file of vectors is gone or short.
    """
    kind = model_kind(dataset.store, layer.producer)
    if kind.version != layer.version:
        raise NotInCatalogue(
            f"vectors of {kind.name} {kind.version} are missing here: there are those of {layer.version}",
            hint=f"make them: curate embed --model {layer.producer}",
        )
    current, _ = current_rows(
        dataset.store, layer.number, layer.digest, kept=bool(layer.parameters.get(vectors.KEPT))
    )
    rows = [row for row in current if row.windows or row.kept]
    path = vectors.path_of(dataset.folder, layer.model, layer.digest)
    return rows, vectors.opened(path, rows, kind.dimension)
