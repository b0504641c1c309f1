"""What was given out, and whether it still is what the ledger says.

Each export keeps, of every recording, a digest of all that a manifest says of it: its cuts, labels, fold,
copies and metadata, and what the layer marks in it that went along. Where the digest differs now, a new
export would differ, too: the old one is stale. It is true all the same, as the clean copies that it names
stay as they are.
"""

from __future__ import annotations

import hashlib
import marshal
import os
import struct
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

import numpy as np

from curate.catalogue import assignments, cuts, exports, layers, listings, runs
from curate.catalogue.dataset import Dataset
from curate.catalogue.exports import Export, NamedCopy
from curate.catalogue.listings import WholeRecording
from curate.catalogue.store import Store
from curate.decisions.retention import Retention, retention
from curate.steps.common.merge_join import MergeJoin
from curate.steps.common.retention_columns import Done, Ledger, retention_columns, what_is_done
from curate.storage.address import is_remote

#: What an export is made from, as `catalogue.runs` knows it.
MADE_FROM = (
    "recordings",
    "recorders",
    "labels",
    "more_labels",
    "taxa",
    "cuts/",
    "assignments/",
    "copies",
    "coverage/",
    "settings/",
)

#: A recording's number, and its digest.
_STATE = struct.Struct("<q8s")

#: Recordings that are held at a time.
_SIZE = 8_192

#: The digest of a recording of which nothing goes out.
_NOTHING = bytes(8)

#: What digests are made of: raise it when the same recordings would give others.
_VERSION = 3

#: The last fields of `WholeRecording` are about the clean copy: where it lies says nothing of what is in it.
_BUT_COPY = slice(1, -3)

#: What an export can be: as a new one would be; not so; not there any more; written over since; or naming
#: copies that are not there any more.
State = Literal["current", "stale", "gone", "altered", "broken"]


@dataclass(slots=True)
class Seen:
    """What an export is made of, gathered as its rows pass.

    Parameters
    ----------
    layer
        Which layer of annotations or soft labels goes along; None for none.
    states
        Packed, of every recording.
    copies
        Clean copies by their absolute path, with the number of rows that name each.
    """

    layer: LayerMarks | None = None
    states: bytearray = field(default_factory=bytearray)
    copies: Counter[str] = field(default_factory=Counter)

    def add_all(self, block: Sequence[tuple[Any, ...]], done: Mapping[int, Sequence[Done] | None]) -> None:
        """Take in a block of recordings, with the fields of `WholeRecording`, where no layer goes along.

        Parameters
        ----------
        done
            What is done to recordings that have cuts, sorted, by number; None where nothing goes out.
        """
        for each in block:
            made = done.get(each[0], ())
            digest = _NOTHING if made is None else _digest_of(each, made, "")
            self.states += _STATE.pack(each[0], digest)

    def add(self, recording: WholeRecording, end: Retention) -> None:
        """Take a recording in, and what is kept of it."""
        marks = "" if self.layer is None else self.layer.of(recording.number)
        self.states += _STATE.pack(recording.number, _digest(recording, end, marks))


class LayerMarks:
    """Tells what a layer marks in recordings that are asked for in rising order.

    A layer that is not there marks nothing.
    """

    def __init__(self, store: Store, name: str, members: Sequence[int] | None = None) -> None:
        number = layers.find_number(store, name)
        number = -1 if number is None else number
        self._found = MergeJoin(layers.segments_by_recording(store, number, members))
        self._looked = MergeJoin((each, True) for each in layers.looked_at(store, number))

    def of(self, recording: int) -> str:
        """Give all that is marked in a recording as a text; empty where the layer did not look at it."""
        found = self._found.get(recording)
        return repr(found or []) if self._looked.get(recording) else ""


def _digest(recording: tuple[Any, ...], end: Retention, marks: str) -> bytes:
    if not end.goes_out:
        return _NOTHING
    return _digest_of(recording, sorted((cut.onset, cut.offset, cut.action) for cut in end.done), marks)


def _digest_of(recording: tuple[Any, ...], made: Sequence[Done], marks: str) -> bytes:
    # The second form of marshal is what all versions of Python write alike.
    return hashlib.blake2b(
        marshal.dumps((recording[_BUT_COPY], list(made), marks), 2), digest_size=8
    ).digest()


