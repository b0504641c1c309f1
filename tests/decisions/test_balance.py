"""Rows per class are exact, and who gets them is fair and the same every time."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curate.decisions.balance import (
    WEIGHTINGS,
    Trainee,
    balance,
    class_weights,
    counts_of,
    preferred,
    rating_weight,
    row_weights,
)
from curate.errors import UsageError

TRAINEES = st.lists(
    st.builds(
        Trainee,
        number=st.just(0),
        label=st.sampled_from(["", "owl", "frog", "wren"]),
        secondary=st.lists(st.sampled_from(["owl", "bat"]), max_size=1).map(tuple),
        recordist=st.sampled_from(["", "Ada", "Bob"]),
        rating=st.sampled_from([None, 1.0, 5.0]),
        units=st.integers(0, 6),
    ),
    max_size=30,
).map(
    lambda found: [
        Trainee(n, t.label, t.secondary, t.recordist, t.rating, t.units) for n, t in enumerate(found)
    ]
)


@given(TRAINEES, st.integers(0, 30), st.integers(0, 10), st.integers(1, 6))
def test_a_rare_class_gets_exactly_what_its_definition_says(trainees, below, more, repeats):
    rows = balance(trainees, below=below, to=below + more, max_repeats=repeats)
    before, after = counts_of(trainees), counts_of(trainees, rows)
    for label, n in before.items():
        assert after[label] == (min(below + more, n * repeats) if n < below else n)


@given(TRAINEES, st.integers(1, 20))
def test_a_common_class_gets_exactly_the_cap(trainees, cap):
    after = counts_of(trainees, balance(trainees, cap=cap))
    assert after == {label: min(n, cap) for label, n in counts_of(trainees).items()}


@given(TRAINEES, st.integers(0, 30), st.integers(1, 6), st.integers(30, 40))
def test_no_row_comes_again_before_all_came_once(trainees, below, repeats, cap):
    rows = balance(trainees, below=below, max_repeats=repeats, cap=cap)
    for label in {trainee.label for trainee in trainees} - {""}:
        own = [trainee for trainee in trainees if trainee.label == label and trainee.units]
        each = [divmod(rows[trainee.number], trainee.units) for trainee in own]
        if each:
            # Every row of the class trains `fewest` times or once more.
            fewest = min(times for times, _ in each)
            assert all(times == fewest or (times, rest) == (fewest + 1, 0) for times, rest in each)
            assert all(times + (rest > 0) <= repeats for times, rest in each)


@given(TRAINEES, st.integers(0, 20), st.integers(1, 5))
def test_counting_the_background_never_gives_a_class_more_than_its_target(trainees, below, repeats):
    rows = balance(trainees, below=below, max_repeats=repeats, secondary=True)
    before, after = counts_of(trainees, secondary=True), counts_of(trainees, rows)
    for label, n in counts_of(trainees).items():
        background = before[label] - n
        if before[label] >= below:
            assert after[label] == n
        else:
            assert n <= after[label] <= max(below - background, n)


@given(TRAINEES, st.integers(0, 9), st.randoms())
def test_neither_order_nor_other_classes_change_who_is_chosen(trainees, seed, shuffle):
    rows = balance(trainees, below=10, cap=12, seed=seed)
    shuffled = list(trainees)
    shuffle.shuffle(shuffled)
    assert balance(shuffled, below=10, cap=12, seed=seed) == rows
    owls = [trainee for trainee in trainees if trainee.label == "owl"]
    alone = balance(owls, below=10, cap=12, seed=seed)
    assert alone == {trainee.number: rows[trainee.number] for trainee in owls}


def test_unlabelled_recordings_and_classes_between_the_bounds_stay_single():
    trainees = [Trainee(1, ""), *(Trainee(n, "owl") for n in range(2, 12))]
    assert set(balance(trainees, below=10, cap=10).values()) == {1}


def test_a_cap_takes_the_best_of_every_recordist_first():
    trainees = [
        Trainee(1, "owl", recordist="Ada", rating=5.0),
        Trainee(2, "owl", recordist="Ada", rating=5.0),
        Trainee(3, "owl", recordist="Bob", rating=1.0),
        Trainee(4, "owl", recordist="Bob", rating=2.0),
    ]
    rows = balance(trainees, cap=2)
    assert rows[4] == 1
    assert rows[3] == 0
    assert rows[1] + rows[2] == 1


def test_recordings_of_unknown_people_do_not_queue_behind_each_other():
    trainees = [
        Trainee(1, "owl", rating=5.0),
        Trainee(2, "owl", rating=4.0),
        Trainee(3, "owl", recordist="Ada"),
    ]
    assert [trainee.number for trainee in preferred(trainees, 0)] == [1, 2, 3]


def test_another_seed_decides_otherwise_between_equals():
    trainees = [Trainee(n, "owl", recordist=str(n)) for n in range(50)]
    chosen = [frozenset(n for n, rows in balance(trainees, cap=5, seed=s).items() if rows) for s in range(5)]
    assert len(set(chosen)) > 1


COUNTS = st.dictionaries(st.sampled_from("abcdef"), st.integers(1, 10_000), min_size=1)


@given(COUNTS, st.sampled_from(WEIGHTINGS), st.floats(0.5, 0.99999))
def test_weights_have_a_mean_of_one_and_favour_the_rare(counts, weighting, beta):
    weights = class_weights(counts, weighting, beta=beta)
    mean = sum(counts[label] * weight for label, weight in weights.items()) / sum(counts.values())
    assert mean == pytest.approx(1)
    ordered = sorted(counts, key=counts.get)
    assert all(weights[a] >= weights[b] - 1e-9 for a, b in pairwise(ordered))


@pytest.mark.parametrize(
    ("weighting", "ratio"),
    [("sqrt", 10.0), ("inverse", 100.0), ("effective", (1 - 0.9**100) / (1 - 0.9))],
)
def test_weights_are_those_of_the_papers(weighting, ratio):
    weights = class_weights({"rare": 1, "common": 100}, weighting, beta=0.9)
    assert weights["rare"] / weights["common"] == pytest.approx(ratio)


def test_ratings_weigh_from_a_sixth_to_one():
    assert [rating_weight(rating) for rating in (0, 5, None)] == [1 / 6, 1.0, 4.75 / 6]


@given(TRAINEES, st.randoms())
def test_each_recording_has_the_weight_of_its_class_and_rating(trainees, shuffle):
    shuffle.shuffle(trainees)  # weights go by the place, whatever the number is
    rows = {trainee.number: trainee.units for trainee in trainees}
    by_class = {"owl": 0.5, "frog": 2.0}
    plain = row_weights(trainees, rows, by_class)
    assert list(plain) == [by_class.get(trainee.label, 1.0) for trainee in trainees]
    rated = row_weights(trainees, rows, by_class, ratings=True)
    if total := sum(rows.values()):
        mean = sum(weight * each.units for weight, each in zip(rated, trainees, strict=True)) / total
        assert mean == pytest.approx(1)
    ratios = [
        weight / own / rating_weight(each.rating)
        for weight, own, each in zip(rated, plain, trainees, strict=True)
    ]
    assert ratios == pytest.approx(ratios[:1] * len(ratios))


def test_rows_of_the_background_count_once_each():
    trainees = [Trainee(1, "owl", ("owl", "bat", "bat"), units=3)]
    assert counts_of(trainees, secondary=True) == Counter(owl=3, bat=3)


@pytest.mark.parametrize(
    "options",
    [{"below": -1}, {"below": 5, "to": 4}, {"max_repeats": 0}, {"below": 20, "cap": 10}, {"cap": 0}],
)
def test_targets_that_contradict_each_other_are_refused(options):
    with pytest.raises(UsageError):
        balance([], **options)


@pytest.mark.parametrize(
    ("weighting", "beta"), [("root", 0.9), ("effective", 1.0), ("effective", float("nan"))]
)
def test_weightings_that_make_no_sense_are_refused(weighting, beta):
    with pytest.raises(UsageError):
        class_weights({"owl": 1}, weighting, beta=beta)
