"""Arithmetic on half-open intervals of time.

An interval is a pair ``(onset, offset)`` with ``onset < offset``; a *set* is a sorted list
of disjoint ones that do not touch. Functions are pure and take any numbers, so the same
code serves seconds and frames.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

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
