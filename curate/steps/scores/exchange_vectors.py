"""Vectors that were made elsewhere, taken into a dataset, and those of a dataset, written for others."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from curate.catalogue import layers, vectors
from curate.catalogue.dataset import Dataset
from curate.catalogue.store import Store
from curate.embedders import Embedder
from curate.embedders.embed_file import model_class
from curate.errors import UsageError
from curate.formats.files import written_tables
from curate.formats.tables import vector_files
from curate.formats.tables.vector_batches import VectorFile
from curate.model import Problem
from curate.steps.common.model_kinds import (
    digest_of,
    imported_kind,
    is_made_here,
    layer_name,
    own_version,
    parameters_of,
)
from curate.steps.scores.held_vectors import held_vectors
from curate.steps.scores.predictions import Recordings

#: How far (seconds) a window may begin from its place in the grid: rounding of others.
_NEAR = 0.002

#: What a model of others may be called: layers and folders are called after it.
_NAME = re.compile(r"[\w.-]+")


@dataclass(slots=True)
class TakenVectors:
    """What was taken of a file.

    Parameters
    ----------
    kind, hop
        The model, and seconds from one window to the next.
    recordings, windows
        That got vectors. `same` recordings had the same ones before.
    holes
        Windows between others that the file does not have: they are like silence.
    """

    kind: type[Embedder]
    hop: float
    recordings: int = 0
    same: int = 0
    windows: int = 0
    holes: int = 0


@dataclass(slots=True)
class _Grid:
    """Where each row of the file goes.

    Parameters
    ----------
    numbers : shape=(rows,)
        Of the recordings. -1 for a row that is left out.
    places : shape=(rows,)
        Which window of its recording a row is.
    """

    numbers: NDArray[np.int64]
    places: NDArray[np.int64]
    window: float
    hop: float


def take_vectors(
    dataset: Dataset,
    path: Path,
    model: str,
    report: Callable[[Problem], None],
    *,
    whole: bool = False,
    dry_run: bool = False,
) -> TakenVectors:
    """Take vectors from a Parquet file or a Hoplite database.

    Call it with the right to write. Windows must lie on one grid that begins at 0.

    Parameters
    ----------
    model
        Its name. That of a model that runs here is taken only if the file says that the same version made it.
    report
        Takes rows that cannot be used: of unknown recordings, off the grid, twice, or no numbers.
    whole
        Vectors of kept parts that the model has here may become those of whole recordings.
    dry_run
        Count what would be taken, by the windows alone.

    Raises
    ------
    FormatError, UsageError
        If the file cannot be read, is of another model or version, or would hide vectors that are here.
    """
    file = vector_files.opened(path)
    recordings = Recordings(dataset)
    grid = _grid(file, path, recordings, report)
    kind = _kind(file, path, model, grid)
    _check_stored(dataset.store, kind, path, grid, whole=whole)
    taken = TakenVectors(kind, grid.hop)
    if dry_run:
        taken.windows = int((grid.numbers >= 0).sum())
        taken.recordings = len(np.unique(grid.numbers[grid.numbers >= 0]))
        return taken
    store, digest = dataset.store, digest_of(kind, grid.hop)
    parameters = parameters_of(kind, grid.hop)
    layer = layers.define(
        store, layer_name(kind.name), producer=model, version=kind.version, parameters=parameters
    )
    target = vectors.path_of(dataset.folder, kind.name, digest)
    with vectors.VectorWriter(store, target, layer=layer, digest=digest, dimension=file.dimension) as writer:
        rows = list(vectors.rows(store, layer, digest))
        held = {row.recording: row for row in rows if row.kept is None}
        before = vectors.opened(target, rows, file.dimension)
        with store.transaction():
            for number, found, filled in _by_recording(file, path, grid, report):
                old = held.get(number)
                # The file only grows: equal vectors written again would leave their old rows as waste.
                if old is not None and np.array_equal(before[old.first : old.first + old.windows], found):
                    taken.same += 1
                    continue
                writer.put(number, found, silent=int((~found.any(axis=1)).sum()))
                layers.put(store, number, layer, [], digest=digest)
                taken.recordings += 1
                taken.windows += len(found)
                taken.holes += len(found) - filled
            writer.sync()
    vectors.drop_others(store, target, layer, digest)
    return taken


def _kind(file: VectorFile, path: Path, model: str, grid: _Grid) -> type[Embedder]:
    """Say which model the vectors are of; refuse what would mix two."""
    said = file.facts.get("version")
    if not is_made_here(model):
        if not _NAME.fullmatch(model):
            raise UsageError(
                f"invalid name of a model: '{model}'", hint="give it a name of letters, digits, - and _"
            )
        return imported_kind(model, own_version(str(said or "")), grid.window, file.dimension)
    kind = model_class(model)
    if file.facts.get(vectors.KEPT):
        raise UsageError(
            f"the vectors of {path} are of kept parts: they differ from those of whole recordings",
            hint=f"give them a name of their own, such as --model my-{kind.name}",
        )
    if (said, file.dimension, grid.window) != (kind.version, kind.dimension, kind.window):
        made = f"{file.facts.get('model', '?')} {said}" if said else "an unknown version"
        raise UsageError(
            f"the vectors of {path} were made by {made}, {file.dimension:,} numbers for {grid.window:g} s: "
            f"they differ from those of {kind.name} {kind.version}",
            hint=f"give them a name of their own, such as --model my-{kind.name}",
        )
    return kind


def _check_stored(store: Store, kind: type[Embedder], path: Path, grid: _Grid, *, whole: bool) -> None:
    """Refuse a file after which vectors that are here would count no more."""
    stored = next((each for each in vectors.stored(store) if each.model == kind.name), None)
    if stored is None:
        return
    own_name = f"such as --model my-{kind.name}"
    if stored.parameters.get(vectors.KEPT) and not whole:
        raise UsageError(
            f"the vectors of {kind.name} here are of kept parts, and those of {path} of whole recordings",
            hint=f"add --whole to change to whole recordings, or give them another name, {own_name}",
        )
    if stored.digest == digest_of(kind, grid.hop):
        return
    held = {row.recording for row in vectors.rows(store, stored.number, stored.digest) if row.windows}
    left_out = len(held - set(grid.numbers.tolist()))
    if left_out:
        window, hop = (float(stored.parameters[name]) for name in ("window", "hop"))
        raise UsageError(
            f"{path} would hide the vectors of {left_out:,} recordings: {kind.name} has {window:g} s windows "
            f"every {hop:g} s here, by {_told(stored.version)}. The file has {grid.window:g} s windows every "
            f"{grid.hop:g} s, by {_told(kind.version)}",
            hint=f"give the vectors of the file another name, {own_name}, or a file with all recordings",
        )


def _told(version: str) -> str:
    """Name a version as people know it."""
    own = own_version(version)
    return f"version {own}" if own else "an unknown version"


def _windows(
    file: VectorFile, path: Path, recordings: Recordings, report: Callable[[Problem], None]
) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]:
    """Read the number of the recording (-1 where unknown), onset and offset of each row."""
    names: dict[str, int] = {}
    parts: list[tuple[list[int], NDArray[np.float64], NDArray[np.float64]]] = []
    for batch in file.batches(vectors=False):
        named = [names.setdefault(name, len(names)) for name in batch.names]
        parts.append((named, batch.onsets, batch.offsets))
    lost: list[Problem] = []
    known = recordings.place(((name, str(path)) for name in names), str(path), lost.append)
    for problem in lost:
        report(problem)
    of_name = np.array([known[name].number if name in known else -1 for name in names], np.int64)
    numbers = of_name[np.array([at for part in parts for at in part[0]], np.int64)]
    onsets, offsets = (np.concatenate([part[at] for part in parts] or [np.empty(0)]) for at in (1, 2))
    if not len(numbers):
        raise UsageError(f"{path} holds no windows", hint="embed its recordings first")
    if not (numbers >= 0).any():
        why = "".join(f": {each.path.removeprefix(f'{path}: ')}: {each.reason}" for each in lost[:1])
        raise UsageError(
            f"{path} has no window of a recording here{why}",
            hint="rows name recordings by recording_id, by path or by the name of the file",
        )
    return numbers, onsets, offsets


def _grid(file: VectorFile, path: Path, recordings: Recordings, report: Callable[[Problem], None]) -> _Grid:
    numbers, onsets, offsets = _windows(file, path, recordings, report)
    finite = np.isfinite(onsets) & np.isfinite(offsets) & (onsets >= 0) & (offsets > onsets)
    usable = finite & (numbers >= 0)
    if not usable.any():
        raise UsageError(f"no window of {path} has both ends", hint="give onset and offset in seconds")
    # What begins behind the end is of another recording.
    longest = max(recordings.by_number, default=0)
    ends = np.zeros(longest + 2)  # the last one is of -1
    for number, each in recordings.by_number.items():
        ends[number] = each.duration
    # The last window of a recording may be shorter; of short clips each second one is.
    whole = usable & (offsets < ends[numbers] - _NEAR)
    window = _said(file, "window") or _most(np.round((offsets - onsets)[whole if whole.any() else usable], 3))
    order = np.lexsort((onsets[usable], numbers[usable]))
    steps = np.round(np.diff(onsets[usable][order]), 3)
    within = (np.diff(numbers[usable][order]) == 0) & (steps > 0)
    hop = _said(file, "hop") or (_most(steps[within]) if within.any() else window)
    places = np.full(len(numbers), -1, np.int64)
    places[usable] = np.rint(onsets[usable] / hop).astype(np.int64)
    on = usable & (onsets < ends[numbers]) & (np.abs(places * hop - onsets) <= _NEAR)
    on &= offsets - onsets <= window + _NEAR
    seen: set[tuple[int, int]] = set()
    for row in np.flatnonzero((numbers >= 0) & ~on).tolist():
        numbers[row] = -1
        found = f"found one of {onsets[row]:g} to {offsets[row]:g}"
        words = f"expected windows of {window:g} s, one each {hop:g} s, inside the recording, {found}"
        report(Problem("bad-row", f"{path}: row {row + 1:,}", words))
    for row in np.flatnonzero(on).tolist():
        place = int(numbers[row]), int(places[row])
        if place in seen:
            numbers[row] = -1
            report(Problem("bad-row", f"{path}: row {row + 1:,}", "the same window is there twice"))
        seen.add(place)
    return _Grid(numbers, places, window, hop)


def _said(file: VectorFile, what: str) -> float:
    """Read a length that the file itself tells, as ours do; 0 where it tells none."""
    value = file.facts.get(what)
    return float(value) if isinstance(value, int | float) and value > 0 else 0.0


def _most(values: NDArray[np.float64]) -> float:
    """Find the most frequent value, of several the greatest."""
    found, counts = np.unique(values, return_counts=True)
    return float(found[np.flatnonzero(counts == counts.max())[-1]])


def _by_recording(
    file: VectorFile, path: Path, grid: _Grid, report: Callable[[Problem], None]
) -> Iterator[tuple[int, NDArray[np.float16], int]]:
    """Yield number, vectors and how many windows the file has, of each recording once it is complete."""
    left = Counter(grid.numbers[grid.numbers >= 0].tolist())
    sizes: dict[int, int] = {}
    for number, place in zip(grid.numbers.tolist(), grid.places.tolist(), strict=True):
        if number >= 0:
            sizes[number] = max(sizes.get(number, 0), place + 1)
    held: dict[int, NDArray[np.float16]] = {}
    filled: Counter[int] = Counter()
    row = 0
    for batch in file.batches(vectors=True):
        # Values too large for half precision become infinite, and are reported below as no numbers.
        with np.errstate(over="ignore"):
            packed = batch.vectors.astype(np.float16)
        finite = np.atleast_1d(np.isfinite(packed).all(axis=1))
        for at in range(len(batch.names)):
            number = int(grid.numbers[row + at])
            if number < 0:
                continue
            found = held.setdefault(number, np.zeros((sizes[number], file.dimension), np.float16))
            if finite[at]:
                found[grid.places[row + at]] = packed[at]
                filled[number] += 1
            else:
                report(
                    Problem(
                        "bad-row",
                        f"{path}: row {row + at + 1:,}",
                        "the vector has values that are no numbers",
                    )
                )
            left[number] -= 1
            if not left[number]:
                yield number, held.pop(number), filled[number]
        row += len(batch.names)


def check_target(target: Path) -> None:
    """Make sure that vectors replace only vectors of ours.

    Raises
    ------
    UsageError
        If something is there that curate did not write, or a folder.
    """
    if vector_files.is_parquet(target):
        written_tables.check(target)
    elif target.exists():
        raise UsageError(
            f"{target} is there already", hint="name a new folder, or a file that ends in .parquet"
        )


def write_vectors(dataset: Dataset, model: str, target: Path) -> None:
    """Write all vectors of a model: to Parquet, or to a new Hoplite database with all but the silent windows.

    A Parquet file names recordings by their ids, a database by their paths.

    Raises
    ------
    NotInCatalogue
        If the model has no vectors here.
    """
    held = held_vectors(dataset, model)
    as_parquet = vector_files.is_parquet(target)
    facts = {
        "model": held.kind.name,
        "version": own_version(held.kind.version),
        "window": held.kind.window,
        "hop": held.hop,
    }
    if held.kept:
        facts[vectors.KEPT] = True
    if not as_parquet:
        facts["dataset"] = dataset.folder.name
    known = Recordings(dataset).by_number
    with vector_files.writing(target, held.kind.dimension, facts) as sink:
        for row in held.rows:
            recording = known.get(row.recording)
            if recording is None:
                continue
            found = held.vectors[row.first : row.first + row.windows]
            onsets = np.round(np.arange(row.windows) * held.hop, 6)
            # A file may hold more than its header says: a window behind the end still ends after it begins.
            offsets = np.minimum(onsets + held.kind.window, np.maximum(recording.duration, onsets + _NEAR))
            sound = np.full(row.windows, True) if as_parquet else found.any(axis=1)
            name = recording.recording_id if as_parquet else recording.path
            sink.put(name, onsets[sound], offsets[sound], found[sound])
    if as_parquet:
        written_tables.note([target])
