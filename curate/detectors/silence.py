"""Finds stretches of silence.

A frame is silent if its level (mean square of the loudest channel, without its constant part)
lies below an absolute level, or near the recording's own floor. The second counts only in a
recording with a loud part far above that floor: rain from end to end is all floor, and no silence.
The floor is the 5th percentile of the frames' levels, the loud part their 99.8th; percentiles of
short-time levels are the usual estimate of background noise (L95 and L1 of acoustic surveys).
"""

from __future__ import annotations

import math
from typing import ClassVar

import numpy as np

from curate.audio.spectrum import Frames, hop_of
from curate.detectors.levels import Columns, Levels, bridged, decibels, percentiles, runs
from curate.errors import UsageError
from curate.model import Segment

_STEP = 0.5  # dB of one step of the kept levels


class SilenceDetector:
    """Listens for silence."""

    name: ClassVar[str] = "silence"
    least_sr: ClassVar[int] = 0
    version: ClassVar[str] = "2"

    def __init__(self, *, device: str = "auto") -> None:
        del device

    def open(self, sr: int) -> SilenceListener:
        """Start listening to one recording, sampled at `sr` Hz."""
        return SilenceListener(sr)

    def segments(
        self,
        packed: bytes,
        *,
        level: float = -75.0,
        margin: float = 6.0,
        contrast: float = 25.0,
        min_duration: float = 0.2,
    ) -> list[Segment]:
        """Find silence in what was heard.

        Parameters
        ----------
        level : dB, full scale 0
            A frame below it is silent, whatever the recording.
        margin : dB
            So is one less than this above the recording's floor,
        contrast : dB
            if the loud part of the recording is at least so much above its floor.
        min_duration : seconds
            Shorter silence is none.

        Returns
        -------
        Sorted and disjoint, labelled ``silence``
            Measured are ``dbfs`` (their median level) and ``floor_dbfs``.

        Raises
        ------
        UsageError
            If a setting is not a finite number.
        """
        for name, value in (("level", level), ("margin", margin), ("contrast", contrast)):
            if not math.isfinite(value):
                raise UsageError(f"{name} is {value}", hint="give decibels, such as -75")
        heard = Levels.unpack(packed)
        if not heard.rows.size:
            return []
        kept = heard.rows[0]
        # Bytes are looked up in a table, for a day of levels would take 30 MB.
        levels = (np.arange(256) - 255) * _STEP
        floor, loud = percentiles(kept, 5, 99.8, of=levels)
        limit = max(level, floor + margin) if loud - floor >= contrast else level
        found = bridged(runs((levels < limit)[kept]), gap=0, shortest=min_duration / heard.hop)
        return [
            Segment(
                *heard.seconds((start, stop)),
                "silence",
                measured={
                    "dbfs": round(float(percentiles(kept[start:stop], 50, of=levels)[0]), 1),
                    "floor_dbfs": round(float(floor), 1),
                },
            )
            for start, stop in found
        ]


def mean_level(packed: bytes) -> float:
    """Read the mean level of a recording from its track, in dB of full scale. NaN where nothing was heard."""
    kept = Levels.unpack(packed).rows
    if not kept.size:
        return math.nan
    # A day has four million frames, and only 256 levels.
    counts = np.bincount(kept[0], minlength=256)
    return float(10 * np.log10(counts @ 10 ** ((np.arange(256) - 255) * _STEP / 10) / counts.sum()))


class SilenceListener:
    """Keeps the level of every frame: 50 bytes per second before compression."""

    def __init__(self, sr: int) -> None:
        self._hop = hop_of(sr) / sr
        self._columns = Columns(1)

    def hear(self, frames: Frames) -> None:
        """Hear the next frames."""
        self._columns.append(decibels(frames.variance.max(axis=0), step=_STEP)[np.newaxis])

    def finish(self, duration: float) -> bytes:
        """Hear the end, and give the packed `Levels`."""
        return Levels(self._hop, duration, self._columns.all()).pack()
