"""Frames and spectra: nothing is lost, and the blocks do not matter."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from curate.audio.spectrum import Framer, band_edges, hop_of
from tests import signals


def framed(y, sr, blocks=()):
    framer = Framer(sr)
    runs, start = [], 0
    for length in (*blocks, y.shape[1]):
        runs += framer.feed(y[:, start : start + length])
        start += length
    return [*runs, *framer.finish()]


@settings(max_examples=30, deadline=None)
@given(samples=st.integers(0, 30_000), blocks=st.lists(st.integers(0, 9000), max_size=8))
def test_frames_are_the_recording_cut_in_pieces_whatever_the_blocks(samples, blocks):
    y = signals.noise(sr=8000, seconds=4, channels=2)[:, :samples]
    hop = hop_of(8000)
    runs = framed(y, 8000, blocks)
    cut = np.concatenate([run.samples for run in runs], axis=1) if runs else np.zeros((2, 0, hop))
    whole = samples // hop
    assert np.array_equal(cut[:, :whole].reshape(2, -1), y[:, : whole * hop])
    if samples % hop and whole:
        assert np.array_equal(cut[:, whole], y[:, samples - hop :])
    assert cut.shape[1] == (whole + bool(samples % hop) if whole else 0)
    for one, other in zip(runs, framed(y, 8000), strict=True):
        assert np.array_equal(one.power, other.power)


@pytest.mark.parametrize("sr", [8000, 22050, 44100, 96000, 192000])
def test_a_frame_takes_about_a_fiftieth_of_a_second_at_every_rate(sr):
    assert 0.014 <= hop_of(sr) / sr <= 0.0285


@pytest.mark.parametrize("sr", [8000, 44100, 192000])
def test_a_tone_is_in_its_bin_with_the_power_it_has(sr):
    y = signals.tone(1000, sr=sr, seconds=1, gain=0.5)
    power = np.concatenate([run.power for run in framed(y, sr)])[5:-5]
    assert power.sum(axis=1) == pytest.approx(0.125, rel=0.01)
    assert power.argmax(axis=1) * sr / (2 * hop_of(sr)) == pytest.approx(1000, abs=sr / hop_of(sr))


@pytest.mark.parametrize("sr", [8000, 44100, 192000])
def test_white_noise_is_equally_strong_in_all_bands(sr):
    bands = np.concatenate([run.bands for run in framed(signals.noise(sr=sr, seconds=8), sr)])
    assert bands.shape[1] == len(band_edges(sr)) - 1
    level = 10 * np.log10(bands.mean(axis=0))
    assert np.ptp(level) < 2


def test_variance_leaves_a_constant_out():
    y = signals.tone(1000, sr=8000, seconds=1, gain=0.2) + np.float32(0.5)
    variance = np.concatenate([run.variance for run in framed(y, 8000)], axis=1)
    assert variance == pytest.approx(0.02, rel=0.02)
