"""From the segments of a dataset to its ledger of voices: the classes first, then each recording.

What the layer knows is read once for both passes. It takes about 100 bytes for each recording.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import product
from typing import Any

import numpy as np

from curate.catalogue import assignments, cuts, layers, verdicts
from curate.catalogue.store import Store
from curate.decisions.retention import of_voices
from curate.decisions.verdicts import rule, spare, unrefused
from curate.decisions.voice_cuts import DOUBTFUL, review_flags, voice_cuts
from curate.decisions.voices import PROFILES, Classes, Voices, judge
from curate.detectors.speech import check_settings
from curate.errors import UsageError
from curate.lookup import suggestion
from curate.model import Action, Cut
from curate.steps.common.cutting.cut_columns import CutWords, LedgerColumns, Rewriting
from curate.steps.common.cutting.voice_blocks import CountedVoices, HeardBlock, RecordingKind, heard_blocks
from curate.steps.common.detect import LayerState, detector_class, layer_states
from curate.steps.common.interval_columns import Flags, Ints
from curate.steps.common.merge_join import MergeJoin
from curate.steps.common.unheard import Unheard

#: The step of the ledger's lines.
STEP = "strip-voice"

#: The layer, and the detector, in which voices are found.
LAYER = "speech"

#: What the ledger of voices is made from, beside the layer.
_MADE_FROM = ("recordings", "labels", "given_labels", "verdicts", f"cuts/{STEP}", f"settings/{STEP}")

#: Takes what there is to count of a recording, or of several.
Count = Callable[[CountedVoices], None]


def made_from(store: Store) -> list[str]:
    """Name the kinds of what the ledger is made from, as `catalogue.runs` knows them."""
    return [*_MADE_FROM, f"coverage/{layers.find_number(store, LAYER)}"]


@dataclass(frozen=True, slots=True)
class VoiceSettings:
    """What is cut of voices, with all that the profile leaves open filled in.

    Parameters
    ----------
    profile
        Key of `decisions.voices.PROFILES`.
    threshold, review : 0 to 1, both excluded
        Lowest score of what is cut, and of what is flagged for review.
    action, merge_gap, pad, min_keep, min_keep_share
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
    min_keep_share: float = 1.0  # as an earlier version decided, which kept no more than seconds

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
        """Fill in unset options from a profile. A low threshold leaves the review empty.

        Raises
        ------
        UsageError
            If there is no such profile, or a value is out of range.
        """
        if profile not in PROFILES:
            raise UsageError(f"unknown profile '{profile}'", hint=suggestion(profile, PROFILES))
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
        return {
            "merge_gap": self.merge_gap,
            "pad": self.pad,
            "min_keep": self.min_keep,
            "min_keep_share": self.min_keep_share,
        }


def outcome_of(settings: VoiceSettings) -> dict[str, Any]:
    """Name what an outcome is of: the settings, and the detector whose scores they speak of."""
    return {**asdict(settings), "version": detector_class(LAYER).version}


class Decider:
    """Decides about one recording after the other, once it knows what the classes hold."""

    def __init__(self, settings: VoiceSettings) -> None:
        self.settings = settings
        self._scores: dict[str, Any] = settings.scores
        self._like_people: frozenset[tuple[str, str]] = frozenset()
        self._heard: list[HeardBlock] = []
        self._kinds: list[RecordingKind] = []

    @classmethod
    def as_of(cls, standing: Mapping[str, Any]) -> Decider:
        """Make the one that decided last: it decides about a recording as it did about all."""
        decider = cls(VoiceSettings(**standing["settings"]))
        decider._like_people = frozenset((archive, label) for archive, label in standing["like_people"])
        return decider

    @property
    def standing(self) -> dict[str, Any]:
        """What `as_of` needs to know, and what gave the scores."""
        return {
            "settings": asdict(self.settings),
            "like_people": sorted(self._like_people),
            "version": detector_class(LAYER).version,
        }

    def learn(self, store: Store) -> Classes:
        """Count what the classes hold, as they were called before people were heard: the first pass."""
        self._heard, self._kinds = heard_blocks(store, LAYER, self.settings.layer)
        classes = Classes()
        found = np.zeros((2, 2, len(self._kinds)), dtype=np.int64)  # has a voice, is long, kind
        for part in self._heard:
            voices = part.block.judge(**self._scores)
            has_voice, is_long = np.zeros((2, len(part.numbers)), dtype=np.int64)
            has_voice[part.places], is_long[part.places] = part.has_voice(voices), part.block.long(voices)
            usual = ~np.isin(part.numbers, part.left)
            np.add.at(found, (has_voice[usual], is_long[usual], part.kinds[usual]), 1)
            for entry in layer_states(store, LAYER, self.settings.layer, members=part.left):
                if entry.looked_at and not entry.outdated:
                    classes.add(entry.archive, entry.given_label, self.voices(entry))
        for kind, times in zip(self._kinds, np.moveaxis(found, 2, 0).tolist(), strict=True):
            if kind.looked_at:
                for voice, long in product((0, 1), repeat=2):
                    classes.count(
                        kind.archive,
                        kind.given_label,
                        has_voice=bool(voice),
                        is_long=bool(long),
                        times=times[voice][long],
                    )
        self._like_people = classes.like_people()
        return classes

    def by_blocks(self, store: Store) -> Iterator[_Decided]:
        """Decide about all recordings, in blocks: the second pass, once after the first."""
        heard, self._heard = self._heard, []
        is_plain = self.settings.action != "drop"
        judged = np.array(sorted(verdicts.judged(store)), dtype=np.int64)
        alike = np.array([each[:2] in self._like_people for each in self._kinds], dtype=bool)
        is_heard = np.array([each.looked_at or each.outdated for each in self._kinds], dtype=bool)
        words = CutWords()
        for part in heard:
            block = replace(part.block, like_people=alike[part.kinds[part.places]])
            voices = block.judge(**self._scores)
            # With `drop`, all recordings are left to the functions on one of them: no row gets this action.
            action = self.settings.action if is_plain else "excise"
            made = block.cuts(voices, action=action, **self.settings.policy)
            usual = ~np.isin(part.numbers, part.left) & ~np.isin(part.numbers, judged)
            usual &= is_plain
            made = made.of_rows(usual[part.places])
            old = LedgerColumns.read(store, STEP, part.numbers, words)
            old = old.where(usual[old.spans.row])
            decided = _Decided(
                part.numbers,
                is_heard[part.kinds],
                Rewriting.by_columns(made.told(), part.places, old, words, part.numbers),
                list(part.counts(voices, made, self._kinds, usual)),
            )
            left = part.numbers[~usual].tolist()
            for entry, found, new, ledger in _decisions(store, self, members=left):
                decided.counts.append(counted(entry, found, new))
                decided.rewriting.compare(entry.recording, new, ledger)
            yield decided

    def voices(self, entry: LayerState) -> Voices:
        """Part voices from doubts."""
        if not entry.segments:  # as in most recordings
            return Voices([], [])
        alike = (entry.archive, entry.label) in self._like_people
        return judge(entry.segments, **self._scores, remarks=entry.remarks, like_people=alike)

    def cuts(self, voices: Voices, duration: float, *, kept: bool) -> list[Cut]:
        """Decide what is done. Where a person keeps something, only voices are dropped, not the recording."""
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
        if entry.outdated:  # nothing is decided by scores of another scale: what stands stays
            stands = ledger.get(entry.recording) or []
            yield entry, Voices([], []), stands, stands
            continue
        voices = decider.voices(entry)
        new: list[Cut] = []
        if entry.segments:
            ruling = rule(judged.get(entry.recording) or [], duration=entry.duration)
            heard = replace(voices, sure=unrefused(voices.sure, ruling))
            made = decider.cuts(heard, entry.duration, kept=bool(ruling.kept))
            new = spare(made, ruling, [*voices.sure, *voices.doubtful])
        yield entry, voices, new, ledger.get(entry.recording) or []