def standing(store: Store, *, windows: bool) -> dict[str, Any]:
    """Read what an export follows beside the recordings: how digests are made, and chosen `windows`."""
    found: dict[str, Any] = {"version": _VERSION}
    return found | ({"windows": assignments.settings_of(store, "windows")} if windows else {})


def _layer_of(export: Export) -> str | None:
    """Name the layer that went along with an export."""
    name = export.options.get("layer") or export.options.get("soft_labels")
    return None if name is None else str(name)


@dataclass(slots=True)
class ExportState:
    """One export, and what has become of it.

    Parameters
    ----------
    differ
        Recordings of which a new export would say something else.
    came
        Recordings that came since, and would be in a new one.
    reason
        What is wrong, in words; empty where nothing is.
    """

    path: str
    format: str
    rows: int
    at: str
    state: State = "current"
    differ: int = 0
    came: int = 0
    reason: str = ""


def judge(dataset: Dataset, *, files: bool = False) -> list[ExportState]:
    """Compare all exports with what the ledger says now, in one walk along it.

    Parameters
    ----------
    files
        Whether to look at the files, too: at each table, and each copy that it names.
    """
    store = dataset.store
    known = list(exports.every(store))
    found = [ExportState(dataset.path(each.path), each.format, each.rows, each.at) for each in known]
    unsure = [
        (export, state)
        for export, state in zip(known, found, strict=True)
        if not runs.is_unchanged(store, outcome_of(export.path), MADE_FROM)
    ]
    if unsure:
        _compare(store, [export for export, _ in unsure], [state for _, state in unsure])
    for export, state in zip(known, found, strict=True):
        now = standing(store, windows="windows" in export.standing)
        if export.standing.get("version") != _VERSION:
            state.state, state.reason = "stale", "an earlier version of curate made it: make it again"
            state.differ = state.came = 0
        elif export.standing != now:
            state.state, state.reason = "stale", "windows are chosen otherwise since"
        elif state.differ or state.came:
            state.state, state.reason = "stale", _told(state)
        if is_remote(state.path):
            continue  # nobody waits for the network to learn what the ledger says
        if not os.path.lexists(state.path):
            state.state, state.reason = "gone", "there is no such file"
        elif files:
            _look(dataset, export, state)
    return found


def outcome_of(path: str | bytes) -> str:
    """Name the outcome of an export in the ledger of runs, by its path as the catalogue keeps it."""
    return f"manifest {os.fsdecode(path)!r}"


def _told(state: ExportState) -> str:
    differ = f"{state.differ:,} recording{' differs' if state.differ == 1 else 's differ'}"
    return ", ".join(
        words
        for words, number in ((differ, state.differ), (f"{state.came:,} came since", state.came))
        if number
    )


def _compare(store: Store, known: list[Export], found: list[ExportState]) -> None:
    """Count where the state of recordings is another one than at the time of each export."""
    old = [_Walk(each.states) for each in known]
    along = [_layer_of(each) for each in known]
    marked = {name: LayerMarks(store, name) for name in along if name is not None}
    for block in listings.whole_blocks(store, _SIZE):
        done = _done(store, block)
        for cells in block:
            number, made = cells[0], done.get(cells[0], ())
            marks = {name: layer.of(number) for name, layer in marked.items()}
            digests = {
                name: _NOTHING if made is None else _digest_of(cells, made, marks[name] if name else "")
                for name in (None, *marks)
            }
            for walk, state, name in zip(old, found, along, strict=True):
                then, now = walk.of(number), digests[name]
                state.differ += then is not None and then != now
                state.came += then is None and now != _NOTHING
    for walk, state in zip(old, found, strict=True):
        state.differ += walk.left()


def _done(store: Store, block: Sequence[tuple[Any, ...]]) -> dict[int, Sequence[Done] | None]:
    """Tell what is done to each recording of a block that has cuts; None where nothing goes out."""
    number, duration, sr = (
        np.array([cells[WholeRecording._fields.index(name)] for cells in block], dtype=kind)
        for name, kind in (("number", np.int64), ("duration", float), ("sr", float))
    )
    ledger = Ledger.read(store, number)
    return what_is_done(retention_columns(store, number, duration, sr, ledger), ledger)


