"""What a dataset holds of voices, counted after `strip-voice`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from curate.decisions.flag_rates import Lift
from curate.steps.clean.cutting_run import CuttingSummary
from curate.steps.clean.evaluation_summary import Evaluation
from curate.steps.common.cutting.voice_blocks import CountedVoices
from curate.steps.common.voice_ledger import DecidedVoices


@dataclass(slots=True)
class ArchiveVoices:
    """How much voice one archive's recordings hold. Times in seconds."""

    archive: str
    recordings: int = 0
    failed: int = 0
    looked_at: int = 0
    with_speech: int = 0
    speech_seconds: float = 0.0
    cut_seconds: float = 0.0
    muted_seconds: float = 0.0
    review_seconds: float = 0.0


@dataclass(slots=True)
class StripVoiceSummary(CuttingSummary):
    """What a run did, and what the dataset holds after it. The rest is in `CuttingSummary`.

    Parameters
    ----------
    with_speech, speech_seconds
        Recordings with a voice and the length of the voices.
    to_review, review_seconds
        Recordings in which something is flagged and left to a person, and its length: what may be a
        voice, and voices without which less than ``min_keep`` would be left.
    too_short
        Recordings whose voices are flagged since less would be left than ``min_keep`` and
        ``min_keep_share`` allow.
    rescored
        Whether thresholds were given, and runs before had scores of an earlier version of the detector.
    banked
        Voices written into the speech bank.
    archives, lift
        Voices by archive, and the classes that are flagged far more often than the rest of theirs.
    evaluation
        With ``--evaluate``, instead of all else.
    """

    with_speech: int = 0
    speech_seconds: float = 0.0
    to_review: int = 0
    review_seconds: float = 0.0
    too_short: int = 0
    rescored: bool = False
    banked: int = 0
    archives: list[ArchiveVoices] = field(default_factory=list)
    lift: list[Lift] = field(default_factory=list)
    evaluation: Evaluation | None = None


class VoiceTally:
    """Counts voices, in memory for the archives only.

    Parameters
    ----------
    lift
        The classes that are flagged far more often than the rest of their archive.
    """

    def __init__(self, lift: Sequence[Lift]) -> None:
        self._archives: dict[str, ArchiveVoices] = {}
        self.lift = list(lift)
        self._waiting = self._flagged = self._dropped = self._to_review = 0

    @classmethod
    def over(cls, decided: DecidedVoices) -> VoiceTally:
        """Count all that is decided."""
        tally = cls(decided.lift)
        for each in decided.counts:
            tally._add(each)
        return tally

    @classmethod
    def of(cls, kept: Mapping[str, Any]) -> VoiceTally:
        """Read what `kept` gave."""
        tally = cls([Lift(**each) for each in kept["lift"]])
        tally._archives = {each["archive"]: ArchiveVoices(**each) for each in kept["archives"]}
        tally._waiting, tally._flagged, tally._dropped, tally._to_review = kept["counts"]
        return tally

    @property
    def kept(self) -> dict[str, Any]:
        """Give what the catalogue keeps."""
        return {
            "archives": [asdict(each) for each in self.archives],
            "lift": [asdict(each) for each in self.lift],
            "counts": [self._waiting, self._flagged, self._dropped, self._to_review],
        }

    def _add(self, each: CountedVoices) -> None:
        """Count recordings of an archive, and what is decided about them."""
        row = self._archives.setdefault(each.archive, ArchiveVoices(each.archive))
        row.recordings += each.recordings
        row.failed += each.failed
        row.looked_at += each.looked_at
        row.with_speech += each.with_speech
        row.speech_seconds += each.speech
        row.cut_seconds += each.removed
        row.muted_seconds += each.muted
        row.review_seconds += each.in_review
        self._waiting += each.waiting
        self._to_review += each.to_review
        self._flagged += each.flagged
        self._dropped += each.dropped

    @property
    def archives(self) -> list[ArchiveVoices]:
        """The counts by archive."""
        return sorted(self._archives.values(), key=lambda row: row.archive)

    def report(self, summary: StripVoiceSummary) -> None:
        """Write the counts into a summary whose own problems are complete."""
        summary.archives = rows = self.archives
        summary.recordings = sum(row.recordings for row in rows)
        summary.failed = sum(row.failed for row in rows) + summary.problem_counts.total()
        summary.waiting, summary.to_review = self._waiting, self._to_review
        summary.flagged, summary.dropped = self._flagged, self._dropped
        summary.with_speech = sum(row.with_speech for row in rows)
        summary.speech_seconds = sum(row.speech_seconds for row in rows)
        summary.cut_seconds = sum(row.cut_seconds for row in rows)
        summary.muted_seconds = sum(row.muted_seconds for row in rows)
        summary.review_seconds = sum(row.review_seconds for row in rows)
        summary.lift = self.lift
