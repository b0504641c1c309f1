"""`curate trim`: find silence, broken and worthless audio, decide what to cut, render clean copies.

The same three passes as `strip-voice`, over layers of its own. Look: one decode for all of them. Decide:
pure, next to what other steps cut. Render: once for the cuts of all steps.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

from curate.catalogue import runs
from curate.catalogue.dataset import Dataset
from curate.decisions.quality import LAYERS
from curate.detectors.detect_file import default_settings
from curate.model import Action
from curate.progress import Progress, silent
from curate.steps.clean.cutting_run import CuttingStep, carry_out, check_run
from curate.steps.clean.trim_summary import TrimSummary, TrimTally
from curate.steps.common.cutting.trim_columns import CountedTrims
from curate.steps.common.same_sound_groups import regroup_all
from curate.steps.common.trim_ledger import DEDUPE, STEP, Rules, decide, made_from

#: What the list of runs keeps of a summary.
_COUNTS = ("scanned", "cut_seconds", "muted_seconds", "dropped", "rendered", "failed")


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
    first_seconds: float = 0.0,
    rare_below: int = 30,
    rare_first_seconds: float = 60.0,
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

    Running it again does nothing. Other settings need no second decode, and only copies whose
    cuts changed are rendered again.

    Parameters
    ----------
    paths
        Imported first.
    preset
        ``gentle``, ``standard`` or ``strict``: a value for each of the next six, where it is None.
    silence, min_silence, keep_edges, clipping_share, max_buzz, damage
        See `decisions.quality.Trim`.
    first_seconds : seconds
        Keep only the first seconds that survive. 0 keeps all.
    rare_below, rare_first_seconds
        Classes of fewer recordings than `rare_below` keep `rare_first_seconds` seconds, if that is more.
    rare_activity
        In classes of fewer recordings than this, cut the stretches in which no animal is audible.
    min_keep, action
        See `decisions.quality.Trim`.
    render, audio_format
        Whether to write clean copies, and their format, a key of `AUDIO_FORMATS`.
    jobs, engine
        Worker processes, and where they run.
    limit
        Look at no more than this many recordings that were not looked at yet.
    retry_failed
        Look again where an earlier look failed.
    dry_run
        Say what would be done. Write nothing.

    Raises
    ------
    UsageError
        If a setting is out of range.
    NotInCatalogue
        If there is no dataset and nothing to import.
    """
    policy: dict[str, Any] = {
        "preset": preset,
        "silence": silence,
        "min_silence": min_silence,
        "keep_edges": keep_edges,
        "clipping_share": clipping_share,
        "max_buzz": max_buzz,
        "damage": damage,
        "first_seconds": first_seconds,
        "rare_below": rare_below,
        "rare_first_seconds": rare_first_seconds,
        "rare_activity": rare_activity,
        "min_keep": min_keep,
        "action": action,
    }
    check(**policy, audio_format=audio_format, limit=limit)

    summary = TrimSummary(preset=preset)

    def standing() -> TrimTally | None:
        store = dataset.store
        kept = runs.standing(store, STEP, policy, made_from(store), but=f"cuts/{DEDUPE}")
        return None if kept is None else TrimTally(CountedTrims.of(kept["counts"]))

    def decide_all() -> TrimTally:
        with dataset.store.transaction():
            found = decide(dataset.store, policy)
            regroup_all(dataset.store, found.changed)
            runs.keep(dataset.store, STEP, policy, {"counts": found.counts.kept})
            found.keep(dataset.store)
        return TrimTally(found.counts)

    step = CuttingStep(
        name=STEP,
        parameters=policy,
        layers=required_layers(),
        standing=standing,
        decide=decide_all,
        counts=_COUNTS,
    )
    return carry_out(
        step,
        dataset,
        paths,
        summary,
        render=render,
        audio_format=audio_format,
        jobs=jobs,
        engine=engine,
        limit=limit,
        retry_failed=retry_failed,
        dry_run=dry_run,
        progress=progress,
    )


def check(*, audio_format: str | None = None, limit: int | None = None, **policy: Any) -> None:  # noqa: ANN401
    """Look at the options of a run before hours of listening.

    Raises
    ------
    UsageError
        If one is out of range.
    """
    check_run(audio_format=audio_format, limit=limit)
    Rules.of(**policy)


def required_layers(**_: object) -> dict[str, dict[str, Any]]:
    """Name the layers that a run needs, and their settings."""
    return {name: default_settings(name) for name in (*LAYERS, "bandwidth")}


def rehearse(dataset: Dataset, **options: Any) -> None:  # noqa: ANN401 - the step's keywords
    """Decide by what was heard until now, inside `Dataset.rehearsing`."""
    regroup_all(dataset.store, decide(dataset.store, options).changed)
