"""One annotation out of the cells of a row: bands open to one side, and times a hair before the start."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curate.formats.tables.segments import segment


def read(problems=None, **cells):
    parts = {"onset": ("on", 1), "offset": ("off", 2)} | {part: (part, cell) for part, cell in cells.items()}
    return segment(parts, "t.csv:2", [].append if problems is None else problems)


@pytest.mark.parametrize(
    ("low", "high", "band"),
    [
        (1000, 2000, (1000, 2000)),
        ("-1.0", "2000", (None, 2000)),
        ("3000", "-1", (3000, None)),
        ("", "2000", (None, 2000)),
        (3000, None, (3000, None)),
        (3000, "NA", (3000, None)),
        (-1, -1, (None, None)),
        (0, 0, (None, None)),
        (0, 2000, (0, 2000)),
    ],
)
def test_a_band_keeps_the_limits_that_it_has(low, high, band, problems):
    mark = read(problems, low_freq=low, high_freq=high)
    assert (mark.low_freq, mark.high_freq) == band
    assert problems == []


@pytest.mark.parametrize(
    ("low", "high", "band", "words"),
    [
        (3000, 1000, (1000, 3000), "column high_freq: 1000 Hz is below 3000 Hz: the limits are swapped"),
        (3000, 3000, (None, None), "column high_freq: expected Hz above 3000, found 3000: left out"),
        (3000, 0, (3000, None), "column high_freq: expected Hz above 3000, found 0: left out"),
    ],
)
def test_limits_that_cannot_be_meant_are_told(low, high, band, words, problems):
    mark = read(problems, low_freq=low, high_freq=high)
    assert (mark.low_freq, mark.high_freq) == band
    assert [problem.reason for problem in problems] == [words]


@pytest.mark.parametrize(
    ("onset", "begins"), [(-0.01, 0.0), (-0.1, 0.0), (0.0, 0.0), (-0.11, None), (-1, None)]
)
def test_a_hair_before_the_start_is_clipped(onset, begins, problems):
    mark = read(problems, onset=onset)
    assert (mark.onset if mark else None) == begins
    assert len(problems) == (begins is None)


@given(st.floats(-1e5, 1e5), st.floats(-1e5, 1e5))
def test_whatever_the_limits_a_band_is_in_order(low, high):
    mark = read(low_freq=low, high_freq=high)
    if mark.low_freq is not None and mark.high_freq is not None:
        assert 0 <= mark.low_freq < mark.high_freq


def test_a_note_stays_with_its_annotation():
    assert read(label="owl", note="faint ").note == "faint"
