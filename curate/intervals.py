"""Arithmetic on half-open intervals of time.

An interval is a pair ``(onset, offset)`` with ``onset < offset``; a *set* is a sorted list
of disjoint ones that do not touch. Functions are pure and take any numbers, so the same
code serves seconds and frames.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from math import inf

Interval = tuple[float, float]


def union(intervals: Iterable[Interval], *, gap: float = 0.0) -> list[Interval]:
    """Join intervals that overlap, touch or lie less than `gap` apart.

    Empty intervals vanish. The result is sorted and disjoint.

    Examples
    --------
    >>> union([(3, 4), (0, 1), (1.2, 2)], gap=0.3)
    [(0, 2), (3, 4)]
    """
    joined: list[Interval] = []
    for onset, offset in sorted(intervals):
        if offset <= onset:
            continue
        if joined and (onset <= joined[-1][1] or onset - joined[-1][1] < gap):
            joined[-1] = (joined[-1][0], max(joined[-1][1], offset))
        else:
            joined.append((onset, offset))
    return joined


def clip(intervals: Iterable[Interval], onset: float, offset: float) -> list[Interval]:
    """Keep of each interval what lies between `onset` and `offset`.

    Examples
    --------
    >>> clip([(-1, 1), (4, 9)], 0, 5)
    [(0, 1), (4, 5)]
    """
    cut = ((max(low, onset), min(high, offset)) for low, high in intervals)
    return [(low, high) for low, high in cut if low < high]


def pad(intervals: Iterable[Interval], margin: float) -> list[Interval]:
    """Widen each interval by `margin` at both ends and join what then overlaps.

    Examples
    --------
    >>> pad([(1, 2), (2.5, 3)], 0.25)
    [(0.75, 3.25)]
    """
    return union((onset - margin, offset + margin) for onset, offset in intervals)


def complement(intervals: Iterable[Interval], onset: float, offset: float) -> list[Interval]:
    """List what lies between `onset` and `offset` but in none of the intervals.

    Examples
    --------
    >>> complement([(1, 2), (4, 6)], 0, 5)
    [(0, 1), (2, 4)]
    """
    left = onset
    gaps: list[Interval] = []
    for low, high in clip(union(intervals), onset, offset):
        if low > left:
            gaps.append((left, low))
        left = high
    if left < offset:
        gaps.append((left, offset))
    return gaps


def near(disjoint: Sequence[Interval], onset: float, offset: float) -> slice:
    """Where in a set those stand that touch what lies between `onset` and `offset`.

    Of the others, at most the one before is among them. They are found without a look at each: a recording
    of a day has thousands.

    Examples
    --------
    >>> [(0, 1), (2, 3), (5, 6), (8, 9)][near([(0, 1), (2, 3), (5, 6), (8, 9)], 2.5, 6)]
    [(2, 3), (5, 6)]
    """
    first = bisect_right(disjoint, (onset, inf)) - 1
    return slice(max(first, 0), bisect_right(disjoint, (offset, inf)))


def inside(disjoint: Sequence[Interval], onset: float, offset: float) -> list[Interval]:
    """Keep of a set what lies between `onset` and `offset`: `clip`, quick if asked often.

    Examples
    --------
    >>> inside([(-1, 1), (4, 9)], 0, 5)
    [(0, 1), (4, 5)]
    """
    return clip(disjoint[near(disjoint, onset, offset)], onset, offset)


def outside(disjoint: Sequence[Interval], onset: float, offset: float) -> list[Interval]:
    """List what lies between `onset` and `offset` but outside a set: `complement`, quick if asked often.

    Examples
    --------
    >>> outside([(1, 2), (4, 6)], 0, 5)
    [(0, 1), (2, 4)]
    """
    return complement(disjoint[near(disjoint, onset, offset)], onset, offset)


def overlaps(spans: Sequence[Interval], others: Iterable[Interval]) -> list[list[Interval]]:
    """List of each interval what lies in any of the others.

    Parameters
    ----------
    spans
        Sorted and disjoint.

    Examples
    --------
    >>> overlaps([(0, 1), (2, 3), (5, 6)], [(0.5, 2.5), (6, 7)])
    [[(0.5, 1)], [(2, 2.5)], []]
    """
    joined = union(others)
    found: list[list[Interval]] = []
    first = 0
    for onset, offset in spans:
        while first < len(joined) and joined[first][1] <= onset:
            first += 1
        last = first
        while last < len(joined) and joined[last][0] < offset:
            last += 1
        found.append(clip(joined[first:last], onset, offset))
    return found


def length(disjoint: Iterable[Interval]) -> float:
    """Length of intervals that do not overlap.

    Examples
    --------
    >>> length([(0, 2), (3, 4)])
    3
    """
    return sum(offset - onset for onset, offset in disjoint)


def total(intervals: Iterable[Interval]) -> float:
    """Length covered by at least one interval.

    Examples
    --------
    >>> total([(0, 2), (1, 3)])
    3
    """
    return length(union(intervals))


class SpanIndex:
    """Finds which of many intervals reach between two times, without a look at each. They may overlap.

    Examples
    --------
    >>> SpanIndex([(5, 7), (0, 2), (1, 6)]).between(2, 6)
    [0, 2]
    """

    def __init__(self, spans: Iterable[Interval]) -> None:
        self._spans = list(spans)
        self._order = sorted(range(len(self._spans)), key=lambda at: self._spans[at][0])
        self._onsets = [self._spans[at][0] for at in self._order]
        self._longest = max((offset - onset for onset, offset in self._spans), default=0)

    def between(self, onset: float, offset: float) -> list[int]:
        """List their places in the order in which they were given."""
        first = bisect_left(self._onsets, onset - self._longest)
        near = self._order[first : bisect_left(self._onsets, offset)]
        return sorted(at for at in near if self._spans[at][1] > onset)
