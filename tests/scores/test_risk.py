"""Rejecting doubtful labels: what is left, and how much of it is wrong."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from curate.scores.risk import best, curve, table

cases = st.integers(1, 30).flatmap(
    lambda n: st.tuples(
        arrays(float, n, elements=st.sampled_from([0, 0.1, 0.25, 0.5, 0.9, 1])), arrays(bool, n)
    )
)


@settings(max_examples=60, deadline=None)
@given(cases)
def test_each_point_is_what_counting_gives(case):
    margin, wrong = case
    points = curve(margin, wrong)
    assert [point.threshold for point in points] == sorted(set(margin.tolist()))
    for point in points:
        kept = margin >= point.threshold
        assert (point.kept, point.coverage) == (kept.sum(), pytest.approx(kept.mean()))
        assert point.risk == pytest.approx(wrong[kept].mean())
        assert point.errors_removed == pytest.approx(wrong[~kept].sum() / max(1, wrong.sum()))


@settings(max_examples=60, deadline=None)
@given(cases)
def test_no_other_threshold_removes_more_errors_for_the_good_labels_it_costs(case):
    margin, wrong = case
    chosen = best(curve(margin, wrong))
    if not wrong.any():
        assert chosen is None
        return

    def gain(threshold):
        gone = margin < threshold
        return wrong[gone].sum() / wrong.sum() - (~wrong[gone]).sum() / max(1, (~wrong).sum())

    assert gain(chosen.threshold) == pytest.approx(max(gain(each) for each in margin))


@settings(max_examples=60, deadline=None)
@given(cases)
def test_the_table_keeps_at_least_what_its_lines_promise(case):
    rows = table(curve(*case))
    assert rows[0].coverage == 1.0
    assert [row.threshold for row in rows] == sorted({row.threshold for row in rows})


def test_errors_with_the_lowest_margins_are_separated_exactly():
    margin, wrong = np.array([0.1, 0.2, 0.6, 0.7, 0.8]), np.array([True, True, False, False, False])
    found = best(curve(margin, wrong))
    assert (found.threshold, found.kept, found.risk, found.errors_removed) == (0.6, 3, 0.0, 1.0)


def test_nothing_gives_no_curve():
    assert curve(np.array([]), np.array([], dtype=bool)) == []
    assert best([]) is None
