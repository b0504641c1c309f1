"""What a dataset holds that is worthless, counted after `trim`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

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


class TrimTally:
    """Counts decisions."""

    def __init__(self) -> None:
        self._reasons: dict[tuple[str, str], Reason] = {}
        self._recordings = self._failed = self._waiting = self._flagged = self._dropped = 0
        self._cut = self._muted = self._lost = 0.0

    @classmethod
    def of(cls, kept: Mapping[str, Any]) -> TrimTally:
        """Read what `kept` gave."""
        tally = cls()
        tally._reasons = {(each["reason"], each["action"]): Reason(**each) for each in kept["reasons"]}
        tally._recordings, tally._failed, tally._waiting, tally._flagged, tally._dropped = kept["counts"]
        tally._cut, tally._muted, tally._lost = kept["seconds"]
        return tally

    @property
    def kept(self) -> dict[str, Any]:
        """Give what the catalogue keeps."""
        return {
            "reasons": [asdict(each) for each in self._reasons.values()],
            "counts": [self._recordings, self._failed, self._waiting, self._flagged, self._dropped],
            "seconds": [self._cut, self._muted, self._lost],
        }

    def add(self, each: CountedTrims) -> None:
        """Count recordings, and what is decided about them."""
        self._recordings += each.recordings
        self._failed += each.failed
        self._waiting += each.waiting
        self._flagged += each.flagged
        self._dropped += each.dropped
        self._cut += each.cut
        self._muted += each.muted
        self._lost += each.lost
        for kind, (recordings, seconds) in each.reasons.items():
            reason = self._reasons.setdefault(kind, Reason(*kind))
            reason.recordings += recordings
            reason.seconds += seconds

    def report(self, summary: TrimSummary) -> None:
        """Write the counts into a summary whose own problems are complete."""
        summary.recordings, summary.waiting = self._recordings, self._waiting
        summary.failed = self._failed + summary.problem_counts.total()
        summary.flagged, summary.dropped = self._flagged, self._dropped
        summary.cut_seconds, summary.muted_seconds = self._cut, self._muted
        summary.dropped_seconds = self._lost
        summary.reasons = sorted(self._reasons.values(), key=lambda each: (each.action, each.reason))
