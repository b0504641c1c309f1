"""`curate strip-voice`: find people, decide what to cut, and render clean copies.

Three passes over the catalogue, each of which skips what is up to date: look (decoding),
decide (pure; the classes are counted first), render (only recordings that lose something).
"""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from curate.catalogue.dataset import Dataset
from curate.decisions.voice_cuts import voice_cuts
from curate.decisions.voices import ProfileName
from curate.detectors.speech import check_device, check_settings
from curate.engine.open import open_engine
from curate.errors import UsageError
from curate.model import Action
from curate.progress import Progress, silent
from curate.steps.acquire.import_ import import_
from curate.steps.clean import clean_copies
from curate.steps.clean import speech_bank as voice_bank
from curate.steps.clean.evaluate import evaluate as evaluated
from curate.steps.clean.strip_voice_summary import LAYER, StripVoiceSummary
from curate.steps.clean.trim_ledger import decide_again as trim_again
from curate.steps.clean.voice_ledger import STEP, Decider, decide, preview, resolve_profile
from curate.steps.common.detect import run_detectors


def strip_voice(
    dataset: Dataset,
    paths: str | os.PathLike[str] | Sequence[str | os.PathLike[str]] = (),
    *,
    profile: ProfileName = "balanced",
    threshold: float | None = None,
    review: float | None = None,
    min_speech: float = 0.25,
    merge_gap: float = 0.3,
    pad: float = 0.2,
    min_keep: float = 5.0,
    action: Action | None = None,
    speech_bank: str | os.PathLike[str] | None = None,
    render: bool = True,
    audio_format: str | None = None,
    jobs: int | None = None,
    engine: str = "local",
    device: str = "auto",
    limit: int | None = None,
    retry_failed: bool = False,
    evaluate: str | os.PathLike[str] | None = None,
    wanted_recall: float = 0.95,
    dry_run: bool = False,
    progress: Progress = silent,
) -> StripVoiceSummary:
    """Find human voices in all recordings of a dataset and cut them out.

    Running it again does nothing; another threshold needs no second decode, and only copies
    whose cuts changed are rendered again. Where `trim` ran before, it decides anew beside these cuts.

    Parameters
    ----------
    paths
        Imported first.
    profile
        A key of `decisions.voices.PROFILES`: sets the next two and `action` where they are None.
    threshold : 0 to 1, both excluded
        Least score of a voice: the speech probability of its best 0.26 s, confirmed by that of all of it.
        What scores 0.7 within 10 s of a voice belongs to it, and whatever is within 0.5 s.
    review : 0 to 1, both excluded
        Least score of what is flagged for somebody to listen to, at most `threshold`. In a recording
        whose remarks tell of a voice, it is cut.
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
        Format of the clean copies, a key of `AUDIO_FORMATS`; None leaves it as it is, FLAC at first.
    jobs, engine, device
        Worker processes, where they run, and where the network runs (``auto``, ``cpu``, ``cuda``).
    limit
        Look at no more than so many recordings that were not looked at yet.
    retry_failed
        Look again where an earlier look failed.
    evaluate, wanted_recall
        Labels: instead of all else, the summary says how much of their voices the run would cut, and
        which threshold finds a wanted share of their seconds (`_evaluate.evaluate`).
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
    chosen = resolve_profile(profile, threshold=threshold, review=review, action=action)
    settings = {"threshold": chosen.review, "min_speech": min_speech}
    policy: dict[str, Any] = {"merge_gap": merge_gap, "pad": pad, "min_keep": min_keep}
    check(
        profile=profile,
        threshold=threshold,
        review=review,
        min_speech=min_speech,
        action=action,
        **policy,
        audio_format=audio_format,
        limit=limit,
    )
    check_device(device)
    decider = Decider(chosen, min_speech=min_speech, **policy)
    if speech_bank is not None:
        voice_bank.check(dataset, Path(speech_bank))
    summary = StripVoiceSummary()
    if evaluate is not None:
        summary.evaluation = evaluated(
            dataset,
            Path(evaluate),
            decider,
            threshold=chosen.threshold,
            min_speech=min_speech,
            wanted_recall=wanted_recall,
        )
        return summary
    if dry_run and paths:
        summary.imported = import_(dataset, paths, dry_run=True)
        if not dataset.exists:
            summary.waiting = summary.imported.recordings
            return summary
    if dry_run:
        preview(dataset.store, decider).report(summary)
        summary.elapsed_s = time.monotonic() - started
        return summary
    parameters = {"profile": profile, **asdict(chosen), "min_speech": min_speech, **policy}
    parameters |= {"audio_format": audio_format, "render": render}
    with open_engine(engine, jobs=jobs) as workers:
        if paths:
            summary.imported = import_(dataset, paths, engine=workers, progress=progress)
        dataset.check_exists()
        with dataset.writing(STEP, parameters) as run:
            covered = run_detectors(
                dataset,
                {LAYER: settings},
                workers=workers,
                device=device,
                limit=limit,
                retry_failed=retry_failed,
                progress=progress,
            )
            before = dataset.store.changes
            tally = decide(dataset.store, decider)
            if dataset.store.changes != before:
                trim_again(dataset.store)
            clean_copies.choose_format(dataset.store, audio_format)
            if render:
                made = clean_copies.render(dataset, workers=workers, report=summary.report, progress=progress)
                summary.rendered, summary.removed = made.rendered, made.removed
                summary.copies, summary.other_format = made.copies, made.other_format
            if speech_bank is not None:
                bank = Path(speech_bank)
                summary.banked = voice_bank.fill(
                    dataset, bank, STEP, workers=workers, report=summary.report, progress=progress
                )
            summary.scanned, summary.refreshed = covered.scanned, covered.refreshed
            summary.audio_seconds, summary.scan_s = covered.audio_seconds, covered.scan_s
            tally.report(summary)
            summary.elapsed_s = time.monotonic() - started
            run.counts.update(
                scanned=summary.scanned,
                with_speech=summary.with_speech,
                cut_seconds=round(summary.cut_seconds, 3),
                muted_seconds=round(summary.muted_seconds, 3),
                review_seconds=round(summary.review_seconds, 3),
                rendered=summary.rendered,
                failed=summary.failed,
            )
    return summary


def check(
    *,
    profile: str,
    threshold: float | None,
    review: float | None,
    min_speech: float,
    action: Action | None,
    merge_gap: float,
    pad: float,
    min_keep: float,
    audio_format: str | None,
    limit: int | None,
    **_: object,
) -> None:
    """Look at the options of a run before hours of listening.

    Raises
    ------
    UsageError
        If one is out of range.
    """
    clean_copies.check_format(audio_format)
    if limit is not None and limit < 0:
        raise UsageError(f"limit must be 0 or more, not {limit}")
    chosen = resolve_profile(profile, threshold=threshold, review=review, action=action)
    check_settings(threshold=chosen.threshold, min_speech=min_speech)
    if not 0 < chosen.review <= chosen.threshold:
        raise UsageError(
            f"review is {chosen.review}, the threshold {chosen.threshold}",
            hint="give a score between 0 and the threshold: what reaches the threshold is cut",
        )
    voice_cuts([], duration=1.0, action=chosen.action, merge_gap=merge_gap, pad=pad, min_keep=min_keep)


def required_layers(
    *, profile: str, threshold: float | None, review: float | None, min_speech: float, **_: object
) -> dict[str, dict[str, float]]:
    """Name the layers that a run with these options needs, and their settings."""
    chosen = resolve_profile(profile, threshold=threshold, review=review)
    return {LAYER: {"threshold": chosen.review, "min_speech": min_speech}}
