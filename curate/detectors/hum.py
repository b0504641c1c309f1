"""Finds mains hum: a comb of steady tones at multiples of 50 or 60 Hz.

The mean of the channels is thinned to 4 to 8 kHz by averaging, which leaves low harmonics untouched,
and its spectrum is taken every fifth of a second over a quarter to half a second. A harmonic counts as
far as it stands out over the bins between the harmonics of both mains, so a broad rumble has none. What
is kept is the comb's prominence for either mains: that of the third strongest of its six lowest
harmonics, each within the drift of the mains. One or two strong tones are thus no hum: they may be a
bird.
"""

from __future__ import annotations

import math
from functools import cache
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from curate.audio.spectrum import Frames, overlapping
from curate.detectors.levels import Columns, Levels, bridged, decibels, runs
from curate.errors import UsageError
from curate.intervals import union
from curate.model import Segment

#: Mains frequencies, Hz.
MAINS = (50.0, 60.0)

_HARMONICS = 6
_WANTED = 3  # of them: a rectifier's hum has only the even ones
_RATE = 4000  # what the sound is thinned to, at least, Hz
_WINDOW = 2048  # a quarter to half a second of what is thinned
_HOP = 0.2
_TOGETHER = 64  # windows measured at once, at least: 13 seconds
_STEP = 0.25  # dB of one step of the kept prominence
_CLEAR = 6.0  # a bin so far from all harmonics, Hz, lies outside the main lobe of Hann's window
_BESIDE = 30.0  # how far from a harmonic its surroundings reach, Hz
_BIAS = 2.5  # dB by which the mean of a noise's logarithms lies below the logarithm of its mean
_TINY = np.float32(1e-14)  # far below the last bit of 24


