"""Agreement and intervals are those of the textbooks."""

from __future__ import annotations

import warnings

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest
from sklearn.metrics import cohen_kappa_score

from curate.decisions.agreement import cohen, fleiss, wilson

words = st.sampled_from(["cut", "keep"])


@given(st.lists(st.tuples(words, words), min_size=1, max_size=30))
def test_kappa_of_two_is_that_of_scikit_learn(pairs):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # where only one word was said, there is none
        theirs = cohen_kappa_score([a for a, _ in pairs], [b for _, b in pairs], labels=["cut", "keep"])
    ours = cohen(pairs)
    if ours is None:
        assert len({word for pair in pairs for word in pair}) == 1
    else:
        assert ours == pytest.approx(theirs)


def test_kappa_of_many_is_that_of_a_worked_example():
    """Ten subjects, fourteen raters, five categories: kappa is 0.210 (Wikipedia, "Fleiss' kappa")."""
    table = [
        (0, 0, 0, 0, 14), (0, 2, 6, 4, 2), (0, 0, 3, 5, 6), (0, 3, 9, 2, 0), (2, 2, 8, 1, 1),
        (7, 7, 0, 0, 0), (3, 2, 6, 3, 0), (2, 5, 3, 2, 2), (6, 5, 2, 1, 0), (0, 2, 2, 3, 7),
    ]  # fmt: skip
    ratings = [[word for word, k in zip("abcde", row, strict=True) for _ in range(k)] for row in table]
    assert fleiss(ratings) == pytest.approx(0.210, abs=5e-4)


def test_who_is_alone_agrees_with_nobody():
    assert cohen([]) is None
    assert fleiss([["cut"], ["keep"]]) is None
    assert fleiss([["cut", "cut"], ["cut", "cut"]]) is None


@given(st.integers(1, 500), st.data())
def test_the_interval_is_that_of_scipy(n, data):
    right = data.draw(st.integers(0, n))
    theirs = binomtest(right, n).proportion_ci(0.95, method="wilson")
    assert wilson(right, n) == pytest.approx((theirs.low, theirs.high), abs=1e-6)


def test_nothing_heard_says_nothing():
    assert wilson(0, 0) == (0.0, 1.0)
