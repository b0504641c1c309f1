"""Finds the real upper limit of a recording's content.

A phone's 8 kHz inside a 48-kHz file, or what an encoder at 64 kbit/s left away, is seen in the
recording's mean spectrum: it falls off a cliff, behind which there is nothing. Air and microphones let
the spectrum sink gently; no nature falls by 20 dB within 300 Hz and stays down. The louder half of the
frames is averaged, since where there is silence there is no cliff. The same is done to recognise
transcoded music (the cut-off rules of Fakin' The Funk and of auCDtect).
"""

from __future__ import annotations

import math
from typing import ClassVar

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from curate.audio.spectrum import Frames
from curate.detectors.levels import Levels, decibels, percentiles
from curate.errors import UsageError
from curate.model import Segment

#: Least limit, Hz: below a telephone's 3400 there is nothing, while rumble sinks steeply there.
_LEAST = 1500.0

#: Points that the mean spectrum is kept at, from 0 Hz to half of the rate.
_POINTS = 256


class BandwidthDetector:
    """Listens for a missing upper band."""

    name: ClassVar[str] = "bandwidth"
    least_sr: ClassVar[int] = 0
    loads: ClassVar[tuple[str, ...]] = ("scipy.fft",)
    version: ClassVar[str] = "5"

    def __init__(self, *, device: str = "auto") -> None:
        del device

    def open(self, sr: int) -> BandwidthListener:
        """Start listening to one recording, sampled at `sr` Hz."""
        return BandwidthListener(sr)

    def segments(self, packed: bytes, *, cliff: float = 15.0, below: float = 0.95) -> list[Segment]:
        """Find the upper limit in what was heard.

        Parameters
        ----------
        cliff : dB
            How far the spectrum must fall within a fiftieth of its width, and stay.
        below : 0 to 1
            A limit above this share of half the rate is the recorder's own filter.

        Returns
        -------
        One segment from end to end, labelled ``band-limited``, or none
            `high_freq` is the limit; measured is ``cliff_db``.

        Raises
        ------
        UsageError
            If a setting is out of range.
        """
        if not (0 < cliff < math.inf and 0 < below <= 1):
            raise UsageError(f"cliff is {cliff}, below {below}", hint="give decibels, and a share")
        heard = Levels.unpack(packed)
        points = heard.rows.shape[1]
        if not heard.rows.any() or not heard.duration:
            return []
        level = heard.rows[0].astype(np.float64) * 0.5
        nyquist = heard.hop  # kept in its place: a spectrum has no hop
        reach = max(2, _POINTS // 50)
        first = max(reach, math.ceil(_LEAST / nyquist * points))
        candidates = np.arange(first, math.floor(below * points) - 1)
        if not len(candidates):
            return []
        # Medians of what lies below each point, of less near 0 Hz.
        short = [percentiles(level[:point], 50)[0] for point in range(1, 2 * reach)]
        before = np.concatenate([short, percentiles(sliding_window_view(level, 2 * reach).T, 50)[0]])
        behind = np.maximum.accumulate(level[::-1])[::-1]
        falls = before[candidates - 1] - behind[np.minimum(candidates + reach // 2, points - 1)]
        best, limit = float(falls.max()), int(candidates[falls.argmax()])
        if best < cliff:
            return []
        return [
            Segment(
                0.0,
                heard.duration,
                "band-limited",
                score=round(min(1.0, best / 40), 4),
                high_freq=round(limit / points * nyquist, 1),
                measured={"cliff_db": round(best, 1)},
            )
        ]


class BandwidthListener:
    """Keeps the mean spectrum of a recording's louder frames."""

    def __init__(self, sr: int) -> None:
        self._nyquist = sr / 2
        self._sums: dict[int, NDArray[np.float64]] = {}  # of the frames at each level, in steps of 6 dB
        self._counts: dict[int, int] = {}

    def hear(self, frames: Frames) -> None:
        """Hear the next frames."""
        # Every fourth frame tells as much of a mean, in a quarter of the time.
        loudness = decibels(frames.variance.max(axis=0)[::4]) // 12
        levels = sorted(set(loudness.tolist()))
        chosen = np.equal.outer(np.array(levels, np.uint8), loudness)
        sums = chosen.astype(np.float32) @ frames.power[::4]
        for level, total, count in zip(levels, sums, chosen.sum(axis=1).tolist(), strict=True):
            self._sums[level] = self._sums.get(level, 0.0) + total
            self._counts[level] = self._counts.get(level, 0) + count

    def finish(self, duration: float) -> bytes:
        """Hear the end, and give the packed `Levels`, with half of the rate in the place of the hop."""
        wanted = (sum(self._counts.values()) + 1) // 2
        spectrum, taken = np.zeros(0), 0
        for level in sorted(self._counts, reverse=True):
            if taken >= wanted:
                break
            # Each level counts by its frames, not by its power: one bang is no spectrum.
            part = self._sums[level] / max(float(self._sums[level].sum()), 1e-30) * self._counts[level]
            spectrum = part if not taken else spectrum + part
            taken += self._counts[level]
        points = np.zeros((1, 0), np.uint8)
        if taken:
            edges = np.linspace(0, len(spectrum), _POINTS + 1).astype(int)[:-1]
            widths = np.maximum(np.diff(np.append(edges, len(spectrum))), 1)
            means = np.add.reduceat(spectrum, edges) / widths
            points = decibels(means / max(means.max(), 1e-30))[np.newaxis]
        return Levels(self._nyquist, duration, points).pack()
