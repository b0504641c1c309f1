"""From scores to soft labels: thresholds, powers and caps."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from curate.errors import UsageError
from curate.scores.soft import Choices, capped, soft_labels, weaken_low_ranked

score = st.floats(0, 1, width=16)


@st.composite
def scored(draw):
    """Scores of a few windows, and the recordings that they are of."""
    windows, classes = draw(st.integers(1, 12)), draw(st.integers(1, 6))
    values = draw(arrays(float, (windows, classes), elements=score))
    recordings = np.sort(draw(arrays(np.intp, windows, elements=st.integers(1, 3))))
    return values, recordings


@settings(max_examples=60, deadline=None)
@given(scored(), score, score)
def test_a_window_counts_by_its_best_class_and_loses_what_is_low(case, one, other):
    values, recordings = case
    low, high = sorted((one, other))
    soft, weak, over = soft_labels(values, recordings, Choices(keep_above=high, zero_below=low))
    for before, after in zip(values, soft, strict=True):
        if before.max() >= max(high, 1e-6):
            np.testing.assert_allclose(after, np.where(before < low, 0, before), atol=5e-7)
        else:
            assert not after.any()
    assert weak == np.count_nonzero(values.max(axis=1) < max(high, 1e-6))
    assert over == 0


@settings(max_examples=60, deadline=None)
@given(scored(), st.floats(0.25, 4))
def test_a_power_keeps_the_order_and_what_is_0_or_1(case, power):
    values, recordings = case
    soft, _, _ = soft_labels(values, recordings, Choices(0.0, 0.0, power))
    believed = values.max(axis=1) >= 1e-6
    np.testing.assert_allclose(soft[believed], values[believed] ** power, atol=5e-7)
    assert (soft[values == 1.0] == 1.0).all()
    assert (soft[values == 0.0] == 0.0).all()
    for before, after in zip(values, soft, strict=True):
        order = np.argsort(before, kind="stable")
        assert (np.diff(after[order]) >= 0).all()


def test_thresholds_are_about_the_scores_and_the_power_comes_last():
    soft, weak, _ = soft_labels(np.array([[0.6, 0.2], [0.4, 0.3]]), np.array([1, 1]), Choices(power=2))
    np.testing.assert_allclose(soft, [[0.36, 0.04], [0, 0]])
    assert weak == 1


@settings(max_examples=60, deadline=None)
@given(scored(), st.integers(1, 7), st.floats(1, 4))
def test_only_low_ranked_classes_of_a_recording_are_weakened(case, top_n, power):
    values, recordings = case
    weaker = weaken_low_ranked(values, recordings, top_n=top_n, power=power)
    for recording in np.unique(recordings):
        rows = recordings == recording
        before, after = values[rows], weaker[rows]
        changed = (before != after).any(axis=0)
        best = before.max(axis=0)
        assert np.count_nonzero(changed) <= max(0, values.shape[1] - top_n)
        if changed.any():
            assert np.count_nonzero(best[~changed] >= best[changed].max()) >= top_n
        np.testing.assert_allclose(after[:, changed], before[:, changed] ** power)


def test_a_class_may_be_low_ranked_in_one_recording_and_high_in_another():
    values = np.array([[0.9, 0.5], [0.2, 0.4], [0.1, 0.5]])
    weaker = weaken_low_ranked(values, np.array([1, 2, 2]), top_n=1, power=2)
    np.testing.assert_allclose(weaker, [[0.9, 0.25], [0.04, 0.4], [0.01, 0.5]])


@settings(max_examples=60, deadline=None)
@given(scored(), st.integers(1, 3))
def test_a_cap_keeps_the_surest_windows_of_each_class(case, limit):
    values, recordings = case
    soft, weak, over = soft_labels(
        values, recordings, Choices(keep_above=0.25, zero_below=0.0, max_per_class=limit)
    )
    kept = soft.any(axis=1)
    believed = values.max(axis=1) >= 0.25
    best = values.argmax(axis=1)
    for column in range(values.shape[1]):
        own = believed & (best == column)
        assert np.count_nonzero(kept & own) == min(limit, np.count_nonzero(own))
        if (own & ~kept).any():
            assert values[own & ~kept, column].max() <= values[own & kept, column].min()
    assert kept.sum() + weak + over == len(values)


def test_of_equal_windows_the_earlier_stays():
    kept = capped(np.array([[0.5], [0.7], [0.7], [0.7]]), np.array([True, True, True, True]), limit=2)
    assert kept.tolist() == [False, True, True, False]


def test_windows_that_are_cut_take_no_place_of_others():
    values = np.array([[0.9], [0.8], [0.7], [0.6]])
    kept = capped(values, np.full(4, True), limit=2, gone=np.array([True, False, True, False]))
    assert kept.tolist() == [True, True, True, True]
    kept = capped(values, np.full(4, True), limit=1, gone=np.array([True, False, True, False]))
    assert kept.tolist() == [True, True, False, False]


@pytest.mark.parametrize(
    ("choices", "words"),
    [
        (Choices(keep_above=0.2, zero_below=0.3), "got 0.3 and 0.2"),
        (Choices(keep_above=1.5), "from 0 to 1"),
        (Choices(power=0), "powers must be above 0"),
        (Choices(top_n=0), "top-n must be 1 or more"),
        (Choices(max_per_class=0), "max-per-class must be 1 or more"),
    ],
)
def test_choices_that_make_no_sense_are_refused(choices, words):
    with pytest.raises(UsageError, match=words):
        choices.check()


def test_no_windows_and_no_classes_give_no_labels():
    for shape in ((0, 3), (3, 0)):
        soft, weak, over = soft_labels(np.zeros(shape), np.zeros(shape[0], dtype=np.intp), Choices())
        assert (soft.shape, weak, over) == (shape, shape[0], 0)
