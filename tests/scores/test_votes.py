"""Votes of neighbours: nobody votes twice, nor for a twin."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from curate.scores.likeness_groups import TWIN, Neighbours, nearest
from curate.scores.neighbours import unit
from curate.scores.votes import VOTERS, votes


def asked(distances, labels, ties, *, own=99):
    """Ask the neighbours of one recording, number 0; they are the numbers behind it, in this order."""
    k = len(distances)
    near = Neighbours(np.tile(np.arange(1, k + 1), (k + 1, 1)), np.tile(distances, (k + 1, 1)))
    values, count = votes(near, np.array([0, *labels]), np.array([own, *ties]), 3)
    return values[0], count[0]


def test_the_nearest_count_most():
    values, count = asked([0.5, 1.0], [1, 2], [1, 2])
    assert count == 2
    assert values.tolist() == pytest.approx(
        [0.0, 0.875**4 / (0.875**4 + 0.5**4), 0.5**4 / (0.875**4 + 0.5**4)]
    )


def test_near_twins_have_no_vote_for_each_other():
    near, far = np.sqrt(2 - 2 * (TWIN + 0.01)), np.sqrt(2 - 2 * (TWIN - 0.01))
    assert asked([near, far], [1, 2], [1, 2])[0].tolist() == [0.0, 0.0, 1.0]


def test_those_of_one_tie_have_one_vote_and_ones_own_none():
    values, count = asked([0.5, 0.5, 0.5, 0.5], [1, 1, 1, 2], [7, 7, 99, 8])
    assert count == 2
    assert values.tolist() == [0.0, 0.5, 0.5]


def test_what_has_no_label_or_points_away_has_no_vote():
    assert asked([0.5, 1.5], [-1, 1], [1, 2])[1] == 0


@given(st.integers(1, 40), st.integers(1, 6), st.integers(0, 50))
def test_shares_add_up_and_voters_are_limited(n, kinds, seed):
    rng = np.random.default_rng(seed)
    vectors = unit(np.abs(rng.normal(size=(n, 6))))
    values, count = votes(nearest(vectors, 20), rng.integers(-1, kinds, n), rng.integers(0, 30, n), kinds)
    assert (count <= VOTERS).all()
    assert np.allclose(values.sum(axis=1), count > 0)
