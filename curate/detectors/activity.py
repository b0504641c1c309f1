"""Finds where an animal is audible at all, in which band, and how far above the noise.

Each band of a quarter octave above 150 Hz has its own noise floor, taken again for every minute: the
lower quartile of its levels. A frame is active if a band stands out over its floor by more than that
band's own noise does, three times the distance between the 5th and the 25th percentile, since a bird
sings in one band while the wind blows in another, and if it does so in two frames running. What most
bands do at the same time is a drop of rain or a gust, so the height of the median band is taken off.
Comparing each cell with the medians of its row and its column is from Lasseck and from Sprengel et al.
(BirdCLEF 2016); a lower quartile lets an animal sing for three quarters of the time.

Coders leave out the highest bands for as long as they can, and a band that was empty until they could not
has no floor of its own to stand out over. The floor of those beneath it holds instead.

What never pauses, as cicadas, has no floor in time. It counts as active where it stands out in
frequency: a band above 1 kHz whose floor is a peak between two valleys at least 10 dB lower, within an octave
and a half.
"""

from __future__ import annotations

import math
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from curate.audio.spectrum import BANDS_PER_OCTAVE, LOWEST_BAND, Frames, hop_of
from curate.detectors.levels import Columns, Levels, bridged, percentiles, runs
from curate.errors import UsageError
from curate.model import Segment

#: Seconds over which a floor is taken.
_WINDOW = 60.0

#: Bounds of the allowance for a band's own noise, dB.
_ALLOWED = (4.0, 12.0)

#: Of the distance between the 5th and the 25th percentile; chosen by bench/activity_accuracy.py.
_SPREADS = 3.0

#: A floor that lies so much, dB, below the median of the `_BENEATH` bands beneath it is that of an empty
#: band. Even strong wind falls by less than 12 dB over three bands.
_EMPTY = 16.0
_BENEATH = 5

_CHORUS_FREQ = 1000.0  # Hz
_CHORUS_RISE = 10.0  # dB

#: Bands in which the valley beside a peak is looked for: an octave and a half. A wider hump is noise between
#: a recorder's low cut and its own slope.
_VALLEY = 6

_NONE = 255  # in the place of a band where none is active
_SILENT = 1e-13  # power of the last bit of 24 in one bin; below there is nothing to hear


class ActivityDetector:
    """Listens for animals."""

    name: ClassVar[str] = "activity"
    # The lowest band and its neighbour, above 150 Hz, must lie below half the rate.
    least_sr: ClassVar[int] = 400
    loads: ClassVar[tuple[str, ...]] = ("scipy.fft",)
    version: ClassVar[str] = "5"

    def __init__(self, *, device: str = "auto") -> None:
        del device

    def open(self, sr: int) -> ActivityListener:
        """Start listening to one recording, sampled at `sr` Hz."""
        return ActivityListener(sr)

    def segments(
        self, packed: bytes, *, snr: float = 6.0, gap: float = 0.25, min_duration: float = 0.06
    ) -> list[Segment]:
        """Find activity in what was heard.

        Parameters
        ----------
        snr : dB
            Least height of the strongest band above its floor.
        gap : seconds
            Sounds closer than this are one.
        min_duration : seconds
            Shorter sounds are none.

        Returns
        -------
        Sorted and disjoint, labelled ``activity``
            With the band in which most of it lies. Measured is ``snr_db``, of its loudest tenth; the
            score is that over 40 dB, at most 1.

        Raises
        ------
        UsageError
            If a setting is out of range.
        """
        if not (0 <= snr < math.inf and gap >= 0 and min_duration >= 0):
            raise UsageError(
                f"snr is {snr}, gap {gap}, min_duration {min_duration}", hint="give numbers of 0 or more"
            )
        heard = Levels.unpack(packed)
        if not heard.rows.size:
            return []
        height, lowest, highest = heard.rows
        active = (lowest != _NONE) & (height >= 2 * snr)  # in steps of half a decibel
        found = bridged(runs(active), gap=gap / heard.hop, shortest=min_duration / heard.hop)
        made = []
        for start, stop in found:
            inside = np.flatnonzero(active[start:stop]) + start
            loudest = float(percentiles(height[inside], 90)[0]) * 0.5
            low, high = (
                int(percentiles(row[inside], share)[0]) for row, share in ((lowest, 10), (highest, 90))
            )
            made.append(
                Segment(
                    *heard.seconds((start, stop)),
                    "activity",
                    score=round(min(1.0, loudest / 40), 4),
                    low_freq=round(_freq(low), 1),
                    high_freq=round(_freq(high + 1), 1),
                    measured={"snr_db": round(loudest, 1)},
                )
            )
        return made


