"""What was given out, and whether it still is what the ledger says.

Each export keeps, of every recording, a digest of all that a manifest says of it: its cuts, labels, fold,
copies and metadata, and what the layer marks in it that went along. Where the digest differs now, a new
export would differ, too: the old one is stale. It is true all the same, as the clean copies that it names
stay as they are.

The digests of now are kept, too, as soon as it costs something to make them. What changed since any of them
were kept is digested again, and no other recording.
"""

from __future__ import annotations

import os
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

from curate.catalogue import assignments, exports, listings, runs
from curate.catalogue.dataset import Dataset
from curate.catalogue.exports import Export, NamedCopy
from curate.catalogue.store import Store
from curate.steps.common.export_digests import (
    SIZE,
    VERSION,
    LayerMarks,
    Scope,
    States,
    count_differences,
    digest_now,
    state_in,
    states_now,
    unpacked,
    updated,
)
from curate.storage.address import is_remote
from curate.storage.files import sha256_of

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

#: Those of them that belong to single recordings; the rest is in the `standing` of an export.
_OF_RECORDINGS = tuple(kind for kind in MADE_FROM if kind != "settings/")

#: Under which names the ledger of runs keeps how far exports differ, and the states of now.
_COMPARED, _NOW = "exports", "exports now"

#: Where more than this share of the recordings changed, one walk along all of them costs less.
_MANY = 0.25

#: What an export can be: as a new one would be; not so; not there any more; written over since; or naming
#: copies that are not there any more.
State = Literal["current", "stale", "gone", "altered", "broken"]


def standing(store: Store, *, windows: bool) -> dict[str, Any]:
    """Read what an export follows next to the recordings: how digests are made, and chosen `windows`."""
    found: dict[str, Any] = {"version": VERSION}
    return found | ({"windows": assignments.settings_of(store, "windows")} if windows else {})


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


def outcome_of(path: str | bytes) -> str:
    """Name the outcome of an export in the ledger of runs, by its path as the catalogue keeps it."""
    return f"manifest {os.fsdecode(path)!r}"


def layer_of(export: Export) -> str | None:
    """Name the layer that went along with an export."""
    name = export.options.get("layer") or export.options.get("soft_labels")
    return None if name is None else str(name)


@dataclass(frozen=True, slots=True)
class ExportDifferences:
    """How far exports differ from the ledger: recordings that differ and that came, by number of export.

    Parameters
    ----------
    settings
        Of which exports that is said.
    anew
        States of now by layer, where many recordings were digested for them. Else empty.
    """

    differences: dict[int, tuple[int, int]]
    settings: dict[str, Any]
    anew: dict[str | None, States]

    @classmethod
    def of(cls, store: Store) -> ExportDifferences:
        """Compare all exports with what the ledger says now, where anything changed since they were made."""
        known = list(exports.every(store))
        settings = {"exports": [[each.number, each.at, each.sha256] for each in known]}
        kept = runs.standing(store, _COMPARED, settings, MADE_FROM)
        if kept is not None:
            return cls({number: (differ, came) for number, differ, came in kept["differences"]}, settings, {})
        found = {each.number: (0, 0) for each in known}
        unsure = [each for each in known if not runs.is_unchanged(store, outcome_of(each.path), MADE_FROM)]
        now, anew = _now(store, sorted({layer_of(each) for each in unsure}, key=str), known)
        for each in unsure:
            then = unpacked(exports.states_of(store, each.number))
            states = Scope.of(each.options).within(store, now[layer_of(each)])
            found[each.number] = count_differences(then, states)
        return cls(found, settings, anew)

    def keep(self, store: Store) -> None:
        """Keep it until something changes, inside a transaction."""
        found = [[number, *counts] for number, counts in self.differences.items()]
        runs.keep(store, _COMPARED, self.settings, {"differences": found})
        if self.anew:
            packed = {name or "": b64encode(states.tobytes()).decode() for name, states in self.anew.items()}
            runs.keep(store, _NOW, {"version": VERSION}, {"states": packed})


def _now(
    store: Store, layers: Sequence[str | None], known: Sequence[Export]
) -> tuple[dict[str | None, States], dict[str | None, States]]:
    """Make the states of now by layer. Give them twice where many recordings were digested for them."""
    found = {}
    many = False
    for layer in layers:
        nearest = _nearest(store, layer, known)
        if nearest is None:
            continue
        before, members = nearest
        found[layer] = updated(before, members, states_now(store, [layer], members)[layer])
        many = many or len(members) > SIZE
    walked = states_now(store, [layer for layer in layers if layer not in found])
    found |= walked
    return found, found if many or walked else {}


