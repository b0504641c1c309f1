"""How vectors stand to their class."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from curate.scores.neighbours import unit
from curate.scores.standing import OUTLIER, directions, members, mixture, numbered, outlying, standing


def test_what_moves_all_classes_alike_has_one_direction():
    rng = np.random.default_rng(0)
    classes = np.repeat(np.arange(4), 20)
    vectors = 3 * np.eye(6)[classes] + 0.05 * rng.normal(size=(80, 6))
    moved = np.arange(80) % 10 == 0
    vectors[moved, 5] += 1.0
    found = directions(unit(vectors), classes)
    assert (found[moved, 5] > 0.8).all()
    assert (found[~moved, 5] < 0.5).all()


def test_a_class_of_fewer_than_five_has_no_direction():
    vectors = unit(np.random.default_rng(0).normal(size=(9, 4)))
    found = directions(vectors, np.array([0] * 4 + [1] * 5))
    assert not found[:4].any()
    assert np.allclose(np.linalg.norm(found[4:], axis=1), 1.0)


def test_those_apart_stand_beyond_the_others():
    rng = np.random.default_rng(1)
    vectors = (np.ones((30, 4)) + 0.1 * rng.normal(size=(30, 4))).astype(np.float32)
    apart = np.arange(30) < 3
    vectors[apart] += 2.0
    found = standing(vectors, np.zeros(30, int), apart)
    assert (found[:3] == 1.0).all()
    assert np.isnan(found[3:]).all()
    assert np.isnan(standing(vectors[:6], np.zeros(6, int), apart[:6])).all()  # only three others


def test_one_far_from_its_class_is_an_outlier_and_the_others_are_none():
    distances = np.concatenate([np.random.default_rng(0).uniform(0.9, 1.1, (20, 3)), [[4.0, 4.0, 4.0]]])
    found = outlying(distances)
    assert found[-1] > OUTLIER
    assert (found[:-1] < OUTLIER).all()


def test_without_spread_or_in_a_small_class_nothing_is_an_outlier():
    assert not outlying(np.ones((10, 3))).any()
    assert not outlying(np.arange(12.0).reshape(4, 3)).any()
    assert not outlying(np.empty((10, 0))).any()


@given(st.integers(2, 8), st.integers(1, 6), st.integers(0, 99))
def test_mixture_is_the_entropy_of_the_shares(k, kinds, seed):
    classes = np.random.default_rng(seed).integers(0, kinds, k + 1)
    found = mixture(np.arange(1, k + 1)[np.newaxis], classes)[0]
    shares = np.bincount(classes[1:]) / k
    shares = shares[shares > 0]
    assert np.isclose(found, -(shares * np.log(shares)).sum() / np.log(k))


@given(st.lists(st.integers(0, 4), max_size=20))
def test_members_name_each_row_once(classes):
    found = [own.tolist() for own in members(np.array(classes, np.intp))]
    assert sorted(row for own in found for row in own) == list(range(len(classes)))
    assert all(len({classes[row] for row in own}) == 1 for own in found)


def test_names_are_numbered_by_the_alphabet():
    numbers, names = numbered(["wren", "owl", "wren"])
    assert (numbers.tolist(), names) == ([1, 0, 1], ["owl", "wren"])
