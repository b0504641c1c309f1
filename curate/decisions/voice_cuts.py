"""From the segments in which a voice was found to the cuts that remove it.

Pure: the same segments and settings give the same cuts on every machine.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from curate import intervals
from curate.errors import UsageError
from curate.model import Action, Cut, Segment

#: Who decides so, in the ledger.
PRODUCER = "strip-voice/speech"

#: Why a stretch is flagged that was not sure enough to cut.
DOUBTFUL = "review: may be a voice"

#: Share of a short recording that is left at least. Of recordings under 15 s, 5 s alone left two fifths of
#: the voices in. Of 0.4, 0.3 and 0.2 the last frees most of them, and no more is lost of the animals.
MIN_KEEP_SHARE = 0.2

ACTIONS: tuple[Action, ...] = ("excise", "mute", "flag", "drop")


def voice_cuts(
    segments: Sequence[Segment],
    *,
    duration: float,
    action: Action = "excise",
    merge_gap: float = 0.3,
    pad: float = 0.2,
    min_keep: float = 5.0,
    min_keep_share: float = MIN_KEEP_SHARE,
) -> list[Cut]:
    """Decide what to do about the voices in one recording.

    Stretches of voice less than `merge_gap` apart are one; each is widened by `pad`, since
    a detector hears the loud middle of an utterance before its breath and its echo. A rest of
    the recording shorter than `merge_gap`, between two cuts or at either end, is cut as
    well: it would be a splinter between two joins.

    If less than `min_keep` would remain, or less than `min_keep_share` of a short recording,
    nothing is removed and the stretches are flagged instead: a rare sound is worth more than a
    clean file.

    Parameters
    ----------
    segments
        Voices; seconds in the raw recording.
    duration : seconds, > 0
        Length of the raw recording.
    action
        What to do with a stretch; `drop` decides about the whole recording.
    merge_gap, pad, min_keep : seconds, >= 0
        The defaults are those that BirdCLEF teams settled on: merge gaps under 0.3 s
        (2nd place 2025), never leave under 5 s (4th place 2025), pad by 0.2 s.
    min_keep_share : 0 to 1
        Of the recording. Whichever is less counts: 5 s of a minute, but 1.2 s of a recording of 6 s.

    Returns
    -------
    Cuts in order, disjoint, inside the recording; none where there is no voice.

    Raises
    ------
    UsageError
        If a setting is out of range.
    """
    if not 0 <= min_keep_share <= 1:
        raise UsageError(f"min_keep_share is {min_keep_share}", hint="give a share from 0 to 1, such as 0.2")
    _check(action, merge_gap=merge_gap, pad=pad, min_keep=min_keep)
    stretches = _stretches(segments, duration, merge_gap, pad)
    if not stretches:
        return []
    if action == "drop":
        seconds = intervals.total((s.onset, s.offset) for s in segments)
        score = _score(segments, 0.0, duration)
        return [Cut(0.0, duration, "drop", "voice", score, PRODUCER, f"{seconds:.1f} s of it")]
    reason, detail = "voice", ""
    kept = duration - intervals.total(stretches)
    if action != "flag" and kept < min(min_keep, min_keep_share * duration):
        action, detail = "flag", too_little(kept, duration, min_keep, min_keep_share)
    elif action != "flag" and not kept:
        action, reason = "drop", "voice from end to end"
    return [
        Cut(onset, offset, action, reason, _score(segments, onset, offset), PRODUCER, detail)
        for onset, offset in stretches
    ]


def too_little(kept: float, duration: float, min_keep: float, min_keep_share: float) -> str:
    """Say why voices stay: how much would be left of a recording, and what it is less than.

    Examples
    --------
    >>> too_little(3.2, 60.0, 5.0, 0.2)
    'without it 3.2 s would be left, less than 5 s'
    >>> too_little(0.9, 6.0, 5.0, 0.2)
    'without it 0.9 s would be left, less than 20 % of the recording'
    """
    least = (
        f"{min_keep:g} s"
        if min_keep <= min_keep_share * duration
        else f"{100 * min_keep_share:g} % of the recording"
    )
    return f"without it {kept:.1f} s would be left, less than {least}"


def review_flags(
    doubtful: Sequence[Segment],
    cuts: Sequence[Cut],
    *,
    duration: float,
    merge_gap: float = 0.3,
) -> list[Cut]:
    """Mark what may be a voice, so that somebody listens to it. The sound stays as it is.

    Parameters
    ----------
    doubtful
        Segments; those less than `merge_gap` apart are one.
    cuts
        What is decided already: no flag lies inside, and none shorter than `merge_gap` is next to a cut.
    duration : seconds
        Length of the raw recording.
    """
    # The edge of a voice that is cut already needs no question, however it scores. A stretch
    # far from all cuts is asked about even if it is short.
    taken = [(cut.onset, cut.offset) for cut in cuts]
    return [
        Cut(onset, offset, "flag", DOUBTFUL, _score(doubtful, onset, offset), PRODUCER)
        for span in _stretches(doubtful, duration, merge_gap, 0.0)
        for onset, offset in intervals.complement(taken, *span)
        if (onset, offset) == span or offset - onset >= merge_gap
    ]


def _stretches(
    segments: Sequence[Segment], duration: float, merge_gap: float, pad: float
) -> list[intervals.Interval]:
    voices = intervals.union(((s.onset, s.offset) for s in segments), gap=merge_gap)
    padded = intervals.pad(voices, pad)
    if not intervals.clip(padded, 0.0, duration):
        return []
    # Two voices and the pause between them are one conversation: too short a pause is cut along.
    splinters = [
        (onset, offset)
        for onset, offset in intervals.complement(padded, 0.0, duration)
        if offset - onset < merge_gap
    ]
    # Widened to whole microseconds: finer than any recorder, and readable in a table. What is off
    # by less than a nanosecond is the computer's way to write a whole microsecond.
    whole = (
        (math.floor(onset * 1e6 + 5e-4) / 1e6, math.ceil(offset * 1e6 - 5e-4) / 1e6)
        for onset, offset in [*padded, *splinters]
    )
    return intervals.clip(intervals.union(whole), 0.0, duration)


def _score(segments: Sequence[Segment], onset: float, offset: float) -> float | None:
    scores = [s.score for s in segments if s.score is not None and s.onset < offset and s.offset > onset]
    return max(scores, default=None)


def _check(action: str, **seconds: float) -> None:
    if action not in ACTIONS:
        raise UsageError(f"unknown action '{action}'", hint=f"there are: {', '.join(ACTIONS)}")
    for name, value in seconds.items():
        if not 0 <= value < float("inf"):
            raise UsageError(f"{name} must be 0 s or more: got {value}")


def withheld(cuts: Sequence[Cut]) -> list[intervals.Interval]:
    """List the stretches that a trainer must never hear: excised, muted or dropped.

    Examples
    --------
    >>> withheld([Cut(1, 2, "excise", "voice", None, "p"), Cut(5, 6, "flag", "voice", None, "p")])
    [(1, 2)]
    """
    return intervals.union((cut.onset, cut.offset) for cut in cuts if cut.action != "flag")
