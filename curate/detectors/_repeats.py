"""Finds sound that is written twice, when a recorder wrote a buffer again.

Each frame's greatest sample, with the seven behind it, is a landmark that the copy of a buffer has too,
whatever the buffer's length. Two equal landmarks, at most two runs of frames (three seconds) apart,
propose a lag; frames that equal the sound a lag earlier, sample by sample, are repeats. Noise never
does that by chance. A pure tone does, and is left alone.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from curate.audio.spectrum import Frames

#: Samples of a landmark.
_MARK = 8

#: Odd numbers, so that no bit of a landmark is lost in the sum (Dietzfelbinger's multiply hashing).
_ODD = (2 * np.arange(1, _MARK + 1, dtype=np.uint64) + 1) * np.uint64(0x9E3779B97F4A7C15) | np.uint64(1)

#: Share of a frame's power in its three strongest neighbouring bins, beyond which it is a tone.
_TONE = 0.98


class Repeats:
    """Hears the first channel of one recording."""

    def __init__(self) -> None:
        self._past = np.zeros((0, 0), np.float32)
        self._marks = np.zeros(0, np.uint64)
        self._places = np.zeros(0, np.int64)

    def hear(self, frames: Frames) -> NDArray[np.bool_]:
        """Tell which of the next frames repeat earlier sound, shape=(frames,)."""
        now = frames.samples[0]
        repeated = np.zeros(len(now), bool)
        marks, places = _landmarks(now)
        lags = _lags(np.append(self._marks, marks), np.append(self._places, places))
        for lag in lags:
            sound = np.concatenate([self._past.ravel(), now.ravel()])
            equal = np.zeros(now.size, bool)
            first = max(0, lag - self._past.size)
            equal[first:] = (
                sound[self._past.size + first :] == sound[self._past.size + first - lag : len(sound) - lag]
            )
            repeated |= equal.reshape(now.shape).all(axis=1)
        if repeated.any():
            repeated[_tonal(frames)] = False
        self._past, self._marks, self._places = now, marks, places - now.size
        return repeated


def _landmarks(now: NDArray[np.float32]) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    """Give the bits of each frame's landmark, mixed into one number, and where it is."""
    count, hop = now.shape
    if hop < 2 * _MARK:
        return np.zeros(0, np.uint64), np.zeros(0, np.int64)
    peaks = now[:, : hop - _MARK].argmax(axis=1)
    rows = np.arange(count)
    bits = now[rows[:, np.newaxis], peaks[:, np.newaxis] + np.arange(_MARK)].view(np.uint32).astype(np.uint64)
    marks = (bits * _ODD).sum(axis=1)
    alive = (bits != bits[:, :1]).any(axis=1)  # a constant is no landmark
    return marks[alive], (rows * hop + peaks)[alive]


def _lags(marks: NDArray[np.uint64], places: NDArray[np.int64]) -> list[int]:
    """Propose lags at which the sound may repeat itself: the most frequent ones between equal landmarks."""
    order = np.argsort(marks, kind="stable")
    same = np.flatnonzero(marks[order[1:]] == marks[order[:-1]])
    if not len(same):
        return []
    lags, counts = np.unique(places[order[same + 1]] - places[order[same]], return_counts=True)
    return [int(lag) for lag in lags[np.argsort(-counts, kind="stable")][:4] if lag > 0]


def _tonal(frames: Frames) -> NDArray[np.bool_]:
    power = frames.power
    strongest = power.argmax(axis=1)[:, np.newaxis] + np.arange(-1, 2)
    near = np.take_along_axis(power, np.clip(strongest, 0, power.shape[1] - 1), axis=1)
    tonal: NDArray[np.bool_] = near.sum(axis=1) > _TONE * power.sum(axis=1)
    return tonal
