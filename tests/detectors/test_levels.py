from __future__ import annotations

import tracemalloc
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from curate.detectors.detect_file import detector
from curate.detectors.levels import Columns, GrowingBytes, Levels, decibels, percentiles, runs


@given(
    arrays.arrays(np.uint8, arrays.array_shapes(min_dims=1, max_dims=2, max_side=40)),
    st.lists(st.floats(0, 100), min_size=1, max_size=3),
)
def test_percentiles_are_those_of_numpy(values: np.ndarray, asked: list[float]) -> None:
    expected = np.percentile(values, asked, axis=0)
    for found, wanted in zip(percentiles(values, *asked), expected, strict=True):
        np.testing.assert_allclose(found, wanted, atol=1e-9)


@given(arrays.arrays(np.uint8, st.integers(1, 60)), st.floats(0, 100))
def test_percentiles_of_steps_are_those_of_what_they_stand_for(steps: np.ndarray, asked: float) -> None:
    levels = (np.arange(256) - 255) * 0.5
    assert percentiles(steps, asked, of=levels) == percentiles(levels[steps], asked)


@given(arrays.arrays(np.float32, 17, elements=st.floats(-100, 0, width=32)))
def test_percentiles_of_floats_keep_their_type(values: np.ndarray) -> None:
    (median,) = percentiles(values, 50)
    assert median.dtype == np.float32
    assert median == np.median(values)


@pytest.mark.parametrize("power", [0.0, -1e-9, 1e-40])
def test_no_power_is_the_lowest_step(power: float) -> None:
    assert decibels(np.array([power, 1.0])).tolist() == [0, 255]


@pytest.mark.parametrize(
    ("name", "rows", "per_second", "level"),
    [("activity", 3, 43, 248), ("buzz", 6, 21.5, 100), ("clipping", 1, 43, 0), ("silence", 1, 43, 200)],
)
def test_nothing_is_found_in_a_day_in_little_memory(
    name: str, rows: int, per_second: float, level: int
) -> None:
    kept = np.full((rows, round(86400 * per_second)), level, np.uint8)
    kept[:, ::7] += np.uint8(7 * (name != "clipping"))
    if name == "activity":
        kept[1] = 255  # no band is active
    day = Levels(1 / per_second, 86400, kept).pack()
    tracemalloc.start()
    try:
        assert detector(name, "cpu").segments(day) == []
        assert tracemalloc.get_traced_memory()[1] < 45e6
    finally:
        tracemalloc.stop()


def test_the_knocks_of_hours_are_found_where_they_are_in_little_memory() -> None:
    per_second, hours, low = 31.25, 2, 2
    kept = np.full((6, round(hours * 3600 * per_second)), 100, np.uint8)
    knocks = np.array([0, 40_000, 65_535, 65_536, 131_071, kept.shape[1] - 1])
    kept[low, knocks] = 200  # 42.5 dB over what can be heard
    packed = Levels(1 / per_second, hours * 3600, kept).pack()
    tracemalloc.start()
    try:
        found = detector("buzz", "cpu").segments(packed)
        assert tracemalloc.get_traced_memory()[1] < 7e6  # ten times as much for a day
    finally:
        tracemalloc.stop()
    edges = [0, 40_000, 65_535, 131_071, kept.shape[1] - 1]
    assert [each.onset for each in found] == [edge / per_second for edge in edges]
    assert [each.label for each in found] == ["bump"] * 5
    assert [each.measured["leap_db"] for each in found] == [42.5] * 5


def test_a_microphone_that_died_hours_ago_is_found_in_little_memory() -> None:
    per_second, hours = 62.5, 6
    kept = np.zeros((1, round(hours * 3600 * per_second)), np.uint8)
    kept[0, 1000:] = 16  # nothing but the last bits of the converter
    packed = Levels(1 / per_second, hours * 3600, kept).pack()
    tracemalloc.start()
    try:
        found = detector("dropout", "cpu").segments(packed)
        assert tracemalloc.get_traced_memory()[1] < 10e6
    finally:
        tracemalloc.stop()
    assert [(each.onset, each.offset, each.label) for each in found] == [(16.0, hours * 3600, "dead")]


@given(st.lists(st.booleans(), max_size=30))
def test_runs_are_where_a_mask_is_true(mask: list[bool]) -> None:
    found = runs(np.array(mask, bool))
    assert [place for run in found for place in range(*run)] == [k for k, each in enumerate(mask) if each]
    assert all(one[1] < other[0] for one, other in pairwise(found))


@given(st.lists(st.tuples(st.integers(0, 255), st.integers(0, 90_000)), max_size=8))
def test_bytes_grow_at_their_end(pieces: list[tuple[int, int]]) -> None:
    grown = GrowingBytes()
    for value, count in pieces:
        grown.extend(bytes([value]) * count)
    assert grown.all() == b"".join(bytes([value]) * count for value, count in pieces)


def test_what_is_measured_of_a_day_takes_little_memory_and_comes_back() -> None:
    rows, seconds = 6, 86400
    minute = np.tile(np.arange(rows * 6, dtype=np.uint8).reshape(rows, 6), 225)  # 1,350 frames of a minute
    tracemalloc.start()
    try:
        columns = Columns(rows)
        for _ in range(seconds // 60):
            columns.append(minute)
        assert tracemalloc.get_traced_memory()[0] < 3e6  # a day is 11.7 MB
    finally:
        tracemalloc.stop()
    whole = columns.all()
    assert whole.shape == (rows, 1350 * 1440)
    np.testing.assert_array_equal(whole.reshape(rows, 1440, 1350), np.repeat(minute[:, np.newaxis], 1440, 1))
