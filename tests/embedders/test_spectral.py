"""What the vectors of spectra tell apart, on sounds whose difference is known."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.signal import butter, sosfilt

from curate.embedders.spectral import SpectralEmbedder

SR = 32000
TIME = np.arange(3 * SR) / SR


def noise(seed, low=200, high=14000):
    white = np.random.default_rng(seed).standard_normal(len(TIME))
    return 0.1 * sosfilt(butter(4, (low, high), "bandpass", fs=SR, output="sos"), white)


def sweeps(seed, low=1500, high=4000):
    """Rising calls, or falling ones where `low` is above `high`."""
    phase = TIME * 2 % 1
    course = low + (high - low) * phase
    return 0.3 * np.sin(2 * np.pi * np.cumsum(course) / SR) + 0.01 * noise(seed)


def pulses(seed, a_second):
    return noise(seed) * (np.sin(2 * np.pi * a_second * TIME) > 0) + 0.001 * noise(seed + 100)


#: Two draws of each kind, and of another kind.
PAIRS = {
    "rising and falling calls, of one spectrum": (sweeps(1), sweeps(2), sweeps(3, 4000, 1500)),
    "steady noise, low and high": (noise(1, 200, 1500), noise(2, 200, 1500), noise(3, 4000, 12000)),
    "slow and quick pulses of one spectrum": (pulses(1, 3), pulses(2, 3), pulses(3, 12)),
    "calls and steady noise": (sweeps(1), sweeps(2), noise(3)),
}


def cosine(one, other):
    made = SpectralEmbedder().embed(np.stack([one, other]).astype(np.float32))[0]
    made /= np.linalg.norm(made, axis=1, keepdims=True)
    return float(made[0] @ made[1])


@pytest.mark.parametrize("kind", PAIRS)
def test_sounds_of_a_kind_are_nearer_than_those_of_another(kind):
    one, again, other = PAIRS[kind]
    assert cosine(one, again) > 0.8
    assert cosine(one, other) < 0.8


@pytest.mark.parametrize("kind", PAIRS)
def test_the_level_hardly_counts(kind):
    one, *_ = PAIRS[kind]
    assert cosine(one, one * 10**-1.5) >= 0.98


def test_a_vector_has_what_it_says_and_every_block_length_1():
    vectors, scores = SpectralEmbedder().embed(np.stack([noise(1), sweeps(2)]).astype(np.float32))
    assert scores is None
    assert vectors.shape == (2, SpectralEmbedder.dimension)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(7**0.5, rel=1e-4)
