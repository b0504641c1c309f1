"""Sounds whose truth is known: pure numpy, seeded, shape (channels, n), full scale 1.0."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Waveform = NDArray[np.float32]


def tone(freq: float, *, sr: int, seconds: float, gain: float = 0.5, channels: int = 1) -> Waveform:
    """A sine of `freq` Hz; channel k is shifted in phase by k radians, so that channels differ."""
    t = np.arange(round(sr * seconds)) / sr
    return np.stack([gain * np.sin(2 * np.pi * freq * t + k) for k in range(channels)]).astype(np.float32)


def chirp(low: float, high: float, *, sr: int, seconds: float, gain: float = 0.5) -> Waveform:
    """A linear sweep from `low` to `high` Hz."""
    t = np.arange(round(sr * seconds)) / sr
    phase = 2 * np.pi * (low * t + (high - low) * t**2 / (2 * seconds))
    return (gain * np.sin(phase)).astype(np.float32)[np.newaxis]


def noise(*, sr: int, seconds: float, gain: float = 0.05, seed: int = 0, channels: int = 1) -> Waveform:
    """White Gaussian noise with standard deviation `gain`."""
    rng = np.random.default_rng(seed)
    return (gain * rng.standard_normal((channels, round(sr * seconds)))).astype(np.float32)
