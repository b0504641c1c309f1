"""How much the level of a noise sways from one frame to the next, against noise that is Gaussian.

A recorder's own noise is Gaussian; rain is made of drops, and sways more. The level of the noise, its
colour, and the rate of the recording make no difference.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from curate.audio.spectrum import band_edges, hop_of

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


@cache
def _inside(sr: int, between: tuple[float, float]) -> tuple[slice, NDArray[np.float32]]:
    """Give the bands between two frequencies, and the bins in each."""
    edges = band_edges(sr)
    chosen = np.flatnonzero((edges[:-1] >= between[0]) & (edges[1:] <= between[1]))
    if not len(chosen):
        return slice(0), np.zeros(0, np.float32)
    inside = slice(int(chosen[0]), int(chosen[-1]) + 1)
    return inside, (np.diff(edges)[inside] / (sr / (2 * hop_of(sr)))).astype(np.float32)