@dataclass(slots=True)
class _Decided:
    """What is decided of a block of recordings.

    Parameters
    ----------
    numbers, is_heard
        Of all of them, and which were looked at.
    rewriting
        What the ledger must say else.
    counts
        What there is to count of them.
    """

    numbers: Ints
    is_heard: Flags
    rewriting: Rewriting
    counts: list[CountedVoices]


def counted(entry: LayerState, voices: Voices, made: Sequence[Cut]) -> CountedVoices:
    """Say what there is to count of a recording."""
    if entry.failed:
        return CountedVoices(entry.archive, 1, failed=1)
    looked_at = entry.looked_at and not entry.outdated
    state = CountedVoices(entry.archive, 1, waiting=int(not entry.current), looked_at=int(looked_at))
    if not looked_at or not (voices.sure or made):  # as of most recordings
        return state
    ends = of_voices(made)
    return state._replace(
        with_speech=int(bool(voices.sure)),
        speech=sum(segment.duration for segment in voices.sure),
        removed=ends.removed,
        muted=ends.muted,
        in_review=ends.in_review,
        to_review=int(ends.in_review > 0),
        flagged=int(any(cut.action == "flag" for cut in made if cut.reason != DOUBTFUL)),
        dropped=int(any(cut.action == "drop" for cut in made)),
    )


def preview(store: Store, decider: Decider, count: Count) -> None:
    """Let somebody count what the ledger would say. The decider must have learnt."""
    for decided in decider.by_blocks(store):
        for each in decided.counts:
            count(each)


def intended(store: Store, decider: Decider, recordings: Container[int]) -> dict[int, list[Cut]]:
    """Decide about some recordings with all that is known of the dataset, as a preview."""
    decider.learn(store)
    return {
        entry.recording: new
        for entry, _, new, _ in _decisions(store, decider)
        if entry.recording in recordings
    }


def decide(store: Store, decider: Decider, count: Count) -> Sequence[int]:
    """Write the ledger again where it changes, in the caller's transaction. The settings stand from then on.

    Parameters
    ----------
    decider
        Must have learnt.
    count
        Takes what the ledger says of each recording.

    Returns
    -------
    The recordings of which other sound is kept than before.
    """
    changed = array("q")
    unheard = Unheard()
    for decided in decider.by_blocks(store):
        changed.extend(decided.rewriting.write(store, STEP))  # behind the place that is being read
        unheard.see_all(decided.numbers, decided.is_heard)
        for each in decided.counts:
            count(each)
    assignments.put_settings(store, STEP, {**decider.standing, "unheard": unheard.kept})
    return changed


def decide_again(store: Store, members: Sequence[int]) -> bool:
    """Decide again about some recordings as the latest run did, inside the caller's transaction.

    Returns
    -------
    Whether that is possible: not before the first run, nor where an earlier version ran or listened.
    """
    standing = assignments.settings_of(store, STEP)
    if standing is None or not is_of_today(standing):
        return False
    decider = Decider.as_of(standing)
    unheard = Unheard.of(standing["unheard"]) if "unheard" in standing else ()
    decided = list(_decisions(store, decider, members=members, unheard=unheard))
    if any(entry.outdated for entry, *_ in decided):
        return False
    for entry, _, new, old in decided:
        if new != old:
            cuts.replace(store, entry.recording, STEP, new)
    return True


def is_of_today(standing: Mapping[str, Any]) -> bool:
    """Whether the detector of today gave the scores that the settings speak of."""
    return bool(standing.get("version") == detector_class(LAYER).version)
