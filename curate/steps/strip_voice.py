"""`curate strip-voice`: find people, decide what to cut, and render clean copies.

Three passes over the catalogue, each of which skips what is up to date: look (decoding),
decide (pure), render (only recordings that lose something).
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from curate.audio.write import AUDIO_FORMATS
from curate.catalogue import cuts, layers
from curate.catalogue.dataset import Dataset
from curate.catalogue.store import Store
from curate.decisions.lift import Lift, lift_table
from curate.decisions.policy import removed, voice_cuts
from curate.detectors.speech import check_settings
from curate.engine import open_engine
from curate.errors import UsageError
from curate.intervals import total
from curate.lookup import suggestion
from curate.model import Action, Cut, Problem
from curate.progress import Progress, silent
from curate.steps import _bank, _render
from curate.steps._cover import cover, detector_class
from curate.steps.import_ import ImportSummary, import_

LAYER = "speech"
STEP = "strip-voice"


@dataclass(slots=True)
class ArchiveVoices:
    """How much voice one archive's recordings hold; times in seconds."""

    archive: str
    recordings: int = 0
    failed: int = 0
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
    rendered, removed
        Clean copies written in this run; copies that are needed no more.
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
    rendered: int = 0
    removed: int = 0
    banked: int = 0
    audio_seconds: float = 0.0
    scan_s: float = 0.0
    elapsed_s: float = 0.0
    realtime: float = 0.0
    archives: list[ArchiveVoices] = field(default_factory=list)
    lift: list[Lift] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    imported: ImportSummary | None = None


def strip_voice(
    dataset: Dataset,
    paths: Sequence[str | os.PathLike[str]] = (),
    *,
    threshold: float = 0.5,
    min_speech: float = 0.25,
    merge_gap: float = 0.3,
    pad: float = 0.2,
    min_keep: float = 5.0,
    action: Action = "excise",
    speech_bank: Path | None = None,
    render: bool = True,
    audio_format: str = "flac",
    jobs: int | None = None,
    engine: str = "local",
    device: str = "auto",
    limit: int | None = None,
    retry_failed: bool = False,
    dry_run: bool = False,
    progress: Progress = silent,
) -> StripVoiceSummary:
    """Find human voices in all recordings of a dataset and cut them out.

    Running it again does nothing; another threshold needs no second decode, and only copies
    whose cuts changed are rendered again.

    Parameters
    ----------
    paths
        Imported first.
    threshold : 0 to 1, both excluded
        Least speech probability of a frame at which a voice starts; it ends 0.15 below.
    min_speech : seconds
        Shortest voice.
    merge_gap, pad, min_keep, action
        See `decisions.policy.voice_cuts`.
    speech_bank
        Folder for the cut voices as files of their own, with ``speech_bank.csv``: material for
        augmentation and for checking. None writes none.
    render
        Whether to write clean copies; without, cuts are only noted.
    audio_format
        Format of the clean copies, a key of `AUDIO_FORMATS`.
    jobs, engine, device
        Worker processes, where they run, and where the network runs (``auto``, ``cpu``, ``cuda``).
    limit
        Look at no more than so many recordings that were not looked at yet.
    retry_failed
        Look again where an earlier look failed.
    dry_run
        Say what would be done; write nothing.

    Raises
    ------
    UsageError
        If a setting is out of range.
    NotInCatalogue
        If there is no dataset and nothing to import.
    """
    started = time.monotonic()
    if audio_format not in AUDIO_FORMATS:
        raise UsageError(f"no audio format '{audio_format}'", hint=suggestion(audio_format, AUDIO_FORMATS))
    if limit is not None and limit < 0:
        raise UsageError(f"limit must be 0 or more, not {limit}")
    settings = {"threshold": threshold, "min_speech": min_speech}
    decide = partial(voice_cuts, action=action, merge_gap=merge_gap, pad=pad, min_keep=min_keep)
    check_settings(**settings)  # a setting out of range is told before hours of listening
    decide([], duration=1.0)
    summary = StripVoiceSummary()
    if dry_run and paths:
        summary.imported = import_(dataset, paths, dry_run=True)
        if not dataset.exists:
            summary.waiting = summary.imported.recordings
            return summary
    if dry_run:
        decided = {number: made for number, made, _ in _decisions(dataset.store, decide)}
        _summarise(dataset.store, decided, settings, summary, retry_failed=retry_failed)
        summary.elapsed_s = time.monotonic() - started
        return summary
    parameters = {**settings, **decide.keywords, "audio_format": audio_format, "render": render}
    with open_engine(engine, jobs=jobs) as workers:
        if paths:
            summary.imported = import_(dataset, paths, engine=workers, progress=progress)
        _ = dataset.store  # a missing dataset is told, not made
        with dataset.writing(STEP, parameters) as run:
            covered = cover(
                dataset,
                LAYER,
                settings,
                workers=workers,
                device=device,
                limit=limit,
                retry_failed=retry_failed,
                progress=progress,
            )
            decided = _decide(dataset.store, decide)
            if render:
                made = _render.render(dataset, audio_format=audio_format, workers=workers, progress=progress)
                summary.rendered, summary.removed = made.rendered, made.removed
                summary.problems = made.problems
            if speech_bank is not None:
                summary.banked = _bank.fill(dataset, speech_bank, STEP, workers=workers, progress=progress)
            summary.scanned, summary.refreshed = covered.scanned, covered.refreshed
            summary.audio_seconds, summary.scan_s = covered.audio_seconds, covered.scan_s
            _summarise(dataset.store, decided, settings, summary, retry_failed=False)
            summary.elapsed_s = time.monotonic() - started
            run.counts.update(
                scanned=summary.scanned,
                with_speech=summary.with_speech,
                cut_seconds=round(summary.cut_seconds, 3),
                rendered=summary.rendered,
                failed=summary.failed,
            )
    return summary


