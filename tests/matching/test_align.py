"""An alignment says from where to where, and believes neither chance nor a cricket."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from curate.matching.align import align


def noise_peaks(seed, frames=1250, count=600):
    rng = np.random.default_rng(seed)
    found = np.sort(rng.integers(0, frames, count))
    return found, rng.integers(10, 480, count)


def worn(peaks, seed, *, keep=0.6):
    """A copy that lost some peaks and moved others by one."""
    rng = np.random.default_rng(seed)
    kept = rng.random(len(peaks[0])) < keep
    frames = peaks[0][kept] + rng.integers(-1, 2, kept.sum())
    order = np.argsort(frames, kind="stable")
    return np.maximum(frames[order], 0), (peaks[1][kept] + rng.integers(-1, 2, kept.sum()))[order]


def part(peaks, start, stop):
    inside = (peaks[0] >= start) & (peaks[0] < stop)
    return peaks[0][inside] - start, peaks[1][inside]


@settings(deadline=None)
@given(st.integers(0, 1000), st.integers(190, 400), st.integers(-5, 5), st.integers(0, 99))
def test_a_worn_piece_is_found_where_it_lies(start, length, off, seed):
    whole = noise_peaks(seed)
    start = min(start, 1250 - length)
    piece = worn(part(whole, start, start + length), seed)
    found = align(whole, piece, start + off, lengths=(1250, length), least=25.0)
    assert found is not None
    assert abs(found.shift - start) <= 1
    assert abs(found.start - start) <= 20
    assert abs(found.stop - start - length) <= 20


@settings(deadline=None)
@given(st.integers(0, 10_000), st.integers(-800, 800))
def test_chance_is_not_believed(seed, shift):
    other = noise_peaks(seed + 20_000)
    assert align(noise_peaks(seed), other, shift, lengths=(1250, 1250), least=15.0) is None


def test_two_crickets_of_one_rhythm_are_not_one():
    """Every peak of the one has its like in the other, but so it has one chirp later."""
    chirps = np.arange(0, 1250, 14)
    cricket = np.repeat(chirps, 2), np.tile([200, 260], len(chirps))
    assert align(cricket, cricket, 0, lengths=(1250, 1250), least=25.0) is None


def test_only_the_common_part_of_two_compilations_is_told():
    common = noise_peaks(1, 600, 300)
    one = (
        np.concatenate([common[0], noise_peaks(2, 600, 300)[0] + 600]),
        np.concatenate([common[1], noise_peaks(2, 600, 300)[1]]),
    )
    other = (
        np.concatenate([common[0], noise_peaks(3, 600, 300)[0] + 600]),
        np.concatenate([common[1], noise_peaks(3, 600, 300)[1]]),
    )
    found = align(one, other, 0, lengths=(1200, 1200), least=25.0)
    assert found is not None
    assert found.start == 0
    assert found.stop == pytest.approx(600, abs=15)


def test_recordings_without_peaks_have_nothing_in_common():
    empty = np.empty(0, int), np.empty(0, int)
    assert align(empty, noise_peaks(1), 0, lengths=(0, 1250), least=1.0) is None
    assert align(noise_peaks(1), empty, 0, lengths=(1250, 0), least=1.0) is None
