"""Confident learning: labels that a model doubts."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from curate.scores.suspicion import class_thresholds, noise, suspect


def world(seed, *, n=400, classes=5, wrong=0.1, sharpness=3.0):
    """Scores of a fair model, true labels, and given ones of which a share is wrong."""
    rng = np.random.default_rng(seed)
    true = rng.integers(classes, size=n)
    logits = rng.normal(size=(n, classes))
    logits[np.arange(n), true] += sharpness
    values = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    given_ = true.copy()
    planted = rng.random(n) < wrong
    given_[planted] = (true[planted] + rng.integers(1, classes, size=planted.sum())) % classes
    return values, true, given_, planted


def nothing(values):
    return np.zeros(values.shape, dtype=bool)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000))
def test_planted_errors_come_first(seed):
    values, _, labels, planted = world(seed, sharpness=6.0)
    worst = np.argsort(suspect(values, labels, nothing(values)).margin, kind="stable")
    assert planted[worst[: planted.sum()]].mean() > 0.9


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000))
def test_the_true_class_of_a_planted_error_is_proposed(seed):
    values, true, labels, planted = world(seed, sharpness=6.0)
    found = suspect(values, labels, nothing(values))
    assert (found.other[planted] == true[planted]).mean() > 0.9
    assert found.suspects[planted].mean() > 0.7
    assert found.suspects[~planted].mean() < 0.05


def test_the_noise_of_a_class_is_estimated():
    rng = np.random.default_rng(7)
    values, true, _, _ = world(7, n=6000, classes=3, sharpness=6.0)
    labels = true.copy()
    wrong = (true == 1) & (rng.random(len(true)) < 0.2)
    labels[wrong] = 0  # a fifth of class 1 is called 0, and nothing else is wrong
    share = wrong.sum() / (labels == 0).sum()
    found = noise(suspect(values, labels, nothing(values)).joint)
    assert found[0] == pytest.approx(share, abs=0.05)
    assert found[1:].max() < 0.02


values_of = st.integers(1, 5).flatmap(
    lambda classes: st.integers(1, 12).flatmap(
        lambda n: st.tuples(
            arrays(float, (n, classes), elements=st.floats(0, 1)),
            arrays(np.intp, n, elements=st.integers(0, classes - 1)),
            arrays(bool, (n, classes)),
        )
    )
)


@settings(max_examples=60, deadline=None)
@given(values_of)
def test_margins_and_counts_are_what_the_definitions_say(case):
    values, labels, background = case
    n = len(labels)
    background[np.arange(n), labels] = False
    found = suspect(values, labels, background)
    thresholds = class_thresholds(values, labels)
    joint = np.zeros_like(found.joint)
    for row, label in enumerate(labels):
        free = [c for c in range(values.shape[1]) if c != label and not background[row, c]]
        best = max((values[row, c] for c in free), default=0.0)
        assert found.margin[row] == pytest.approx((1 + values[row, label] - best) / 2)
        confident = [c for c in (*free, label) if values[row, c] >= thresholds[c] - 1e-6]
        believed = min((c for c in confident), key=lambda c: (-values[row, c], c), default=None)
        if believed is not None and values[row, label] >= max((values[row, c] for c in free), default=-1.0):
            believed = label
        assert found.suspects[row] == (believed is not None and believed != label)
        if believed is not None:
            joint[label, believed] += 1
        if found.suspects[row]:
            assert found.other[row] == believed
    np.testing.assert_array_equal(found.joint, joint)
    assert ((noise(found.joint) >= 0) & (noise(found.joint) <= 1)).all()


def test_what_is_heard_in_the_background_is_no_other_opinion():
    values = np.array([[0.2, 0.9], [0.8, 0.1], [0.1, 0.7]])
    labels = np.array([0, 0, 1])
    assert suspect(values, labels, nothing(values)).suspects.tolist() == [True, False, False]
    background = nothing(values)
    background[0, 1] = True
    assert suspect(values, labels, background).suspects.tolist() == [False, False, False]


def test_a_label_with_the_highest_score_is_no_suspect_of_a_class_that_the_model_never_hears():
    # The one recording of the last class has a score of nothing for it, so everything reaches its threshold.
    values = np.array([[0.95, 0.1, 0.0], [0.99, 0.2, 0.0], [0.1, 0.9, 0.0], [0.3, 0.2, 0.0]])
    labels = np.array([0, 0, 1, 2])
    found = suspect(values, labels, nothing(values))
    assert found.suspects.tolist() == [False] * 4
    assert (noise(found.joint) == 0).all()
