"""`curate dedupe`: the same sound under two ids, two archives, two names.

Evidence first (bytes, samples, sound, metadata), then a pure decision which recording of each
sound stays. Nothing is deleted: what goes is noted as dropped, with the reason, and a manifest
leaves it out. Every run decides anew.
"""

from __future__ import annotations

import json
import os
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from curate.catalogue import cuts, duplicates, verdicts
from curate.catalogue.dataset import Dataset, Run
from curate.catalogue.store import Store
from curate.decisions.duplicates import Copy, LabelChoice, Overlap, Resolution, check_choices, resolve
from curate.decisions.verdicts import rule
from curate.engine import Engine, open_engine
from curate.model import Action, Cut, Problem
from curate.progress import Progress, silent
from curate.steps._cover import cover
from curate.steps._outside import Others, leaks, outside
from curate.steps._same import LAYER, Sounds, equal_bytes, equal_metadata, equal_sound, stored_sounds

STEP = "dedupe"


@dataclass(slots=True)
class Pair:
    """A stretch that two recordings have in common, for people: seconds in each."""

    recording_id: str
    other: str
    kind: str
    onset: float
    offset: float
    other_onset: float
    other_offset: float
    score: float | None


@dataclass(slots=True)
class DedupeSummary:
    """What was found, and what became of it.

    Parameters
    ----------
    recordings, heard, scanned, failed, waiting
        All that can be compared; with a fingerprint; heard in this run; that could not be heard;
        that were not heard (``--no-sound``, ``--dry-run``).
    evidence
        Pairs by kind: bytes, samples, sound, metadata.
    clusters
        Groups of recordings that belong together.
    dropped, relabelled, review
        Recordings that go, that get classes of their copies, and that a person must look at.
    leaks
        Recordings that share a sound with those of ``--against``, all dropped.
    pairs, leaking
        Each stretch in common, within the dataset and with the others.
    """

    recordings: int = 0
    heard: int = 0
    scanned: int = 0
    failed: int = 0
    waiting: int = 0
    audio_seconds: float = 0.0
    evidence: dict[str, int] = field(default_factory=dict)
    clusters: int = 0
    dropped: int = 0
    relabelled: int = 0
    review: int = 0
    leaks: int = 0
    pairs: list[Pair] = field(default_factory=list)
    leaking: list[Pair] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    elapsed_s: float = 0.0


def dedupe(
    dataset: Dataset,
    *,
    sound: bool = True,
    same: float = 0.8,
    labels: LabelChoice = "merge",
    against: str | os.PathLike[str] | None = None,
    jobs: int | None = None,
    engine: str = "local",
    retry_failed: bool = False,
    dry_run: bool = False,
    progress: Progress = silent,
) -> DedupeSummary:
    """Find recordings of the same sound, and keep the best of each.

    Parameters
    ----------
    sound
        Whether to listen; without, bytes, metadata and the fingerprints that are stored decide.
    same, labels
        See `decisions.duplicates.resolve`.
    against
        Another dataset, or a table or folder as `import_` takes them: what shares a sound, the
        bytes or the id with it is dropped.
    jobs, engine
        Worker processes, and where they run.
    retry_failed
        Listen again where an earlier look failed.
    dry_run
        Say what would be done with what was heard; listen to nothing, write nothing.

    Raises
    ------
    UsageError
        If an option is out of range, or `against` is nothing to compare with.
    """
    started = time.monotonic()
    check(same=same, labels=labels)
    dataset.check_exists()
    parameters = {"sound": sound, "same": same, "labels": labels, "against": against and os.fspath(against)}
    summary = DedupeSummary()
    listen = sound and not dry_run
    with (
        open_engine(engine, jobs=jobs) as workers,
        nullcontext(Run()) if dry_run else dataset.writing(STEP, parameters) as run,
    ):
        if listen:
            _listen(dataset, summary, workers, retry_failed=retry_failed, progress=progress)
        store = dataset.store
        sounds = stored_sounds(store)
        others = Others()
        if against is not None:
            others = outside(Path(against), listen=listen, workers=workers, progress=progress)
            summary.problems += others.problems
        equal = equal_bytes(store)
        surely = {(found.one, found.other) for found in equal}
        heard = [found for found in equal_sound(sounds) if (found.one, found.other) not in surely]
        overlaps = [*equal, *heard, *equal_metadata(store)]
        leaking = leaks(store, sounds, others) if others.names else []
        copies = {copy.number: copy for copy in _copies(store)}
        overlaps = [found for found in overlaps if found.one in copies and found.other in copies]
        leaking = [found for found in leaking if found.one in copies]
        gone = {found.one for found in leaking}
        # What leaks goes in any case, so it may not stay for another one; it still joins clusters.
        resolution = resolve(copies, overlaps, same=same, labels=labels, gone=gone)
        evidence = _Evidence(copies, overlaps, leaking, others.names)
        _count(summary, sounds, evidence, resolution)
        if not dry_run:
            _write(store, evidence, resolution)
        run.counts.update(
            dropped=summary.dropped, leaks=summary.leaks, clusters=summary.clusters, failed=summary.failed
        )
    summary.elapsed_s = time.monotonic() - started
    return summary


