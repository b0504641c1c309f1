"""Training windows: where, in what is kept of a recording, a trainer listens. Pure.

Windows are made anew from the kept stretches each time they are asked for, so none ever
reaches into what was cut since.
"""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass

from curate.errors import UsageError
from curate.intervals import Interval


@dataclass(frozen=True, slots=True)
class Windowing:
    """How recordings are cut into windows.

    Parameters
    ----------
    length, hop : seconds, > 0
        `hop` is from the start of one window to that of the next.
    count
        So many windows at random places instead of a row of them; None for the row.
    seed
        Of the random places; those of a recording depend on no other.
    """

    length: float
    hop: float
    count: int | None = None
    seed: int = 0

    def check(self) -> None:
        """Make sure that windows can be made so.

        Raises
        ------
        UsageError
            If a setting is out of range.
        """
        for name, value in (("length", self.length), ("hop", self.hop)):
            if not 0.01 <= value < math.inf:  # noqa: PLR2004 - shorter than any call
                raise UsageError(f"--{name} is {value:g} s", hint=f"for example --{name} 5")
        if self.count is not None and self.count < 1:
            raise UsageError(f"--random is {self.count}", hint="give 1 or more, or leave it out")


def windows(stretches: Sequence[Interval], windowing: Windowing, number: int) -> list[Interval]:
    """List the windows of one recording.

    In each stretch they stand in a row from its start. If half a window or more is left at its
    end, one more ends there. A stretch shorter than a window is a window itself if it has half
    its length; if that leaves a recording without any, its longest stretch is one all the same.

    Parameters
    ----------
    stretches : seconds
        What is kept: sorted and disjoint.
    number
        Of the recording, for its own random places.

    Returns
    -------
    Sorted; each inside one stretch, as long as `Windowing.length` or a whole shorter stretch
    """
    length = windowing.length
    # A recording that is a window long but for a rounded sample is a window long.
    long = [(onset, offset) for onset, offset in stretches if offset - onset >= length - 1e-4]
    if windowing.count is not None and long:
        return _at_random(long, windowing, number)
    found = [window for stretch in stretches for window in _row(stretch, windowing)]
    if not found and stretches:
        found = [max(stretches, key=lambda stretch: stretch[1] - stretch[0])]
    return found if windowing.count is None else found[: windowing.count]


def _row(stretch: Interval, windowing: Windowing) -> list[Interval]:
    onset, offset = stretch
    length, hop = windowing.length, windowing.hop
    if offset - onset < length - 1e-4:
        return [stretch] if offset - onset >= length / 2 else []
    count = int((offset - onset - length + 1e-4) / hop) + 1
    starts = [onset + place * hop for place in range(count)]
    if offset - (starts[-1] + length) >= length / 2:
        starts.append(offset - length)
    return [(start, min(start + length, offset)) for start in starts]


def _at_random(stretches: Sequence[Interval], windowing: Windowing, number: int) -> list[Interval]:
    assert windowing.count is not None
    draw = random.Random(f"{windowing.seed}:{number}")
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
