"""From evidence of the same sound to the ledger: for `dedupe`, and after a verdict on a pair.

A verdict regroups only the recordings that some evidence ties to the pair, so that it answers at once in
a dataset of any size.
"""

from __future__ import annotations

import json
from array import array
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from curate.catalogue import assignments, cuts, duplicates, outsiders, verdicts
from curate.catalogue.store import Store
from curate.decisions.duplicates import Copy, Overlap, Resolution, resolve
from curate.decisions.retention import retention
from curate.decisions.verdicts import rule
from curate.errors import UsageError
from curate.model import Action, Cut
from curate.steps.common.retentions import still_heard

STEP = "dedupe"

#: The layer, and the detector, that hears fingerprints.
LAYER = "fingerprint"

#: What `dedupe` does unless told otherwise, and what a verdict goes by before it ever ran.
USUAL: dict[str, Any] = {"same": 0.8, "labels": "merge"}

#: Reasons of what `dedupe` decides: for another recording of this dataset, or for another dataset.
_DUPLICATE, _LEAK = "duplicate", "leak"

Pair = tuple[int, int]  # the smaller number first


@dataclass(frozen=True, slots=True)
class Judged:
    """What people said of pairs, the latest verdict on each: the two are the same, or different."""

    together: frozenset[Pair]
    apart: frozenset[Pair]

    @classmethod
    def of(cls, store: Store, members: Sequence[int] | None = None) -> Judged:
        """Read the standing verdicts, of all recordings or of some."""
        # The verdicts come with the earliest first, so the dict keeps the latest on each pair.
        latest = {_pair(one, other): judgement for one, other, judgement in verdicts.on_pairs(store, members)}
        said = {word: {pair for pair, by in latest.items() if by == word} for word in ("same", "different")}
        return cls(frozenset(said["same"]), frozenset(said["different"]))

    def evidence(self, copies: Mapping[int, Copy]) -> list[Overlap]:
        """Give the pairs that are the same as evidence. Others are left out."""
        return [
            Overlap(one, other, "person", 0.0, copies[one].duration, 0.0, copies[other].duration)
            for one, other in sorted(self.together)
            if one in copies and other in copies
        ]

    def believed(self, found: Sequence[Overlap]) -> list[Overlap]:
        """Leave out the evidence that people refuted."""
        return [each for each in found if _pair(each.one, each.other) not in self.apart]


@dataclass(frozen=True, slots=True)
class Evidence:
    """What was found among the recordings, and between them and those outside, by their places."""

    copies: Mapping[int, Copy]
    overlaps: Sequence[Overlap]
    leaking: Sequence[Overlap]
    outside: Sequence[str]


def copies_of(store: Store, members: Sequence[int]) -> dict[int, Copy]:
    """Read what choosing between copies needs to know of some recordings, by number."""
    return _marked(store, {row[0]: _copy(row) for row in duplicates.compared(store, members)})


def copies_among(store: Store, wanted: Collection[int]) -> tuple[dict[int, Copy], array[int]]:
    """Read the same of those recordings that are wanted, and the numbers of all that can be compared."""
    rows = still_heard(store, duplicates.compared(store), lambda row: (row[0], row[4], row[5]), but=STEP)
    return copies_of(store, sorted(wanted)), array("q", (row[0] for row, _ in rows))


def _copy(row: tuple[Any, ...]) -> Copy:
    number, name, label, others, *rest = row
    return Copy(number, name, label, () if others == "[]" else tuple(json.loads(others)), *rest)


def _marked(store: Store, copies: Mapping[int, Copy]) -> dict[int, Copy]:
    """Add what people said of copies and marked in them, and what other steps keep of them."""
    numbers = list(copies)
    said = duplicates.marked(store, numbers)
    taken = dict(cuts.by_others(store, STEP, members=numbers))
    made = {}
    for number, copy in copies.items():
        if any(said[number]):
            copy = replace(copy, verdicts=said[number][0], annotations=said[number][1])  # noqa: PLW2901
        if number in taken:
            end = retention("ok", copy.duration, copy.sr, taken[number])
            copy = replace(copy, kept=tuple(end.stretches) if end.goes_out else ())  # noqa: PLW2901
        made[number] = copy
    return made


def ends(found: Overlap) -> tuple[float, float, float, float]:
    """Give the ends of the stretch in both recordings, in seconds."""
    return found.onset, found.offset, found.other_onset, found.other_offset


def rows_of(overlaps: Sequence[Overlap]) -> Iterator[tuple[object, ...]]:
    """Give the stretches in common as the catalogue keeps them, numbered within each pair."""
    ordinals: Counter[Pair] = Counter()
    for found in overlaps:
        pair = found.one, found.other
        yield *pair, ordinals[pair], found.kind, *ends(found), found.score
        ordinals[pair] += 1


