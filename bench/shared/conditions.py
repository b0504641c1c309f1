"""Where a voice is heard, for the benchmark of voices: one recipe each, drawn from by nobody who trains.

What these alter is of shape=(n,), at 16 kHz, and keeps its length.
"""

from __future__ import annotations

import numpy as np
from scipy.signal import butter, fftconvolve, sosfilt
from shared.speech_corpus import SR

#: Names of the conditions, and how often each is drawn.
CONDITIONS = {"dry": 0.3, "far": 0.3, "low cut": 0.16, "rain": 0.12, "crickets": 0.12}


def far(y: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Hear a voice through a wood: as much echo as direct sound, and nothing above 3 kHz.

    The echoes are of 400 stems at 3 to 120 m, as thick as each other: what comes back from one falls with
    the square of its distance, and there are more of them the further one looks.
    """
    distance = np.sqrt(rng.uniform(3**2, 120**2, 400))
    response = np.zeros(int(0.75 * SR))
    at = (2 * distance / 340 * SR).astype(int)
    np.add.at(response, at, rng.choice([-1, 1], 400) / distance)
    response /= np.linalg.norm(response)
    response[0] = 1.0
    return sosfilt(butter(4, 3000, fs=SR, output="sos"), fftconvolve(y, response)[: len(y)]).astype(
        np.float32
    )


def low_cut(y: np.ndarray) -> np.ndarray:
    """Record with a low cut of 24 dB an octave at 500 Hz."""
    return sosfilt(butter(4, 500, "highpass", fs=SR, output="sos"), y).astype(np.float32)


def rain(n: int, rng: np.random.Generator) -> np.ndarray:
    """Rain on leaves: a hiss that is even, and 40 drops a second of any strength."""
    hiss = sosfilt(butter(1, [400, 5000], "bandpass", fs=SR, output="sos"), rng.standard_normal(n))
    drops = np.zeros(n)
    number = int(40 * n / SR)
    np.add.at(drops, rng.integers(0, n, number), rng.standard_normal(number) * rng.exponential(1, number))
    ring = np.exp(-np.arange(400) / 60) * np.sin(2 * np.pi * 1400 / SR * np.arange(400))
    drops = fftconvolve(drops, ring)[:n]
    return (hiss / np.std(hiss) + drops / (np.std(drops) + 1e-9)).astype(np.float32)


def crickets(n: int, rng: np.random.Generator) -> np.ndarray:
    """Five crickets, each with chirps of three pulses at a pitch and a pace of its own."""
    t = np.arange(n) / SR
    made = np.zeros(n)
    for _ in range(5):
        pitch, pace, pulses = rng.uniform(3500, 5500), rng.uniform(1.5, 4), rng.uniform(35, 60)
        phase = (t * pace + rng.uniform()) % 1 / pace
        chirp = (phase < 3 / pulses) * np.sin(np.pi * phase * pulses) ** 2
        made += rng.uniform(0.3, 1) * chirp * np.sin(2 * np.pi * pitch * t)
    return (made / np.std(made)).astype(np.float32)