class HumDetector:
    """Listens for mains hum."""

    name: ClassVar[str] = "hum"
    # Harmonics of the mains are compared up to 400 Hz.
    least_sr: ClassVar[int] = 800
    loads: ClassVar[tuple[str, ...]] = ("scipy.fft",)
    version: ClassVar[str] = "3"

    def __init__(self, *, device: str = "auto") -> None:
        del device

    def open(self, sr: int) -> HumListener:
        """Start listening to one recording, sampled at `sr` Hz."""
        return HumListener(sr)

    def segments(
        self, packed: bytes, *, prominence: float = 15.0, min_duration: float = 1.0
    ) -> list[Segment]:
        """Find hum in what was heard.

        Parameters
        ----------
        prominence : dB
            How far the harmonics must stand out over what lies between them.
        min_duration : seconds
            Shorter hum is none.

        Returns
        -------
        Sorted and disjoint, labelled ``hum 50 Hz`` or ``hum 60 Hz``
            Measured is ``prominence_db``; the score is that over 40 dB, at most 1.

        Raises
        ------
        UsageError
            If a setting is out of range.
        """
        if not (prominence > 0 and min_duration >= 0):
            raise UsageError(
                f"prominence is {prominence}, min_duration {min_duration}", hint="give positive numbers"
            )
        heard = Levels.unpack(packed)
        if not heard.rows.size:
            return []
        combs, levels = heard.rows[:2] * _STEP, heard.rows[2:].astype(np.float64) * 0.5
        mains = int(np.sort(combs, axis=1)[:, -1 - combs.shape[1] // 10 :].mean(axis=1).argmax())
        comb, level = combs[mains], levels[mains]
        spans = []
        for start, stop in bridged(runs(comb >= prominence), gap=0.5 / _HOP, shortest=1):
            onset, offset = _edges(level, start, stop)
            spans.append((max(0.0, onset * heard.hop), min(heard.duration, offset * heard.hop)))
        found = []
        for onset, offset in union(spans):
            strength = float(np.median(comb[int(onset / heard.hop) : int(offset / heard.hop) + 1]))
            if offset - onset < min_duration or strength < prominence:
                continue
            found.append(
                Segment(
                    onset,
                    offset,
                    f"hum {MAINS[mains]:.0f} Hz",
                    score=round(min(1.0, strength / 40), 4),
                    low_freq=MAINS[mains],
                    high_freq=MAINS[mains] * _HARMONICS,
                    measured={"prominence_db": round(strength, 1)},
                )
            )
        return found


class HumListener:
    """Keeps the prominence and level of both combs, five times a second."""

    def __init__(self, sr: int) -> None:
        self._thin = 1 << max(0, math.floor(math.log2(sr / _RATE)))
        self._rate = sr / self._thin
        self._hop = round(_HOP * self._rate)
        # Windows are centred: the first on the recording's start.
        self._held = [np.zeros(_WINDOW // 2, np.float32)]
        self._filled = _WINDOW // 2
        self._mean = np.full(self._thin, 1 / self._thin, np.float32)
        self._combs = [_comb(mains, self._rate) for mains in MAINS]
        self._columns = Columns(4)

    def hear(self, frames: Frames) -> None:
        """Hear the next frames."""
        # The frames are a multiple of what is averaged, so that no sample is copied; as one matrix, since
        # a product for each frame takes several times as long.
        thinned = frames.mono.reshape(-1, self._thin) @ self._mean
        self._held.append(thinned)
        self._filled += len(thinned)
        if self._filled >= _TOGETHER * self._hop + _WINDOW:
            self._measure()

    def finish(self, duration: float) -> bytes:
        """Hear the end, and give the packed `Levels`."""
        self._held.append(np.zeros(_WINDOW // 2, np.float32))
        self._measure()
        return Levels(self._hop / self._rate, duration, self._columns.all()).pack()

    def _measure(self) -> None:
        from scipy.fft import rfft  # noqa: PLC0415 - not needed to list the detectors

        held = np.concatenate(self._held)
        count = (len(held) - _WINDOW) // self._hop + 1
        if count < 1:
            return
        windows = overlapping(held, _WINDOW, self._hop, count)
        spectra = rfft(windows * _hann(), axis=1, overwrite_x=True)[:, : self._combs[-1].bins]
        logs = 10 * np.log10(np.square(spectra.real) + np.square(spectra.imag) + _TINY)
        measured = [comb.measure(logs) for comb in self._combs]
        prominence = np.clip(np.rint([m[0] / _STEP for m in measured]), 0, 255)
        levels = decibels(np.stack([m[1] for m in measured]))
        self._columns.append(np.concatenate([prominence.astype(np.uint8), levels]))
        self._held = [held[count * self._hop :]]
        self._filled = len(self._held[0])


class _Comb:
    """Where the harmonics of one mains frequency, and the bins next to them, lie in a spectrum."""

    def __init__(self, mains: float, rate: float) -> None:
        spacing = rate / _WINDOW
        self.bins = round((max(MAINS) * _HARMONICS + _BESIDE) / spacing) + 1
        freqs = np.arange(self.bins) * spacing
        lines = np.concatenate([np.arange(1, 12) * each for each in MAINS])
        quiet = np.abs(freqs[:, np.newaxis] - lines).min(axis=1) > _CLEAR
        harmonics = mains * np.arange(1, _HARMONICS + 1)
        # The mains drift by 0.2 Hz, so that the sixth harmonic stays within a bin, 2 to 3 Hz.
        self._at = np.rint(harmonics / spacing).astype(int)[:, np.newaxis] + np.arange(-1, 2)
        beside = quiet & (np.abs(freqs - harmonics[:, np.newaxis]) <= _BESIDE)
        self._beside = (beside / beside.sum(axis=1, keepdims=True)).T.astype(np.float32)

    def measure(self, logs: NDArray[np.float32]) -> tuple[NDArray[np.floating], NDArray[np.floating]]:
        """Give the comb's prominence in dB, and its power, each of shape (windows,).

        The surroundings are averaged in dB, for a tone among them shall not count.
        """
        peaks = logs[:, self._at].max(axis=2)
        prominence = np.sort(peaks - logs[:, : self.bins] @ self._beside, axis=1)[:, -_WANTED] - _BIAS
        return prominence, (10 ** (peaks / 10)).sum(axis=1)


@cache
def _comb(mains: float, rate: float) -> _Comb:
    return _Comb(mains, rate)


@cache
def _hann() -> NDArray[np.float32]:
    """Hann's window, scaled so that one-sided powers add up to the mean square."""
    hann = np.hanning(_WINDOW)
    return np.asarray(hann * np.sqrt(2 / (_WINDOW * np.sum(hann**2))), np.float32)


def _edges(level: NDArray[np.float64], start: int, stop: int) -> tuple[float, float]:
    """Find where a comb begins and ends, in windows.

    A window that is half filled with a tone has a quarter of its power under Hann's window: the tone
    begins where the level lies 6 dB below that inside.
    """
    half = float(np.median(level[start:stop])) - 20 * np.log10(2)
    onset, offset = float(start), float(stop - 1)
    first = start
    while first < stop - 1 and level[first] < half:
        first += 1
    while first > 0 and level[first - 1] >= half:
        first -= 1
    onset = float(first) if first == 0 else first - _part(level[first - 1], level[first], half)
    last = stop - 1
    while last > start and level[last] < half:
        last -= 1
    while last < len(level) - 1 and level[last + 1] >= half:
        last += 1
    offset = last + 1.0 if last == len(level) - 1 else last + _part(level[last + 1], level[last], half)
    return onset, offset


def _part(outside: float, inside: float, level: float) -> float:
    """How far from the inner window the level is met, by amplitude, as a share of a hop."""
    low, middle, high = (10 ** (value / 20) for value in (outside, level, inside))
    return float((high - middle) / (high - low)) if high > low else 0.0
