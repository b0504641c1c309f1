"""From the segments of a dataset to its ledger of voices: the classes first, then each recording.

What the layer knows is read once for both passes. It takes about 100 bytes for each recording. Narrow ranges
in which nothing changed since the latest run add what that run kept of them.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Collection, Container, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from curate.catalogue import assignments, cuts, layers, ranges, runs, verdicts
from curate.catalogue.store import Store
from curate.decisions.flag_rates import Lift
from curate.decisions.retention import of_voices
from curate.decisions.verdicts import rule, spare, unrefused
from curate.decisions.voice_cuts import DOUBTFUL, review_flags, voice_cuts
from curate.decisions.voices import Classes, Voices, judge
from curate.model import Action, Cut
from curate.steps.common.cutting.cut_columns import CutWords, LedgerColumns, Rewriting
from curate.steps.common.cutting.voice_blocks import CountedVoices, HeardBlock, Hearing
from curate.steps.common.cutting.voice_ranges import HOLDS, HeardClasses, VoiceRange, holds
from curate.steps.common.cutting.voice_settings import VoiceSettings
from curate.steps.common.detect import LayerState, detector_class, layer_states
from curate.steps.common.interval_columns import Ints
from curate.steps.common.merge_join import MergeJoin
from curate.steps.common.unheard import Unheard

#: The step of the ledger's lines.
STEP = "strip-voice"

#: The layer, and the detector, in which voices are found.
LAYER = "speech"

#: What the ledger of voices is made from, beside the layer.
_MADE_FROM = ("recordings", "labels", "given_labels", "verdicts", f"cuts/{STEP}", f"settings/{STEP}")

#: Under which name the ledger of runs keeps what is decided, by range.
_RANGES = f"{STEP} by range"


def made_from(store: Store) -> list[str]:
    """Name the kinds of what the ledger is made from, as `catalogue.runs` knows them."""
    return [*_MADE_FROM, f"coverage/{layers.find_number(store, LAYER)}"]


def outcome_of(settings: VoiceSettings) -> dict[str, Any]:
    """Name what an outcome is of: the settings, and the detector whose scores they speak of."""
    return {**asdict(settings), "version": detector_class(LAYER).version}


class Decider:
    """Decides about one recording after the other, once it knows what the classes hold."""

    def __init__(self, settings: VoiceSettings) -> None:
        self.settings = settings
        self._scores: dict[str, Any] = settings.scores
        self._like_people: frozenset[tuple[str, str]] = frozenset()
        self._known: dict[int, VoiceRange] = {}
        self._heard: list[tuple[list[int], HeardBlock | None]] = []
        self.classes = HeardClasses.none()

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

    def learn(
        self,
        store: Store,
        known: Mapping[int, VoiceRange] | None = None,
        classes: HeardClasses | None = None,
        before: Collection[tuple[str, str]] = (),
    ) -> Classes:
        """Count what the classes hold, as they were called before people were heard: the first pass.

        Parameters
        ----------
        known, classes
            What the latest run kept of ranges in which nothing changed since: those are not read.
        before
            The archives and classes that sounded like people then.
        """
        self._known = dict(known or {})
        self._hearing = Hearing(store, LAYER, self.settings.layer)
        counted = [] if classes is None else [classes]
        for block in ranges.blocks(ranges.places(store, ranges.NARROW) - self._known.keys()):
            if (part := self._hearing.read(block)) is not None:
                self._heard.append((block, part))
                counted.append(self._classes(store, part))
        self.classes = HeardClasses.joined(counted)
        totals = self.classes.totals
        self._like_people = totals.like_people()
        if self._known:
            turned = {label for _, label in self._like_people.symmetric_difference(before)}
            again = ranges.of_classes(store, turned) & self._known.keys()
            self._heard += [(block, None) for block in ranges.blocks(again)]
            for place in again:
                del self._known[place]
        return totals

    def _classes(self, store: Store, part: HeardBlock) -> HeardClasses:
        """Count by class which recordings of a block hold voices."""
        voices = part.block.judge(**self._scores)
        held = np.zeros(len(part.numbers), dtype=np.int64)
        held[part.places] += part.has_voice(voices)
        held[part.places] += part.block.long(voices)
        kinds = self._hearing.kinds
        names: dict[tuple[str, str], int] = {}
        of = [names.setdefault((each.archive, each.given_label), len(names)) for each in kinds]
        kind = np.array(of, dtype=np.int64)[part.kinds]
        known = np.array([each.looked_at for each in kinds], dtype=bool)[part.kinds]
        known[np.isin(part.numbers, part.left)] = False
        for entry in layer_states(store, LAYER, self.settings.layer, members=part.left):
            if entry.looked_at and not entry.outdated:
                at = np.searchsorted(part.numbers, entry.recording)
                known[at], held[at] = True, holds(self.voices(entry))
        return HeardClasses.count(list(names), part.range_of[known], (kind * HOLDS + held)[known])

    def by_ranges(self, store: Store) -> Iterator[tuple[dict[int, VoiceRange], Rewriting]]:
        """Decide about all recordings, block by block: the second pass, once after the first.

        Yields
        ------
        What is to be kept of each range, by its number, and what the ledger must say else.
        """
        judged = np.array(sorted(verdicts.judged(store)), dtype=np.int64)
        words = CutWords()
        yield self._known, Rewriting.nothing()
        heard, self._heard = self._heard[::-1], []
        while heard:  # and what was read of a block goes as soon as that is decided about
            block, part = heard.pop()
            part = part or self._hearing.read(block)
            if part is not None:
                yield self._decided(store, part, judged, words)

    def _decided(
        self, store: Store, part: HeardBlock, judged: Ints, words: CutWords
    ) -> tuple[dict[int, VoiceRange], Rewriting]:
        """Decide about a block."""
        kinds = self._hearing.kinds
        alike = np.array([each[:2] in self._like_people for each in kinds], dtype=bool)
        is_heard = np.array([each.looked_at or each.outdated for each in kinds], dtype=bool)
        is_plain = self.settings.action != "drop"
        block = replace(part.block, like_people=alike[part.kinds[part.places]])
        voices = block.judge(**self._scores)
        # With `drop`, all recordings are left to the functions on one of them: no row gets this action.
        action = self.settings.action if is_plain else "excise"
        made = block.cuts(voices, action=action, **self.settings.policy)
        usual = ~np.isin(part.numbers, part.left) & ~np.isin(part.numbers, judged)
        usual &= is_plain
        made = made.of_rows(usual[part.places])
        old = LedgerColumns.read(store, STEP, part.numbers, ranges.spans(part.ranges), words)
        old = old.where(usual[old.spans.row])
        rewriting = Rewriting.by_columns(made.told(), part.places, old, words, part.numbers)
        counts: dict[int, dict[str, CountedVoices]] = {place: {} for place in part.ranges}
        for place, each in part.counts(voices, made, kinds, usual):
            counts[place][each.archive] = each
        left = part.numbers[~usual].tolist()
        for entry, heard, new, ledger in _decisions(store, self, members=left):
            of_range = counts[(entry.recording - 1) // ranges.NARROW]
            before = of_range.get(entry.archive, CountedVoices(entry.archive))
            of_range[entry.archive] = before.plus(counted(entry, heard, new))
            rewriting.compare(entry.recording, new, ledger)
        unheard = Unheard.by_range(part.numbers, is_heard[part.kinds], part.range_of)
        found = {place: VoiceRange(list(counts[place].values()), each) for place, each in unheard.items()}
        return found, rewriting

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


@dataclass(frozen=True, slots=True)
class DecidedVoices:
    """What is decided of all recordings.

    Parameters
    ----------
    decider
        Which knows what the classes hold.
    lift
        The classes that are flagged far more often than the rest of their archive.
    found
        By range, what it adds.
    changed
        The recordings of which other sound is kept than before.
    """

    decider: Decider
    lift: Sequence[Lift]
    found: dict[int, VoiceRange]
    changed: Sequence[int]

    @property
    def counts(self) -> Iterator[CountedVoices]:
        """What there is to count, range by range."""
        return (each for part in self.found.values() for each in part.counts)

    def keep(self, store: Store) -> None:
        """Keep what each range adds, until something changes, inside the transaction that wrote it."""
        found = {place: part.kept for place, part in self.found.items()}
        kept = {"ranges": found, "classes": self.decider.classes.kept}
        runs.keep(store, _RANGES, _range_settings(self.decider.settings), kept)


def _range_settings(settings: VoiceSettings) -> dict[str, Any]:
    return {**outcome_of(settings), "range": ranges.NARROW}


def preview(
    store: Store, settings: VoiceSettings, write: Callable[[Rewriting], Sequence[int]] = lambda _: ()
) -> DecidedVoices:
    """Say what the ledger would say. Only ranges in which something changed since the latest run are read.

    Parameters
    ----------
    write
        Takes what the ledger must say else, and gives the recordings of which other sound is kept then.
    """
    decider = Decider(settings)
    known: dict[int, VoiceRange] = {}
    classes = None
    if (kept := runs.kept(store, _RANGES, _range_settings(settings))) is not None:
        same = ranges.untouched(store, _RANGES, made_from(store), kept["ranges"], ranges.NARROW)
        known = {place: VoiceRange.of(each) for place, each in same.items()}
        classes = HeardClasses.of(kept["classes"], known)
    # What is kept was decided by what stands, or else it would have changed.
    before = (assignments.settings_of(store, STEP) or {}).get("like_people", ())
    lift = decider.learn(store, known, classes, {(archive, label) for archive, label in before}).lift()
    found: dict[int, VoiceRange] = {}
    changed = array("q")
    for parts, rewriting in decider.by_ranges(store):
        changed.extend(write(rewriting))
        found |= parts
    return DecidedVoices(decider, lift, dict(sorted(found.items())), sorted(changed))


def intended(store: Store, decider: Decider, recordings: Collection[int]) -> dict[int, list[Cut]]:
    """Decide about some recordings with all that is known of the dataset, as a preview."""
    decider.learn(store)
    found = _decisions(store, decider, members=sorted(recordings))
    return {entry.recording: new for entry, _, new, _ in found}


def decide(store: Store, settings: VoiceSettings) -> DecidedVoices:
    """Write the ledger again where it changes, in the caller's transaction. The settings stand then."""
    found = preview(store, settings, lambda rewriting: rewriting.write(store, STEP))
    unheard = Unheard.joined(part.unheard for part in found.found.values())
    assignments.put_settings(store, STEP, {**found.decider.standing, "unheard": unheard.kept})
    return found


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
