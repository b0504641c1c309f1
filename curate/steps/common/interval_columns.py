"""Intervals of many recordings at once: what `curate.intervals` says of one, as columns.

Each function gives, row by row, the very numbers of its namesake there. The tests compare both. A *row* is a
recording, or whatever else intervals belong to.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

#: Summands from which the order of adding, or how Python's `sum` makes up for rounding, shows in the sum.
_SHOWS = 3


class Spans(NamedTuple):
    """Intervals, each with the number of its row from 0. Rows rise, and in a row onsets do."""

    row: Ints
    onset: Floats
    offset: Floats

    def where(self, chosen: Flags) -> Spans:
        """Keep some."""
        return Spans(self.row[chosen], self.onset[chosen], self.offset[chosen])

    def counts(self, rows: int) -> Ints:
        """Count them by row."""
        return np.bincount(self.row, minlength=rows).astype(np.int64)


def together(*parts: Spans) -> Spans:
    """Put intervals of several kinds together, in order."""
    row, onset, offset = (np.concatenate(column) for column in zip(*parts, strict=True))
    order = np.lexsort((offset, onset, row))
    return Spans(row[order], onset[order], offset[order])


def union(spans: Spans, *, gap: float = 0.0) -> Spans:
    """Join intervals of a row that overlap, touch or lie less than `gap` apart."""
    spans = spans.where(spans.offset > spans.onset)
    row, onset, offset = spans
    if not len(row):
        return spans
    reached = _greatest_before(row, offset)
    is_first = np.ones(len(row), dtype=bool)
    before = reached[:-1]
    is_first[1:] = (row[1:] != row[:-1]) | ~((onset[1:] <= before) | (onset[1:] - before < gap))
    first = np.flatnonzero(is_first)
    last = np.append(first[1:], len(row)) - 1
    return Spans(row[first], onset[first], reached[last])


def _greatest_before(row: Ints, values: Floats) -> Floats:
    """Give the greatest value of a row up to each place; by ranks, as sums with row numbers would round."""
    same = row[1:] == row[:-1]
    if not np.any(same & (values[1:] < values[:-1])):
        return values
    order = np.argsort(values, kind="stable")
    rank = np.empty(len(values), dtype=np.int64)
    rank[order] = np.arange(len(values))
    highest = np.maximum.accumulate(row * len(values) + rank) - row * len(values)
    return values[order[highest]]


def pad(spans: Spans, margin: float) -> Spans:
    """Widen each interval by `margin` at both ends and join what then overlaps."""
    return union(Spans(spans.row, spans.onset - margin, spans.offset + margin))


def clip(spans: Spans, onset: Floats, offset: Floats) -> Spans:
    """Keep of each interval what lies between the ends of its row."""
    low = np.maximum(spans.onset, onset[spans.row])
    high = np.minimum(spans.offset, offset[spans.row])
    return Spans(spans.row, low, high).where(low < high)


def complement(spans: Spans, onset: Floats, offset: Floats) -> Spans:
    """List what lies between the ends of each row but outside its intervals. Those must be disjoint."""
    spans = clip(spans, onset, offset)
    rows = len(onset)
    counts = spans.counts(rows)
    # Each row has one gap more than intervals; the last line leaves out those without length.
    first = np.concatenate(([0], np.cumsum(counts + 1)))[:-1]
    row = np.repeat(np.arange(rows), counts + 1)
    low, high = np.empty(len(row)), np.empty(len(row))
    inner = np.ones(len(row), dtype=bool)
    inner[first] = False
    low[first], low[inner] = onset, spans.offset
    inner[first], inner[first + counts] = True, False
    high[first + counts], high[inner] = offset, spans.onset
    return Spans(row, low, high).where(low < high)


def overlapping(spans: Spans, others: Spans) -> tuple[Ints, Ints]:
    """Find for each interval the others of its row that overlap it: places of the first, and behind the last.

    Both must be disjoint.
    """
    first = _places(others.row, others.offset, spans.row, spans.onset, side="right")
    last = _places(others.row, others.onset, spans.row, spans.offset, side="left")
    return first, np.maximum(first, last)


def _places(row: Ints, values: Floats, wanted_row: Ints, wanted: Floats, *, side: Any) -> Ints:  # noqa: ANN401
    """Find the places of values among those of their row, which rise."""
    # One search for all rows needs keys that rise over them. Ranks, as seconds plus row numbers would round.
    ranks = np.unique(np.concatenate((values, wanted)), return_inverse=True)[1]
    most = len(ranks) + 1
    keys = row * most + ranks[: len(values)]
    return np.searchsorted(keys, wanted_row * most + ranks[len(values) :], side=side).astype(np.int64)


def overlaps(spans: Spans, others: Spans) -> Spans:
    """List what of each interval lies in any of the others, which are joined. The rows are the intervals."""
    first, last = overlapping(spans, others)
    counts = last - first
    of = np.repeat(np.arange(len(counts)), counts)
    at = np.arange(len(of)) - np.repeat(np.cumsum(counts) - counts, counts) + np.repeat(first, counts)
    return clip(Spans(of, others.onset[at], others.offset[at]), spans.onset, spans.offset)


def lengths(spans: Spans, rows: int) -> Floats:
    """Sum up the length of the intervals of each row, as `sum` does."""
    counts = spans.counts(rows)
    seconds = spans.offset - spans.onset
    totals = np.bincount(spans.row, weights=seconds, minlength=rows).astype(np.float64)
    first = np.concatenate(([0], np.cumsum(counts)))
    several = np.flatnonzero(counts >= _SHOWS)
    if len(several):
        plain = seconds.tolist()
        ends = zip(first[several].tolist(), first[several + 1].tolist(), strict=True)
        totals[several] = [sum(plain[low:high]) for low, high in ends]
    return totals


def greatest(values: Floats, first: Ints, last: Ints) -> Floats:
    """Give the greatest of the values from each place to another. NaN if missing."""
    found = np.full(len(first), np.nan)
    some = first < last
    if some.any():
        # Between two of the wanted stretches lies one that nobody asked for.
        ends = np.column_stack((first[some], last[some])).ravel()
        padded = np.append(values, np.nan)
        found[some] = np.fmax.reduceat(padded, ends)[::2]
    return found
