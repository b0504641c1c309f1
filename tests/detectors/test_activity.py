"""Where an animal is audible: its ends, its band, its height over the noise; and where there is none."""

from __future__ import annotations

import numpy as np
import pytest

from curate.audio.spectrum import band_edges
from tests import signals
from tests.detectors.heard import heard, spans


def calls(sr, freq=3000, gain=0.05, noise=0.003, seconds=20):
    """Two calls of one second in noise."""
    y = signals.noise(sr=sr, seconds=seconds, gain=noise)
    tone = signals.tone(freq, sr=sr, seconds=seconds, gain=gain)
    return y + sum(signals.burst(tone, sr=sr, onset=t, offset=t + 1) for t in (4, 12.5))


@pytest.mark.parametrize("sr", [8000, 22050, 44100, 96000, 192000])
def test_calls_are_found_to_50_ms_with_their_band(sr):
    found = heard("activity", calls(sr), sr)
    assert np.ravel(spans(found)) == pytest.approx([4, 5, 12.5, 13.5], abs=0.05)
    assert all(s.low_freq <= 3000 <= s.high_freq for s in found)


@pytest.mark.parametrize("freq", [300, 1000, 6000, 12000])
def test_high_and_low_calls_are_found(freq):
    found = heard("activity", calls(32000, freq=freq), 32000)
    assert np.ravel(spans(found)) == pytest.approx([4, 5, 12.5, 13.5], abs=0.06)


@pytest.mark.parametrize("gain", [0.5, 0.05, 0.005, 0.002])
def test_calls_are_found_at_any_level_over_the_noise(gain):
    # 0.002 in noise of 0.003: 6 dB below it as a whole, far above it in its own band.
    found = heard("activity", calls(44100, gain=gain), 44100)
    assert np.ravel(spans(found)) == pytest.approx([4, 5, 12.5, 13.5], abs=0.05)


def test_the_measured_height_follows_the_level():
    heights = [heard("activity", calls(44100, gain=g), 44100)[0].measured["snr_db"] for g in (0.005, 0.05)]
    assert heights[1] - heights[0] == pytest.approx(20, abs=1.5)


@pytest.mark.parametrize("color", ["white", "pink", "brown"])
def test_in_noise_there_is_next_to_nothing(color):
    sr, seconds = 44100, 90
    y = signals.noise(sr=sr, seconds=seconds, gain=0.05)
    if color != "white":
        spectrum = np.fft.rfft(y)
        slope = 0.5 if color == "pink" else 1.0
        freqs = np.maximum(np.fft.rfftfreq(y.shape[1], 1 / sr), 20.0)
        y = np.fft.irfft(spectrum / freqs**slope).astype(np.float32)
    assert sum(s.duration for s in heard("activity", y, sr)) < 0.06 * seconds


def test_a_chorus_without_a_pause_is_active_from_end_to_end():
    y = signals.noise(sr=44100, seconds=15, gain=0.002)
    y += sum(signals.tone(f, sr=44100, seconds=15, gain=0.01) for f in np.arange(4500, 5500, 53.0))
    ((onset, offset),) = spans(heard("activity", y, 44100))
    assert (onset, offset) == (0, 15)


def test_a_call_in_every_minute_of_a_long_recording_is_found_while_the_noise_rises():
    sr = 8000
    y = signals.noise(sr=sr, seconds=200, gain=0.001) * np.linspace(1, 3, 200 * sr, dtype=np.float32)
    tone = signals.tone(2000, sr=sr, seconds=200, gain=0.02)
    onsets = [10, 75, 130, 195]
    y += sum(signals.burst(tone, sr=sr, onset=t, offset=t + 0.5) for t in onsets)
    found = [s for s in heard("activity", y, sr) if s.duration > 0.45]
    assert [s.onset for s in found] == pytest.approx(onsets, abs=0.05)


def test_silence_is_not_active():
    assert heard("activity", np.zeros((1, 160000), np.float32), 16000) == []


def test_bands_that_a_coder_leaves_out_now_and_then_are_not_active():
    """Noise with nothing above 11.4 kHz, but for half of the time, as lossy coders have it."""
    sr = 44100
    y = signals.noise(sr=sr, seconds=10, gain=0.01)
    freqs = np.fft.rfftfreq(y.shape[1], 1 / sr)
    low = np.fft.irfft(np.fft.rfft(y) * (freqs < band_edges(sr)[25])).astype(np.float32)
    for second in range(0, 10, 2):
        low[:, second * sr : (second + 1) * sr] = y[:, second * sr : (second + 1) * sr]
    assert sum(s.duration for s in heard("activity", low, sr)) < 0.5


def drops(sr, seconds, seed=0):
    """Rain: Gaussian noise, and 30 drops in a second that die away within 10 ms."""
    y = signals.noise(sr=sr, seconds=seconds, gain=0.003, seed=seed)
    rng = np.random.default_rng(seed)
    decay = np.exp(-np.arange(round(0.05 * sr)) / (0.01 * sr))
    for onset in rng.integers(0, y.shape[1] - len(decay), round(30 * seconds)):
        y[0, onset : onset + len(decay)] += rng.exponential(0.02) * decay * rng.standard_normal(len(decay))
    return y


def test_drops_of_rain_are_hardly_ever_active_and_a_call_between_them_is():
    sr = 44100
    rain = drops(sr, 10)
    alone = heard("activity", rain, sr)
    assert sum(s.duration for s in alone) < 0.5
    call = signals.burst(signals.tone(3000, sr=sr, seconds=10, gain=0.03), sr=sr, onset=4, offset=5)
    (found,) = [s for s in heard("activity", rain + call, sr) if s.duration > 0.5]
    assert (found.onset, found.offset) == pytest.approx((4, 5), abs=0.05)


def test_the_hump_of_noise_above_a_low_cut_is_no_chorus():
    """As of a recorder that cuts below 1 kHz, and whose noise falls by 6 dB in each octave above."""
    sr = 44100
    y = signals.noise(sr=sr, seconds=15, gain=0.01)
    freqs = np.maximum(np.fft.rfftfreq(y.shape[1], 1 / sr), 1.0)
    shape = (1000 / freqs) / np.sqrt(1 + (1000 / freqs) ** 8)
    y = np.fft.irfft(np.fft.rfft(y) * shape, y.shape[1]).astype(np.float32)
    assert sum(s.duration for s in heard("activity", y, sr)) < 0.5