class ActivityListener:
    """Keeps three bytes of each frame: the greatest height, the lowest and the highest active band."""

    def __init__(self, sr: int) -> None:
        self._hop = hop_of(sr) / sr
        self._frames = round(_WINDOW / self._hop)
        self._before = np.zeros((0, 0), np.float32)  # the minute before, for the last one's floor
        self._held: list[NDArray[np.float32]] = []
        self._count = 0
        self._columns = Columns(3)

    def hear(self, frames: Frames) -> None:
        """Hear the next frames."""
        self._held.append(10 * np.log10(frames.bands + np.float32(_SILENT)))
        self._count += len(frames)
        if self._count >= self._frames:
            minute = np.concatenate(self._held)
            self._columns.append(_measured(minute, minute))
            self._before, self._held, self._count = minute, [], 0

    def finish(self, duration: float) -> bytes:
        """Hear the end, and give the packed `Levels`."""
        if self._held:
            rest = np.concatenate(self._held)
            window = np.concatenate([self._before[len(rest) :], rest]) if len(self._before) else rest
            self._columns.append(_measured(rest, window))
        return Levels(self._hop, duration, self._columns.all()).pack()


def _measured(levels: NDArray[np.float32], window: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Measure frames against the floors of a window around them, both of shape (frames, bands), dB."""
    # Every other frame tells as much of a percentile, in half of the time.
    lowest, floor = percentiles(window[::2], 5, 25)
    allowed = np.clip(_SPREADS * (floor - lowest), *_ALLOWED)
    floor = _filled(np.minimum(floor, _chorus(floor)))
    height = levels - floor
    common = np.maximum(percentiles(height.T, 50)[0], 0)[:, np.newaxis]
    active = _supported(height > allowed + common)
    rows = np.empty((3, len(levels)), np.uint8)
    rows[0] = np.clip(2 * np.where(active, height, 0).max(axis=1), 0, 255)
    some = active.any(axis=1)
    rows[1] = np.where(some, active.argmax(axis=1), _NONE)
    rows[2] = np.where(some, active.shape[1] - 1 - active[:, ::-1].argmax(axis=1), _NONE)
    return rows


def _supported(cells: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Keep a cell that continues in the frame before or behind, there or in the next band: noise does not."""
    wide = cells.copy()
    wide[:, 1:] |= cells[:, :-1]
    wide[:, :-1] |= cells[:, 1:]
    support = np.zeros_like(cells)
    support[1:] |= wide[:-1]
    support[:-1] |= wide[1:]
    kept: NDArray[np.bool_] = cells & support
    return kept


def _chorus(floor: NDArray[np.float32]) -> NDArray[np.float32]:
    """Give each band that sounds without a pause the floor of the valley next to it; others infinity."""
    valleys = np.full(len(floor), np.inf, np.float32)
    first = math.ceil(math.log2(_CHORUS_FREQ / LOWEST_BAND) * BANDS_PER_OCTAVE)
    for band in range(first, len(floor)):
        below = floor[max(0, band - _VALLEY) : band - 1]
        above = floor[band + 2 : band + 1 + _VALLEY]
        valley = max(float(below.min()), float(above.min()) if len(above) else -math.inf)
        if floor[band] - valley >= _CHORUS_RISE:
            valleys[band] = valley
    return valleys


def _filled(floor: NDArray[np.float32]) -> NDArray[np.float32]:
    """Give each band that a coder left empty the floor of those beneath it."""
    filled = floor.tolist()
    for band in range(_BENEATH, len(filled)):
        beneath = sorted(filled[band - _BENEATH : band])[_BENEATH // 2]
        if filled[band] < beneath - _EMPTY:
            filled[band] = beneath
    return np.asarray(filled, np.float32)


def _freq(edge: int) -> float:
    """Hertz of a band's lower edge."""
    return float(LOWEST_BAND * 2 ** (edge / BANDS_PER_OCTAVE))
