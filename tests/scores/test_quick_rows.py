"""Whole numbers rule rows out, and never one that is among the nearest."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from curate.embedders.whole_products import by_numpy, products
from curate.scores.neighbours import likeness, unit
from curate.scores.quick_rows import bounds, nearest_scores, quick_rows


def drawn(seed, rows, *, dimension=48, alike=0.0, zeros=0):
    """Vectors around a common one, of any length, some of them zeros."""
    rng = np.random.default_rng(seed)
    made = alike * rng.normal(size=dimension) + rng.normal(size=(rows, dimension))
    made *= rng.uniform(0.01, 50, size=(rows, 1))
    made[rng.permutation(rows)[:zeros]] = 0
    return made.astype(np.float16)


@given(seed=st.integers(0, 2**32 - 1), alike=st.sampled_from([0.0, 1.0, 30.0]), asked=st.integers(1, 4))
def test_the_true_likeness_lies_within_the_bounds(seed, alike, asked):
    vectors = drawn(seed, 60, alike=alike, zeros=3)
    queries = unit(drawn(seed, asked, alike=alike))
    lower, upper = bounds(quick_rows(vectors), queries, products)
    true = likeness(vectors, queries)
    assert np.all(lower <= true)
    assert np.all(true <= upper)
    assert np.all(upper - lower < 0.15)


@given(seed=st.integers(0, 2**32 - 1), rows=st.integers(1, 9), columns=st.integers(1, 3))
def test_products_of_numpy_are_those_of_whole_numbers(seed, rows, columns):
    rng = np.random.default_rng(seed)
    one, other = rng.integers(-127, 128, (rows, 1040)), rng.integers(-127, 128, (1040, columns))
    made = by_numpy(one.astype(np.int8), other.astype(np.int8))
    assert np.array_equal(made, one @ other)


@given(
    seed=st.integers(0, 2**32 - 1),
    alike=st.sampled_from([0.0, 30.0]),
    most=st.integers(1, 30),
    size=st.sampled_from([1, 7]),
)
def test_the_nearest_are_those_of_comparing_all(seed, alike, most, size):
    vectors = drawn(seed, 200, alike=alike, zeros=5)
    queries = unit(drawn(seed + 1, 2, alike=alike))
    firsts = np.arange(0, 200, size)
    allowed = np.random.default_rng(seed).random(200) < 0.9
    true = likeness(vectors, queries)
    found = nearest_scores(
        vectors, quick_rows(vectors), queries, products, firsts=firsts, allowed=allowed, most=most
    )
    compared = found > -1
    assert np.allclose(found[compared], true[compared], atol=1e-6)
    best = np.maximum.reduceat(np.where(allowed, true, -1), firsts)
    wanted = np.sort(best)[::-1][:most]
    assert np.allclose(np.sort(np.maximum.reduceat(found, firsts))[::-1][:most], wanted, atol=1e-6)


def test_most_rows_are_ruled_out():
    vectors = drawn(1, 20000, dimension=256)
    everyone = np.arange(20000), np.full(20000, True)
    found = nearest_scores(
        vectors,
        quick_rows(vectors),
        unit(vectors[:1]),
        products,
        firsts=everyone[0],
        allowed=everyone[1],
        most=10,
    )
    assert 10 <= np.count_nonzero(found > -1) < 2000


@pytest.mark.parametrize("shape", [(5, 16, 1), (1, 33, 4), (300, 1024, 2)])
def test_products_are_exact(shape):
    rows, width, columns = shape
    rng = np.random.default_rng(0)
    one = rng.integers(-127, 128, size=(rows, width)).astype(np.int8)
    other = rng.integers(-127, 128, size=(width, columns)).astype(np.int8)
    assert np.array_equal(products(one, other), one.astype(int) @ other.astype(int))
