"""Made-up songs: no two alike, with enough in them to be known again by."""

from __future__ import annotations

import numpy as np


def song(seed, *, seconds=8.0, sr=32000, level=0.2):
    """Syllables of random pitch, slope and length over a noise floor, shape (1, n)."""
    rng = np.random.default_rng(seed)
    y = 0.003 * rng.standard_normal(round(seconds * sr))
    at = 0.0
    while at < seconds - 0.5:
        length, low, slope = rng.uniform(0.05, 0.3), rng.uniform(800, 6000), rng.uniform(-4000, 4000)
        t = np.arange(round(length * sr)) / sr
        start = round(at * sr)
        shape = np.hanning(len(t)) * rng.uniform(0.2, 1.0) * level
        y[start : start + len(t)] += shape * np.sin(2 * np.pi * (low * t + slope * t**2 / 2))
        at += rng.uniform(0.05, 0.4)
    return y.astype(np.float32)[np.newaxis]
