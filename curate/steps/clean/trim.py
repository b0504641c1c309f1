"""`curate trim`: find silence, broken and worthless audio, decide what to cut, render clean copies.

The same three passes as `strip-voice`, over layers of its own: look (one decode for all of them),
decide (pure, beside what other steps cut), render (once for the cuts of all steps).
"""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from typing import Any

from curate.catalogue.dataset import Dataset
from curate.decisions.quality import LAYERS
from curate.detectors.decode import default_settings
from curate.engine.open import open_engine
from curate.errors import UsageError
from curate.model import Action
from curate.progress import Progress, silent
from curate.steps.acquire.import_ import import_
from curate.steps.clean import clean_copies
from curate.steps.clean.trim_ledger import STEP, Rules, decide, preview
from curate.steps.clean.trim_summary import TrimSummary
from curate.steps.common.detect import run_detectors


def trim(
    dataset: Dataset,
    paths: str | os.PathLike[str] | Sequence[str | os.PathLike[str]] = (),
    *,
    preset: str = "standard",
    silence: bool | None = None,
    min_silence: float | None = None,
    keep_edges: float | None = None,
    clipping_share: float | None = None,
    max_buzz: float | None = None,
    damage: Action | None = None,
    head: float = 0.0,
    rare_below: int = 30,
    rare_head: float = 60.0,
    rare_activity: int = 0,
    min_keep: float = 5.0,
    action: Action = "excise",
    render: bool = True,
    audio_format: str | None = None,
    jobs: int | None = None,
    engine: str = "local",
    limit: int | None = None,
    retry_failed: bool = False,
    dry_run: bool = False,
    progress: Progress = silent,
) -> TrimSummary:
    """Find silence and broken audio in all recordings of a dataset, and cut it out.

    Running it again does nothing; other settings need no second decode, and only copies whose
    cuts changed are rendered again.

    Parameters
    ----------
    paths
        Imported first.
    preset
        ``gentle``, ``standard`` or ``strict``: a value for each of the next six, where it is None.
    silence, min_silence, keep_edges, clipping_share, max_buzz, damage
        See `decisions.quality.Trim`.
    head : seconds
        Keep only the first seconds that survive; 0 keeps all.
    rare_below, rare_head
        Classes of fewer recordings than `rare_below` keep `rare_head` seconds, if that is more.
    rare_activity
        In classes of fewer recordings than this, cut the stretches in which no animal is audible.
    min_keep, action
        See `decisions.quality.Trim`.
    render, audio_format
        Whether to write clean copies, and their format, a key of `AUDIO_FORMATS`.
    jobs, engine
        Worker processes, and where they run.
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
    policy: dict[str, Any] = {
        "preset": preset,
        "silence": silence,
        "min_silence": min_silence,
        "keep_edges": keep_edges,
        "clipping_share": clipping_share,
        "max_buzz": max_buzz,
        "damage": damage,
        "head": head,
        "rare_below": rare_below,
        "rare_head": rare_head,
        "rare_activity": rare_activity,
        "min_keep": min_keep,
        "action": action,
    }
    check(**policy, audio_format=audio_format, limit=limit)
    summary = TrimSummary(preset=preset)
    if dry_run and paths:
        summary.imported = import_(dataset, paths, dry_run=True)
        if not dataset.exists:
            summary.waiting = summary.imported.recordings
            return summary
    if dry_run:
        preview(dataset.store, policy).report(summary)
        summary.elapsed_s = time.monotonic() - started
        return summary
    with open_engine(engine, jobs=jobs) as workers:
        if paths:
            summary.imported = import_(dataset, paths, engine=workers, progress=progress)
        dataset.check_exists()
        with dataset.writing(STEP, {**policy, "audio_format": audio_format, "render": render}) as run:
            covered = run_detectors(
                dataset,
                required_layers(),
                workers=workers,
                limit=limit,
                retry_failed=retry_failed,
                progress=progress,
            )
            tally = decide(dataset.store, policy)
            clean_copies.choose_format(dataset.store, audio_format)
            if render:
                made = clean_copies.render(dataset, workers=workers, report=summary.report, progress=progress)
                summary.rendered, summary.removed = made.rendered, made.removed
                summary.copies, summary.other_format = made.copies, made.other_format
            summary.scanned, summary.refreshed = covered.scanned, covered.refreshed
            summary.audio_seconds, summary.scan_s = covered.audio_seconds, covered.scan_s
            tally.report(summary)
            summary.elapsed_s = time.monotonic() - started
            run.counts.update(
                scanned=summary.scanned,
                cut_seconds=round(summary.cut_seconds, 3),
                muted_seconds=round(summary.muted_seconds, 3),
                dropped=summary.dropped,
                rendered=summary.rendered,
                failed=summary.failed,
            )
    return summary


def check(*, audio_format: str | None = None, limit: int | None = None, **policy: Any) -> None:  # noqa: ANN401
    """Look at the options of a run before hours of listening.

    Raises
    ------
    UsageError
        If one is out of range.
    """
    clean_copies.check_format(audio_format)
    if limit is not None and limit < 0:
        raise UsageError(f"limit must be 0 or more, not {limit}")
    Rules.of(**policy)


def required_layers(**_: object) -> dict[str, dict[str, Any]]:
    """Name the layers that a run needs, and their settings."""
    return {name: default_settings(name) for name in (*LAYERS, "bandwidth")}
