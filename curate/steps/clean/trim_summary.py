"""What a dataset holds that is worthless, counted after `trim`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from curate.decisions.voice_cuts import withheld
from curate.intervals import total
from curate.model import Cut, Problem
from curate.steps.acquire.import_summary import ImportSummary
from curate.steps.common.reporting import Reporting


@dataclass(slots=True)
class Reason:
    """How much one reason cost; `seconds` of recordings, whatever was done about them."""

    reason: str
    action: str
    recordings: int = 0
    seconds: float = 0.0


@dataclass(slots=True)
class TrimSummary(Reporting):
    """What a run did, and what the dataset holds after it; times in seconds.

    Parameters
    ----------
    recordings
        All in the dataset.
    scanned, audio_seconds
        Decoded in this run, and their length; `refreshed` needed no decoding.
    failed
        Recordings that could not be looked at, now or before.
    waiting
        Recordings not looked at yet (``--limit``, ``--dry-run``).
    cut_seconds, muted_seconds
        Length of what is excised, and of what is muted: such recordings keep their length.
    flagged, dropped
        Recordings.
    dropped_seconds
        Length of the recordings that are dropped.
    reasons
        Every reason with what was done about it.
    copies, rendered, removed, other_format
        Clean copies, as after `strip-voice`.
    problems
        Copies that could not be written, no more than a thousand; `problem_counts` counts all.
    """

    preset: str = ""
    recordings: int = 0
    scanned: int = 0
    refreshed: int = 0
    failed: int = 0
    waiting: int = 0
    cut_seconds: float = 0.0
    muted_seconds: float = 0.0
    flagged: int = 0
    dropped: int = 0
    dropped_seconds: float = 0.0
    copies: int = 0
    rendered: int = 0
    removed: int = 0
    other_format: int = 0
    audio_seconds: float = 0.0
    scan_s: float = 0.0
    elapsed_s: float = 0.0
    realtime: float = 0.0
    reasons: list[Reason] = field(default_factory=list)
    problem_counts: Counter[str] = field(default_factory=Counter)
    problems: list[Problem] = field(default_factory=list)
    imported: ImportSummary | None = None


class TrimTally:
    """Counts decisions recording by recording."""

    def __init__(self) -> None:
        self._reasons: dict[tuple[str, str], Reason] = {}
        self._recordings = self._failed = self._waiting = self._flagged = self._dropped = 0
        self._cut = self._muted = self._lost = 0.0

    def add(self, made: Sequence[Cut], *, failed: bool, waiting: bool) -> None:
        """Count one recording, and what is decided about it."""
        self._recordings += 1
        self._failed += failed
        self._waiting += waiting
        if not made:  # as of most recordings
            return
        actions = {cut.action for cut in made}
        self._flagged += "flag" in actions
        self._dropped += "drop" in actions
        if "drop" in actions:
            self._lost += total(withheld(made))
        else:
            excised = total((cut.onset, cut.offset) for cut in made if cut.action == "excise")
            self._cut += excised
            self._muted += total(withheld(made)) - excised
        kinds = [(cut.reason, cut.action) for cut in made]
        for kind in set(kinds):
            reason = self._reasons.setdefault(kind, Reason(*kind))
            reason.recordings += 1
            reason.seconds += sum(cut.duration for cut, of in zip(made, kinds, strict=True) if of == kind)

    def report(self, summary: TrimSummary) -> None:
        """Write the counts into a summary whose own problems are complete."""
        summary.recordings, summary.waiting = self._recordings, self._waiting
        summary.failed = self._failed + summary.problem_counts.total()
        summary.flagged, summary.dropped = self._flagged, self._dropped
        summary.cut_seconds, summary.muted_seconds = self._cut, self._muted
        summary.dropped_seconds = self._lost
        summary.reasons = sorted(self._reasons.values(), key=lambda each: (each.action, each.reason))
        if summary.scan_s:
            summary.realtime = summary.audio_seconds / summary.scan_s
