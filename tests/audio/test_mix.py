"""Mixing down keeps every sound, whatever the signs and levels of the channels."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from curate.audio.mix import Mixer, mix_down
from curate.audio.resample import to_mono
from tests import signals

SR = 16000


def mixed(y, sr=SR, blocks=()):
    mixer, parts, sounds, at = Mixer(sr), [], [], 0
    for size in (*blocks, y.shape[1]):
        for sound, mix in mixer.feed(y[:, at : at + size]):
            sounds.append(sound)
            parts.append(mix)
        at += size
    for sound, mix in mixer.finish():
        sounds.append(sound)
        parts.append(mix)
    np.testing.assert_array_equal(np.concatenate(sounds, axis=1), y)
    return np.concatenate(parts)


def test_channels_that_have_nothing_in_common_become_their_mean():
    y = signals.noise(sr=SR, seconds=3, channels=2)
    np.testing.assert_array_equal(mix_down(y, SR), to_mono(y))
    four = signals.noise(sr=SR, seconds=3, channels=4)
    np.testing.assert_array_equal(mix_down(four, SR), to_mono(four))


@pytest.mark.parametrize("other", [-1.0, -0.8, 0.0, 1e-4])
def test_a_channel_of_the_other_sign_or_a_dead_one_costs_nothing(other):
    one = signals.chirp(300, 3000, sr=SR, seconds=3)
    y = np.concatenate([one, np.float32(other) * one])
    np.testing.assert_allclose(mix_down(y, SR)[256:], one[0, 256:], atol=1e-6)


def test_a_voice_of_opposite_sign_over_noise_in_both_channels_is_heard():
    noise = signals.noise(sr=SR, seconds=6, gain=0.002, channels=2)
    voice = signals.burst(signals.tone(440, sr=SR, seconds=6), sr=SR, onset=2, offset=4)
    y = np.concatenate([noise[:1] + voice, noise[1:] - voice])
    mix = mix_down(y, SR)
    assert np.sqrt(np.mean(to_mono(y)[int(2.5 * SR) : int(3.5 * SR)] ** 2)) < 0.003
    assert np.sqrt(np.mean(mix[int(2.5 * SR) : int(3.5 * SR)] ** 2)) > 0.3
    np.testing.assert_array_equal(mix[:SR], to_mono(y)[:SR])
    assert np.abs(np.diff(mix[: 2 * SR])).max() < 0.02, "no click where the choice changes"


@settings(max_examples=20, deadline=None)
@given(st.lists(st.integers(1, 20_000), max_size=12), st.integers(1, 3))
def test_the_blocks_do_not_change_the_mix(blocks, channels):
    y = signals.noise(sr=8000, seconds=5, channels=channels)
    if channels > 1:
        y[1, 12_000:30_000] = -y[0, 12_000:30_000]
    np.testing.assert_array_equal(mixed(y, 8000, blocks), mixed(y, 8000))


def test_one_channel_is_not_copied():
    y = signals.noise(sr=SR, seconds=1)
    assert np.shares_memory(mix_down(y, SR), y)
