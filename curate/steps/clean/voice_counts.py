"""Voices as they stand: counted as the latest run of `strip-voice` decided, by the same code."""

from __future__ import annotations

from dataclasses import asdict

from curate.catalogue import assignments, runs
from curate.catalogue.store import Store
from curate.steps.clean.strip_voice_summary import VoiceTally
from curate.steps.common.voice_ledger import STEP, Decider, VoiceSettings, made_from, preview


def voice_counts(store: Store) -> tuple[VoiceTally, VoiceSettings] | None:
    """Count voices, and say with which settings, or `None` before `strip-voice` has run."""
    standing = assignments.settings_of(store, STEP)
    if standing is None:
        return None
    # A new one, which learns what the classes hold as a run does.
    decider = Decider(Decider.as_of(standing).settings)
    kept = runs.standing(store, STEP, asdict(decider.settings), made_from(store))
    if kept is not None:
        return VoiceTally.of(kept), decider.settings
    tally = VoiceTally(decider.learn(store).lift())
    preview(store, decider, tally.add)
    return tally, decider.settings
