"""The farthest first."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from curate.scores.diverse import farthest_first
from curate.scores.neighbours import unit


def test_one_of_each_direction_comes_before_any_second():
    vectors = unit(np.repeat(np.eye(4), 5, axis=0) + 0.01 * np.random.default_rng(0).normal(size=(20, 4)))
    assert {row // 5 for row in farthest_first(vectors, 4)} == {0, 1, 2, 3}


@given(st.integers(0, 15), st.integers(0, 20), st.integers(0, 99))
def test_each_next_is_the_farthest_from_those_before(n, most, seed):
    vectors = unit(np.random.default_rng(seed).normal(size=(n, 3)))
    order = farthest_first(vectors, most)
    assert len(order) == len(set(order)) == min(n, most)
    for place in range(1, len(order)):
        likeness = (vectors @ vectors[order[:place]].T).max(axis=1)
        likeness[order[:place]] = np.inf
        assert likeness[order[place]] <= likeness.min() + 1e-5
