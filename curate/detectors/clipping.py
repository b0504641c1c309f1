"""Finds clipped sound: wave crests that are cut flat.

In each frame the samples within 0.01 % of its greatest or least value are looked at. Three or more in a
row are a plateau if the wave reaches it at an angle: the crest of a slow wave is round, so the samples
next to it are still close to it. A plateau may lie at any level, for a clipped recording is often made
quieter later; only below -40 dB it is not told from the steps of the converter. Two successive samples
at full scale count wherever they stand. Flat runs of three samples are the usual sign (for instance in
EBU R 68's over indicators, and in the clip detectors of Audacity and scikit-maad).
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from curate.audio.spectrum import Frames, hop_of
from curate.detectors.levels import Columns, Levels, runs
from curate.errors import UsageError
from curate.model import Segment

#: Samples this close to the crest, as a share of it, are on the plateau.
_FLAT = 1e-4

#: The sample beside a plateau lies so many times further off.
_ANGLE = 6.0

#: Least crest that is looked at, full scale 1.0.
_LEAST = 0.01

#: A crest of fewer steps of the converter is coarse by itself, as in recordings of 8 bits.
_STEPS = 100

#: Least crest of a square wave, full scale 1.0, and the values that it has less than: in 8 bits, sound of
#: that crest has some 25.
_SQUARE, _FEW = 0.1, 16

#: Samples in a row that are a plateau: at any level, and at full scale.
_RUN, _PAIR = 3, 2

#: Shares are kept in steps of such a part of a frame: fine where there is little.
_PARTS = 4096

#: Full scale: the greatest value of a 16-bit file, less one step.
_FULL = 32766 / 32768


class ClippingDetector:
    """Listens for clipping."""

    name: ClassVar[str] = "clipping"
    least_sr: ClassVar[int] = 0
    version: ClassVar[str] = "1"

    def __init__(self, *, device: str = "auto") -> None:
        del device

    def open(self, sr: int) -> ClippingListener:
        """Start listening to one recording, sampled at `sr` Hz."""
        return ClippingListener(sr)

    def segments(self, packed: bytes, *, share: float = 0.001) -> list[Segment]:
        """Find clipped stretches in what was heard.

        Parameters
        ----------
        share : 0 to 1
            Least share of clipped samples of a second.

        Returns
        -------
        Sorted and disjoint, labelled ``clipping``
            From the first to the last clipped frame of seconds that reach `share`. The score is the share of
            clipped samples, tenfold and at most 1; measured is ``share``.

        Raises
        ------
        UsageError
            If `share` is out of range.
        """
        if not 0 <= share <= 1:
            raise UsageError(f"share is {share}", hint="give a share of the samples, such as 0.001")
        heard = Levels.unpack(packed)
        if not heard.rows.any():  # as mostly; and the shares of a day take 30 MB
            return []
        clipped = heard.rows[0] / _PARTS
        window = max(1, round(1 / heard.hop))
        mean = np.convolve(clipped, np.ones(min(window, len(clipped))), "same") / min(window, len(clipped))
        dense = mean >= max(share, 1e-9)
        found = []
        for start, stop in runs(dense):
            hit = np.flatnonzero(clipped[start:stop])
            if len(hit):
                first, last = start + int(hit[0]), start + int(hit[-1]) + 1
                measured = float(clipped[first:last].mean())
                onset, offset = heard.seconds((first, last))
                score = round(min(1.0, 10 * measured), 4)
                found.append(
                    Segment(onset, offset, "clipping", score, measured={"share": round(measured, 5)})
                )
        return found


def clipped_share(packed: bytes) -> float:
    """Read the share of clipped samples, 0 to 1, of a whole recording from its track.

    At most 0.062 of a frame is kept, and that is much.
    """
    rows = Levels.unpack(packed).rows
    return float(rows[0].mean()) / _PARTS if rows.size else 0.0


class ClippingListener:
    """Counts the clipped samples of every frame, of the channel that has most."""

    def __init__(self, sr: int) -> None:
        self._hop = hop_of(sr)
        self._sr = sr
        self._columns = Columns(1)

    def hear(self, frames: Frames) -> None:
        """Hear the next frames."""
        counts = np.zeros(len(frames), np.int64)
        for channel, low, high in zip(frames.samples, frames.low, frames.high, strict=True):
            for crest, sign in ((high, 1), (-low, -1)):
                counts = np.maximum(counts, _plateaus(channel, crest, sign))
        shares = np.minimum(255, np.ceil(counts / self._hop * _PARTS)).astype(np.uint8)
        self._columns.append(shares[np.newaxis])

    def finish(self, duration: float) -> bytes:
        """Hear the end, and give the packed `Levels`."""
        return Levels(self._hop / self._sr, duration, self._columns.all()).pack()


def _plateaus(channel: NDArray[np.float32], crest: NDArray[np.float32], sign: int) -> NDArray[np.int64]:
    """Count the samples of each frame that lie on plateaus at its crest, shape=(frames,)."""
    counts = np.zeros(len(channel), np.int64)
    limit = np.where(crest >= _LEAST, crest * np.float32(1 - _FLAT), np.float32(np.inf))[:, np.newaxis]
    near = _counted(channel >= limit if sign > 0 else channel <= -limit)
    rows = np.flatnonzero(near >= np.where(crest >= _FULL, _PAIR, _RUN))
    if not len(rows):
        return counts
    frames, crests = channel[rows], crest[rows]
    flat = _flat(1 - sign * frames / crests[:, np.newaxis], crests >= _FULL)
    some = np.flatnonzero(flat)
    flat[some[_are_coarse(frames[some], crests[some].astype(np.float64))]] = 0
    counts[rows] = flat
    return counts


def _counted(mask: NDArray[np.bool_]) -> NDArray[np.intp]:
    """Count what is true in each row, eight at a time: numpy's own counting takes five times as long."""
    rows, columns = mask.shape
    if columns % 8:
        return np.asarray(np.count_nonzero(mask, axis=1))
    # No byte of a sum overflows: each is of 128 truths.
    words = mask.view(np.uint64).reshape(rows, -1, min(columns // 8, 128))
    return np.asarray(np.add.reduce(words, axis=2).view(np.uint8).sum(axis=1, dtype=np.intp))


def _are_coarse(frames: NDArray[np.float32], crests: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Whether a crest is only a few steps of the converter; a loud wave of few values is a square wave."""
    steps = np.diff(np.sort(frames, axis=1), axis=1)
    is_square = (crests >= _SQUARE) & (np.count_nonzero(steps, axis=1) < _FEW - 1)
    least = np.where(steps > 0, steps, np.float32(np.inf)).min(axis=1)
    coarse: NDArray[np.bool_] = (least > crests / _STEPS) & ~is_square
    return coarse


def _flat(below: NDArray[np.float32], full: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Count the samples of each frame on plateaus.

    Parameters
    ----------
    below : shape=(frames, samples)
        How far each sample lies below the crest of its frame, as a share of it.
    full : shape=(frames,)
        Whether that crest is full scale.
    """
    # All frames in one row: behind each end lies what is no plateau, and as far off as can be.
    apart = np.pad(below, ((0, 0), (1, 1)), constant_values=np.inf)
    edges = np.flatnonzero(np.diff((apart <= _FLAT).ravel()))
    starts, stops = edges[::2] + 1, edges[1::2] + 1
    lengths, frame = stops - starts, starts // apart.shape[1]
    values = apart.ravel()
    is_sharp = np.minimum(values[starts - 1], values[stops]) >= _ANGLE * _FLAT
    found = ((lengths >= _RUN) & is_sharp) | (full[frame] & (lengths >= _PAIR))
    return np.bincount(frame[found], lengths[found], len(below)).astype(np.int64)
