"""Dead microphones: zeros, stuck values, dead channels, buffers written twice, and the end of a cable."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests import signals
from tests.detectors.heard import heard, spans


@pytest.mark.parametrize("sr", [8000, 22050, 44100, 96000, 192000])
@pytest.mark.parametrize(("value", "label"), [(0.0, "zeros"), (0.25, "stuck")])
def test_a_constant_stretch_is_found_to_50_ms(sr, value, label):
    y = signals.noise(sr=sr, seconds=6)
    y[:, round(2.03 * sr) : round(3.57 * sr)] = value
    (segment,) = heard("dropout", y, sr)
    assert segment.label == label
    assert (segment.onset, segment.offset) == pytest.approx((2.03, 3.57), abs=0.05)


@pytest.mark.parametrize("bits", [8, 16, 24])
def test_sound_is_no_dropout_at_any_depth(bits):
    y = signals.quantised(signals.noise(sr=16000, seconds=4, gain=0.02), bits)
    assert heard("dropout", y, 16000) == []


def test_one_dead_channel_of_two_is_told():
    y = signals.noise(sr=16000, seconds=4, channels=2)
    y[1, 16000:] = 0
    (segment,) = heard("dropout", y, 16000)
    assert segment.label == "dead-channel"
    assert (segment.onset, segment.offset) == pytest.approx((1, 4), abs=0.05)


def test_where_the_cable_comes_off_all_that_follows_is_dead():
    y = signals.noise(sr=16000, seconds=6)
    rng = np.random.default_rng(1)
    y[:, 32000:] = rng.integers(-1, 2, 64000) / 32768
    (segment,) = heard("dropout", y, 16000)
    assert segment.label == "dead"
    assert (segment.onset, segment.offset) == pytest.approx((2, 6), abs=0.05)


def test_a_recording_that_was_always_faint_is_not_dead():
    rng = np.random.default_rng(1)
    y = (rng.integers(-1, 2, (1, 64000)) / 32768).astype(np.float32)
    assert heard("dropout", y, 16000) == []


@settings(max_examples=15, deadline=None)
@given(length=st.integers(300, 9000), onset=st.integers(17_000, 40_000), bits=st.sampled_from([16, 24]))
def test_a_buffer_written_again_and_again_is_found_whatever_its_length(length, onset, bits):
    sr = 16000
    y = signals.quantised(signals.noise(sr=sr, seconds=5), bits)
    copies = np.tile(y[:, onset - length : onset], sr // length + 1)[:, :sr]
    y[:, onset : onset + copies.shape[1]] = copies
    found = spans(heard("dropout", y, sr), "repeat")
    assert len(found) == 1
    # The first copy may be taken for sound, until a landmark of it has been met.
    assert found[0][0] == pytest.approx(onset / sr, abs=0.05 + length / sr)
    assert found[0][1] == pytest.approx(onset / sr + 1, abs=0.05)


def test_a_pure_tone_is_no_repeated_buffer():
    assert heard("dropout", signals.tone(1000, sr=48000, seconds=3), 48000) == []


def test_the_zeros_with_which_a_coder_begins_are_forgiven():
    y = signals.noise(sr=44100, seconds=3)
    y[:, :2205] = 0
    assert heard("dropout", y, 44100) == []
