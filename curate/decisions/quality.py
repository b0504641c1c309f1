"""From what detectors found in one recording to the cuts that make it worth a trainer's time.

Pure: the same layers and settings give the same cuts on every machine.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from curate import intervals
from curate.decisions.subtract_cuts import flags_outside, spans_of, subtract_cuts
from curate.decisions.voice_cuts import ACTIONS
from curate.errors import UsageError
from curate.intervals import Interval
from curate.lookup import suggestion
from curate.model import Action, Cut, Segment

#: Kinds of dropout that are a whole recording's; a dead channel leaves the other.
_FAINT = "dead"
_DEAD = frozenset({_FAINT, "repeat", "stuck", "zeros"})

#: Kinds of buzz that an animal can be heard over, and those that drown none: over at once, or faint.
UNDER = frozenset({"broadband", "wind"})
HARMLESS = frozenset({"bump", "hiss"})

#: Layers that the decision is made of.
LAYERS = ("activity", "buzz", "clipping", "dropout", "hum", "silence")

#: Seconds that a recording may differ from dead and still be dead from end to end: a coder's padding.
SLACK = 0.1


@dataclass(frozen=True, slots=True)
class Trim:
    """What shall be cut.

    Parameters
    ----------
    silence
        Cut stretches in which nothing is heard.
    min_silence : seconds
        A shorter silence is a pause.
    keep_edges : seconds
        Left of a silence next to each sound: breath, echo, rhythm.
    clipping_share : 0 to 1
        Share of clipped samples beyond which a stretch is damaged.
    max_buzz : 0 to 1
        Share of what is left of a recording that may be fly, wind, broadband noise or hum; if there is more,
        that is damage.
    first_seconds : seconds, 0 for no limit
        Keep only so much of what survives.
    only_active
        Cut stretches in which no animal is audible; where none is at all, only say so.
    min_keep : seconds
        Leave at least this: so much of the silence stays, and damage is flagged.
    action
        What to do with stretches where there is nothing to hear.
    damage
        What to do with damaged ones.
    """

    silence: bool
    min_silence: float
    keep_edges: float
    clipping_share: float
    max_buzz: float
    damage: Action
    first_seconds: float = 0.0
    only_active: bool = False
    min_keep: float = 5.0
    action: Action = "excise"

    def __post_init__(self) -> None:
        for name, word in (("action", self.action), ("damage", self.damage)):
            if word not in ACTIONS:
                raise UsageError(f"unknown {name} '{word}'", hint=f"there are: {', '.join(ACTIONS)}")
        for name in ("min_silence", "keep_edges", "first_seconds", "min_keep"):
            if not 0 <= getattr(self, name) < math.inf:
                raise UsageError(f"{name} must be 0 s or more: got {getattr(self, name)}")
        for name in ("clipping_share", "max_buzz"):
            if not 0 <= getattr(self, name) <= 1:
                raise UsageError(f"{name} must be a share from 0 to 1: got {getattr(self, name)}")


#: What the presets cut, from the least to the most.
PRESETS: dict[str, Trim] = {
    "gentle": Trim(True, 5.0, 1.0, clipping_share=1.0, max_buzz=1.0, damage="flag"),
    "standard": Trim(True, 2.0, 0.5, clipping_share=0.01, max_buzz=0.5, damage="flag"),
    "strict": Trim(True, 1.0, 0.25, clipping_share=0.005, max_buzz=0.25, damage="excise"),
}


def preset_of(name: str) -> Trim:
    """Look up a preset.

    Raises
    ------
    UsageError
        If there is none of this name.
    """
    if name not in PRESETS:
        raise UsageError(f"unknown preset '{name}'", hint=suggestion(name, PRESETS))
    return PRESETS[name]


def trim_cuts(
    layers: Mapping[str, Sequence[Segment]],
    trim: Trim,
    *,
    duration: float,
    taken: Sequence[Interval] = (),
) -> list[Cut]:
    """Decide what to cut of one recording.

    Parameters
    ----------
    layers
        What each detector found, by its name, and the holes that decoders met, as ``damage``; seconds in the
        raw recording.
    trim
        What shall be cut.
    duration : seconds
        Length of the raw recording.
    taken
        What other steps cut already: it is not cut again, and does not count as left.

    Returns
    -------
    Cuts in order, disjoint but for flags, inside the recording
        One `drop` if nothing in it is worth keeping.
    """
    dead = _dead(layers)
    worthless = _worthless(layers, trim, dead, duration, taken)
    if worthless is not None:
        return [Cut(0.0, duration, "drop", worthless[0], None, worthless[1])]
    cuts = _spared(layers, trim, dead, duration, taken)
    damaged = _damaged(layers, trim, intervals.complement([*taken, *spans_of(cuts)], 0.0, duration))
    if trim.damage == "drop" and damaged:
        return [replace(damaged[0], onset=0.0, offset=duration, action="drop")]
    if trim.damage != "flag":
        cuts, damaged = _without_damage(cuts, damaged, trim, duration, taken)
    if trim.first_seconds:
        cuts = subtract_cuts([*cuts, *_beyond_first_seconds(cuts, trim, duration, taken)], taken)
        damaged = flags_outside(damaged, cuts)
    if trim.action == "drop" and cuts:
        seconds = intervals.total(spans_of(cuts))
        return [Cut(0.0, duration, "drop", cuts[0].reason, None, cuts[0].producer, f"{seconds:.1f} s")]
    if trim.only_active and not layers.get("activity"):
        damaged.append(Cut(0.0, duration, "flag", "no animal audible", None, "trim/activity"))
    return sorted([*cuts, *damaged], key=lambda cut: (cut.onset, cut.reason))


def _without_damage(
    cuts: list[Cut], damaged: list[Cut], trim: Trim, duration: float, taken: Sequence[Interval]
) -> tuple[list[Cut], list[Cut]]:
    """Cut the damaged stretches as well, or leave them flagged if too little would be left; cuts, flags."""
    if duration - intervals.total([*taken, *spans_of(cuts), *spans_of(damaged)]) >= trim.min_keep:
        return subtract_cuts([*cuts, *(replace(cut, action=trim.damage) for cut in damaged)], taken), []
    words = f"without it less than {trim.min_keep:g} s would be left"
    return cuts, [replace(cut, detail=words) for cut in damaged]


def _dead(layers: Mapping[str, Sequence[Segment]]) -> list[Segment]:
    """List where the microphone was dead. An end in the last bits of 16 is none where an animal is heard.

    It fades out there, or is faint in a recording of more bits, such as one in floats that nobody scaled.
    """
    active = intervals.union((s.onset, s.offset) for s in layers.get("activity", ()))
    return [
        replace(s, onset=onset, offset=offset)
        for s in layers.get("dropout", ())
        if s.label in _DEAD
        for onset, offset in intervals.outside(active if s.label == _FAINT else [], s.onset, s.offset)
    ]


def _worthless(
    layers: Mapping[str, Sequence[Segment]],
    trim: Trim,
    dead: Sequence[Segment],
    duration: float,
    taken: Sequence[Interval],
) -> tuple[str, str] | None:
    """Say why nothing in a recording is worth keeping, and who says so; None if something is."""
    zeros = intervals.total((s.onset, s.offset) for s in dead if s.label == "zeros")
    if dead and zeros >= duration - SLACK:
        return "OE005 all zero", "trim/dropout"
    if dead and intervals.total((s.onset, s.offset) for s in dead) >= duration - SLACK:
        return "dead microphone from end to end", "trim/dropout"
    quiet = [(s.onset, s.offset) for s in (*dead, *layers.get("silence", ()))]
    gone = intervals.union(taken)
    heard = any(intervals.outside(gone, s.onset, s.offset) for s in layers.get("activity", ()))
    if trim.silence and quiet and not heard and intervals.total([*quiet, *taken]) >= duration - SLACK:
        words = "silence next to a cut" if taken else "silence from end to end"
        return words, "trim/silence"
    return None


def _spared(
    layers: Mapping[str, Sequence[Segment]],
    trim: Trim,
    dead: Sequence[Segment],
    duration: float,
    taken: Sequence[Interval],
) -> list[Cut]:
    """Cut where there is nothing to hear, but leave so much of it that `min_keep` is left."""
    edges = trim.keep_edges
    while True:
        cuts = _nothing_to_hear(layers, trim, dead, duration, taken)
        left = duration - intervals.total([*taken, *spans_of(cuts)])
        if left >= trim.min_keep or not cuts or edges > duration:
            return cuts
        edges = max(2 * edges, 0.1)
        trim = replace(trim, keep_edges=edges)


def _nothing_to_hear(
    layers: Mapping[str, Sequence[Segment]],
    trim: Trim,
    dead: Sequence[Segment],
    duration: float,
    taken: Sequence[Interval],
) -> list[Cut]:
    active = intervals.union((s.onset, s.offset) for s in layers.get("activity", ()))
    sources: list[tuple[str, str, list[Interval]]] = []
    if trim.silence:
        held = intervals.union(((s.onset, s.offset) for s in dead if s.label != _FAINT), gap=SLACK)
        dropouts = intervals.union([*held, *((s.onset, s.offset) for s in dead if s.label == _FAINT)])
        quiet = [(s.onset, s.offset) for s in layers.get("silence", ())]
        silent = [part for span in intervals.union(quiet) for part in intervals.outside(active, *span)]
        sources.append(("dead microphone", "trim/dropout", dropouts))
        sources.append(("silence", "trim/silence", silent))
    if trim.only_active and active:
        sources.append(("no animal audible", "trim/activity", intervals.complement(active, 0.0, duration)))
    cuts = []
    for reason, producer, spans in sources:
        for onset, offset in spans:
            if offset - onset >= trim.min_silence:
                low = onset + trim.keep_edges if onset > 0 else onset
                high = offset - trim.keep_edges if offset < duration else offset
                if low < high:
                    cuts.append(Cut(low, high, trim.action, reason, None, producer))
    if not cuts:  # as in most recordings
        return []
    return _up_to_taken(subtract_cuts(cuts, taken), taken, active, trim.keep_edges)


def _up_to_taken(
    cuts: Sequence[Cut], taken: Sequence[Interval], active: Sequence[Interval], edge: float
) -> list[Cut]:
    """Cut the edge of a silence as well where the sound that it was left for is cut: it is a splinter."""
    gone = intervals.union([*taken, *spans_of(cuts)])
    splinters = [
        (low, high)
        for (_, low), (high, _) in pairwise(gone)
        if high - low < edge and not intervals.inside(active, low, high)
    ]
    ends = {cut.offset for cut in cuts}
    offsets = {low: high for low, high in splinters if low in ends}
    onsets = {high: low for low, high in splinters if low not in ends}
    return [
        replace(cut, onset=onsets.get(cut.onset, cut.onset), offset=offsets.get(cut.offset, cut.offset))
        for cut in cuts
    ]


def _damaged(layers: Mapping[str, Sequence[Segment]], trim: Trim, left: Sequence[Interval]) -> list[Cut]:
    """Flag what was lost or is clipped, and what drowns the recording, of that which is left to be heard."""
    cuts = [
        Cut(*span, "flag", "damage in the file", None, "trim/damage")
        for s in layers.get("damage", ())
        for span in intervals.inside(left, s.onset, s.offset)
    ]
    cuts += [
        Cut(*span, "flag", "clipping", s.score, "trim/clipping")
        for s in layers.get("clipping", ())
        if s.measured.get("share", 0.0) >= trim.clipping_share
        for span in intervals.inside(left, s.onset, s.offset)
    ]
    active = intervals.union((s.onset, s.offset) for s in layers.get("activity", ()))
    drowned: dict[tuple[str, str], list[Interval]] = {}
    for layer in ("buzz", "hum"):
        for segment in layers.get(layer, ()):
            if segment.label not in HARMLESS:
                # Rain and rumble drown nothing while something stands out over them.
                over = active if segment.label in UNDER else []
                heard = intervals.inside(left, segment.onset, segment.offset)
                parts = [part for span in heard for part in intervals.outside(over, *span)]
                drowned.setdefault((segment.label, f"trim/{layer}"), []).extend(parts)
    for (label, producer), spans in sorted(drowned.items()):
        if intervals.total(spans) > trim.max_buzz * intervals.total(left):
            cuts += [Cut(*span, "flag", label, None, producer) for span in intervals.union(spans)]
    return cuts


def _beyond_first_seconds(
    cuts: Sequence[Cut], trim: Trim, duration: float, taken: Sequence[Interval]
) -> list[Cut]:
    """Cut what comes after the first seconds that survive."""
    left = trim.first_seconds
    for onset, offset in intervals.complement([*taken, *spans_of(cuts)], 0.0, duration):
        if offset - onset > left:
            reason = f"beyond the first {trim.first_seconds:g} s"
            return [Cut(onset + left, duration, trim.action, reason, None, "trim/head")]
        left -= offset - onset
    return []
