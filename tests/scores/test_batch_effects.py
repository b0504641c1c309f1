"""Batch effects: what differs is found however it is spread, and nothing where all is chance."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from curate.scores.batch_effects import (
    Scale,
    batch_effects,
    bound,
    chance_of_strays,
    differences,
    strays,
)

LEVEL = Scale(2.0, 10.0)


def levels(n=400, kinds=8, seed=0):
    """Levels of recordings of several classes, each with a level of its own."""
    rng = np.random.default_rng(seed)
    classes = rng.integers(0, kinds, n)
    return rng.normal(-20, 5, n) + rng.normal(0, 10, kinds)[classes], classes


def found(values, classes, batches, scale=LEVEL):
    """Effects that stay after a correction for all batches."""
    tries = 2 * (batches.max() + 1)
    return [
        each for each in batch_effects(values, classes, batches, scale) if each.probability * tries < 1e-3
    ]


@pytest.mark.parametrize("off", [-30.0, 30.0])
def test_a_batch_with_another_gain_is_found_and_no_other(off):
    values, classes = levels()
    batches = np.arange(400) % 20
    values[batches == 7] += off
    [effect] = found(values, classes, batches)
    assert effect.batch == 7
    assert set(effect.rows) <= set(np.flatnonzero(batches == 7))
    assert len(effect.rows) >= 18
    assert effect.difference == pytest.approx(off, abs=5)


def test_half_of_a_batch_is_found_with_its_faulty_half():
    values, classes = levels()
    batches = np.arange(400) % 10
    bad = np.flatnonzero(batches == 3)[:20]
    values[bad] -= 30
    [effect] = found(values, classes, batches)
    assert effect.batch == 3
    assert np.isin(effect.rows, bad).mean() > 0.9
    assert np.isin(bad, effect.rows).mean() > 0.9


@pytest.mark.parametrize("seed", range(8))
def test_batches_that_vary_as_recordists_do_are_no_effect(seed):
    values, classes = levels(seed=seed)
    rng = np.random.default_rng(seed)
    batches = rng.integers(0, 25, len(values))
    values += rng.normal(0, 4, 25)[batches]
    assert found(values, classes, batches) == []
    low, high = strays(differences(values, classes), LEVEL)
    off = differences(values, classes)
    assert min(chance_of_strays(len(low), off), chance_of_strays(len(high), off)) > 1e-3


def test_a_heavy_tail_moves_the_bound_out():
    rng = np.random.default_rng(0)
    assert bound(rng.standard_t(2, 1000) * 5, LEVEL) > 1.2 * bound(rng.normal(0, 5, 1000), LEVEL)


def test_who_recorded_a_class_alone_is_not_held_against_others():
    values, classes = levels()
    values[classes == 2] -= 40
    batches = np.where(classes == 2, 0, 1 + np.arange(400) % 9)
    assert found(values, classes, batches) == []


def test_a_large_batch_is_measured_by_the_others():
    values, classes = levels()
    batches = (np.arange(400) % 5 < 2).astype(int)  # two fifths of all
    values[batches == 1] -= 30
    [effect] = found(values, classes, batches)
    assert effect.batch == 1
    assert len(effect.rows) > 150


def test_what_is_not_known_is_left_out():
    values, classes = levels()
    batches = np.arange(400) % 20
    values[batches == 7] -= 30
    values[::3] = np.nan
    batches[1::3] = -1
    assert np.isnan(differences(values, classes)[::3]).all()
    effects = found(values, classes, batches)
    assert {each.batch for each in effects} == {7}
    assert not np.isnan(values[effects[0].rows]).any()
    nothing = np.full(400, np.nan)
    assert found(nothing, classes, batches) == []
    assert [len(rows) for rows in strays(differences(nothing, classes), LEVEL)] == [0, 0]


def test_faults_without_an_origin_stray_on_their_side():
    values, classes = levels()
    bad = np.random.default_rng(1).permutation(400)[:20]
    values[bad] -= 35
    off = differences(values, classes)
    low, high = strays(off, LEVEL)
    assert np.isin(low, bad).mean() > 0.8
    assert np.isin(bad, low).all()
    assert chance_of_strays(len(high), off) > 0.1
    assert chance_of_strays(len(low), off) < 1e-5
    assert chance_of_strays(0, off) == 1.0


@given(st.integers(0, 30), st.floats(-50, 50), st.floats(0.5, 20))
def test_neither_an_offset_nor_the_order_changes_what_is_far(seed, offset, times):
    values, classes = levels(60, 3, seed)
    values[:4] -= 40
    order = np.random.default_rng(seed).permutation(60)
    before = np.concatenate(strays(differences(values, classes), LEVEL))
    moved = np.concatenate(strays(differences(values + offset, classes), LEVEL))
    mixed = np.concatenate(strays(differences(values[order], classes[order]), LEVEL))
    assert set(before) == set(moved) == set(order[mixed])
    scaled = Scale(LEVEL.step * times, LEVEL.least * times)
    assert set(np.concatenate(strays(differences(values * times, classes), scaled))) == set(before)
