"""Note a person's verdict on a stretch of a recording, and bring the ledger into line with it."""

from __future__ import annotations

import getpass
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from curate.catalogue import cuts, duplicates, listings, verdicts
from curate.catalogue.dataset import Dataset
from curate.catalogue.store import Store
from curate.catalogue.views import recording_story, tables
from curate.decisions.voice_cuts import withheld
from curate.errors import UsageError
from curate.formatting import Displayed
from curate.intervals import clip, total
from curate.model import Judgement, Verdict
from curate.steps.clean import clean_copies
from curate.steps.common.export_states import Outdated, outdating
from curate.steps.common.settle_verdicts import settle
from curate.steps.common.work import Work, with_time


@dataclass(slots=True)
class VerdictSummary(Displayed):
    """What a verdict did. Times in seconds of the raw recording.

    Parameters
    ----------
    number
        Of the verdict, by which it can be withdrawn.
    beyond
        How much of the stretch lies beyond the end, where there is nothing.
    cut_before, cut_after
        How much of the recording was cut until then, and is now.
    outdated
        Exports that name a copy of other cuts since: it stays, for them.
    work
        With ``dry_run``, the copies that a rendering would then write.
    """

    recording: str
    onset: float
    offset: float
    judgement: str
    reviewer: str
    number: int = 0
    beyond: float = 0.0
    cut_before: float = 0.0
    cut_after: float = 0.0
    outdated: list[Outdated] = field(default_factory=list)
    work: Work | None = None


@dataclass(slots=True)
class PairSummary(Displayed):
    """What a verdict on two recordings did.

    Parameters
    ----------
    number
        Of the verdict, by which it can be withdrawn.
    dropped, back
        Ids of the recordings that go since then, each with the reason, and of those that came back.
    outdated, work
        As of `VerdictSummary`.
    """

    recording: str
    other: str
    judgement: str
    reviewer: str
    number: int = 0
    dropped: dict[str, str] = field(default_factory=dict)
    back: list[str] = field(default_factory=list)
    outdated: list[Outdated] = field(default_factory=list)
    work: Work | None = None


def record_pair_verdict(
    dataset: Dataset, recording: str, other: str, judgement: Judgement, *, reviewer: str | None, dry_run: bool
) -> PairSummary:
    """Note whether two recordings hold the same sound, and decide again which of them goes.

    Parameters
    ----------
    dry_run
        Try it out, and take it back.

    Raises
    ------
    UsageError
        If both are one recording, or one that cannot be decoded, or one file that is said to differ.
    NotInCatalogue
        If a recording is unknown.
    """
    numbers = [tables.recording_number(dataset.store, name, dataset.folder) for name in (recording, other)]
    durations = [listings.duration_of(dataset.store, number) for number in numbers]
    if numbers[0] == numbers[1]:
        raise UsageError(f"'{recording}' and '{other}' are one recording", hint="name two")
    for name, duration in zip((recording, other), durations, strict=True):
        if not duration:
            raise UsageError(f"{name} is silent: failed to compare it")
    who = reviewer or getpass.getuser()
    names = dict(recording_story.names(dataset.store, numbers))
    summary = PairSummary(names[numbers[0]], names[numbers[1]], judgement, who)
    with (
        _noting(dataset, judgement, {"recording": recording, "other": other}, dry_run=dry_run) as store,
        outdating(dataset) as summary.outdated,
        store.transaction(),
    ):
        now = verdicts.moment(store, [who], numbers)
        verdict = Verdict(0.0, durations[0], judgement, who, now, other=numbers[1])
        summary.number = verdicts.add(store, numbers[0], verdict)
        # After the verdict is noted: only it may tie the two together.
        tied = duplicates.tied_to(store, numbers[0])
        before = _dropped(store, tied)
        settle(store, numbers[0], duration=durations[0])
        after = _dropped(store, tied)
        names = dict(recording_story.names(store, tied))
        summary.dropped = {names[each]: after[each] for each in after if after[each] != before.get(each)}
        summary.back = [names[each] for each in before if each not in after]
        if dry_run:
            # Inside the block: behind it, a dry run has taken back what the plan is about.
            summary.number, summary.work = 0, _work(dataset)
    return summary


@contextmanager
def _noting(
    dataset: Dataset, judgement: Judgement, asked: Mapping[str, Any], *, dry_run: bool
) -> Iterator[Store]:
    """Give the catalogue to write to; in a dry run all is taken back when the block ends."""
    if dry_run:
        with dataset.rehearsing() as store:
            yield store
        return
    with dataset.writing(judgement, asked):
        yield dataset.store


def _work(dataset: Dataset) -> Work:
    """Tell what `curate render` would have to write now."""
    return with_time(dataset.store, clean_copies.plan(dataset))


def _dropped(store: Store, members: list[int]) -> dict[int, str]:
    """Say which recordings `dedupe` drops, and why."""
    return {
        number: cut.words
        for number in members
        for cut in duplicates.decided(store, number)
        if cut.action == "drop"
    }


def record_verdict(
    dataset: Dataset,
    recording: str,
    onset: float,
    offset: float,
    judgement: Judgement,
    *,
    reviewer: str | None,
    label: str,
    dry_run: bool,
) -> VerdictSummary:
    """Note a verdict. The copy of the recording is rendered by the next step that renders.

    Parameters
    ----------
    dry_run
        Try it out, and take it back.

    Raises
    ------
    UsageError
        If the stretch does not lie in the recording.
    NotInCatalogue
        If the recording is unknown.
    """
    number = tables.recording_number(dataset.store, recording, dataset.folder)
    duration = listings.duration_of(dataset.store, number)
    if not 0 <= onset < offset or onset >= duration:
        ends = "the onset comes before the offset, in seconds; " if not onset < offset else ""
        raise UsageError(
            f"the stretch from {onset:g} to {offset:g} s is outside {recording}",
            hint=f"{ends}it is {duration:g} s long",
        )
    who = reviewer or getpass.getuser()
    summary = VerdictSummary(recording, onset, min(offset, duration), judgement, who)
    summary.beyond = offset - summary.offset
    asked = {"recording": recording, "onset": onset, "offset": offset}
    with (
        _noting(dataset, judgement, asked, dry_run=dry_run) as store,
        outdating(dataset) as summary.outdated,
        store.transaction(),
    ):

        def cut_seconds() -> float:
            every = [cut for _, made in cuts.by_step(store, number) for cut in made]
            return total(clip(withheld(every), 0.0, duration))

        summary.cut_before = cut_seconds()
        now = verdicts.moment(store, [who], [number])
        verdict = Verdict(onset, summary.offset, judgement, who, now, label)
        summary.number = verdicts.add(store, number, verdict)
        settle(store, number, duration=duration)
        summary.cut_after = cut_seconds()
        if dry_run:
            summary.number, summary.work = 0, _work(dataset)
    return summary
