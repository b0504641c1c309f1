"""Tells a recorder's own hiss from rain, which fills the same bands as evenly.

Hiss is faint, and its level sways from one frame to the next no more than that of Gaussian noise does; rain
is made of drops, and sways more. How much is measured against Gaussian noise in the same bins, so that
neither the colour of the noise nor the rate of the recording makes a difference.
"""

from __future__ import annotations

from functools import cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from curate.audio.spectrum import band_edges, hop_of
from curate.detectors.levels import Run

#: Steps of a sway that is kept as a byte.
SWAY_STEP = 1 / 32

#: Hiss sways less than so many times as much as Gaussian noise, and is fainter than so much, dB; told anew
#: every so many seconds. One rain in five sways no more, but all are louder (bench/quality.py).
_STEADY, _FAINT, _ANEW = 1.4, -45.0, 10.0

#: Variance of the mean power of n bins of Gaussian noise is this over n: under Hann's window the powers of
#: neighbours correlate by 4/9, of the next by 1/36.
_SPREAD = 1 + 2 * (4 / 9 + 1 / 36)

#: Median distance of two independent draws from a Gaussian, in standard deviations.
_MEDIAN_LEAP = 0.9539


def sway(bands: NDArray[np.float32], sr: int, between: tuple[float, float]) -> NDArray[np.float32]:
    """Measure how far the power in some bands leaps from the first to the second frame of each pair.

    Parameters
    ----------
    bands : shape=(frames, bands)
        Of `Frames`.
    sr : Hz
    between : Hz
        Bands that lie in it count.

    Returns
    -------
    shape=((frames + 1) // 2,)
        In medians of what Gaussian noise would leap; 0 for a frame without a second.
    """
    chosen, bins = _inside(sr, between)
    pairs = len(bands) // 2
    leaps = np.zeros((len(bands) + 1) // 2, np.float32)
    if not (len(bins) and pairs):
        return leaps
    power = bands[: 2 * pairs, chosen] * bins + np.float32(1e-14)
    both = power.sum(axis=1).reshape(pairs, 2)
    # As many bins of equal power would sway as much.
    equal = both.sum(axis=1) ** 2 / (power.reshape(pairs, 2, -1).sum(axis=1) ** 2 / bins).sum(axis=1)
    leaps[:pairs] = np.abs(np.log(both[:, 1] / both[:, 0])) / (_MEDIAN_LEAP * np.sqrt(_SPREAD / equal))
    return leaps


def noise_of(levels: NDArray[np.uint8]) -> dict[str, float]:
    """Measure a stretch of even noise: ``dbfs``, and how much it sways.

    Parameters
    ----------
    levels : shape=(2, frames)
        Powers as `levels.decibels` keeps them, and sways in steps of `SWAY_STEP`.
    """
    level, swayed = np.median(levels, axis=1)
    return {"dbfs": float(level - 255) / 2, "sway": round(float(swayed) * SWAY_STEP, 2)}


def kinds(levels: NDArray[np.uint8], hop: float, span: Run) -> list[tuple[str, Run]]:
    """Divide a stretch of even noise into ``hiss`` and ``broadband``.

    Parameters
    ----------
    levels : shape=(2, frames)
        Of the whole recording, as `noise_of` takes them.
    hop : seconds
    span
        Frames of the stretch.
    """
    pieces = max(1, round((span[1] - span[0]) * hop / _ANEW))
    told: list[tuple[str, Run]] = []
    for run in pairwise(round(edge) for edge in np.linspace(*span, pieces + 1)):
        noise = noise_of(levels[:, slice(*run)])
        kind = "hiss" if noise["sway"] < _STEADY and noise["dbfs"] < _FAINT else "broadband"
        if told and told[-1][0] == kind:
            told[-1] = (kind, (told[-1][1][0], run[1]))
        else:
            told.append((kind, run))
    return told


@cache
def _inside(sr: int, between: tuple[float, float]) -> tuple[slice, NDArray[np.float32]]:
    """Give the bands between two frequencies, and the bins in each."""
    edges = band_edges(sr)
    chosen = np.flatnonzero((edges[:-1] >= between[0]) & (edges[1:] <= between[1]))
    if not len(chosen):
        return slice(0), np.zeros(0, np.float32)
    inside = slice(int(chosen[0]), int(chosen[-1]) + 1)
    return inside, (np.diff(edges)[inside] / (sr / (2 * hop_of(sr)))).astype(np.float32)
