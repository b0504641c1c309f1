"""Training windows: where, in what is kept of a recording, a trainer listens. Pure.

The one rule of `curate windows` and `curate manifest --window`. Windows are made again from the
kept stretches each time they are asked for, so none ever reaches into what was cut since, or
over a join of a clean copy.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from curate.errors import UsageError
from curate.intervals import Interval

#: Seconds below which two times are the same: a rounded sample at 10 kHz. A recording that is a
#: window long but for that is a window long.
_SAME = 1e-4

#: Seconds of the shortest window: shorter than any call.
_SHORTEST = 0.01


@dataclass(frozen=True, slots=True)
class Windowing:
    """How recordings are cut into windows.

    Parameters
    ----------
    length, hop : seconds, > 0
        `hop` is from the start of one window to that of the next.
    count
        This many windows at random places instead of a row of them; None for the row.
    seed
        Of the random places; those of a recording depend on no other.
    sun
        Part of the day in which windows begin, as `SunFilter` reads it; empty for all.
    """

    length: float
    hop: float
    count: int | None = None
    seed: int = 0
    sun: str = ""

    def check(self, length: str = "length") -> None:
        """Make sure that windows can be made so.

        Parameters
        ----------
        length
            What the option is called.

        Raises
        ------
        UsageError
            If a setting is out of range.
        """
        for name, value in ((length, self.length), ("hop", self.hop)):
            if not _SHORTEST <= value < math.inf:
                raise UsageError(f"--{name} is {value:g} s", hint=f"for example --{name} 5")
        if self.count is not None and self.count < 1:
            raise UsageError(f"--random is {self.count}", hint="give 1 or more, or leave it out")


def windows(stretches: Iterable[Interval], windowing: Windowing, identity: str = "") -> list[Interval]:
    """List the windows of one recording.

    In each stretch they stand in a row from its start; if anything is left at its end, one more
    is moved back to end there, so that no second is lost and none is padded (OpenSoundscape calls
    this ``final_clip="full"``). A stretch shorter than a window is one window as it is, but a
    scrap of less than half a window only where the recording has nothing longer.

    Parameters
    ----------
    stretches : seconds
        What is kept: sorted and disjoint.
    identity
        Of the recording, the same wherever and whenever it was imported: its random places go by it.

    Returns
    -------
    Sorted; each inside one stretch, as long as `Windowing.length` or a whole shorter stretch

    Examples
    --------
    >>> windows([(0, 12)], Windowing(5, 5)), windows([(0, 3), (7, 9)], Windowing(5, 5))
    ([(0, 5), (5, 10), (7, 12)], [(0, 3)])
    """
    length = windowing.length
    there = [(onset, offset) for onset, offset in stretches if offset - onset > _SAME]
    if windowing.count is not None:
        long = [(onset, offset) for onset, offset in there if offset - onset >= length - _SAME]
        if long:
            return _at_random(long, windowing, identity)
    found = [window for stretch in there for window in _row(stretch, windowing)]
    if not found and there:
        found = [max(there, key=lambda stretch: stretch[1] - stretch[0])]
    return found if windowing.count is None else found[: windowing.count]


def _row(stretch: Interval, windowing: Windowing) -> list[Interval]:
    onset, offset = stretch
    length, hop = windowing.length, windowing.hop
    if offset - onset < length - _SAME:
        return [stretch] if offset - onset >= length / 2 - _SAME else []
    count = int((offset - onset - length + _SAME) / hop) + 1
    starts = [onset + place * hop for place in range(count)]
    if offset - (starts[-1] + length) > _SAME:
        starts.append(offset - length)
    return [(start, min(start + length, offset)) for start in starts]


def _at_random(stretches: Sequence[Interval], windowing: Windowing, identity: str) -> list[Interval]:
    assert windowing.count is not None
    draw = random.Random(f"{windowing.seed}:{identity}")
    # A stretch of exactly one window has one place, which must have some weight.
    rooms = [max(offset - onset - windowing.length, 1e-3) for onset, offset in stretches]
    chosen = draw.choices(stretches, weights=rooms, k=windowing.count)
    found = []
    for onset, offset in chosen:
        start = max(onset, round(draw.uniform(onset, offset - windowing.length), 6))
        found.append((start, min(start + windowing.length, offset)))
    return sorted(found)


def spread(rows: int, count: int) -> list[int]:
    """Share rows out among the windows of a recording: each gets as many, the rest evenly spaced.

    Examples
    --------
    >>> spread(2, 5), spread(7, 5)
    ([0, 0, 1, 0, 1], [1, 1, 2, 1, 2])
    """
    return [rows * (place + 1) // count - rows * place // count for place in range(count)]
