"""`curate dedupe`: the same sound under two ids, two archives, two names.

Evidence first (bytes, samples, sound, metadata), then a pure decision which recording of each
sound stays. Nothing is deleted: what goes is noted as dropped, with the reason, and a manifest
leaves it out. Every run decides again, but for pairs of which people said whether they are the same.
"""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from curate.catalogue import assignments, cuts, duplicates, layers, outsiders, runs
from curate.catalogue.dataset import Dataset, Run
from curate.catalogue.outsiders import Outsider
from curate.catalogue.store import Store
from curate.decisions.duplicates import Copy, LabelChoice, Overlap, Resolution, check_choices, resolve
from curate.engine.loop import Engine
from curate.engine.open import open_engine
from curate.formatting import Displayed
from curate.model import Cut, Problem
from curate.progress import Progress, silent
from curate.steps.clean.contamination import Others, gathered, leaking_now, leaks
from curate.steps.clean.contamination import rows_of as rows_of_leaks
from curate.steps.clean.same_sound import SoundIndex, equal_bytes, equal_metadata, equal_sound, stored_sounds
from curate.steps.common.detect import run_detectors
from curate.steps.common.export_states import Outdated, outdating
from curate.steps.common.same_sound_groups import (
    LAYER,
    STEP,
    Evidence,
    Judged,
    copies_among,
    ends,
    in_several_folds,
    rows_of,
    settled,
)
from curate.steps.common.work import Work, to_listen, with_time


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
class Unheeded:
    """A recording that goes although people worked on it: verdicts on its sound or class, and annotations."""

    recording_id: str
    verdicts: int
    annotations: int


@dataclass(slots=True)
class Against:
    """A place whose sounds stay out: its recordings, those with a fingerprint, and what leaks into it."""

    place: str
    recordings: int = 0
    heard: int = 0
    leaks: int = 0


