from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from curate.detectors.levels import decibels, percentiles


@given(
    arrays.arrays(np.uint8, arrays.array_shapes(min_dims=1, max_dims=2, max_side=40)),
    st.lists(st.floats(0, 100), min_size=1, max_size=3),
)
def test_percentiles_are_those_of_numpy(values: np.ndarray, asked: list[float]) -> None:
    expected = np.percentile(values, asked, axis=0)
    for found, wanted in zip(percentiles(values, *asked), expected, strict=True):
        np.testing.assert_allclose(found, wanted, atol=1e-9)


@given(arrays.arrays(np.float32, 17, elements=st.floats(-100, 0, width=32)))
def test_percentiles_of_floats_keep_their_type(values: np.ndarray) -> None:
    (median,) = percentiles(values, 50)
    assert median.dtype == np.float32
    assert median == np.median(values)


@pytest.mark.parametrize("power", [0.0, -1e-9, 1e-40])
def test_no_power_is_the_lowest_step(power: float) -> None:
    assert decibels(np.array([power, 1.0])).tolist() == [0, 255]
