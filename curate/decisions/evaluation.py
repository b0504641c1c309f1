"""How well found voices agree with what a person marked: by the second, and by the event.

Pure. Every figure comes with an interval that holds the true value in 95 of 100 datasets like
this one: of seconds by resampling whole recordings, since the seconds of one are alike; of events
by Wilson's formula, which is honest where all or none were found.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from curate import intervals
from curate.decisions.agreement import wilson
from curate.intervals import Interval

#: Resampled data sets; the seed makes every run print the same.
_RESAMPLES = 1000
_SEED = 1

#: Share of a true event that must be found for it to count.
_ENOUGH = 0.5


@dataclass(frozen=True, slots=True)
class Figure:
    """A share, and its interval of 95 %, or `None` if the count is 0."""

    share: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Agreement:
    """How much of the truth was found, and how much of what was found is true."""

    recall: Figure
    precision: Figure
    event_recall: Figure
    event_precision: Figure


@dataclass(frozen=True, slots=True)
class Compared:
    """Counts of one recording: seconds, and events."""

    true: float
    found: float
    both: float
    events: int
    events_found: int
    calls: int
    calls_true: int


def compare(truth: Sequence[Interval], found: Sequence[Interval]) -> Compared:
    """Compare one recording's voices.

    A true event is found if half of it is; what was found is true if any of it is.
    """
    events, calls = intervals.union(truth), intervals.union(found)
    shared = [intervals.total(parts) for parts in intervals.overlaps(events, calls)]
    return Compared(
        intervals.total(events),
        intervals.total(calls),
        sum(shared),
        len(events),
        sum(part >= _ENOUGH * (b - a) for part, (a, b) in zip(shared, events, strict=True)),
        len(calls),
        sum(bool(parts) for parts in intervals.overlaps(calls, events)),
    )


def agreement(recordings: Sequence[Compared]) -> Agreement:
    """Sum up recordings."""
    return Agreement(
        _by_seconds(recordings, lambda each: (each.both, each.true)),
        _by_seconds(recordings, lambda each: (each.both, each.found)),
        _counted(sum(each.events_found for each in recordings), sum(each.events for each in recordings)),
        _counted(sum(each.calls_true for each in recordings), sum(each.calls for each in recordings)),
    )


def recall(recordings: Sequence[Compared]) -> float | None:
    """Share of the true seconds that was found, or `None` if missing."""
    return _ratio([(each.both, each.true) for each in recordings])


def _counted(hits: int, of: int) -> Figure:
    """Give a share of counted things with Wilson's interval."""
    return Figure(hits / of, *wilson(hits, of)) if of else Figure(None, None, None)


def _by_seconds(recordings: Sequence[Compared], of: Callable[[Compared], tuple[float, float]]) -> Figure:
    """Give a share of seconds with a bootstrap interval over recordings; none from a single one."""
    pairs = [of(each) for each in recordings]
    share = _ratio(pairs)
    if share is None or not pairs[1:]:
        return Figure(share, None, None)
    chance = random.Random(_SEED)
    drawn = (_ratio(chance.choices(pairs, k=len(pairs))) for _ in range(_RESAMPLES))
    shares = sorted(each for each in drawn if each is not None)
    return Figure(share, shares[int(0.025 * len(shares))], shares[int(0.975 * len(shares))])


def _ratio(pairs: Sequence[tuple[float, float]]) -> float | None:
    of = math.fsum(whole for _, whole in pairs)
    return min(1.0, math.fsum(part for part, _ in pairs) / of) if of else None