def _decisions(store: Store, decide: Callable[..., list[Cut]]) -> Iterator[tuple[int, list[Cut], list[Cut]]]:
    """Compare what should be cut with what the ledger says: recording, new cuts, old cuts."""
    layer = layers.number_of(store, LAYER)
    found = dict(layers.segments_by_recording(store, layer)) if layer is not None else {}
    old = dict(cuts.by_recording(store, STEP))
    durations = dict(store.rows("SELECT id, duration FROM recordings WHERE status = 'ok'"))
    for number in sorted(found.keys() | old.keys()):
        segments = found.get(number, [])
        yield number, decide(segments, duration=durations[number]) if segments else [], old.get(number, [])


def _decide(store: Store, decide: Callable[..., list[Cut]]) -> dict[int, list[Cut]]:
    """Write the ledger anew where it changes; returns the cuts of each recording that has any."""
    decided = {}
    with store.transaction():
        for number, new, old in _decisions(store, decide):
            if new != old:
                cuts.replace(store, number, STEP, new)
            if new:
                decided[number] = new
    return decided


_BY_ARCHIVE = """
    SELECT r.id, r.archive, coalesce(l.label, ''), r.status, c.status, c.digest,
           (SELECT sum(offset - onset) FROM segments s WHERE s.recording = r.id AND s.layer = c.layer)
    FROM recordings r
    LEFT JOIN labels l ON l.recording = r.id AND l.role = 'primary'
    LEFT JOIN coverage c ON c.recording = r.id AND c.layer = (SELECT id FROM layers WHERE name = ?)
"""


def _summarise(
    store: Store,
    decided: dict[int, list[Cut]],
    settings: dict[str, float],
    summary: StripVoiceSummary,
    *,
    retry_failed: bool,
) -> None:
    """Count what the dataset holds now."""
    current = layers.digest(detector_class(LAYER).version, settings)
    archives: dict[str, ArchiveVoices] = {}
    looked_at = []
    for number, archive, label, status, coverage, digest, seconds in store.rows(_BY_ARCHIVE, (LAYER,)):
        row = archives.setdefault(archive, ArchiveVoices(archive))
        row.recordings += 1
        failed = status == "failed" or coverage == "failed"
        row.failed += failed
        if (not failed and digest != current) or (coverage == "failed" and retry_failed):
            summary.waiting += 1
        if coverage == "ok":
            looked_at.append((archive, label, seconds is not None))
            row.with_speech += seconds is not None
            row.speech_seconds += seconds or 0.0
        made = decided.get(number, [])
        actions = {cut.action for cut in made}
        summary.flagged += "flag" in actions
        summary.dropped += "drop" in actions
        row.cut_seconds += total(removed(made))
    summary.archives = sorted(archives.values(), key=lambda row: row.archive)
    summary.recordings = sum(row.recordings for row in summary.archives)
    summary.failed = sum(row.failed for row in summary.archives) + len(summary.problems)
    summary.with_speech = sum(row.with_speech for row in summary.archives)
    summary.speech_seconds = sum(row.speech_seconds for row in summary.archives)
    summary.cut_seconds = sum(row.cut_seconds for row in summary.archives)
    summary.lift = lift_table(looked_at)
    if summary.scan_s:
        summary.realtime = summary.audio_seconds / summary.scan_s