def _nearest(store: Store, layer: str | None, known: Sequence[Export]) -> tuple[States, list[int]] | None:
    """Find the states since which the fewest recordings changed, and list these; None if all are many."""
    found: tuple[Callable[[], States | None], list[int]] | None = None
    most = max(SIZE, int(_MANY * runs.last_recording(store)))
    for outcome, states in _kept(store, layer, known):
        members = runs.changed_since(store, outcome, _OF_RECORDINGS, most=most)
        if members is not None:
            found, most = (states, sorted(members)), len(members)
    if found is None or (before := found[0]()) is None:
        return None
    return before, found[1]


def _kept(
    store: Store, layer: str | None, known: Sequence[Export]
) -> Iterator[tuple[str, Callable[[], States | None]]]:
    """Give all states that were kept, each with the outcome since which they stand."""

    def of_export(number: int) -> Callable[[], States]:
        return lambda: unpacked(exports.states_of(store, number))

    for each in known:
        is_whole = Scope.of(each.options).is_all
        if layer_of(each) == layer and each.standing.get("version") == VERSION and is_whole:
            yield outcome_of(each.path), of_export(each.number)

    def of_last() -> States | None:
        kept = runs.kept(store, _NOW, {"version": VERSION})
        packed = None if kept is None else kept["states"].get(layer or "")
        return None if packed is None else unpacked(b64decode(packed))

    yield _NOW, of_last


def judge(
    dataset: Dataset, compared: ExportDifferences | None = None, *, files: bool = False
) -> list[ExportState]:
    """Say of all exports how they compare with what the ledger says now.

    Parameters
    ----------
    compared
        How far they differ, where that is known.
    files
        Whether to look at the files, too: at each table, and each copy that it names.
    """
    store = dataset.store
    differences = (ExportDifferences.of(store) if compared is None else compared).differences
    found = []
    for export in exports.every(store):
        state = ExportState(dataset.path(export.path), export.format, export.rows, export.at)
        found.append(state)
        state.differ, state.came = differences[export.number]
        now = standing(store, windows="windows" in export.standing)
        if export.standing.get("version") != VERSION:
            state.state, state.reason = "stale", "an earlier version of curate made it: make it again"
            # Digests of another version differ for the same recordings, so the counts say nothing.
            state.differ = state.came = 0
        elif export.standing != now:
            state.state, state.reason = "stale", "windows are chosen otherwise since"
        elif state.differ or state.came:
            state.state, state.reason = "stale", _told(state)
        if is_remote(state.path):
            continue  # nobody waits for the network to learn what the ledger says
        if not os.path.lexists(state.path):
            state.state, state.reason = "gone", "the file is missing"
        elif files:
            _look(dataset, export, state)
    return found


def _told(state: ExportState) -> str:
    differ = f"{state.differ:,} recording{' differs' if state.differ == 1 else 's differ'}"
    return ", ".join(
        words
        for words, number in ((differ, state.differ), (f"{state.came:,} came since", state.came))
        if number
    )


class ExportWatch:
    """Tells, while single recordings change, which exports say something else of them than the ledger."""

    def __init__(self) -> None:
        self._known: dict[int, Export] = {}

    def differing(self, dataset: Dataset, members: Sequence[int]) -> dict[str, int]:
        """Count, for each export by its path, those of some recordings of which it says something else."""
        store = dataset.store
        there = exports.numbers(store)
        new = [number for number in there if number not in self._known]
        for each in exports.every(store, new):
            self._known[each.number] = replace(each, states=exports.states_of(store, each.number))
        numbers = sorted(set(members))
        whole = {each.number: each for each in listings.whole(store, numbers)} if there else {}
        found: dict[str, int] = {}
        for export in (self._known[number] for number in there):
            layer = layer_of(export)
            marks = None if layer is None else LayerMarks(store, layer, numbers)
            scope = Scope.of(export.options)
            for number in numbers:
                then = state_in(export.states, number)
                if then is not None and then != digest_now(store, whole.get(number), marks, scope):
                    path = dataset.path(export.path)
                    found[path] = found.get(path, 0) + 1
        return found


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
    """Hash a file, or `None` if it is a folder or unreadable."""
    try:
        return sha256_of(path)
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
