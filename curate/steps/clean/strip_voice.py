"""`curate strip-voice`: find people, decide what to cut, and render clean copies.

Voices are decided in two passes over the catalogue: the classes are counted first, then each
recording is decided. The run itself is that of `cutting_run`.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from curate.catalogue import assignments, runs
from curate.catalogue.dataset import Dataset
from curate.decisions.voice_cuts import MIN_KEEP_SHARE
from curate.decisions.voices import ProfileName
from curate.detectors.speech import check_device
from curate.engine.loop import Engine
from curate.model import Action
from curate.progress import Progress, silent
from curate.steps.clean import speech_bank as cut_voices
from curate.steps.clean.cutting_run import CuttingStep, carry_out, check_run
from curate.steps.clean.evaluate import evaluate as evaluate_voices
from curate.steps.clean.strip_voice_summary import StripVoiceSummary, VoiceTally
from curate.steps.common.cutting.voice_settings import VoiceSettings
from curate.steps.common.settle_verdicts import follow
from curate.steps.common.voice_ledger import (
    LAYER,
    STEP,
    Decider,
    decide,
    is_of_today,
    made_from,
    outcome_of,
)

#: What the list of runs keeps of a summary.
_COUNTS = ("scanned", "with_speech", "cut_seconds", "muted_seconds", "review_seconds", "rendered", "failed")


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
    min_keep_share: float = MIN_KEEP_SHARE,
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
    target_recall: float = 0.95,
    dry_run: bool = False,
    progress: Progress = silent,
) -> StripVoiceSummary:
    """Find human voices in all recordings of a dataset and cut them out.

    Running it again does nothing. Another threshold needs no second decode, and only copies
    whose cuts changed are rendered again. Where `trim` ran before, it decides again next to these cuts.

    Parameters
    ----------
    paths
        Imported first.
    profile
        A key of `decisions.voices.PROFILES`: sets the next two and `action` where they are None.
    threshold : 0 to 1, both excluded
        Least score of a voice: the speech probability of its best 0.26 s, confirmed by that of all of it.
        What scores 0.4 within 5 s of a voice belongs to it, and whatever is within 0.5 s.
    review : 0 to 1, both excluded
        Least score of what is flagged for somebody to listen to, at most `threshold`. In a recording
        whose remarks tell of a voice, it is cut.
    min_speech : seconds
        Shortest voice.
    merge_gap, pad, min_keep, min_keep_share, action
        See `decisions.voice_cuts.voice_cuts`.
    speech_bank
        Folder for the cut voices as files of their own, with ``speech_bank.csv``: material for
        augmentation and for checking. None writes none.
    render
        Whether to write clean copies; without, cuts are only noted.
    audio_format
        Format of the clean copies, a key of `AUDIO_FORMATS`. None leaves it as it is, FLAC at first.
    jobs, engine, device
        Worker processes, where they run, and where the network runs (``auto``, ``cpu``, ``cuda``).
    limit
        Look at no more than this many recordings that were not looked at yet.
    retry_failed
        Look again where an earlier look failed.
    evaluate, target_recall
        Labels: instead of all else, the summary says how much of their voices the run would cut, and
        which threshold finds a wanted share of their seconds (`clean.evaluate.evaluate`).
    dry_run
        Say what would be done. Write nothing.

    Raises
    ------
    UsageError
        If a setting is out of range.
    NotInCatalogue
        If there is no dataset and nothing to import.
    """
    settings = VoiceSettings.of(
        profile=profile,
        threshold=threshold,
        review=review,
        action=action,
        min_speech=min_speech,
        merge_gap=merge_gap,
        pad=pad,
        min_keep=min_keep,
        min_keep_share=min_keep_share,
    )
    check_run(audio_format=audio_format, limit=limit)
    check_device(device)
    bank = None if speech_bank is None else Path(speech_bank)
    if bank is not None:
        cut_voices.check(dataset, bank)
    summary = StripVoiceSummary()
    if threshold is not None or review is not None:
        summary.rescored = has_scores_of_an_earlier_version(dataset)
    if evaluate is not None:
        summary.evaluation = evaluate_voices(
            dataset, Path(evaluate), Decider(settings), target_recall=target_recall
        )
        return summary

    def standing() -> VoiceTally | None:
        kept = runs.standing(dataset.store, STEP, outcome_of(settings), made_from(dataset.store))
        return None if kept is None else VoiceTally.of(kept)

    def decide_all() -> VoiceTally:
        with dataset.store.transaction():
            found = decide(dataset.store, settings)
            follow(dataset.store, found.changed)
            tally = VoiceTally.over(found)
            runs.keep(dataset.store, STEP, outcome_of(settings), tally.kept)
            found.keep(dataset.store)
        return tally

    def fill_bank(workers: Engine, summary: StripVoiceSummary) -> None:
        if bank is not None:
            summary.banked = cut_voices.fill(
                dataset, bank, STEP, workers=workers, report=summary.report, progress=progress
            )

    step = CuttingStep(
        name=STEP,
        parameters=asdict(settings),
        layers={LAYER: settings.layer},
        standing=standing,
        decide=decide_all,
        counts=_COUNTS,
        finish=fill_bank,
    )
    carry_out(
        step,
        dataset,
        paths,
        summary,
        render=render,
        audio_format=audio_format,
        jobs=jobs,
        engine=engine,
        device=device,
        limit=limit,
        retry_failed=retry_failed,
        dry_run=dry_run,
        progress=progress,
    )
    # Where voices are cut, a flag means that too little would be left. Else it is what was asked for.
    if settings.action != "flag":
        summary.too_short = summary.flagged
    return summary


def has_scores_of_an_earlier_version(dataset: Dataset) -> bool:
    """Whether the latest run went by an earlier version of the detector, with thresholds of another scale."""
    standing = assignments.settings_of(dataset.store, STEP) if dataset.exists else None
    return standing is not None and not is_of_today(standing)


def check(*, audio_format: str | None, limit: int | None, **options: Any) -> None:  # noqa: ANN401
    """Refuse options of a run before hours of detecting.

    Raises
    ------
    UsageError
        If one is out of range.
    """
    check_run(audio_format=audio_format, limit=limit)
    _settings(options)


def required_layers(**options: Any) -> dict[str, dict[str, float]]:  # noqa: ANN401 - the step's keywords
    """Name the layers that a run with these options needs, and their settings."""
    return {LAYER: _settings(options).layer}


def rehearse(dataset: Dataset, **options: Any) -> None:  # noqa: ANN401 - the step's keywords
    """Decide by what was heard until now, inside `Dataset.rehearsing`."""
    follow(dataset.store, decide(dataset.store, _settings(options)).changed)


def _settings(options: Mapping[str, Any]) -> VoiceSettings:
    """Pick the settings of voices out of the keywords of the step."""
    return VoiceSettings.of(**{name: options[name] for name in VoiceSettings.__dataclass_fields__})
