"""`curate similar`: what sounds like a recording, a moment of one, or a file from elsewhere."""

from __future__ import annotations

import csv
import math
import os
from collections.abc import Sequence
from dataclasses import astuple, dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from curate.catalogue import listings, vectors
from curate.catalogue.dataset import Dataset
from curate.catalogue.vectors import VectorRows
from curate.catalogue.views import tables
from curate.embedders.embed_file import EmbedJob, embed_file
from curate.errors import NotInCatalogue, UsageError
from curate.formats.files import written_tables
from curate.formats.files.output import text_file
from curate.lookup import check_local
from curate.progress import Progress, silent
from curate.scores import neighbours
from curate.steps.common.retentions import kept
from curate.steps.scores.held_vectors import HeldVectors, held_vectors
from curate.steps.scores.near_rows import keep_quick_rows, near_scores

#: The model that `embed` takes unless told.
DEFAULT = "spectral"

#: Columns of the table.
COLUMNS = ("recording_id", "path", "onset", "offset", "label", "score")


@dataclass(frozen=True, slots=True)
class Likeness:
    """A window that sounds like the example.

    Parameters
    ----------
    onset, offset : seconds
    label
        The class of its recording.
    score : -1 to 1
        Cosine of the two vectors.
    """

    recording_id: str
    path: str
    onset: float
    offset: float
    label: str
    score: float


@dataclass(slots=True)
class SimilarSummary:
    """What was found.

    Parameters
    ----------
    example
        What was compared: a recording, with the moment, or a file.
    windows, recordings
        That it was compared with. `missing` recordings have no vectors of this model yet.
    dropped
        Recordings of which nothing is kept: left out.
    path
        The table that was written.
    """

    example: str
    model: str
    windows: int = 0
    recordings: int = 0
    missing: int = 0
    dropped: int = 0
    path: str | None = None
    found: list[Likeness] = field(default_factory=list)


def similar(
    dataset: Dataset,
    example: str | os.PathLike[str],
    *,
    model: str | None = None,
    max_items: int = 20,
    all_windows: bool = False,
    out: str | os.PathLike[str] | None = None,
    progress: Progress = silent,
) -> SimilarSummary:
    """Find what sounds most like an example: of each recording its best window.

    Parameters
    ----------
    example
        A recording of the dataset (its id, or the end of its path), ``RECORDING@SECONDS`` for the window
        at that moment, or a sound file that is not in the dataset. Without a moment each window of the
        example is compared, and the best pair counts. The example itself is left out. It may be dropped, of
        the others none is.
    model
        Whose vectors are compared. ``curate embed`` makes them. None takes the only ones, of several those
        of `DEFAULT`.
    max_items
        This many are found.
    all_windows
        All windows that are near, not only the best of each recording.
    out
        A CSV file for what was found.

    Raises
    ------
    UsageError
        If the example has no sound, or `max_items` is not 1 or more.
    NotInCatalogue
        If the model has no vectors here.
    """
    if max_items < 1:
        raise UsageError(f"max-items must be 1 or more: got {max_items}")
    check_local(out)
    target = None if out is None else Path(os.path.abspath(out))
    check_table(target)
    held = held_vectors(dataset, _chosen(dataset) if model is None else model)
    queries, own, _ = example_vectors(dataset, str(example), held)
    named = {row[0]: row[1:5] for row in listings.named(dataset.store)}
    left = {each.number for each in kept(dataset.store)}
    known = [row for row in held.rows if row.recording in left]
    others = [row for row in known if row.recording != own]
    path = vectors.path_of(dataset.folder, held.kind.name, held.digest)
    rows = max((row.first + row.windows for row in others), default=0)
    keep_quick_rows(dataset, path, held.vectors, rows, progress)
    scores = near_scores(path, held.vectors, queries, others, max_items, by_row=all_windows)
    summary = SimilarSummary(str(example), held.kind.name, sum(row.windows for row in others), len(others))
    summary.missing, summary.dropped = len(left) - len(known), len(named) - len(left)
    for row, place in _nearest(scores, others, max_items, all_windows=all_windows):
        recording_id, path, duration, label = named[row.recording]
        onset = round((place - row.first) * held.hop, 6)
        offset = min(onset + held.kind.window, duration)
        score = round(float(scores[place]), 4)
        summary.found.append(Likeness(recording_id, dataset.path(path), onset, offset, label or "", score))
    if target is not None:
        export_table(summary.found, target)
        summary.path = str(target)
    return summary


