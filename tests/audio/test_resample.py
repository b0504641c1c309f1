"""Conversion of rates, in one piece and in blocks."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from curate.audio.resample import Resampler, resample, to_mono
from tests import signals

RATES = [4000, 8000, 11025, 16000, 22255, 32000, 44100, 48000, 96000, 250_000, 384_000, 500_000]


@given(
    sr_in=st.sampled_from(RATES),
    sr_out=st.sampled_from(RATES),
    lengths=st.lists(st.integers(0, 20_000), max_size=5),
    channels=st.integers(1, 3),
)
@settings(deadline=None, max_examples=60)
def test_any_blocking_gives_what_one_piece_gives(
    sr_in: int, sr_out: int, lengths: list[int], channels: int
) -> None:
    n = sum(lengths)
    y = np.random.default_rng(0).standard_normal((channels, n)).astype(np.float32)
    whole = resample(y, sr_in, sr_out)
    resampler = Resampler(sr_in, sr_out, channels)
    edges = np.cumsum([0, *lengths])
    parts = [resampler.feed(y[:, low:high]) for low, high in pairwise(edges)]
    streamed = np.concatenate([*parts, resampler.finish()], axis=1)
    assert streamed.shape == whole.shape
    assert whole.shape[0] == channels
    np.testing.assert_allclose(streamed, whole, atol=1e-6)
    assert abs(whole.shape[1] - n * sr_out / sr_in) <= 1


def test_equal_rates_pass_blocks_through_without_a_copy() -> None:
    y = signals.noise(sr=8000, seconds=1, channels=2)
    resampler = Resampler(8000, 8000, 2)
    assert resampler.feed(y) is y
    assert resampler.finish().shape == (2, 0)
    assert resample(y, 8000, 8000) is y


def test_what_the_lower_rate_cannot_hold_is_gone_and_not_folded_down() -> None:
    y = signals.tone(12_000, sr=32_000, seconds=1)
    left = resample(y, 32_000, 16_000)[0, 1000:-1000]
    level = 20 * np.log10(np.sqrt(np.mean(left**2)) / np.sqrt(np.mean(y**2)))
    assert level < -80
    folded = y[0, ::2]
    assert np.sqrt(np.mean(folded**2)) > 0.3, "leaving out every other sample would keep it, as 4 kHz"


@pytest.mark.parametrize(
    ("sr_in", "sr_out"), [(44_100, 32_000), (32_000, 44_100), (384_000, 8000), (4000, 48_000)]
)
def test_a_tone_keeps_its_pitch_and_time(sr_in: int, sr_out: int) -> None:
    found = resample(signals.tone(1000, sr=sr_in, seconds=1), sr_in, sr_out)
    expected = signals.tone(1000, sr=sr_out, seconds=1)
    assert np.abs(found - expected)[:, sr_out // 5 : -sr_out // 5].max() < 1e-3


@pytest.mark.parametrize("channels", [1, 2, 3, 6])
def test_mono_is_the_mean_of_the_channels(channels: int) -> None:
    y = signals.noise(sr=8000, seconds=0.1, channels=channels)
    before = y.copy()
    np.testing.assert_allclose(to_mono(y), before.mean(axis=0), atol=1e-7)
    np.testing.assert_array_equal(y, before)


def test_mono_of_one_channel_is_no_copy() -> None:
    y = signals.noise(sr=8000, seconds=0.1)
    assert np.shares_memory(to_mono(y), y)
