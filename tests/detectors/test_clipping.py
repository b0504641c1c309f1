"""Clipping: at full scale and at any plateau, and never in what is only loud or slow."""

from __future__ import annotations

from itertools import groupby

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from curate.detectors import clipping
from curate.errors import UsageError
from tests import signals
from tests.detectors.heard import heard


def clipped(sr, level=1.0, gain=1.0, seconds=6):
    """Noise with 2 to 4 s far too loud for its converter, then made quieter by `gain`."""
    y = signals.noise(sr=sr, seconds=seconds, gain=0.05 * level)
    y += signals.burst(signals.noise(sr=sr, seconds=seconds, gain=level, seed=3), sr=sr, onset=2, offset=4)
    return np.clip(y, -level, level) * np.float32(gain)


@pytest.mark.parametrize("sr", [8000, 22050, 44100, 96000, 192000])
def test_a_clipped_stretch_is_found_to_50_ms(sr):
    (segment,) = heard("clipping", clipped(sr), sr)
    assert (segment.onset, segment.offset) == pytest.approx((2, 4), abs=0.05)
    assert segment.label == "clipping"


@pytest.mark.parametrize("gain", [1.0, 0.5, 0.1, 0.03])
@pytest.mark.parametrize("bits", [16, 24])
def test_it_is_found_after_the_recording_was_made_quieter(gain, bits):
    (segment,) = heard("clipping", signals.quantised(clipped(44100, gain=gain), bits), 44100)
    assert (segment.onset, segment.offset) == pytest.approx((2, 4), abs=0.05)


def test_the_share_is_measured():
    # A triangle wave, clipped at 0.8 of its height, is flat for a fifth of the time.
    t = np.arange(5 * 44100) / 44100
    triangle = (2 / np.pi * np.arcsin(np.sin(2 * np.pi * 220 * t))).astype(np.float32)[np.newaxis]
    (segment,) = heard("clipping", np.clip(triangle, -0.8, 0.8), 44100)
    assert segment.measured["share"] == pytest.approx(255 / 4096, abs=0.01)  # as much as is told apart


@pytest.mark.parametrize("freq", [40, 100, 440, 3000])
@pytest.mark.parametrize("bits", [16, 24])
def test_a_loud_tone_is_not_clipped(freq, bits):
    y = signals.quantised(signals.tone(freq, sr=44100, seconds=3, gain=0.95), bits)
    assert heard("clipping", y, 44100) == []


@pytest.mark.parametrize("bits", [16, 24])
def test_loud_noise_that_was_normalised_is_not_clipped(bits):
    y = signals.noise(sr=44100, seconds=4)
    y = signals.quantised(y / np.abs(y).max() * np.float32(0.99), bits)
    assert heard("clipping", y, 44100) == []


def test_one_clipped_channel_of_two_is_enough():
    y = np.concatenate([signals.noise(sr=16000, seconds=6), clipped(16000)])
    (segment,) = heard("clipping", y, 16000)
    assert (segment.onset, segment.offset) == pytest.approx((2, 4), abs=0.05)


def test_the_steps_of_a_converter_are_no_plateaus():
    y = signals.quantised(signals.noise(sr=44100, seconds=4, gain=3e-4), 16)
    assert heard("clipping", y, 44100) == []


@pytest.mark.parametrize("gain", [0.01, 0.1, 0.5])
def test_the_coarse_steps_of_eight_bits_are_no_plateaus(gain):
    y = signals.quantised(signals.song(sr=44100, seconds=4, gain=gain), 8)
    assert heard("clipping", y, 44100) == []


def test_a_share_that_is_none_is_refused():
    with pytest.raises(UsageError, match="share"):
        heard("clipping", clipped(8000), 8000, share=2)


@st.composite
def frames(draw):
    """Frames of noise: as it is, clipped, coarse, or a square wave with faults."""
    count, size = draw(st.integers(1, 5)), 2 ** draw(st.integers(1, 8))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    y = rng.standard_normal((count, size)) * rng.choice([0.01, 0.1, 1, 3], (count, 1))
    kind = draw(st.sampled_from(["noise", "clipped", "full", "coarse", "square"]))
    if kind == "square":
        y = np.sign(y) * 0.3 * (rng.random(y.shape) < 0.9)
    elif kind != "noise":
        most = 0.5 if kind == "clipped" else 1.0
        y = np.clip(np.rint(y * 128) / 128 if kind == "coarse" else y, -most, most)
    return y.astype(np.float32)


def plateaus(frame):
    """Count the samples on plateaus at the crest of one frame, by the rule in so many words."""
    crest = frame.max()
    steps = np.diff(np.unique(frame))
    is_square = crest >= 0.1 and len(steps) < 15
    if crest < 0.01 or (not is_square and (not len(steps) or steps.min() > float(crest) / 100)):
        return 0
    below, is_full = 1 - frame / crest, crest >= clipping._FULL
    count = at = 0
    for is_near, run in groupby(below <= np.float32(1e-4)):
        length = len(list(run))
        beside = [below[k] for k in (at - 1, at + length) if 0 <= k < len(frame)]
        is_sharp = all(each >= np.float32(6e-4) for each in beside)
        if is_near and ((length >= 3 and is_sharp) or (length >= 2 and is_full)):
            count += length
        at += length
    return count


@given(y=frames())
def test_many_frames_at_once_are_counted_as_one_by_one(y):
    for sign in (1, -1):
        counted = clipping._plateaus(y, (sign * y).max(axis=1), sign)
        assert counted.tolist() == [plateaus(sign * frame) for frame in y]
