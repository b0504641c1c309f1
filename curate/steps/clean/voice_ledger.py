"""From the segments of a dataset to its ledger of voices: the classes first, then each recording.

Both passes stream: the memory they take grows with the classes, not with the recordings.
"""

from __future__ import annotations

from collections.abc import Container, Iterator
from dataclasses import dataclass
from typing import Any

from curate.catalogue import cuts, verdicts
from curate.catalogue.store import Store
from curate.decisions.verdicts import rule, spare
from curate.decisions.voice_cuts import review_flags, voice_cuts
from curate.decisions.voices import PROFILES, Classes, Voices, judge
from curate.detectors.speech import check_settings
from curate.errors import UsageError
from curate.lookup import suggestion
from curate.model import Action, Cut
from curate.steps.clean.strip_voice_summary import LAYER, VoiceTally
from curate.steps.common.detect import LayerState, layer_states
from curate.steps.common.merge_join import MergeJoin

#: The step of the ledger's lines.
STEP = "strip-voice"


@dataclass(frozen=True, slots=True)
class VoiceSettings:
    """What is cut of voices, with all that the profile leaves open filled in.

    Parameters
    ----------
    profile
        Key of `decisions.voices.PROFILES`.
    threshold, review : 0 to 1, both excluded
        Lowest score of what is cut, and of what is flagged for review.
    action, merge_gap, pad, min_keep
        See `decisions.voice_cuts.voice_cuts`.
    min_speech : seconds
        Shortest voice.
    """

    profile: str
    threshold: float
    review: float
    action: Action
    min_speech: float
    merge_gap: float
    pad: float
    min_keep: float

    @classmethod
    def of(
        cls,
        *,
        profile: str,
        threshold: float | None,
        review: float | None,
        action: Action | None,
        min_speech: float,
        **policy: float,
    ) -> VoiceSettings:
        """Fill in from a profile what is not said; below a low threshold nothing is left to review.

        Raises
        ------
        UsageError
            If there is no such profile, or a value is out of range.
        """
        if profile not in PROFILES:
            raise UsageError(f"no profile '{profile}'", hint=suggestion(profile, PROFILES))
        usual = PROFILES[profile]
        threshold = usual.threshold if threshold is None else threshold
        review = min(usual.review, threshold) if review is None else review
        made = cls(profile, threshold, review, action or usual.action, min_speech, **policy)
        if not 0 < threshold < 1:
            raise UsageError(f"threshold is {threshold}", hint="give a score between 0 and 1, such as 0.9")
        if not 0 < review <= threshold:
            raise UsageError(
                f"review is {review}, the threshold {threshold}",
                hint="give a score between 0 and the threshold: what reaches the threshold is cut",
            )
        check_settings(**made.layer)
        voice_cuts([], duration=1.0, action=made.action, **made.policy)
        return made

    @property
    def layer(self) -> dict[str, float]:
        """Settings of the detector: whatever is at least to be reviewed must be a segment."""
        return {"lowest_score": self.review, "min_speech": self.min_speech}

    @property
    def scores(self) -> dict[str, Any]:
        """Settings of `decisions.voices.judge`."""
        return {"threshold": self.threshold, "review": self.review, "min_speech": self.min_speech}

    @property
    def policy(self) -> dict[str, Any]:
        """Settings of `decisions.voice_cuts.voice_cuts`, but for the action."""
        return {"merge_gap": self.merge_gap, "pad": self.pad, "min_keep": self.min_keep}


class Decider:
    """Decides about one recording after the other, once it knows what the classes hold."""

    def __init__(self, settings: VoiceSettings) -> None:
        self.settings = settings
        self._scores: dict[str, Any] = settings.scores
        self._like_people: frozenset[tuple[str, str]] = frozenset()

    def learn(self, store: Store) -> Classes:
        """Count what the classes hold: the first pass."""
        classes = Classes()
        for entry in layer_states(store, LAYER, self.settings.layer):
            if entry.looked_at:
                classes.add(entry.archive, entry.label, self.voices(entry))
        self._like_people = classes.like_people()
        return classes

    def voices(self, entry: LayerState) -> Voices:
        """Part voices from doubts."""
        if not entry.segments:  # as in most recordings
            return Voices([], [])
        alike = (entry.archive, entry.label) in self._like_people
        return judge(entry.segments, **self._scores, remarks=entry.remarks, like_people=alike)

    def cuts(self, voices: Voices, duration: float, *, kept: bool) -> list[Cut]:
        """Decide what is done; where a person keeps something, only voices are dropped, not the recording."""
        wanted = self.settings
        action: Action = "excise" if kept and wanted.action == "drop" else wanted.action
        made = voice_cuts(voices.sure, duration=duration, action=action, **wanted.policy)
        doubts = review_flags(voices.doubtful, made, duration=duration, merge_gap=wanted.merge_gap)
        return sorted([*made, *doubts], key=lambda cut: cut.onset)


def _decisions(store: Store, decider: Decider) -> Iterator[tuple[LayerState, Voices, list[Cut], list[Cut]]]:
    """Compare what should be cut of each recording with what the ledger says: new cuts, old cuts."""
    ledger = MergeJoin(cuts.by_recording(store, STEP))
    judged = MergeJoin(verdicts.by_recording(store))
    for entry in layer_states(store, LAYER, decider.settings.layer):
        voices = decider.voices(entry)
        new: list[Cut] = []
        if entry.segments:
            ruling = rule(judged.get(entry.recording) or [], duration=entry.duration)
            new = spare(decider.cuts(voices, entry.duration, kept=bool(ruling.kept)), ruling)
        yield entry, voices, new, ledger.get(entry.recording) or []


def preview(store: Store, decider: Decider) -> VoiceTally:
    """Count what the ledger would say."""
    tally = VoiceTally(decider.learn(store))
    for entry, voices, new, _ in _decisions(store, decider):
        tally.add(entry, voices, new)
    return tally


def intended(store: Store, decider: Decider, recordings: Container[int]) -> dict[int, list[Cut]]:
    """Decide about some recordings with all that is known of the dataset, and write nothing."""
    decider.learn(store)
    return {
        entry.recording: new
        for entry, _, new, _ in _decisions(store, decider)
        if entry.recording in recordings
    }


def decide(store: Store, decider: Decider) -> VoiceTally:
    """Write the ledger anew where it changes, and count what it says."""
    tally = VoiceTally(decider.learn(store))
    with store.transaction():
        for entry, voices, new, old in _decisions(store, decider):
            if new != old:  # written behind the place that is being read
                cuts.replace(store, entry.recording, STEP, new)
            tally.add(entry, voices, new)
    return tally
