"""Dawid and Skene: several annotators, one truth."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from curate.scores.annotators import dawid_skene

LABELS = ["frog", "owl", "wren"]


def answers_of(seed, confusions, *, items=300):
    """Draw truths, and what annotators with these tables of errors say of them."""
    rng = np.random.default_rng(seed)
    truth = {f"r{at:03}": LABELS[rng.integers(3)] for at in range(items)}
    answers = [
        (name, item, LABELS[rng.choice(3, p=confusion[LABELS.index(true)])])
        for name, confusion in confusions.items()
        for item, true in truth.items()
    ]
    return truth, answers


def fair(share):
    """Errors of an annotator who is right in this share, and else says anything."""
    return np.full((3, 3), (1 - share) / 2) + np.eye(3) * (share - (1 - share) / 2)


#: Takes every wren for an owl and is right otherwise.
CONFUSED = np.array([[1.0, 0, 0], [0, 1, 0], [0, 1, 0]])


def right(found, truth):
    return np.mean([label == truth[item] for item, label, _ in found])


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000))
def test_the_truth_is_found_where_the_majority_is_wrong(seed):
    confusions = {"ana": fair(0.9), "ben": fair(0.9), "cem": fair(0.4), "dee": fair(0.4), "eve": fair(0.4)}
    truth, answers = answers_of(seed, confusions)
    consensus = dawid_skene(answers)
    votes = {item: [] for item in truth}
    for _, item, label in answers:
        votes[item].append(label)
    majority = [(item, max(LABELS, key=said.count), 0.0) for item, said in votes.items()]
    assert right(consensus.best(), truth) > 0.82
    assert right(consensus.best(), truth) > right(majority, truth)


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 10_000))
def test_each_annotators_errors_are_recovered(seed):
    _, answers = answers_of(
        seed, {"ana": fair(0.85), "ben": fair(0.75), "cem": fair(0.8), "dee": CONFUSED}, items=600
    )
    consensus = dawid_skene(answers)
    assert consensus.annotators == ["ana", "ben", "cem", "dee"]
    np.testing.assert_allclose(consensus.confusion[0], fair(0.85), atol=0.12)
    np.testing.assert_allclose(consensus.confusion[3], CONFUSED, atol=0.12)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(*[st.sampled_from("abc")] * 3), min_size=1), st.randoms())
def test_probabilities_add_up_and_the_order_of_answers_does_not_count(answers, random):
    found = dawid_skene(answers)
    np.testing.assert_allclose(found.probability.sum(axis=1), 1)
    shuffled = random.sample(answers, len(answers))
    np.testing.assert_array_equal(dawid_skene(shuffled).probability, found.probability)


def test_annotators_who_agree_are_believed():
    answers = [(who, f"r{at}", "owl" if at % 2 else "frog") for who in "ab" for at in range(6)]
    for item, label, probability in dawid_skene(answers).best():
        assert label == ("owl" if int(item[1:]) % 2 else "frog")
        assert probability == pytest.approx(1)
