"""Note a person's verdict on a stretch of a recording, and bring the ledger into line with it."""

from __future__ import annotations

import getpass
from dataclasses import dataclass
from datetime import UTC, datetime

from curate.catalogue import cuts, listings, tables, verdicts
from curate.catalogue.dataset import Dataset
from curate.decisions.policy import removed
from curate.errors import UsageError
from curate.intervals import clip, total
from curate.model import Judgement, Verdict
from curate.steps._verdicts import settle


@dataclass(slots=True)
class VerdictSummary:
    """What a verdict did; times in seconds of the raw recording.

    Parameters
    ----------
    number
        Of the verdict, by which it can be withdrawn.
    cut_before, cut_after
        How much of the recording was cut until then, and is now.
    """

    recording: str
    onset: float
    offset: float
    judgement: str
    reviewer: str
    number: int = 0
    cut_before: float = 0.0
    cut_after: float = 0.0


def give(
    dataset: Dataset,
    recording: str,
    onset: float,
    offset: float,
    judgement: Judgement,
    *,
    reviewer: str | None,
    label: str,
) -> VerdictSummary:
    """Note a verdict; the copy of the recording is rendered by the next step that renders.

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
        ends = "the onset stands before the offset, in seconds; " if not onset < offset else ""
        raise UsageError(
            f"no stretch from {onset:g} to {offset:g} s in {recording}",
            hint=f"{ends}it is {duration:g} s long",
        )
    who = reviewer or getpass.getuser()
    summary = VerdictSummary(recording, onset, min(offset, duration), judgement, who)
    with (
        dataset.writing(judgement, {"recording": recording, "onset": onset, "offset": offset}),
        dataset.store.transaction(),
    ):
        store = dataset.store

        def cut_seconds() -> float:
            every = [cut for _, made in cuts.by_step(store, number) for cut in made]
            return total(clip(removed(every), 0.0, duration))

        summary.cut_before = cut_seconds()
        now = datetime.now(UTC).isoformat(timespec="microseconds")
        verdict = Verdict(onset, summary.offset, judgement, who, now, label)
        summary.number = verdicts.add(store, number, verdict)
        settle(store, number, duration=duration)
        summary.cut_after = cut_seconds()
    return summary