@dataclass(slots=True)
class DedupeSummary(Displayed):
    """What was found, and what became of it.

    Parameters
    ----------
    recordings, heard, scanned, failed, waiting
        All that can be compared; with a fingerprint; heard in this run; that could not be heard;
        that were not heard (``--no-sound``, ``--dry-run``).
    evidence
        Pairs by kind: bytes, samples, sound, metadata, and what a person says.
    clusters
        Groups of recordings that belong together.
    dropped, relabelled, review
        Recordings that go, that get classes of their copies, and that a person must look at.
    leaks
        Recordings that share a sound with those of ``--against``, in this run or an earlier one, all dropped.
    pairs, leaking
        Each stretch in common, within the dataset and with the others.
    work
        With ``dry_run``, what would be listened to.
    outdated
        Exports that name copies of recordings that go since.
    against
        What the dataset is kept apart from: of this run and of earlier ones.
    unheeded
        Recordings that go, of which people said or marked something: exports leave that out.
    only_alike
        Pairs that sound nearly the same by `cluster`, and are the same by no evidence.
    divided
        Clusters that are in several folds, as those were given before.
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
    against: list[Against] = field(default_factory=list)
    unheeded: list[Unheeded] = field(default_factory=list)
    only_alike: int = 0
    divided: int = 0
    work: Work | None = None
    outdated: list[Outdated] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    elapsed_s: float = 0.0

    @property
    def counts(self) -> dict[str, int]:
        """What the list of runs keeps."""
        return {name: getattr(self, name) for name in ("dropped", "leaks", "clusters", "failed")}


#: What a decision is made from, beside the layer; its evidence and what it wrote is told of, too.
_MADE_FROM = (
    "recordings",
    "recorders",
    "labels",
    "verdicts",
    "cuts/",
    "matches",
    "clusters",
    "more_labels",
    "leaks",
    "outsiders",
    f"settings/{STEP}",
)

#: Fields of the summary that the latest decision gave.
_DECIDED = ("recordings", "heard", "evidence", "clusters", "dropped", "relabelled", "review", "leaks")


def dedupe(
    dataset: Dataset,
    *,
    sound: bool = True,
    min_overlap: float = 0.8,
    label_conflict: LabelChoice = "merge",
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
    min_overlap, label_conflict
        See `decisions.duplicates.resolve`.
    against
        Another dataset, or a table or folder as `import_` takes them: what shares a sound, the
        bytes or the id with it is dropped. Its fingerprints are kept, and every later run compares with
        them, too, until `undo` takes the step back.
    jobs, engine
        Worker processes, and where they run.
    retry_failed, dry_run
        Listen again where an earlier look failed; say what would be done, and listen to and write nothing.

    Raises
    ------
    UsageError
        If an option is out of range, or `against` is nothing to compare with.
    """
    started = time.monotonic()
    check(min_overlap=min_overlap, label_conflict=label_conflict)
    dataset.check_exists()
    parameters = {
        "sound": sound,
        "min_overlap": min_overlap,
        "label_conflict": label_conflict,
        "against": against and os.fspath(against),
    }
    choice = {"same": min_overlap, "labels": label_conflict}
    summary = DedupeSummary()
    listen = sound and not dry_run
    with (
        open_engine(engine, jobs=jobs) as workers,
        nullcontext(Run()) if dry_run else dataset.writing(STEP, parameters) as run,
    ):
        if listen:
            _listen(dataset, summary, workers, retry_failed=retry_failed, progress=progress)
        store = dataset.store
        # An outsider may be heard by now: nothing in the catalogue tells that its file is back.
        is_asked = dry_run or against is not None or outsiders.are_unheard(store)
        kept = None if is_asked else runs.standing(store, STEP, choice, _made_from(store))
        if kept is not None:
            _take_over(summary, kept)
            _end(summary, run, store, started)
            return summary
        sounds = stored_sounds(store)
        members, looked_through = gathered(
            store, against, listen=listen, workers=workers, report=summary.problems, progress=progress
        )
        others = Others.of(members)
        equal = equal_bytes(store)
        surely = {(found.one, found.other) for found in equal}
        # Equal bytes have equal samples: such a pair is told once, by what is surest.
        heard = [found for found in equal_sound(sounds) if (found.one, found.other) not in surely]
        overlaps = [*equal, *heard, *equal_metadata(store)]
        shared = leaks(store, sounds, others) if members else []
        judged = Judged.of(store)
        tied = {number for found in overlaps for number in (found.one, found.other)}
        tied |= {number for pair in judged.together for number in pair} | {found.one for found in shared}
        copies, numbers = copies_among(store, tied | set(outsiders.leaking(store)))
        found = [each for each in overlaps if each.one in copies and each.other in copies]
        found = [*judged.evidence(copies), *found]
        kept_some = {number for number, copy in copies.items() if copy.kept != ()}
        leaking, names = leaking_now(store, kept_some, shared, members)
        resolution = resolve(
            copies,
            found,
            same=min_overlap,
            labels=label_conflict,
            # What leaks goes in any case, so it may not stay for another one; it still joins clusters.
            gone={found.one for found in leaking},
            apart=judged.apart,
        )
        told = judged.believed([each for each in found if {each.one, each.other} <= kept_some])
        evidence = Evidence(copies, told, leaking, names)
        new = settled(store, evidence, resolution)
        _count(summary, evidence, resolution, new, kept_some)
        _count_heard(summary, np.array(numbers), sounds)
        summary.against = _against(members, [found for found in shared if found.one in kept_some])
        if not dry_run:
            with outdating(dataset) as summary.outdated, store.transaction():
                outsiders.replace(
                    store, (each for each in members if each.place in looked_through), looked_through
                )
                outsiders.put_leaks(store, rows_of_leaks(shared, members))
                _write(store, overlaps, new, resolution, choice)
                runs.keep(store, STEP, choice, _as_kept(summary))
        if dry_run and sound:
            summary.work = with_time(store, to_listen(store, required_layers(), retry_failed=retry_failed))
        _end(summary, run, store, started)
    return summary


def _end(summary: DedupeSummary, run: Run, store: Store, started: float) -> None:
    """Count what is left to a person, and note what the run did."""
    summary.only_alike = duplicates.only_alike(store)
    summary.divided = in_several_folds(store)
    run.counts.update(summary.counts)
    summary.elapsed_s = time.monotonic() - started


def check(*, min_overlap: float, label_conflict: LabelChoice, **_: object) -> None:
    """Look at the options of a run before anything is done.

    Raises
    ------
    UsageError
        If one is out of range.
    """
    check_choices(min_overlap, label_conflict)


def required_layers(*, sound: bool = True, **_: object) -> dict[str, dict[str, Any]]:
    """Name the layers that a run needs, and their settings."""
    return {LAYER: {}} if sound else {}


def _listen(
    dataset: Dataset, summary: DedupeSummary, workers: Engine, *, retry_failed: bool, progress: Progress
) -> None:
    covered = run_detectors(
        dataset,
        required_layers(),
        workers=workers,
        device="cpu",
        retry_failed=retry_failed,
        progress=progress,
    )
    summary.scanned, summary.failed = covered.scanned, layers.count_failed(dataset.store, LAYER)
    summary.audio_seconds = covered.audio_seconds