def _chosen(dataset: Dataset) -> str:
    """Say whose vectors are compared where nobody is named."""
    stored = vectors.stored(dataset.store)
    return stored[0].producer if len(stored) == 1 else DEFAULT


def example_vectors(
    dataset: Dataset, example: str, held: HeldVectors
) -> tuple[NDArray[np.float32], int | None, range]:
    """Give the vectors of the example with sound, its number if it is in the dataset, and its stored rows."""
    number, name, moment = _recording_of(dataset, example)
    second = float(moment) if moment else None
    rows = range(0)
    if number is None:
        found = _embedded(example, held)
    else:
        rows = _stored(held, number, name, second)
        found = held.vectors[rows.start : rows.stop]
    sound = neighbours.unit(found[np.any(found != 0, axis=1)])
    if not len(sound):
        other = "moment of it" if second is not None else "example, with a sound"
        raise UsageError(f"'{example}' is silent: failed to compare it", hint=f"name another {other}")
    return sound, number, rows


def lasting_name(dataset: Dataset, example: str) -> str:
    """Name an example so that it is found from anywhere, and after its recording moved.

    Raises
    ------
    NotInCatalogue
        If it is neither in the dataset nor a file.
    """
    if os.path.isfile(example):
        example = os.path.abspath(example)
    number, _, moment = _recording_of(dataset, example)
    if number is None:
        return example
    name = listings.recording_id_of(dataset.store, number)
    return f"{name}@{moment}" if moment else name


def _recording_of(dataset: Dataset, example: str) -> tuple[int | None, str, str]:
    """Give the number of an example that is in the dataset, its name, and the moment behind it."""
    name, at, moment = example.rpartition("@")
    try:
        # First as a whole: a name may hold an @ itself.
        return tables.recording_number(dataset.store, example, dataset.folder), example, ""
    except NotInCatalogue:
        if at and _is_number(moment):
            return tables.recording_number(dataset.store, name, dataset.folder), name, moment
        if not os.path.isfile(example):
            raise
    return None, example, ""


def _embedded(path: str, held: HeldVectors) -> NDArray[np.float16]:
    """Make the vectors of a file that is not in the dataset."""
    status = os.stat(path)
    where, size, changed = os.path.abspath(path), status.st_size, status.st_mtime_ns
    return embed_file(EmbedJob(0, where, 0.0, size, changed, held.model, held.hop)).vectors


def _stored(held: HeldVectors, number: int, name: str, second: float | None) -> range:
    """Find the rows of a recording, or of its window at a moment."""
    row = next((row for row in held.rows if row.recording == number), None)
    if row is None:
        raise NotInCatalogue(
            f"'{name}' lacks vectors of {held.kind.name}", hint=f"curate embed --model {held.model}"
        )
    if second is None:
        return range(row.first, row.first + row.windows)
    if not 0 <= second < (row.windows - 1) * held.hop + held.kind.window:
        raise UsageError(f"'{name}' lacks a window at {second:g} s", hint="name a moment inside it")
    window = min(int(second / held.hop), row.windows - 1)
    return range(row.first + window, row.first + window + 1)


def _nearest(
    scores: NDArray[np.float32], held: Sequence[VectorRows], most: int, *, all_windows: bool
) -> list[tuple[VectorRows, int]]:
    """Find the best rows, each with the recording that it is of; the file's order decides among equals."""
    found: list[tuple[float, int, VectorRows]] = []
    for row in held:
        own = scores[row.first : row.first + row.windows]
        near = np.argsort(-own, kind="stable")[: most if all_windows else 1]
        # -1 stands for rows that cannot be among the nearest, and were not compared.
        found += [(-float(own[k]), row.first + int(k), row) for k in near if own[k] > -1.0]
    found.sort(key=lambda each: each[:2])
    return [(row, place) for _, place, row in found[:most]]


def check_table(target: Path | None) -> None:
    """Make sure that only an earlier table of ours is replaced.

    Raises
    ------
    UsageError
        If it would be.
    """
    if target is not None:
        written_tables.check(target)


def export_table(found: Sequence[Likeness], target: Path) -> None:
    """Write windows as CSV."""
    with text_file(target) as handle:
        table = csv.writer(handle, lineterminator="\n")
        table.writerow(COLUMNS)
        table.writerows(astuple(each) for each in found)
    written_tables.note([target])


def _is_number(text: str) -> bool:
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False
