"""What becomes of a recording: which part of it goes where, and why.

Pure, and the one rule by which `curate status`, `report`, `manifest`, `windows` and the rendering
tell what is kept. What is muted is not cut: the recording keeps its length, with silence in the
place of the sound, as long as anything is left to hear. Where cuts of two reasons overlap, what is
cut out counts before what is muted, and the first in the ledger before the others, so that each
second is counted once.

A trainer can make nothing of a stretch shorter than `SHORTEST`. Such a *splinter* goes with the cut next to
it, by whose reason it is counted: it is cut out where it touches what is cut out, and else muted. So it is in
no row and in no clean copy. Where a recording has nothing but splinters, it is left out: it is too short.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from curate import intervals
from curate.decisions.verdicts import STEP as REVIEW
from curate.intervals import Interval
from curate.model import Action, Cut, Seconds

#: Shortest row, in seconds: the frame of 25 ms that speech and sound models commonly compute their spectra
#: from (HTK and Kaldi's default). What is shorter has no spectrum, and does not go out: see `is_long`.
SHORTEST = 0.025

#: Why a recording of which less is kept does not go out.
TOO_SHORT = "too short: less than 25 ms"

#: What a cut does, in a person's words.
_VERBS = {"excise": "cut out", "mute": "muted", "drop": "dropped"}

#: Who decides about voices, by the beginning of a producer's name.
OF_VOICES = frozenset({"strip-voice", REVIEW})


class TakenOut(NamedTuple):
    """What is cut out of a recording, and what is cut out or muted: inside of it, joined and sorted."""

    excised: Sequence[Interval]
    both: Sequence[Interval]


class Retention(NamedTuple):
    """What becomes of one recording.

    Parameters
    ----------
    recording
        In words.
    goes_out
        Whether a trainer gets any of it.
    lost
        Seconds by reason that are left out.
    muted
        Seconds by reason that are kept as silence.
    kept : seconds
        What is kept, `muted` included: the length of a clean copy.
    stretches : seconds
        What of it can be heard: sorted, disjoint, none shorter than `SHORTEST`. Rows that read the raw file
        hold no more than these.
    cuts
        Of all steps, as they stand in the ledger.
    splinters
        Further cuts: what they leave that is too short to be heard.
    """

    recording: str
    goes_out: bool
    lost: Mapping[str, Seconds]
    muted: Mapping[str, Seconds]
    kept: Seconds
    stretches: Sequence[Interval]
    cuts: Sequence[Cut]
    splinters: Sequence[Cut] = ()

    @property
    def done(self) -> Sequence[Cut]:
        """All that is done to it: the cuts of the ledger, and the splinters that go with them."""
        return [*self.cuts, *self.splinters] if self.splinters else self.cuts

    def taken(self, duration: Seconds) -> TakenOut:
        """Tell what is done to the sound, however many cuts do it."""
        spans = [
            [(cut.onset, cut.offset) for cut in self.done if cut.action in actions]
            for actions in (("excise",), ("excise", "mute"))
        ]
        return TakenOut(*(intervals.clip(intervals.union(each), 0.0, duration) for each in spans))

    def extent(self, duration: Seconds) -> Interval:
        """First and last second of the kept sound, muted parts included."""
        excised = ((cut.onset, cut.offset) for cut in self.done if cut.action == "excise")
        kept = intervals.complement(excised, 0.0, duration)
        return kept[0][0], kept[-1][1]

    @property
    def is_dropped(self) -> bool:
        """Whether it is left out as a whole, since somebody or something decided so."""
        return any(cut.action == "drop" for cut in self.cuts)

    @property
    def is_too_short(self) -> bool:
        """Whether it is too short for one frame of a trainer."""
        return TOO_SHORT in self.lost


def retention(status: str, duration: Seconds, sr: int, made: Sequence[Cut]) -> Retention:
    """Tell which part of a recording goes where.

    Parameters
    ----------
    status
        ``ok``, or ``failed`` where it cannot be decoded.
    sr : Hz
        What is shorter than a frame, from rounded ends, is nothing.
    made
        Its cuts, of all steps.

    Examples
    --------
    >>> found = retention("ok", 10.0, 32000, [Cut(2, 4, "excise", "voice", None, "p", "much")])
    >>> found.recording, found.lost, found.kept, found.stretches
    ('kept, something cut', {'cut out: voice': 2}, 8.0, [(0.0, 2), (4, 10.0)])
    """
    if status != "ok" or duration <= 0:
        words = "cannot be decoded" if status != "ok" else "holds no sound"
        return Retention(words, False, {}, {}, 0.0, (), made)
    dropped = next((words_for(cut.action, cut.reason) for cut in made if cut.action == "drop"), "")
    if dropped or not is_long(0.0, duration, sr):
        why = dropped or TOO_SHORT
        return Retention(why, False, {why: duration}, {}, 0.0, (), made)
    if all(cut.action == "flag" for cut in made):  # as of most recordings
        words = "kept, flagged" if made else "kept whole"
        return Retention(words, True, {}, {}, duration, [(0.0, duration)], made)
    lost, excised = _shares(made, "excise", duration, [])
    muted, taken = _shares(made, "mute", duration, excised)
    rest = intervals.complement(taken, 0.0, duration)
    stretches = [span for span in rest if is_long(*span, sr)]
    splinters = [span for span in rest if not is_long(*span, sr)]
    if not stretches:
        # The recording is left out as a whole, so muted seconds are lost like all others.
        lost |= muted
        if heard := [span for span in splinters if _frames(*span, sr)]:
            return Retention(TOO_SHORT, False, lost | {TOO_SHORT: intervals.length(heard)}, {}, 0.0, (), made)
        return Retention(f"nothing left: {next(iter(lost))}", False, lost, {}, 0.0, (), made)
    # A splinter shares the fate of the cut next to it. Kept, muted and lost seconds then add up
    # to the length of the recording.
    more = [_as_beside(span, made) for span in splinters]
    for cut in more:
        seconds, why = lost if cut.action == "excise" else muted, words_for(cut.action, cut.reason)
        seconds[why] = seconds.get(why, 0.0) + cut.offset - cut.onset
    kept = duration - intervals.length(excised)
    kept -= sum(cut.offset - cut.onset for cut in more if cut.action == "excise")
    done = "something cut" if lost else "something muted" if muted else "flagged"
    return Retention(f"kept, {done}", True, lost, muted, kept, stretches, made, more)


def is_long(onset: Seconds, offset: Seconds, sr: int) -> bool:
    """Whether a trainer can use a stretch of a recording: it holds the frames of `SHORTEST` or more.

    Examples
    --------
    >>> is_long(1.0, 1.025, 32000), is_long(1.0, 1.0249, 32000)
    (True, False)
    """
    return _frames(onset, offset, sr) >= max(1.0, SHORTEST * sr)


def _frames(onset: Seconds, offset: Seconds, sr: int) -> int:
    """Count the frames between two times, as a reader of the file rounds them."""
    return round(offset * sr) - round(onset * sr)


def _as_beside(splinter: Interval, made: Sequence[Cut]) -> Cut:
    """Do to a splinter what is done next to it; it is cut out before it is muted."""
    onset, offset = splinter
    beside = next(
        cut
        for action in ("excise", "mute")
        for cut in made
        if cut.action == action and cut.onset < cut.offset and (cut.offset == onset or cut.onset == offset)
    )
    return replace(beside, onset=onset, offset=offset)


def _shares(
    made: Sequence[Cut], action: Action, duration: Seconds, taken: list[Interval]
) -> tuple[dict[str, Seconds], list[Interval]]:
    """Give the seconds, by reason, that an action takes next to what is taken already; and all of that."""
    spans: dict[str, list[Interval]] = {}
    for cut in made:
        if cut.action == action:
            spans.setdefault(words_for(cut.action, cut.reason), []).append((cut.onset, cut.offset))
    seconds: dict[str, Seconds] = {}
    for why, own in spans.items():
        # Only growth counts: a second with two reasons belongs to the first, and shares add up.
        together = intervals.union([*taken, *intervals.clip(own, 0.0, duration)])
        more = intervals.length(together) - intervals.length(taken)
        if more > 0:
            seconds[why] = more
        taken = together
    return seconds, taken


def words_for(action: Action, reason: str) -> str:
    """Say what is done and why.

    Examples
    --------
    >>> words_for("excise", "voice")
    'cut out: voice'
    """
    return f"{_VERBS[action]}: {reason}"


class VoicesEnd(NamedTuple):
    """Seconds of voices, with margins, by what becomes of them."""

    removed: Seconds
    muted: Seconds
    in_review: Seconds


def of_voices(made: Sequence[Cut]) -> VoicesEnd:
    """Tell what becomes of the voices in a recording, each second once.

    Counted is what the step that strips them decided, and what people did; what is removed counts
    before what is muted, and that before what is left to review.

    Examples
    --------
    >>> of_voices([Cut(0, 3, "excise", "voice", None, "strip-voice/speech"),
    ...            Cut(2, 5, "flag", "voice", None, "strip-voice/speech")])
    VoicesEnd(removed=3, muted=0, in_review=2)
    """
    taken: list[Interval] = []
    before: Seconds = 0
    seconds: list[Seconds] = []
    for actions in (("excise", "drop"), ("mute",), ("flag",)):
        own = [
            (cut.onset, cut.offset)
            for cut in made
            if cut.action in actions and cut.producer.partition("/")[0] in OF_VOICES
        ]
        if own:
            taken = intervals.union([*taken, *own])
        # As above: the stronger action comes first and claims the seconds that both cover.
        after = intervals.length(taken)
        seconds.append(after - before)
        before = after
    return VoicesEnd(*seconds)
