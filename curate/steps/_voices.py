"""What a dataset holds of voices, counted after `strip-voice`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from curate.catalogue import layers, listings
from curate.catalogue.store import Store
from curate.decisions.lift import Lift, lift_table
from curate.decisions.policy import removed
from curate.intervals import total
from curate.model import Cut, Problem, Segment
from curate.steps._cover import detector_class
from curate.steps._imported import ImportSummary

#: The layer, and the detector, in which voices are found.
LAYER = "speech"

Segments = Mapping[int, list[Segment]]  # of each recording that has any


@dataclass(slots=True)
class ArchiveVoices:
    """How much voice one archive's recordings hold; times in seconds."""

    archive: str
    recordings: int = 0
    failed: int = 0
    looked_at: int = 0
    with_speech: int = 0
    speech_seconds: float = 0.0
    cut_seconds: float = 0.0


@dataclass(slots=True)
class StripVoiceSummary:
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
    with_speech, speech_seconds
        Recordings with a voice and the length of the voices.
    cut_seconds
        Length of what is excised or muted; `flagged` and `dropped` count recordings.
    copies, rendered, removed
        Clean copies there are; written in this run; removed, for they are needed no more.
    other_format
        Copies in FLAC or WAV, since the wanted format cannot hold their rate or channels.
    realtime
        Seconds of audio per second of looking.
    """

    recordings: int = 0
    scanned: int = 0
    refreshed: int = 0
    failed: int = 0
    waiting: int = 0
    with_speech: int = 0
    speech_seconds: float = 0.0
    cut_seconds: float = 0.0
    flagged: int = 0
    dropped: int = 0
    copies: int = 0
    rendered: int = 0
    removed: int = 0
    other_format: int = 0
    banked: int = 0
    audio_seconds: float = 0.0
    scan_s: float = 0.0
    elapsed_s: float = 0.0
    realtime: float = 0.0
    archives: list[ArchiveVoices] = field(default_factory=list)
    lift: list[Lift] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    imported: ImportSummary | None = None


def summarise(
    store: Store,
    found: Segments,
    decided: dict[int, list[Cut]],
    summary: StripVoiceSummary,
    *,
    settings: dict[str, float],
) -> None:
    """Count what the dataset holds, by what was found and decided."""
    digest = layers.digest(detector_class(LAYER).version, settings)
    archives: dict[str, ArchiveVoices] = {}
    looked_at = []
    for number, archive, label, status, coverage, is_current in listings.covered(store, LAYER, digest):
        row = archives.setdefault(archive, ArchiveVoices(archive))
        row.recordings += 1
        if status == "failed" or coverage == "failed":
            row.failed += 1
            continue
        summary.waiting += not is_current
        if coverage is None:
            continue
        segments, made = found.get(number, []), decided.get(number, [])
        looked_at.append((archive, label, bool(segments)))
        row.looked_at += 1
        row.with_speech += bool(segments)
        row.speech_seconds += sum(segment.duration for segment in segments)
        row.cut_seconds += total(removed(made))
        actions = {cut.action for cut in made}
        summary.flagged += "flag" in actions
        summary.dropped += "drop" in actions
    summary.archives = sorted(archives.values(), key=lambda row: row.archive)
    summary.recordings = sum(row.recordings for row in summary.archives)
    summary.failed = sum(row.failed for row in summary.archives) + len(summary.problems)
    summary.with_speech = sum(row.with_speech for row in summary.archives)
    summary.speech_seconds = sum(row.speech_seconds for row in summary.archives)
    summary.cut_seconds = sum(row.cut_seconds for row in summary.archives)
    summary.lift = lift_table(looked_at)
    if summary.scan_s:
        summary.realtime = summary.audio_seconds / summary.scan_s
