"""Groups of likeness: found where they were built, stable, and never of what is no number."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from curate.scores import likeness_groups
from curate.scores.likeness_groups import (
    LEAST,
    SIZES,
    TWIN,
    Neighbours,
    group,
    near_twins,
    nearest,
    ranked,
    stability_of,
)
from curate.scores.neighbours import unit


def clouds(sizes, *, loose=0, seed=0, dimension=8, spread=0.05):
    """Build vectors round as many directions as there are sizes, and some that lie anywhere."""
    rng = np.random.default_rng(seed)
    made = [
        c + spread * rng.normal(size=(n, dimension)) for n, c in zip(sizes, np.eye(dimension), strict=False)
    ]
    made.append(rng.normal(size=(loose, dimension)))
    return unit(np.concatenate(made))


def test_groups_are_found_the_largest_first():
    found = group(nearest(clouds([30, 60, 45])))
    assert [set(found.labels[a:b].tolist()) for a, b in ((0, 30), (30, 90), (90, 135))] == [{2}, {0}, {1}]
    assert (found.stability > 0.9).all()
    assert found.size in SIZES
    assert {trial.size for trial in found.trials} == set(SIZES[:5])


def test_what_lies_alone_is_in_no_group():
    found = group(nearest(clouds([40, 40], loose=20, seed=3)))
    assert (found.labels[80:] == -1).mean() > 0.6
    assert (found.sure[found.labels < 0] == 0).all()
    assert (found.sure[found.labels >= 0] > 0).all()


def test_the_same_seed_gives_the_same_groups():
    near = nearest(clouds([30, 30], loose=10))
    one, two = group(near, seed=5), group(near, seed=5)
    assert (one.labels == two.labels).all()
    assert one.trials == two.trials


def test_vectors_that_are_all_equal_are_no_trouble():
    found = group(nearest(np.tile(unit(np.ones((1, 8))), (40, 1))))
    assert set(found.labels.tolist()) <= {-1, 0, 1}


def test_too_few_have_no_groups():
    found = group(nearest(clouds([LEAST - 1])))
    assert (found.labels == -1).all()
    assert found.size == 0
    assert found.trials == []


@pytest.mark.parametrize("n", [0, 1, 2])
def test_neighbours_are_fewer_where_there_are_not_so_many(n):
    near = nearest(clouds([n]), 5)
    assert near.places.shape == near.distances.shape == (n, max(0, n - 1))


@given(st.integers(2, 40), st.integers(1, 12), st.integers(0, 9))
def test_neighbours_are_those_of_comparing_all(n, k, seed):
    vectors = clouds([n], seed=seed, spread=1.0)
    near = nearest(vectors, k)
    far = np.linalg.norm(vectors[:, np.newaxis].astype(float) - vectors, axis=2)
    np.fill_diagonal(far, np.inf)
    assert np.allclose(near.distances, np.sort(far, axis=1)[:, : near.places.shape[1]], atol=1e-3)
    assert not (near.places == np.arange(n)[:, np.newaxis]).any()


def test_a_vector_is_not_its_own_neighbour_among_many_equal_ones():
    near = nearest(np.tile(unit(np.ones((1, 4))), (50, 1)), 3)
    assert not (near.places == np.arange(50)[:, np.newaxis]).any()


def test_all_are_told_as_done():
    done = []
    nearest(clouds([30]), advance=done.append)
    assert sum(done) == 30


def test_what_hdbscan_says_of_rows_that_are_no_numbers_is_in_no_group():
    from sklearn.cluster import HDBSCAN

    vectors = clouds([12, 20], loose=6, seed=3).astype(float)
    vectors[3], vectors[7] = np.nan, np.inf
    model = HDBSCAN(min_cluster_size=5, min_samples=3, copy=True).fit(vectors)
    assert {*model.labels_[[3, 7]]} == {-2, -3}
    assert np.isnan(model.probabilities_[3])
    labels, sure = ranked(model.labels_, model.probabilities_)
    assert labels[[3, 7]].tolist() == [-1, -1]
    assert set(labels.tolist()) == {-1, 0, 1}
    assert (labels == 0).sum() > (labels == 1).sum()
    assert ((labels < 0) == (model.labels_ < 0)).all()
    assert np.isfinite(sure).all()
    assert not sure[labels < 0].any()


def test_a_group_that_falls_apart_is_less_stable():
    labels = np.array([0, 0, 0, 0, 1, 1])
    again = [(np.arange(6), np.array([0, 0, 1, 1, 2, 2]))]
    assert stability_of(labels, again).tolist() == [0.5, 1.0]
    assert stability_of(labels, [(np.arange(6), np.full(6, -1))]).tolist() == [0.0, 0.0]
    assert stability_of(np.full(6, -1), again).tolist() == []


def test_neighbours_that_hang_apart_are_tied_together():
    two = Neighbours(
        np.array([[1, 2, 3], [0, 2, 3], [0, 1, 3], [0, 1, 2]] * 3) + np.repeat([0, 4, 8], 4)[:, np.newaxis],
        np.full((12, 3), 0.1),
    )
    assert group(two).labels.shape == (12,)


@given(st.integers(2, 20), st.integers(0, 50))
def test_near_twins_are_the_pairs_above_the_bound(n, seed):
    vectors = clouds([n], seed=seed, spread=0.1)
    likeness = vectors.astype(float) @ vectors.T.astype(float)
    expected = {(a, b) for a in range(n) for b in range(a + 1, n) if likeness[a, b] >= TWIN + 1e-6}
    found = near_twins(nearest(vectors, n))
    assert {(a, b) for a, b, like in found if like >= TWIN + 1e-6} == expected
    assert all(a < b and np.isclose(like, likeness[a, b], atol=1e-5) for a, b, like in found)


def test_neighbours_of_some_rows_are_those_of_comparing_them_all_at_once(monkeypatch):
    rng = np.random.default_rng(3)
    vectors = rng.normal(size=(90, 8)).astype(np.float16)
    rows = np.flatnonzero(rng.random(90) < 0.7)
    cosine = unit(vectors[rows]) @ unit(vectors[rows]).T
    np.fill_diagonal(cosine, -2)
    wanted = np.argsort(-cosine, axis=1)[:, :5]
    monkeypatch.setattr(likeness_groups, "_OTHERS", 16)
    monkeypatch.setattr(likeness_groups, "_TOGETHER", 7)
    done = []
    found = nearest(vectors, 5, rows=rows, advance=done.append)
    assert np.array_equal(found.places, wanted)
    lengths = np.sqrt(2 - 2 * np.take_along_axis(cosine, wanted, axis=1))
    assert np.allclose(found.distances, lengths, atol=1e-3)
    assert sum(done) == pytest.approx(len(rows))
