"""How well found voices agree with marked ones, and how sure that is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curate import intervals
from curate.decisions.evaluation import agreement, compare, recall

ends = st.floats(0, 60, allow_nan=False)
spans = st.lists(st.tuples(ends, ends), max_size=6)


def test_seconds_and_events_are_counted_apart():
    found = compare([(0, 4), (10, 12)], [(1, 4), (11.5, 12.5), (20, 21)])
    assert (found.true, found.found, found.both) == (6, 5, 3.5)
    assert (found.events, found.events_found) == (2, 1)  # of the second, only a quarter is found
    assert (found.calls, found.calls_true) == (3, 2)
    result = agreement([found])
    assert result.recall.share == pytest.approx(3.5 / 6)
    assert result.precision.share == pytest.approx(0.7)


@given(spans, spans)
def test_what_is_both_is_in_each_whatever_the_order(truth, found):
    here, there = compare(truth, found), compare(found, truth)
    assert here.both == pytest.approx(there.both)
    assert 0 <= here.both <= min(here.true, here.found) + 1e-9
    assert here.true == pytest.approx(intervals.total(truth))


def test_perfect_work_is_perfect_and_still_not_certain():
    perfect = agreement([compare([(0, 1), (2, 3)], [(0, 1), (2, 3)])] * 5)
    assert perfect.recall.share == perfect.event_precision.share == 1
    assert 0.6 < perfect.event_recall.low < 0.8


def test_one_recording_tells_nothing_of_others():
    assert agreement([compare([(0, 2)], [(0, 1)])]).recall.low is None


def test_unequal_recordings_give_a_wide_interval_and_equal_ones_a_narrow_one():
    equal = agreement([compare([(0, 2)], [(0, 1)])] * 20).recall
    unequal = agreement([compare([(0, 2)], [(0, 2)]), compare([(0, 2)], [])] * 10).recall
    assert (equal.share, equal.low, equal.high) == (0.5, 0.5, 0.5)
    assert unequal.share == 0.5
    assert 0.2 < unequal.low < 0.4
    assert 0.6 < unequal.high < 0.8


def test_where_nothing_was_marked_there_is_no_recall():
    silent = [compare([], [(0, 1)]), compare([], [])]
    assert recall(silent) is None
    result = agreement(silent)
    assert (result.recall.share, result.event_recall.share, result.precision.share) == (None, None, 0)
