"""Arithmetic of cuts: what one leaves of another, so that each second has one reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from curate import intervals
from curate.intervals import Interval
from curate.model import Cut


def flags_outside(flags: Sequence[Cut], cuts: Sequence[Cut]) -> list[Cut]:
    """Take the cuts out of each flag."""
    gone = intervals.union(spans_of(cuts))
    return [
        replace(flag, onset=onset, offset=offset)
        for flag in flags
        for onset, offset in intervals.outside(gone, flag.onset, flag.offset)
    ]


def spans_of(cuts: Sequence[Cut]) -> list[Interval]:
    """List where cuts lie."""
    return [(cut.onset, cut.offset) for cut in cuts]


def subtract_cuts(cuts: Sequence[Cut], taken: Sequence[Interval]) -> list[Cut]:
    """Give each second one reason: the first of the list that claims it, or none if it is taken."""
    claimed = intervals.union(taken)
    apart: list[Cut] = []
    for cut in cuts:
        parts = intervals.outside(claimed, cut.onset, cut.offset)
        apart += [replace(cut, onset=_whole(onset), offset=_whole(offset)) for onset, offset in parts]
        if parts:
            near = intervals.near(claimed, cut.onset, cut.offset)
            claimed[near] = intervals.union([*claimed[near], *parts])
    return sorted((cut for cut in apart if cut.onset < cut.offset), key=lambda cut: cut.onset)


def _whole(seconds: float) -> float:
    """Round to whole microseconds, which can be read in a table."""
    return round(seconds * 1e6) / 1e6
