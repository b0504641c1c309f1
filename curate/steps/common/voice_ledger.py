"""From the segments of a dataset to its ledger of voices: the classes first, then each recording.

Both passes stream: the memory they take grows with the classes, not with the recordings.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from dataclasses import asdict, astuple, dataclass, field, replace
from itertools import groupby
from operator import itemgetter
from typing import Any

from curate.catalogue import assignments, cuts, layers, verdicts
from curate.catalogue.cuts import Cells
from curate.catalogue.store import Store
from curate.decisions.retention import of_voices
from curate.decisions.verdicts import rule, spare, unrefused
from curate.decisions.voice_cuts import DOUBTFUL, review_flags, voice_cuts
from curate.decisions.voices import PROFILES, Classes, Voices, judge
from curate.detectors.speech import check_settings
from curate.errors import UsageError
from curate.intervals import union
from curate.lookup import suggestion
from curate.model import Action, Cut
from curate.steps.common.detect import LayerState, layer_states
from curate.steps.common.merge_join import MergeJoin
from curate.steps.common.unheard import Unheard
from curate.steps.common.voice_blocks import Counted, heard_blocks

#: The step of the ledger's lines.
STEP = "strip-voice"

#: The layer, and the detector, in which voices are found.
LAYER = "speech"

#: What the ledger of voices is made from, beside the layer.
_MADE_FROM = ("recordings", "labels", "given_labels", "verdicts", f"cuts/{STEP}", f"settings/{STEP}")

#: Takes what there is to count of a recording.
Count = Callable[[Counted], None]


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
        """Count what the classes hold, as they were called before people were heard: the first pass."""
        classes = Classes()
        for part in heard_blocks(store, LAYER, self.settings.layer):
            voices = part.block.judge(**self._scores)
            marks = list(zip(part.has_voice(voices).tolist(), part.block.long(voices).tolist(), strict=True))
            left = set(part.left)
            found = Counter(
                (
                    each.archive,
                    each.given_label,
                    *(marks[row] if (row := part.rows.get(each.number)) is not None else (False, False)),
                )
                for each in part.recordings
                if each.state[-1] and each.number not in left
            )
            for (archive, label, has_voice, is_long), times in found.items():
                classes.count(archive, label, has_voice=has_voice, is_long=is_long, times=times)
            for entry in layer_states(store, LAYER, self.settings.layer, members=part.left):
                if entry.looked_at:
                    classes.add(entry.archive, entry.given_label, self.voices(entry))
        self._like_people = classes.like_people()
        return classes

    def by_blocks(self, store: Store) -> Iterator[_Decided]:
        """Decide about all recordings, in blocks: the second pass."""
        is_plain = self.settings.action != "drop"
        leave: Container[int] = verdicts.judged(store) if is_plain else _All()
        for part in heard_blocks(
            store, LAYER, self.settings.layer, like_people=self._like_people, leave=leave
        ):
            voices = part.block.judge(**self._scores)
            # With `drop`, all recordings are left to the functions on one of them: no row gets this action.
            action = self.settings.action if is_plain else "excise"
            made = part.block.cuts(voices, action=action, **self.settings.policy)
            decided = _Decided(made.by_row(list(part.rows)))
            counts = part.counts(voices, made)
            left: dict[int, Counted] = {}
            for entry, found, new, _ in _decisions(store, self, members=part.left):
                decided.new[entry.recording] = [(entry.recording, *astuple(cut)) for cut in new]
                left[entry.recording] = counted(entry, found, new)
            for each in part.recordings:
                tail = counts[part.rows[each.number]] if each.number in part.rows else ()
                decided.counts.append((each.number, left.get(each.number) or Counted(*each.state, *tail)))
            first, last = part.recordings[0].number, part.recordings[-1].number
            old = groupby(cuts.between(store, STEP, first, last), key=itemgetter(0))
            decided.old.update((number, list(group)) for number, group in old)
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
        voices = decider.voices(entry)
        new: list[Cut] = []
        if entry.segments:
            ruling = rule(judged.get(entry.recording) or [], duration=entry.duration)
            heard = replace(voices, sure=unrefused(voices.sure, ruling))
            made = decider.cuts(heard, entry.duration, kept=bool(ruling.kept))
            new = spare(made, ruling, [*voices.sure, *voices.doubtful])
        yield entry, voices, new, ledger.get(entry.recording) or []


class _All:
    """Holds every recording."""

    def __contains__(self, _: object) -> bool:
        return True


@dataclass(slots=True)
class _Decided:
    """What is decided of a block of recordings, and what the ledger says until then, by recording."""

    new: dict[int, list[Cells]]
    old: dict[int, list[Cells]] = field(default_factory=dict)
    counts: list[tuple[int, Counted]] = field(default_factory=list)

    def differing(self) -> list[int]:
        """List the recordings of which the ledger must say something else."""
        both = self.new.keys() | self.old.keys()
        return sorted(each for each in both if self.new.get(each, []) != self.old.get(each, []))

    def sounds(self, each: int, *, exact: bool) -> bool:
        """Whether other sound is kept of a recording, or, if `exact`, the same with other joins."""
        new, old = (
            [cut[1:4] for cut in made.get(each, []) if cut[3] != "flag"] for made in (self.new, self.old)
        )
        if exact:
            return new != old
        spans = ([(onset, offset) for onset, offset, _ in made] for made in (new, old))
        one, other = (union(each) for each in spans)
        return one != other


def counted(entry: LayerState, voices: Voices, made: Sequence[Cut]) -> Counted:
    """Say what there is to count of a recording."""
    state = (entry.archive, entry.failed, entry.current, entry.looked_at)
    if not voices.sure and not made:  # as of most recordings
        return Counted(*state)
    return Counted(
        *state,
        bool(voices.sure),
        sum(segment.duration for segment in voices.sure),
        *of_voices(made),
        any(cut.action == "flag" for cut in made if cut.reason != DOUBTFUL),
        any(cut.action == "drop" for cut in made),
    )


def preview(store: Store, decider: Decider, count: Count) -> None:
    """Let somebody count what the ledger would say. The decider must have learnt."""
    for decided in decider.by_blocks(store):
        for _, each in decided.counts:
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
        differing = decided.differing()
        if differing:  # written behind the place that is being read
            cuts.replace_all(
                store,
                STEP,
                [cut for each in differing for cut in decided.new.get(each, [])],
                of=differing,
                sounds=[each for each in differing if decided.sounds(each, exact=True)],
            )
            # A copy goes by each single cut, as in `cuts.replace`. Later steps go by the sound that is kept.
            changed.extend(each for each in differing if decided.sounds(each, exact=False))
        for number, each in decided.counts:
            unheard.see(number, is_heard=each.looked_at)
            count(each)
    assignments.put_settings(store, STEP, {**decider.standing, "unheard": unheard.kept})
    return changed


def decide_again(store: Store, members: Sequence[int]) -> bool:
    """Decide again about some recordings as the latest run did, inside the caller's transaction.

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
