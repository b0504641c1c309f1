"""Whether two recordings really are alike at one shift, and from where to where.

Each peak of the one either has its like in the other or has not. If the sound is the same
most have; if not, only as many as chance gives, and chance is measured at other shifts of the
same two recordings, so that a cricket or a hum, which look alike at any shift, prove nothing.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Peaks = tuple[NDArray[np.integer], NDArray[np.integer]]  # frames in rising order, and bins

#: Frames by which a shift from landmarks may be off.
_SLACK = 6

#: Share of the peaks of a true copy that are found again. After MP3 at 64 kbit/s 56 % are in nine
#: of ten recordings of the corpus, and 50 % in all but 3 %.
_FOUND = 0.5

#: Chance is taken to be at least this: a shift that landmarks chose is the best of many.
_CHANCE = 0.03

#: Other shifts, in frames, at which chance is measured. They share no short period.
_ELSEWHERE = (-61, -43, -29, 29, 43, 61)

#: Frames (1 s) at the ends of the common stretch without a peak in common that still belong to it.
_EDGE = 63


@dataclass(frozen=True, slots=True)
class Alignment:
    """A stretch that two recordings have in common, in frames.

    Parameters
    ----------
    start, stop
        In the first recording; in the second they are `shift` less.
    score
        How much likelier the peaks are in a copy than by chance: the logarithm of the ratio.
    """

    start: int
    stop: int
    shift: int
    score: float


def align(
    first: Peaks, second: Peaks, shift: int, *, lengths: tuple[int, int], least: float
) -> Alignment | None:
    """Look for a common stretch near one shift.

    Parameters
    ----------
    shift
        Frame of the first minus frame of the second, about.
    lengths
        Frames of both recordings.
    least
        Smallest score that is believed.

    Returns
    -------
    The most likely stretch, None if none reaches `least`
    """
    frames, bins = (part.astype(np.int64) for part in second)
    inside = slice(*np.searchsorted(frames, (-shift - _SLACK, lengths[0] - shift + _SLACK)))
    frames, bins = frames[inside], bins[inside]
    # No two peaks are within 12 frames and 12 bins, so each has at most one like there.
    lookup = _lookup(first)
    off = _nearest(lookup, frames + shift, bins)
    counts = np.bincount(off[np.abs(off) <= _SLACK] + _SLACK, minlength=2 * _SLACK + 1)
    if not counts.any():
        return None
    around = np.convolve(counts, (1, 2, 1), mode="same")
    exact = shift + int(np.argmax(around)) - _SLACK
    matched = np.abs(off - (exact - shift)) <= 1
    chance = _CHANCE
    if matched.sum() * math.log(1 / _CHANCE) < least:
        return None  # not even if nothing spoke against it
    alike = [np.abs(_nearest(lookup, frames + exact + other, bins)) <= 1 for other in _ELSEWHERE]
    chance = max(_CHANCE, *(float(np.mean(found)) for found in alike))
    found = max(_FOUND, (1 + chance) / 2)
    gain = np.where(matched, math.log(found / chance), math.log((1 - found) / (1 - chance)))
    begin, end, score = _best_run(gain)
    if score < least:
        return None
    low, high = max(0, exact), min(lengths[0], lengths[1] + exact)
    start, stop = int(frames[begin]) + exact, int(frames[end - 1]) + exact
    return Alignment(
        low if start - low <= _EDGE else start, high if high - stop <= _EDGE else stop, exact, score
    )


def _lookup(peaks: Peaks) -> NDArray[np.int64]:
    """Peaks as sorted numbers: bin by bin, in the order of their frames."""
    frames, bins = (part.astype(np.int64) for part in peaks)
    return np.sort(bins << 32 | frames)


def _nearest(
    lookup: NDArray[np.int64], frames: NDArray[np.int64], bins: NDArray[np.int64]
) -> NDArray[np.int64]:
    """How many frames later the like of each peak is, in the same bin or the next. Far if there is none."""
    best = np.full(len(frames), 1 << 20, np.int64)
    for beside in (-1, 0, 1):
        wanted = (bins + beside) << 32 | np.maximum(frames - _SLACK - 1, 0)
        at = np.minimum(np.searchsorted(lookup, wanted), len(lookup) - 1)
        off = lookup[at] - ((bins + beside) << 32) - frames
        best = np.where(np.abs(off) < np.abs(best), off, best)
    return best


def _best_run(gain: NDArray[np.float64]) -> tuple[int, int, float]:
    """Find the stretch of the greatest sum (Kadane's algorithm)."""
    sums = np.concatenate([[0.0], np.cumsum(gain)])
    lowest = np.minimum.accumulate(sums[:-1])
    end = int(np.argmax(sums[1:] - lowest)) + 1
    begin = int(np.argmin(sums[:end]))
    return begin, end, float(sums[end] - sums[begin])
