"""Silence: known to 50 ms, whatever the rate and the level of what surrounds it."""

from __future__ import annotations

import numpy as np
import pytest

from curate.errors import UsageError
from tests import signals
from tests.detectors.heard import heard, spans


def splash(sr, gain=0.1, floor=1e-4):
    """A splash from 1 to 2.5 s in 12 s of faint noise."""
    y = signals.noise(sr=sr, seconds=12, gain=floor, seed=1)
    return y + signals.burst(signals.noise(sr=sr, seconds=12, gain=gain), sr=sr, onset=1, offset=2.5)


@pytest.mark.parametrize("sr", [8000, 22050, 44100, 96000, 192000])
def test_all_but_the_splash_is_silence(sr):
    found = spans(heard("silence", splash(sr), sr))
    assert np.ravel(found) == pytest.approx([0, 1, 2.5, 12], abs=0.05)


@pytest.mark.parametrize("bits", [16, 24])
@pytest.mark.parametrize("gain", [0.5, 0.1, 0.02, 0.005])
def test_the_level_does_not_matter_while_it_stands_out(gain, bits):
    y = signals.quantised(splash(16000, gain=gain, floor=gain / 100), bits)
    assert np.ravel(spans(heard("silence", y, 16000))) == pytest.approx([0, 1, 2.5, 12], abs=0.05)


def test_rain_from_end_to_end_is_no_silence_however_even_it_is():
    assert heard("silence", signals.noise(sr=16000, seconds=10, gain=0.01), 16000) == []


def test_below_the_absolute_level_all_is_silence():
    y = signals.noise(sr=16000, seconds=5, gain=1e-5)
    (segment,) = heard("silence", y, 16000)
    assert (segment.onset, segment.offset) == (0, 5)
    assert segment.measured["dbfs"] == pytest.approx(-100, abs=1)
    assert heard("silence", y, 16000, level=-110) == []


def test_a_channel_with_sound_is_enough():
    y = np.concatenate([np.zeros((1, 48000), np.float32), signals.noise(sr=16000, seconds=3)])
    assert heard("silence", y, 16000) == []


def test_a_constant_is_silent():
    y = np.full((1, 32000), 0.3, np.float32)
    assert spans(heard("silence", y, 16000)) == [(0, 2)]


def test_a_chirp_of_50_ms_ends_a_silence():
    sr = 32000
    y = signals.noise(sr=sr, seconds=10, gain=1e-4)
    y += signals.burst(signals.tone(4000, sr=sr, seconds=10, gain=0.1), sr=sr, onset=5, offset=5.05)
    assert np.ravel(spans(heard("silence", y, sr))) == pytest.approx([0, 5, 5.05, 10], abs=0.05)


def test_a_setting_that_is_no_number_is_refused():
    with pytest.raises(UsageError, match="margin"):
        heard("silence", splash(8000), 8000, margin=float("nan"))
