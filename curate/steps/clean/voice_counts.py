"""Voices as they stand: counted as the latest run of `strip-voice` decided, by the same code."""

from __future__ import annotations

from curate.catalogue import assignments, runs
from curate.catalogue.store import Store
from curate.steps.clean.strip_voice_summary import VoiceTally
from curate.steps.common.cutting.voice_settings import VoiceSettings
from curate.steps.common.voice_ledger import (
    STEP,
    Decider,
    is_of_today,
    made_from,
    outcome_of,
    preview,
)


def voice_counts(store: Store) -> tuple[VoiceTally, VoiceSettings] | None:
    """Count voices, and say with which settings, or `None` before `strip-voice` has run.

    What an earlier version of the detector scored counts as if nothing had run: its scale was another.
    """
    standing = assignments.settings_of(store, STEP)
    if standing is None or not is_of_today(standing):
        return None
    settings = Decider.as_of(standing).settings
    kept = runs.standing(store, STEP, outcome_of(settings), made_from(store))
    tally = VoiceTally.over(preview(store, settings)) if kept is None else VoiceTally.of(kept)
    return tally, settings
