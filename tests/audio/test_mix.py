"""Mixing down keeps every sound, whatever the signs and levels of the channels."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from curate.audio import mix as mixing
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
    expected = one[0] * (1 - other) / 2 if other < 0 else one[0]
    np.testing.assert_allclose(mix_down(y, SR)[256:], expected[256:], atol=1e-6)


def test_a_voice_of_opposite_sign_over_noise_in_both_channels_is_heard():
    noise = signals.noise(sr=SR, seconds=6, gain=0.002, channels=2)
    voice = signals.burst(signals.tone(440, sr=SR, seconds=6), sr=SR, onset=2, offset=4)
    y = np.concatenate([noise[:1] + voice, noise[1:] - voice])
    mix = mix_down(y, SR)
    assert np.sqrt(np.mean(to_mono(y)[int(2.5 * SR) : int(3.5 * SR)] ** 2)) < 0.003
    assert np.sqrt(np.mean(mix[int(2.5 * SR) : int(3.5 * SR)] ** 2)) > 0.3
    np.testing.assert_array_equal(mix[:SR], to_mono(y)[:SR])
    assert np.abs(np.diff(mix[: 2 * SR])).max() < 0.02, "no click where the choice changes"


def offset(level, seconds=3):
    return np.full((1, round(seconds * SR)), level, np.float32)


def rumble(gain):
    return signals.tone(50, sr=SR, seconds=3, gain=gain)


def share_of(sound, mix):
    """The factor by which a sound is in a mix."""
    sound, mix = sound[0, SR // 2 :], mix[SR // 2 :]
    return float(sound @ mix / (sound @ sound))


@pytest.mark.parametrize(
    ("channels", "least"),
    [
        (lambda v: [v, v, rumble(0.6), 0 * v], 0.6),
        (lambda v: [v, offset(0.5), 0 * v], 0.99),
        (lambda v: [0.1 * v, offset(0.03) - 0.1 * v], 0.099),
        (lambda v: [v, rumble(0.3) - v], 0.99),
        (lambda v: [v, -v, signals.noise(sr=SR, seconds=3, gain=0.3)], 0.6),
        (lambda v: [v, -v, v, -0.9 * v], 0.95),
        (lambda v: [v, 0 * v, -v], 0.99),
    ],
    ids=["rumble and dead", "offset and dead", "turned with an offset", "turned with rumble",
         "turned beside noise", "turned twice", "turned beside a dead one"],
)  # fmt: skip
def test_offsets_rumble_and_noise_in_one_channel_hide_no_sound_of_the_others(channels, least):
    voice = 0.3 * signals.chirp(300, 3000, sr=SR, seconds=3)
    mix = mix_down(np.concatenate(channels(voice)).astype(np.float32), SR)
    assert abs(share_of(voice, mix)) > least


def test_wind_that_differs_between_the_channels_leaves_plain_stereo_its_mean():
    wind = np.concatenate([rumble(0.5), -rumble(0.4)]) + offset(0.1)
    bird = signals.song(sr=SR, seconds=3) * np.array([[1.0], [0.6]], np.float32)
    y = (wind + bird + signals.noise(sr=SR, seconds=3, gain=0.01, channels=2)).astype(np.float32)
    np.testing.assert_allclose(mix_down(y, SR), to_mono(y), atol=1e-6)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.floats(-1, 1), min_size=2, max_size=5), st.integers(0, 99))
def test_no_sound_of_all_channels_is_lost_whatever_their_signs(gains, seed):
    voice = signals.noise(sr=SR, seconds=2, gain=0.2, seed=seed)
    own = signals.noise(sr=SR, seconds=2, gain=0.001, seed=seed + 100, channels=len(gains))
    mix = mix_down(np.array(gains, np.float32)[:, np.newaxis] * voice + own, SR)[512:]
    least = np.sum(np.square(gains)) / len(gains) ** 2 / 2
    assert np.mean(mix**2) > 0.95 * least * 0.2**2


@settings(max_examples=20, deadline=None)
@given(st.lists(st.integers(1, 20_000), max_size=12), st.integers(1, 3))
def test_the_blocks_do_not_change_the_mix(blocks, channels):
    y = signals.noise(sr=8000, seconds=5, channels=channels)
    if channels > 1:
        y[1, 12_000:30_000] = -y[0, 12_000:30_000]
    np.testing.assert_array_equal(mixed(y, 8000, blocks), mixed(y, 8000))


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.sampled_from([1.0, -1.0, 0.3, -0.7, 0.0]), min_size=4, max_size=4),
    st.tuples(*[st.floats(-4, 0)] * 3),
    st.integers(0, 99),
)
def test_what_is_sure_from_the_products_alone_is_what_a_closer_look_finds(signs, levels, seed):
    rng = np.random.default_rng(seed)
    own, common, slow = 10.0 ** np.asarray(levels)
    n = 3 * 16 * 256 + 1000
    gains = np.reshape(signs, (2, 2, 1))
    y = own * rng.normal(size=(2, n)) + common * rng.normal(size=n) * gains[0]
    y = (y + slow * (np.sin(np.arange(n) / 80) + 1) * gains[1]).astype(np.float32)
    quick = mix_down(y, SR)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(mixing, "_ROUNDING", np.inf)  # then nothing is sure
        np.testing.assert_array_equal(quick, mix_down(y, SR))


def test_one_channel_is_not_copied():
    y = signals.noise(sr=SR, seconds=1)
    assert np.shares_memory(mix_down(y, SR), y)
