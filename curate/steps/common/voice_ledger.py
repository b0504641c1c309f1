"""From the segments of a dataset to its ledger of voices: the classes first, then each recording.

Both passes stream: the memory they take grows with the classes, not with the recordings.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from curate.catalogue import assignments, cuts, verdicts
from curate.catalogue.store import Store
from curate.decisions.verdicts import rule, spare
from curate.decisions.voice_cuts import review_flags, voice_cuts, withheld
from curate.decisions.voices import PROFILES, Classes, Voices, judge
from curate.detectors.speech import check_settings
from curate.errors import UsageError
from curate.lookup import suggestion
from curate.model import Action, Cut
from curate.steps.common.detect import LayerState, layer_states
from curate.steps.common.merge_join import MergeJoin
from curate.steps.common.unheard import Unheard

#: The step of the ledger's lines.
STEP = "strip-voice"

#: The layer, and the detector, in which voices are found.
LAYER = "speech"

#: Takes a recording, its voices, and what is decided about it.
Count = Callable[[LayerState, Voices, Sequence[Cut]], None]


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

    @classmethod
    def as_of(cls, standing: Mapping[str, Any]) -> Decider:
        """Make the one that decided last: it decides about a recording as it did about all."""
        decider = cls(VoiceSettings(**standing["settings"]))
        decider._like_people = frozenset((archive, label) for archive, label in standing["like_people"])
        return decider

    @property
    def standing(self) -> dict[str, Any]:
        """What `as_of` needs to know."""
        return {"settings": asdict(self.settings), "like_people": sorted(self._like_people)}

    def learn(self, store: Store) -> Classes:
        """Count what the classes hold, as they were called before persons were heard: the first pass."""
        classes = Classes()
        for entry in layer_states(store, LAYER, self.settings.layer):
            if entry.looked_at:
                classes.add(entry.archive, entry.given_label, self.voices(entry))
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


def _decisions(
    store: Store, decider: Decider, *, members: Sequence[int] | None = None, unheard: Container[int] = ()
) -> Iterator[tuple[LayerState, Voices, list[Cut], list[Cut]]]:
    """Compare what should be cut of each recording with what the ledger says: new cuts, old cuts."""
    ledger = MergeJoin(cuts.by_recording(store, STEP, members))
    judged = MergeJoin(verdicts.by_recording(store, members))
    for entry in layer_states(store, LAYER, decider.settings.layer, members=members, unheard=unheard):
        voices = decider.voices(entry)
        new: list[Cut] = []
        if entry.segments:
            ruling = rule(judged.get(entry.recording) or [], duration=entry.duration)
            new = spare(decider.cuts(voices, entry.duration, kept=bool(ruling.kept)), ruling)
        yield entry, voices, new, ledger.get(entry.recording) or []


def preview(store: Store, decider: Decider, count: Count) -> None:
    """Let somebody count what the ledger would say; the decider must have learnt."""
    for entry, voices, new, _ in _decisions(store, decider):
        count(entry, voices, new)


def intended(store: Store, decider: Decider, recordings: Container[int]) -> dict[int, list[Cut]]:
    """Decide about some recordings with all that is known of the dataset, and write nothing."""
    decider.learn(store)
    return {
        entry.recording: new
        for entry, _, new, _ in _decisions(store, decider)
        if entry.recording in recordings
    }


def decide(store: Store, decider: Decider, count: Count) -> Sequence[int]:
    """Write the ledger anew where it changes, in the caller's transaction; the settings stand from then on.

    Parameters
    ----------
    decider
        Must have learnt.
    count
        Takes what the ledger says of each recording.

    Returns
    -------
    The recordings of which other sound goes out than before.
    """
    changed = array("q")
    unheard = Unheard()
    for entry, voices, new, old in _decisions(store, decider):
        if new != old:  # written behind the place that is being read
            cuts.replace(store, entry.recording, STEP, new)
            if withheld(new) != withheld(old):
                changed.append(entry.recording)
        unheard.see(entry.recording, is_heard=entry.looked_at)
        count(entry, voices, new)
    assignments.put_settings(store, STEP, {**decider.standing, "unheard": unheard.kept})
    return changed


def decide_again(store: Store, members: Sequence[int]) -> bool:
    """Decide anew about some recordings as the latest run did, inside the caller's transaction.

    Returns
    -------
    Whether that is possible: not before the first run, nor where an earlier version of curate ran.
    """
    standing = assignments.settings_of(store, STEP)
    if standing is None:
        return False
    decider = Decider.as_of(standing)
    unheard = Unheard.of(standing["unheard"]) if "unheard" in standing else ()
    for entry, _, new, old in _decisions(store, decider, members=members, unheard=unheard):
        if new != old:
            cuts.replace(store, entry.recording, STEP, new)
    return True