def _made_from(store: Store) -> list[str]:
    """Name the kinds of what a decision is made from, as `catalogue.runs` knows them."""
    marked = [name for name, _ in layers.imported(store)]
    return [*_MADE_FROM, *(f"coverage/{layers.find_number(store, name)}" for name in (LAYER, *marked))]


def _as_kept(summary: DedupeSummary) -> dict[str, Any]:
    """Give what the catalogue keeps of a summary."""
    kept = {name: getattr(summary, name) for name in _DECIDED}
    lists = {
        name: [asdict(each) for each in getattr(summary, name)]
        for name in ("pairs", "leaking", "against", "unheeded")
    }
    return kept | lists


def _take_over(summary: DedupeSummary, kept: Mapping[str, Any]) -> None:
    """Write what an earlier run kept into the summary of one that has nothing to decide."""
    for name in _DECIDED:
        setattr(summary, name, kept[name])
    summary.waiting = max(summary.recordings - summary.heard - summary.failed, 0)
    summary.pairs = [Pair(**each) for each in kept["pairs"]]
    summary.leaking = [Pair(**each) for each in kept["leaking"]]
    summary.against = [Against(**each) for each in kept["against"]]
    summary.unheeded = [Unheeded(**each) for each in kept.get("unheeded", ())]  # none of an earlier version


def _count_heard(summary: DedupeSummary, numbers: npt.NDArray[np.int64], sounds: SoundIndex) -> None:
    heard = int(np.count_nonzero(np.isin(numbers, sounds.numbers)))
    summary.recordings, summary.heard = len(numbers), heard
    summary.waiting = max(len(numbers) - heard - summary.failed, 0)


def _count(
    summary: DedupeSummary,
    evidence: Evidence,
    resolution: Resolution,
    new: Mapping[int, list[Cut]],
    kept_some: Collection[int],
) -> None:
    copies = evidence.copies
    summary.evidence = dict(sorted(Counter(found.kind for found in evidence.overlaps).items()))
    clusters = Counter(of for number, of in resolution.clusters.items() if number in kept_some)
    summary.clusters = sum(count > 1 for count in clusters.values())
    # Not by the resolution: of what it names, people keep some.
    gone = sorted(number for number, made in new.items() if any(cut.action == "drop" for cut in made))
    summary.leaks = len({found.one for found in evidence.leaking}.intersection(gone))
    summary.dropped = len(resolution.dropped.keys() & gone)
    summary.relabelled, summary.review = len(resolution.labels), len(resolution.review.keys() & new.keys())
    worked = [copies[number] for number in gone if copies[number].verdicts or copies[number].annotations]
    summary.unheeded = [Unheeded(copy.name, copy.verdicts, copy.annotations) for copy in worked]
    summary.pairs = [_pair(found, copies, copies[found.other].name) for found in evidence.overlaps]
    summary.leaking = [_pair(found, copies, evidence.outside[found.other]) for found in evidence.leaking]


def _pair(found: Overlap, copies: Mapping[int, Copy], other: str) -> Pair:
    onset, offset, other_onset, other_offset = (round(end, 3) for end in ends(found))
    name = copies[found.one].name
    return Pair(name, other, found.kind, onset, offset, other_onset, other_offset, found.score)


def _write(
    store: Store,
    found: Sequence[Overlap],
    new: Mapping[int, list[Cut]],
    resolution: Resolution,
    chosen: Mapping[str, Any],
) -> None:
    old = dict(cuts.by_recording(store, STEP))
    for number in sorted(new.keys() | old.keys()):
        # Only what differs: whatever is written counts as a change, and steps that read cuts would run again.
        if new.get(number, []) != old.get(number, []):
            cuts.replace(store, number, STEP, new.get(number, []))
    more = [(number, label) for number, labels in resolution.labels.items() for label in labels]
    duplicates.replace(store, rows_of(found), resolution.clusters, more)
    assignments.put_settings(store, STEP, chosen)


def _against(members: Sequence[Outsider], leaking: Sequence[Overlap]) -> list[Against]:
    """Count, for each place that the dataset is kept apart from, its recordings and what leaks into it."""
    found: dict[str, Against] = {}
    for each in members:
        of = found.setdefault(each.place, Against(each.place))
        of.recordings += 1
        of.heard += each.track is not None
    for place, _ in {(members[each.other].place, each.one) for each in leaking}:
        found[place].leaks += 1
    return list(found.values())
