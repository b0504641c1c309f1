"""Folds: whole groups, near the shares, and never another fold for what has one."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curate.decisions.groups import Item, grouped
from curate.decisions.split import TEST, TRAIN, divide, shares_of
from curate.errors import UsageError
from tests.decisions.test_groups import ITEMS, KEYS

FIVE = shares_of(5, None, None, None)
THREE = shares_of(None, 0.7, 0.2, 0.1)


def folds_of(items, keys=("recordist", "site"), shares=FIVE, **options):
    return divide(items, grouped(items, keys), shares, **options).folds


@given(ITEMS, KEYS, st.sampled_from([FIVE, THREE]), st.integers(0, 3), st.sampled_from([None, "xc"]))
def test_no_group_is_in_two_folds_and_every_recording_is_in_one(items, keys, shares, rare, archive):
    groups = grouped(items, keys)
    division = divide(items, groups, shares, rare_in_train=rare, holdout_archive=archive)
    assert len(division.folds) == len(items)
    assert set(division.folds) <= {*shares, TRAIN, TEST}
    for group in groups:
        assert len({division.folds[place] for place in group}) == 1


@given(ITEMS, KEYS, st.integers(0, 9))
def test_the_same_seed_gives_the_same_folds(items, keys, seed):
    groups = grouped(items, keys)
    assert divide(items, groups, FIVE, seed=seed) == divide(items, groups, FIVE, seed=seed)


@given(ITEMS, ITEMS, KEYS, st.sampled_from([FIVE, THREE]))
def test_new_recordings_never_move_old_ones(old, new, keys, shares):
    folds = folds_of(old, keys, shares)
    items = [replace(item, fold=fold) for item, fold in zip(old, folds, strict=True)]
    items += [replace(item, number=item.number + len(old)) for item in new]
    groups = grouped(items, keys)
    division = divide(items, groups, shares, rare_in_train=1)
    assert division.folds[: len(old)] == folds
    for group in groups:  # a new recording is where old ones of its group are
        old_ones = {division.folds[place] for place in group if place < len(old)}
        assert not old_ones or {division.folds[place] for place in group} == old_ones


@given(ITEMS)
def test_classes_too_rare_to_divide_train_always(items):
    totals = Counter(item.label for item in items)
    division = divide(items, grouped(items, ["recordist"]), FIVE, rare_in_train=3)
    rare = {item.label for item in items if item.label and totals[item.label] <= 3}
    assert set(division.rare_labels) == rare
    assert all(fold == TRAIN for item, fold in zip(items, division.folds, strict=True) if item.label in rare)


@given(ITEMS)
def test_a_held_out_archive_is_in_the_test_and_its_groups_with_it(items):
    groups = grouped(items, ["recordist"])
    division = divide(items, groups, FIVE, holdout_archive="xc")
    for group in groups:
        held = any(items[place].archive == "xc" for place in group)
        assert all((division.folds[place] == TEST) == held for place in group)
    assert division.held_out == division.folds.count(TEST)


def test_every_class_is_divided_evenly_where_groups_allow_it():
    items = [
        Item(number, label, recordist=f"{label}{number}")
        for number, label in enumerate(["owl"] * 50 + ["frog"] * 25 + ["wren"] * 5)
    ]
    folds = folds_of(items)
    counts = Counter((item.label, fold) for item, fold in zip(items, folds, strict=True))
    assert counts == {(label, k): n for label, n in (("owl", 10), ("frog", 5), ("wren", 1)) for k in range(5)}


def test_background_classes_are_divided_too():
    items = [Item(n, "owl", ("cricket",) if n % 10 == 0 else (), recordist=str(n)) for n in range(100)]
    folds = folds_of(items)
    assert Counter(folds[::10]) == dict.fromkeys(range(5), 2)


def test_one_giant_group_fills_one_fold_and_the_rest_is_shared_by_the_others():
    items = [Item(n, "owl", recordist="Ada") for n in range(20)]
    items += [Item(100 + n, "owl", recordist=str(n)) for n in range(80)]
    folds = folds_of(items)
    assert sorted(Counter(folds).values()) == [20] * 5


def test_shares_for_training_validation_and_test_are_met():
    items = [Item(n, f"class{n % 7}", recordist=str(n)) for n in range(700)]
    assert Counter(folds_of(items, shares=THREE)) == {TRAIN: 490, 0: 140, TEST: 70}


def test_a_recording_that_joins_two_divided_groups_moves_neither():
    items = [
        Item(1, "owl", fold=0),
        Item(2, "owl", fold=0),
        Item(3, "owl", fold=1),
        Item(4, "owl", same=(1, 2, 3)),
    ]
    division = divide(items, grouped(items, []), FIVE)
    assert division.folds == [0, 0, 1, 0]


@pytest.mark.parametrize(
    ("asked", "shares"),
    [
        ((None, None, None, None), dict.fromkeys(range(5), 0.2)),
        ((4, None, None, 0.2), {0: 0.2, 1: 0.2, 2: 0.2, 3: 0.2, TEST: 0.2}),
        ((None, None, 0.2, None), {TRAIN: 0.8, 0: 0.2}),
        ((None, 0.8, None, None), {TRAIN: 0.8, 0: 0.2}),
        ((None, None, None, 0.1), {TRAIN: 0.9, TEST: 0.1}),
        ((None, 0.8, 0.1, 0.1), {TRAIN: 0.8, 0: 0.1, TEST: 0.1}),
    ],
)
def test_shares_are_what_was_asked_for(asked, shares):
    assert shares_of(*asked) == shares


@pytest.mark.parametrize(
    "asked",
    [
        (1, None, None, None),
        (5, 0.8, None, None),
        (5, None, 0.2, None),
        (None, 0.5, 0.2, 0.1),
        (None, None, 1.2, None),
        (None, None, 0.6, 0.6),
        (None, 1.0, None, None),
        (3, None, None, 1.0),
        (None, float("nan"), None, None),
    ],
)
def test_shares_that_make_no_sense_are_refused(asked):
    with pytest.raises(UsageError):
        shares_of(*asked)
