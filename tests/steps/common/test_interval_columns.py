"""Columns of intervals say of each row what the functions on one recording say."""

from __future__ import annotations

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from curate import intervals
from curate.steps.common import interval_columns as columns
from curate.steps.common.interval_columns import Spans

#: Few different ends, so that many touch; and some that no sum leaves as they are.
ENDS = st.one_of(st.integers(0, 12).map(float), st.floats(0, 12), st.sampled_from([0.1, 0.2, 0.3, 0.1 + 0.2]))
INTERVALS = st.lists(st.tuples(ENDS, ENDS).map(sorted).map(tuple), max_size=6)
ROWS = st.lists(INTERVALS, min_size=1, max_size=5)
GAPS = st.sampled_from([0.0, 0.3, 1.0])


def spans(rows):
    flat = [(row, *span) for row, found in enumerate(rows) for span in sorted(found)]
    row, onset, offset = zip(*flat, strict=True) if flat else ((), (), ())
    return Spans(np.array(row, dtype=np.int64), np.array(onset, dtype=float), np.array(offset, dtype=float))


def by_row(found, rows):
    lists = [[] for _ in range(rows)]
    for row, onset, offset in zip(*(column.tolist() for column in found), strict=True):
        lists[row].append((onset, offset))
    return lists


def each(value, rows):
    return np.full(len(rows), value)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(ROWS, GAPS)
def test_union(rows, gap):
    found = columns.union(spans(rows), gap=gap)
    assert by_row(found, len(rows)) == [intervals.union(row, gap=gap) for row in rows]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(ROWS, GAPS)
def test_pad(rows, margin):
    assert by_row(columns.pad(spans(rows), margin), len(rows)) == [intervals.pad(row, margin) for row in rows]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(ROWS, ENDS, ENDS)
def test_clip_and_complement(rows, one, other):
    low, high = sorted((one, other))
    ends = each(low, rows), each(high, rows)
    assert by_row(columns.clip(spans(rows), *ends), len(rows)) == [
        intervals.clip(sorted(row), low, high) for row in rows
    ]
    found = columns.complement(columns.union(spans(rows)), *ends)
    assert by_row(found, len(rows)) == [intervals.complement(row, low, high) for row in rows]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(ROWS, st.data())
def test_overlaps_and_what_is_greatest_there(rows, data):
    others = [data.draw(INTERVALS) for _ in rows]
    one, other = columns.union(spans(rows)), columns.union(spans(others))
    found = by_row(columns.overlaps(one, other), len(one.row))
    wanted = [
        parts
        for row, more in zip(rows, others, strict=True)
        for parts in intervals.overlaps(intervals.union(row), more)
    ]
    assert found == wanted
    scores = np.arange(len(other.row), dtype=float)
    best = columns.greatest(scores, *columns.overlapping(one, other)).tolist()
    for row, onset, offset, score in zip(*(column.tolist() for column in one), best, strict=True):
        there = [
            at
            for at, (of, low, high) in enumerate(zip(*(column.tolist() for column in other), strict=True))
            if of == row and low < offset and high > onset
        ]
        assert score == max(there) if there else np.isnan(score)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(ROWS)
def test_lengths(rows):
    found = columns.lengths(columns.union(spans(rows)), len(rows))
    assert found.tolist() == [intervals.total(row) for row in rows]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(ROWS, ROWS)
def test_together(rows, more):
    count = max(len(rows), len(more))
    both = [
        sorted([*(rows[at] if at < len(rows) else []), *(more[at] if at < len(more) else [])])
        for at in range(count)
    ]
    assert by_row(columns.together(spans(rows), spans(more)), count) == both
