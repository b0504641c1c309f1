"""The exact test of what a neighbourhood holds beyond its classes."""

from __future__ import annotations

from itertools import combinations, product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from curate.scores.beyond_chance import neighbourhoods, tail


def counts(classes, drawn, has):
    return [np.bincount(classes[rows], minlength=2) for rows in (slice(None), drawn, has)]


def test_one_class_is_fishers_test():
    from scipy.stats import fisher_exact

    expected = fisher_exact([[6, 6], [2, 26]], alternative="greater").pvalue
    assert tail(np.array([40]), np.array([12]), np.array([8]), 6) == pytest.approx(expected)


@given(st.lists(st.tuples(st.integers(0, 1), st.booleans(), st.booleans()), min_size=1, max_size=8))
def test_it_is_the_share_of_all_draws(rows):
    classes, drawn, has = (np.array(column) for column in zip(*rows, strict=True))
    draws = [
        list(combinations(np.flatnonzero(classes == kind), int(drawn[classes == kind].sum())))
        for kind in (0, 1)
    ]
    found = int((drawn & has).sum())
    held = [sum(has[row] for part in draw for row in part) for draw in product(*draws)]
    assert tail(*counts(classes, drawn, has), found) == pytest.approx(np.mean([n >= found for n in held]))


def test_nothing_to_find_is_certain():
    assert tail(np.array([5]), np.array([2]), np.array([0]), 0) == 1.0


def test_neighbours_of_ones_own_recorder_are_unlikely_by_chance():
    rng = np.random.default_rng(0)
    classes, values = rng.integers(0, 4, 200), np.repeat(np.arange(20), 10)
    near = rng.integers(0, 200, (200, 16))
    near[:10] = [[k for k in range(10) if k != row] + list(range(100, 107)) for row in range(10)]
    found = neighbourhoods(classes, near, np.ones((200, 16), bool), values)
    assert (found[:10] < 1e-8).all()
    assert (found[10:] > 1e-4).all()


def test_what_the_classes_explain_is_no_news():
    classes = np.repeat([0, 1], 50)
    ada = (classes == 0).astype(int)  # who recorded all of a class
    near = np.array([[(row + step) % 50 + 50 * (row // 50) for step in range(1, 17)] for row in range(100)])
    assert (neighbourhoods(classes, near, np.ones((100, 16), bool), ada) == 1.0).all()
    assert (neighbourhoods(np.zeros(100, int), near, np.ones((100, 16), bool), ada) < 1e-3).all()


def test_neighbours_that_do_not_count_are_left_out():
    values = np.repeat(np.arange(10), 10)
    near = np.array(
        [[k for k in range(10 * (row // 10), 10 * (row // 10) + 10) if k != row] for row in range(100)]
    )
    classes = np.zeros(100, int)
    assert (neighbourhoods(classes, near, np.ones((100, 9), bool), values) < 1e-9).all()
    assert (neighbourhoods(classes, near, np.zeros((100, 9), bool), values) == 1.0).all()