def decided(evidence: Evidence, resolution: Resolution) -> Iterator[tuple[int, list[Cut]]]:
    """Say of each recording that goes, or must be looked at, why."""
    copies = evidence.copies
    kinds: dict[frozenset[int], str] = {}
    for found in evidence.overlaps:
        kinds.setdefault(frozenset((found.one, found.other)), found.kind)
    for number, best in resolution.dropped.items():
        # Of copies of a third one, nothing more is known than that.
        kind = kinds.get(frozenset((number, best)), "sound")
        same = (
            f"same {kind} as {copies[best].name}"
            if kind != "person"
            else f"same as {copies[best].name}, by a person"
        )
        yield number, [_cut(copies[number], "drop", _DUPLICATE, same)]
    for number, called in resolution.review.items():
        yield number, [_cut(copies[number], "flag", _DUPLICATE, f"also called {', '.join(called)}")]
    leaking: dict[int, Overlap] = {}
    for found in evidence.leaking:
        leaking.setdefault(found.one, found)
    for number, found in leaking.items():
        where = f"{found.onset:.1f}-{found.offset:.1f} s is {evidence.outside[found.other]}"
        yield number, [_cut(copies[number], "drop", _LEAK, where)]


def settled(store: Store, evidence: Evidence, resolution: Resolution) -> dict[int, list[Cut]]:
    """Say the same, after people were heard: who keeps all of a recording overrules what is decided."""
    new = dict(decided(evidence, resolution))
    for number, given in verdicts.by_recording(store, sorted(new)):
        if rule(given, duration=evidence.copies[number].duration).keeps_all:
            del new[number]
    return new


def _cut(copy: Copy, action: Action, reason: str, detail: str) -> Cut:
    return Cut(0.0, copy.duration, action, reason, None, f"{STEP}/{LAYER}", detail)


def regroup(store: Store, recording: int) -> list[int]:
    """Decide again, from the evidence that is stored, about all that is tied to a recording.

    Returns
    -------
    What is tied to it, itself included.

    Raises
    ------
    UsageError
        If a person says that two recordings differ whose bytes are the same.
    """
    tied = duplicates.tied_to(store, recording)
    judged = Judged.of(store, tied)
    copies = copies_of(store, tied)
    stored = [Overlap(*row) for row in duplicates.evidence(store, tied)]
    for one, other in judged.apart:
        if duplicates.are_one_file(store, one, other):
            raise UsageError(
                "these two are the same file, byte for byte",
                hint="to keep both all the same: curate keep RECORDING 0 END, for each",
            )
    overlaps = [found for found in stored if found.one in copies and found.other in copies]
    overlaps = [*judged.evidence(copies), *overlaps]
    old = {number: duplicates.decided(store, number) for number in tied}
    heard = {number for number, copy in copies.items() if copy.kept != ()}
    leaking, outside = stored_leaks(store, heard, tied)
    gone = {found.one for found in leaking}
    settings: dict[str, Any] = USUAL | (assignments.settings_of(store, STEP) or {})
    resolution = resolve(copies, overlaps, gone=gone, apart=judged.apart, **settings)
    new = settled(store, Evidence(copies, judged.believed(overlaps), leaking, outside), resolution)
    for number in sorted(tied):
        if new.get(number, []) != old[number]:
            cuts.replace(store, number, STEP, new.get(number, []))
    duplicates.regroup(store, tied, resolution.clusters, resolution.labels)
    return tied


def regroup_all(store: Store, changed: Sequence[int]) -> None:
    """Decide again about all that is tied to any of some recordings, of which other steps cut others now."""
    done: set[int] = set()
    for number in duplicates.tied(store, changed):
        if number not in done:
            done.update(regroup(store, number))


def in_several_folds(store: Store) -> int:
    """Count the clusters of which several folds keep some: a model would be tested on what it heard."""
    rows = list(duplicates.across_folds(store))
    taken = dict(cuts.by_others(store, members=[row[1] for row in rows]))
    folds: defaultdict[int, set[int]] = defaultdict(set)
    for cluster, number, fold, seconds, sr in rows:
        if retention("ok", seconds, sr, taken.get(number) or ()).goes_out:
            folds[cluster].add(fold)
    return sum(len(found) > 1 for found in folds.values())


def stored_leaks(
    store: Store,
    copies: Collection[int],
    members: Sequence[int] | None = None,
    *,
    place: str | None = None,
) -> tuple[list[Overlap], list[str]]:
    """Read what is known to leak, into one place or any, with the names of the others by `Overlap.other`."""
    leaking: list[Overlap] = []
    names: list[str] = []
    for number, name, *found in outsiders.leaks(store, members, place=place):
        if number in copies:
            leaking.append(Overlap(number, len(names), *found))
            names.append(name)
    return leaking, names


def _pair(one: int, other: int) -> Pair:
    return min(one, other), max(one, other)
