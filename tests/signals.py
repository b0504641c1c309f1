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


def burst(sound: Waveform, *, sr: int, onset: float, offset: float) -> Waveform:
    """A sound that is there from `onset` to `offset` only, both in seconds."""
    cut = np.zeros_like(sound)
    inside = slice(round(onset * sr), round(offset * sr))
    cut[:, inside] = sound[:, inside]
    return cut


def hum(mains: float, *, sr: int, seconds: float, gain: float = 0.02) -> Waveform:
    """Mains hum: six harmonics, the higher the weaker."""
    return sum(  # type: ignore[return-value]
        tone(mains * k, sr=sr, seconds=seconds, gain=gain / k**0.5) for k in range(1, 7)
    )


def wing_beats(freq: float, *, sr: int, seconds: float, gain: float = 0.05, seed: int = 0) -> Waveform:
    """A fly at the microphone: all harmonics up to 4 kHz of a beat that sways by 2 % three times a second."""
    t = np.arange(round(sr * seconds)) / sr
    phase = 2 * np.pi * freq * (t + 0.02 / (2 * np.pi * 3) * np.sin(2 * np.pi * 3 * t))
    rng = np.random.default_rng(seed)
    top = int(min(4000, sr * 0.45) // freq)
    waves = [np.sin(k * phase + rng.uniform(0, 6)) / k**0.5 for k in range(1, top + 1)]
    return (gain * np.sum(waves, axis=0)).astype(np.float32)[np.newaxis]


def song(*, sr: int, seconds: float, low: float = 3000.0, gain: float = 0.2) -> Waveform:
    """A bird: sweeps of 80 ms, five of them in a second."""
    y = np.zeros((1, round(sr * seconds)), np.float32)
    high = min(low * 1.6, sr * 0.45)
    sweep = chirp(low, high, sr=sr, seconds=0.08, gain=gain)[0]
    sweep = sweep * np.hanning(len(sweep)).astype(np.float32)
    for onset in np.arange(0.0, seconds - 0.1, 0.2):
        first = round(onset * sr)
        y[0, first : first + len(sweep)] += sweep
    return y


def quantised(y: Waveform, bits: int) -> Waveform:
    """What a converter of so many bits makes of a sound."""
    full = 2 ** (bits - 1)
    return (np.clip(np.rint(y * full), -full, full - 1) / full).astype(np.float32)
