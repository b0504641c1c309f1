"""A linear probe: a few examples find the rest, and each question is worth asking."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from curate.scores.probe import questions, trained

CLASSES = 10


def made(n=500, dimension=32, noise=0.12, seed=0):
    """Vectors of ten classes, ten of the first and many of the others."""
    rng = np.random.default_rng(seed)
    which = np.concatenate([np.zeros(10, int), 1 + np.arange(n - 10) % (CLASSES - 1)])
    centres = rng.normal(size=(CLASSES, dimension)) / np.sqrt(dimension)
    return (centres[which] + noise * rng.normal(size=(n, dimension))).astype(np.float16), which == 0


def test_one_example_finds_the_others_of_its_class():
    vectors, wanted = made(noise=0.08)
    scores = trained(vectors, vectors[:1], vectors[:0]).scores(vectors)
    assert wanted[np.argsort(-scores)[:10]].all()
    assert scores[0] > 0.5 > np.median(scores)


def test_counterexamples_push_away_what_is_like_them():
    vectors, wanted = made()
    between = vectors[wanted].mean(axis=0) + vectors[10]  # half of the class, half of another
    before = trained(vectors, vectors[:3], vectors[:0]).scores(between[np.newaxis])
    after = trained(vectors, vectors[:3], between[np.newaxis]).scores(between[np.newaxis])
    assert after < min(0.5, before)
    assert trained(vectors, vectors[:3], between[np.newaxis]).scores(vectors[:3]).min() > 0.5


def test_the_background_is_of_sounds_however_few_they_are():
    vectors, wanted = made(n=512, noise=0.08)
    quiet = np.zeros((8 * len(vectors), vectors.shape[1]), np.float16)
    quiet[3::8] = vectors  # every row that is evenly spread would be one without a sound
    found = trained(quiet, vectors[:1], vectors[:0]).scores(quiet)[3::8]
    assert wanted[np.argsort(-found)[:10]].all()


def test_a_window_without_a_sound_is_like_nothing_and_never_asked_about():
    vectors, _ = made()
    vectors[5] = 0
    scores = trained(vectors, vectors[:1], vectors[:0]).scores(vectors)
    assert scores[5] == 0
    asked = questions(scores, vectors, np.ones(len(vectors), bool), len(vectors))
    assert 5 not in [place for place, _ in asked]


def test_the_same_comes_out_each_time():
    vectors, _ = made()
    first, again = (trained(vectors, vectors[:2], vectors[20:22]).scores(vectors) for _ in range(2))
    assert np.array_equal(first, again)


def test_a_class_of_one_in_fifty_is_found_with_a_tenth_of_the_verdicts():
    vectors, wanted = made()
    decided = np.zeros(len(vectors), bool)
    decided[0] = True
    verdicts = 0
    while (decided & wanted).sum() < 9:
        scores = trained(vectors, vectors[decided & wanted], vectors[decided & ~wanted]).scores(vectors)
        for place, _ in questions(scores, vectors, ~decided, 5):
            decided[place] = True
            verdicts += 1
    assert verdicts <= 0.1 * 0.9 * len(vectors)


def test_questions_are_of_both_kinds_and_not_all_the_same():
    vectors, wanted = made()
    vectors[1:8] = vectors[1]  # seven copies of one window
    scores = trained(vectors, vectors[:1], vectors[10:12]).scores(vectors)
    asked = questions(scores, vectors, np.arange(len(vectors)) > 0, 10)
    reasons = [why for _, why in asked]
    assert (reasons.count("likely"), reasons.count("uncertain")) == (7, 3)
    assert sum(1 <= place <= 7 for place, _ in asked) <= 2
    assert wanted[[place for place, _ in asked]].any()


@settings(max_examples=25)
@given(st.integers(0, 30), st.integers(0, 60), st.integers(0, 9))
def test_only_what_is_open_is_asked_about_once(n, shut, seed):
    vectors, _ = made(60, seed=seed)
    scores = np.linspace(0.01, 1, 60, dtype=np.float32)
    undecided = np.arange(60) >= shut
    asked = [place for place, _ in questions(scores, vectors, undecided, n)]
    assert len(asked) == len(set(asked)) == min(n, undecided.sum())
    assert undecided[asked].all()


def test_nothing_is_trained_on_nothing():
    vectors, _ = made(20)
    with pytest.raises(ValueError, match="class"):
        trained(vectors, vectors[:0], vectors[:0])


def test_a_class_of_two_kinds_is_found_by_the_nearest_of_its_examples():
    rng = np.random.default_rng(4)
    centres = rng.normal(size=(CLASSES, 32)) / np.sqrt(32)
    centres[1] = -centres[0]  # no line has both on one side, and the rest on the other
    which = np.arange(600) % CLASSES
    vectors = (centres[which] + 0.06 * rng.normal(size=(600, 32))).astype(np.float16)
    unliked = vectors[(which > 1) & (np.arange(600) < 60)]
    scores = trained(vectors, vectors[[0, 1, 10, 11]], unliked).scores(vectors)
    assert set(which[np.argsort(-scores)[:120]]) == {0, 1}


def test_near_twins_are_asked_about_only_where_all_others_were():
    vectors, _ = made()
    vectors[1:8] = vectors[1]
    scores = np.linspace(1, 0.01, len(vectors), dtype=np.float32)
    asked = [place for place, why in questions(scores, vectors, np.arange(500) > 0, 20) if why == "likely"]
    assert len(asked) == 14
    assert sum(1 <= place <= 7 for place in asked) == 1
    few = np.zeros(len(vectors), bool)
    few[1:8] = True
    assert len(questions(scores, vectors, few, 5)) == 5
