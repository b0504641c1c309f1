"""Interval arithmetic, as properties over arbitrary intervals of whole numbers."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from curate import intervals

ends = st.integers(-50, 150)
some = st.lists(st.tuples(ends, ends), max_size=12)


def covered(parts):
    """The unit cells that intervals cover: the slow, obvious truth."""
    return {cell for onset, offset in parts for cell in range(onset, offset)}


def is_set(parts):
    return all(a < b for a, b in parts) and all(p[1] < q[0] for p, q in pairwise(parts))


@given(some)
def test_union_covers_the_same_and_is_sorted_and_disjoint(parts):
    joined = intervals.union(parts)
    assert is_set(joined)
    assert covered(joined) == covered(parts)
    assert intervals.union(joined) == joined


@given(some, st.integers(1, 20))
def test_union_with_a_gap_leaves_no_smaller_gap(parts, gap):
    joined = intervals.union(parts, gap=gap)
    assert covered(parts) <= covered(joined)
    assert all(q[0] - p[1] >= gap for p, q in pairwise(joined))


@given(some)
def test_kept_and_removed_add_up_and_do_not_overlap(parts):
    kept = intervals.complement(parts, 0, 100)
    removed = intervals.clip(intervals.union(parts), 0, 100)
    assert is_set(kept)
    assert covered(kept) | covered(removed) == set(range(100))
    assert not covered(kept) & covered(removed)
    assert intervals.total(kept) + intervals.total(removed) == 100


@given(some, st.integers(0, 10))
def test_padding_reaches_exactly_so_far(parts, margin):
    padded = intervals.pad(intervals.union(parts), margin)
    reach = {cell + shift for cell in covered(parts) for shift in range(-margin, margin + 1)}
    assert covered(padded) == reach


def test_zero_is_a_time_like_any_other():
    assert intervals.complement([(0.0, 0.5)], 0.0, 1.0) == [(0.5, 1.0)]
    assert intervals.clip([(0.0, 0.0)], 0.0, 1.0) == []


@given(some, some)
def test_overlaps_are_the_cells_that_an_interval_shares_with_others(parts, others):
    spans = intervals.union(parts)
    found = intervals.overlaps(spans, others)
    assert all(is_set(each) for each in found)
    assert [covered(each) for each in found] == [covered([span]) & covered(others) for span in spans]


@given(some, ends, st.integers(0, 40))
def test_what_is_near_is_all_that_counts_for_a_stretch(parts, onset, length):
    joined = intervals.union(parts)
    offset = onset + length
    assert intervals.inside(joined, onset, offset) == intervals.clip(joined, onset, offset)
    assert intervals.outside(joined, onset, offset) == intervals.complement(joined, onset, offset)


@given(some, ends, st.integers(1, 40))
def test_an_index_finds_all_that_reach_into_a_stretch(parts, onset, length):
    spans = [(min(part), max(part)) for part in parts]
    wanted = [at for at, (low, high) in enumerate(spans) if low < onset + length and high > onset]
    assert intervals.SpanIndex(spans).between(onset, onset + length) == wanted