class ExportWatch:
    """Tells, while single recordings change, which exports say something else of them than the ledger."""

    def __init__(self) -> None:
        self._known: dict[int, Export] = {}

    def differing(self, dataset: Dataset, members: Sequence[int]) -> dict[str, int]:
        """Count, for each export by its path, those of some recordings of which it says something else."""
        store = dataset.store
        there = exports.numbers(store)
        new = [number for number in there if number not in self._known]
        self._known |= {each.number: each for each in exports.every(store, new)}
        numbers = sorted(set(members))
        whole = {each.number: each for each in listings.whole(store, numbers)} if there else {}
        found: dict[str, int] = {}
        for export in (self._known[number] for number in there):
            layer = _layer_of(export)
            marks = None if layer is None else LayerMarks(store, layer, numbers)
            for number in numbers:
                then = _state_in(export.states, number)
                if then is not None and then != _now(store, whole.get(number), marks):
                    path = dataset.path(export.path)
                    found[path] = found.get(path, 0) + 1
        return found


def _now(store: Store, recording: WholeRecording | None, marks: LayerMarks | None) -> bytes:
    """Digest what there is to say of a recording now."""
    if recording is None:
        return _NOTHING
    made = [cut for _, of_step in cuts.by_step(store, recording.number) for cut in of_step]
    end = retention("ok", recording.duration, recording.sr, made)
    return _digest(recording, end, "" if marks is None else marks.of(recording.number))


def _state_in(states: bytes, recording: int) -> bytes | None:
    """Find the digest of a recording among packed states, which stand in rising order."""
    at = bisect_left(range(len(states) // _STATE.size), recording, key=lambda n: _unpacked(states, n)[0])
    if at * _STATE.size >= len(states):
        return None
    number, digest = _unpacked(states, at)
    return digest if number == recording else None


def _unpacked(states: bytes, at: int) -> tuple[int, bytes]:
    number, digest = _STATE.unpack_from(states, at * _STATE.size)
    return number, digest


class _Walk:
    """Walks along packed states, each asked for in rising order."""

    def __init__(self, states: bytes) -> None:
        self._states: Iterator[tuple[int, bytes]] = _STATE.iter_unpack(states)
        self._next = next(self._states, None)
        self._gone = 0

    def of(self, recording: int) -> bytes | None:
        """Give the digest of a recording, None if it was not there."""
        while self._next is not None and self._next[0] < recording:
            self._gone += self._next[1] != _NOTHING
            self._next = next(self._states, None)
        if self._next is None or self._next[0] != recording:
            return None
        digest = self._next[1]
        self._next = next(self._states, None)
        return digest

    def left(self) -> int:
        """Count the recordings that went out then, and are not there any more."""
        rest = [self._next, *self._states] if self._next is not None else []
        return self._gone + sum(digest != _NOTHING for _, digest in rest)


def _look(dataset: Dataset, export: Export, state: ExportState) -> None:
    """Say whether the file of an export was written over, and whether the copies that it names are whole."""
    if export.sha256 is not None and hash_of(state.path) != export.sha256:
        state.state, state.reason = "altered", "not the file that curate wrote"
        return
    lost = [each for each in exports.copies_of(dataset.store, export.number) if not _is_there(dataset, each)]
    if lost:
        rows = sum(each.rows for each in lost)
        state.state = "broken"
        state.reason = f"{rows:,} rows name copies that are not there any more, the first {lost[0].path}"


def _is_there(dataset: Dataset, copy: NamedCopy) -> bool:
    size = exports.size_of(dataset.store, copy.path, copy.digest)
    try:
        return size is not None and os.stat(dataset.folder / copy.path).st_size == size
    except OSError:
        return False


def hash_of(path: str) -> str | None:
    """Hash a file; None if it is a folder or cannot be read."""
    try:
        with open(path, "rb") as handle:
            return hashlib.file_digest(handle, "sha256").hexdigest()
    except OSError:
        return None


def as_rows(found: list[ExportState]) -> list[dict[str, Any]]:
    """Give the states as they are listed."""
    return [asdict(each) for each in found]


@dataclass(frozen=True, slots=True)
class Outdated:
    """An export, and how many of its rows name copies of other cuts than the ledger has since."""

    path: str
    rows: int


@contextmanager
def outdating(dataset: Dataset) -> Iterator[list[Outdated]]:
    """Give a list that tells, when the block ends, which exports it left behind the ledger."""
    before = exports.outdated(dataset.store)
    found: list[Outdated] = []
    yield found
    for cell, rows in exports.outdated(dataset.store).items():
        if rows > before.get(cell, 0):
            found.append(Outdated(dataset.path(cell), rows - before.get(cell, 0)))