def check(*, same: float, labels: LabelChoice, **_: object) -> None:
    """Look at the options of a run before anything is done.

    Raises
    ------
    UsageError
        If one is out of range.
    """
    check_choices(same, labels)


def layers_of(*, sound: bool = True, **_: object) -> dict[str, dict[str, Any]]:
    """Name the layers that a run needs, and their settings."""
    return {LAYER: {}} if sound else {}


def _listen(
    dataset: Dataset, summary: DedupeSummary, workers: Engine, *, retry_failed: bool, progress: Progress
) -> None:
    covered = cover(
        dataset,
        layers_of(),
        workers=workers,
        device="cpu",
        retry_failed=retry_failed,
        progress=progress,
    )
    summary.scanned, summary.failed = covered.scanned, covered.failed
    summary.audio_seconds = covered.audio_seconds


def _copies(store: Store) -> Iterator[Copy]:
    for number, name, label, others, *rest in duplicates.compared(store, STEP):
        yield Copy(number, name, label, () if others == "[]" else tuple(json.loads(others)), *rest)


@dataclass(frozen=True, slots=True)
class _Evidence:
    """What was found among the recordings, and between them and those outside, by their places."""

    copies: Mapping[int, Copy]
    overlaps: Sequence[Overlap]
    leaking: Sequence[Overlap]
    outside: Sequence[str]


def _count(summary: DedupeSummary, sounds: Sounds, evidence: _Evidence, resolution: Resolution) -> None:
    copies = evidence.copies
    heard = copies.keys() & set(sounds.numbers)
    summary.recordings, summary.heard = len(copies), len(heard)
    summary.waiting = max(len(copies) - len(heard) - summary.failed, 0)
    summary.evidence = dict(sorted(Counter(found.kind for found in evidence.overlaps).items()))
    summary.clusters = len(set(resolution.clusters.values()))
    summary.leaks = len({found.one for found in evidence.leaking})
    summary.dropped = len(resolution.dropped)
    summary.relabelled, summary.review = len(resolution.labels), len(resolution.review)
    summary.pairs = [_pair(found, copies, copies[found.other].name) for found in evidence.overlaps]
    summary.leaking = [_pair(found, copies, evidence.outside[found.other]) for found in evidence.leaking]


def _pair(found: Overlap, copies: Mapping[int, Copy], other: str) -> Pair:
    ends = [round(end, 3) for end in _ends(found)]
    return Pair(copies[found.one].name, other, found.kind, ends[0], ends[1], ends[2], ends[3], found.score)


def _ends(found: Overlap) -> tuple[float, float, float, float]:
    return found.onset, found.offset, found.other_onset, found.other_offset


def _write(store: Store, evidence: _Evidence, resolution: Resolution) -> None:
    new = dict(_decided(evidence, resolution))
    for number, given in verdicts.by_recording(store):
        if number in new and rule(given, duration=evidence.copies[number].duration).keeps_all:
            del new[number]
    with store.transaction():
        old = dict(cuts.by_recording(store, STEP))
        for number in sorted(new.keys() | old.keys()):
            if new.get(number, []) != old.get(number, []):
                cuts.replace(store, number, STEP, new.get(number, []))
        rows = []
        ordinals: Counter[tuple[int, int]] = Counter()
        for found in evidence.overlaps:
            pair = found.one, found.other
            rows.append((*pair, ordinals[pair], found.kind, *_ends(found), found.score))
            ordinals[pair] += 1
        more = [(number, label) for number, labels in resolution.labels.items() for label in labels]
        duplicates.replace(store, rows, resolution.clusters, more)


def _decided(evidence: _Evidence, resolution: Resolution) -> Iterator[tuple[int, list[Cut]]]:
    """Say of each recording that goes, or must be looked at, why."""
    copies = evidence.copies
    kinds: dict[frozenset[int], str] = {}
    for found in evidence.overlaps:
        kinds.setdefault(frozenset((found.one, found.other)), found.kind)
    for number, best in resolution.dropped.items():
        # Of copies of a third one, nothing more is known than that.
        kind = kinds.get(frozenset((number, best)), "sound")
        why = f"duplicate; same {kind} as {copies[best].name}"
        yield number, [_cut(copies[number], "drop", why)]
    for number, called in resolution.review.items():
        yield number, [_cut(copies[number], "flag", f"duplicate; also called {', '.join(called)}")]
    leaking: dict[int, Overlap] = {}
    for found in evidence.leaking:
        leaking.setdefault(found.one, found)
    for number, found in leaking.items():
        where = f"{found.onset:.1f}-{found.offset:.1f} s is {evidence.outside[found.other]}"
        yield number, [_cut(copies[number], "drop", f"leak; {where}")]


def _cut(copy: Copy, action: Action, reason: str) -> Cut:
    return Cut(0.0, copy.duration, action, reason, None, f"{STEP}/{LAYER}")
