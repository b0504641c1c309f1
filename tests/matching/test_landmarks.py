"""Landmarks are the same wherever in a recording the sound stands."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from curate.matching.landmarks import BITS, landmarks

PEAKS = st.lists(st.tuples(st.integers(0, 500), st.integers(10, 479)), max_size=40).map(sorted)


def of(peaks):
    frames, bins = (np.array([peak[k] for peak in peaks], np.int64) for k in (0, 1))
    return landmarks(frames, bins)


@given(PEAKS, st.integers(0, 100_000))
def test_the_place_in_time_changes_nothing(peaks, shift):
    number, anchor = of(peaks)
    moved, same = of([(frame + shift, bin_) for frame, bin_ in peaks])
    np.testing.assert_array_equal(number, moved)
    np.testing.assert_array_equal(anchor, same)


@given(PEAKS)
def test_a_landmark_fits_its_bits_and_has_an_anchor(peaks):
    number, anchor = of(peaks)
    assert len(number) == len(anchor)
    assert all(value < 1 << BITS for value in number.tolist())
    assert all(0 <= place < len(peaks) for place in anchor.tolist())
    assert len(number) <= 3 * len(peaks)


def test_no_landmark_reaches_across_two_seconds():
    assert len(of([(0, 100), (300, 100), (600, 100)])[0]) == 0
    assert len(of([(0, 100), (50, 100), (120, 100)])[0]) == 1
