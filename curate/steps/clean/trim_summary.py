"""What a dataset holds that is worthless, counted after `trim`."""

from __future__ import annotations

from dataclasses import dataclass, field

from curate.steps.clean.cutting_run import CuttingSummary
from curate.steps.common.cutting.trim_columns import CountedTrims


@dataclass(slots=True)
class Reason:
    """How much one reason cost. `seconds` of recordings, whatever was done about them."""

    reason: str
    action: str
    recordings: int = 0
    seconds: float = 0.0


@dataclass(slots=True)
class TrimSummary(CuttingSummary):
    """What a run did, and what the dataset holds after it. The rest is in `CuttingSummary`.

    Parameters
    ----------
    dropped_seconds
        Length of the recordings that are dropped.
    reasons
        Every reason with what was done about it.
    """

    preset: str = ""
    dropped_seconds: float = 0.0
    reasons: list[Reason] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class TrimTally:
    """What was decided, counted."""

    counts: CountedTrims

    def report(self, summary: TrimSummary) -> None:
        """Write the counts into a summary whose own problems are complete."""
        found = self.counts
        summary.recordings, summary.waiting = found.recordings, found.waiting
        summary.failed = found.failed + summary.problem_counts.total()
        summary.flagged, summary.dropped = found.flagged, found.dropped
        summary.cut_seconds, summary.muted_seconds = found.cut, found.muted
        summary.dropped_seconds = found.lost
        reasons = [Reason(*kind, *numbers) for kind, numbers in found.reasons.items()]
        summary.reasons = sorted(reasons, key=lambda each: (each.action, each.reason))
