"""Finds what drowns an animal: a fly or bee at the microphone, wind, rain and the like, and knocks, and hiss.

Five measures of every 30 to 50 ms, and what they tell:

``fly``
    The height of the comb in the spectrum up to 4 kHz, by its cepstrum (Noll 1967): wing beats are a comb of
    110 to 350 Hz that continues without a pause, where song, croaks and speech pause.
``wind``
    Power below 150 Hz far above that of all the rest.
``broadband``
    Power from 1 to 10 kHz that is spread evenly, by its spectral flatness, without a pause: rain, a
    brook, a crowd of cicadas.
``hiss``
    The same, but faint, and as steady from one frame to the next as Gaussian noise: a recorder's own noise,
    which drowns nothing. Rain is made of drops, and its power sways more.
``bump``
    A sudden leap of the power below 150 Hz over its surroundings: a hand, a cable, a step.

None of these measures knows an animal from a machine, so `curate trim` flags them, but for hiss and knocks;
it does not cut them unless told to.
"""

from __future__ import annotations

import math
from functools import cache
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from curate.audio.spectrum import LOWEST_BAND, Frames, band_edges, hop_of
from curate.detectors._hiss import SWAY_STEP, kinds, noise_of, sway
from curate.detectors.levels import Columns, Levels, Run, bridged, decibels, percentiles, runs
from curate.errors import UsageError
from curate.model import Segment

#: Wing beats, Hz: of hover flies to those of bees. Midges reach 700 Hz, but there are the voices of birds.
_BEATS = (110.0, 350.0)
_COMB_TOP = 4000.0  # Hz
_CEPSTRUM = 512  # points, to which the spectrum is padded
_RAIN_BAND = (1000.0, 10000.0)  # Hz

#: Levels above this byte (-70 dB) can be heard.
_AUDIBLE = 115

#: Seconds of a pause that does not end a fly, wind or broadband noise, and the share of one that its
#: rule holds for.
_PAUSE, _SHARE = 0.3, 0.7

_MEASURES = {
    "fly": "comb_db",
    "wind": "low_over_rest_db",
    "broadband": "flatness",
    "hiss": "flatness",
    "bump": "leap_db",
}

#: Rows of what is kept.
_COMB, _BEAT, _LOW, _FLAT, _REST, _SWAY = range(6)

#: Frames whose leaps are computed at once.
_AT_ONCE = 1 << 16

#: Steps of what is kept, in a decibel, or from none to all.
_STEPS = {_COMB: 10, _FLAT: 255, _LOW: 2, _REST: 2}


class BuzzDetector:
    """Listens for flies, wind, broadband noise, hiss and knocks."""

    name: ClassVar[str] = "buzz"
    # Wing beats begin at 100 Hz, and their harmonics must fit below half the rate.
    least_sr: ClassVar[int] = 1000
    loads: ClassVar[tuple[str, ...]] = ("scipy.fft",)
    version: ClassVar[str] = "5"

    def __init__(self, *, device: str = "auto") -> None:
        del device

    def open(self, sr: int) -> BuzzListener:
        """Start listening to one recording, sampled at `sr` Hz."""
        return BuzzListener(sr)

    def segments(
        self,
        packed: bytes,
        *,
        comb: float = 4.0,
        wind: float = 15.0,
        flatness: float = 0.6,
        bump: float = 25.0,
        min_duration: float = 2.0,
    ) -> list[Segment]:
        """Find buzz in what was heard.

        Parameters
        ----------
        comb : dB
            Least height of a fly's comb.
        wind : dB
            Least power below 150 Hz over all above.
        flatness : 0 to 1
            Least evenness of broadband noise and hiss.
        bump : dB
            Least leap of a knock.
        min_duration : seconds
            A shorter fly, wind, broadband noise or hiss is none.

        Returns
        -------
        Sorted by onset; those of one label disjoint
            Labelled ``fly``, ``wind``, ``broadband``, ``hiss`` or ``bump``. Measured is what its rule asks
            for, ``beat_hz`` for flies, and for noise its level from 150 Hz up, ``dbfs``, and its ``sway``
            over that of Gaussian noise.

        Raises
        ------
        UsageError
            If a setting is out of range.
        """
        if not all(0 <= value < math.inf for value in (comb, wind, flatness, bump, min_duration)):
            raise UsageError("comb, wind, flatness, bump and min_duration must be 0 or more")
        heard = Levels.unpack(packed)
        if not heard.rows.size:
            return []
        loud, rumbling = heard.rows[_REST] > _AUDIBLE, heard.rows[_LOW] > _AUDIBLE

        def level(row: int) -> NDArray[np.float32]:
            # Single precision, which holds these steps and half the memory of a day.
            values: NDArray[np.float32] = heard.rows[row] / np.float32(_STEPS[row])
            return values

        def leap() -> NDArray[np.floating]:
            over: NDArray[np.floating] = level(_LOW)
            over -= np.float32(_AUDIBLE / 2)
            if (over >= bump).any():  # the surroundings take most of the time, and few recordings are so loud
                del over
                return _leap(heard.rows[_LOW], heard.hop)
            return over

        def wind_level() -> NDArray[np.float32]:
            low = level(_LOW)
            low -= level(_REST)
            return low

        found: list[Segment] = []
        # One after the other, for each takes the memory of a day four times over.
        for label, measure, least, audible, shortest in (
            ("fly", lambda: level(_COMB), comb, loud, min_duration),
            ("wind", wind_level, wind, rumbling, min_duration),
            ("broadband", lambda: level(_FLAT), flatness, loud, min_duration),
            ("bump", leap, bump, rumbling, 0.0),
        ):
            values = measure()
            found += _found(heard, label, values, (values >= least) & audible, shortest)
            del values
        return sorted(found, key=lambda segment: (segment.onset, segment.label))


class BuzzListener:
    """Keeps six bytes of every other frame."""

    def __init__(self, sr: int) -> None:
        self._hop = 2 * hop_of(sr) / sr
        self._sr = sr
        self._columns = Columns(6)

    def hear(self, frames: Frames) -> None:
        """Hear the next frames."""
        spacing = self._sr / (2 * frames.samples.shape[2])
        split = max(2, round(LOWEST_BAND / spacing))
        # In pairs; of an odd end the last frame stands for two.
        power = frames.power[::2, : round(_COMB_TOP / spacing)].copy()
        power[: len(frames) // 2] += frames.power[1::2, : power.shape[1]]
        power /= 2
        comb, beat = _comb(power, spacing)
        rows = np.empty((6, len(power)), np.uint8)
        rows[_COMB] = np.clip(10 * comb, 0, 255)
        rows[_BEAT] = np.clip(beat / 4, 0, 255)
        # A constant adds 4/3 of its square to the first bin under Hann's window, and 1/3 to the next.
        constant = float(frames.mean.sum() / frames.mean.size) ** 2 * 5 / 3
        low, rest = power[:, :split].sum(axis=1) - constant, frames.power[::2, split:].sum(axis=1)
        rows[[_LOW, _REST]] = decibels(np.stack([low, rest]))
        rows[_FLAT] = np.rint(255 * _flatness(frames.bands[::2], self._sr))
        rows[_SWAY] = np.clip(np.rint(sway(frames.bands, self._sr, _RAIN_BAND) / SWAY_STEP), 0, 255)
        self._columns.append(rows)

    def finish(self, duration: float) -> bytes:
        """Hear the end, and give the packed `Levels`."""
        return Levels(self._hop, duration, self._columns.all()).pack()


def _found(
    heard: Levels, label: str, measure: NDArray[np.floating], mask: NDArray[np.bool_], min_duration: float
) -> list[Segment]:
    """Make segments of one label where a mask is true, but for pauses."""
    spans: list[Run] = bridged(runs(mask), gap=_PAUSE / heard.hop, shortest=max(1, min_duration / heard.hop))
    noise = heard.rows[_REST:]
    segments = []
    for span in spans:
        if mask[slice(*span)].mean() < _SHARE:
            continue
        even = label == "broadband"
        for kind, run in kinds(noise, heard.hop, span) if even else [(label, span)]:
            inside = slice(*run)
            measured = {_MEASURES[kind]: round(float(np.median(measure[inside])), 2)}
            if kind == "fly":
                measured["beat_hz"] = float(np.median(heard.rows[_BEAT, inside]) * 4)
            if even:
                measured |= noise_of(noise[:, inside])
            segments.append(Segment(*heard.seconds(run), kind, measured=measured))
    return segments


def _leap(row: NDArray[np.uint8], hop: float) -> NDArray[np.float64]:
    """How far a level leaps over what can be heard, and over the median of the seconds around each frame.

    The medians are taken every half second.
    """
    reach, step = round(2.5 / hop), max(1, round(0.5 / hop))
    centres = np.arange(0, len(row), step)
    half = np.float32(_STEPS[_LOW])
    medians = [float(percentiles(row[max(0, c - reach) : c + reach + 1] / half, 50)[0]) for c in centres]
    leaps = np.empty(len(row))
    for first in range(0, len(row), _AT_ONCE):  # at once, a day would take 100 MB
        stop = min(first + _AT_ONCE, len(row))
        level = row[first:stop] / half
        around = np.interp(np.arange(first, stop), centres, medians)
        np.minimum(level - np.float32(_AUDIBLE / 2), level - around, out=leaps[first:stop])
    return leaps


def _comb(power: NDArray[np.float32], spacing: float) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Give the height in dB of the strongest comb in each spectrum, and its frequency in Hz."""
    level = np.log10(power[:, round(_BEATS[0] / spacing) :] + np.float32(1e-14))
    # Beats of f Hz ripple at _CEPSTRUM * spacing / f.
    low = math.floor(_CEPSTRUM * spacing / _BEATS[1])
    high = min(math.ceil(_CEPSTRUM * spacing / _BEATS[0]), _CEPSTRUM // 2)
    parts = np.square(level @ _ripples(level.shape[1], low, high + 1))
    height = parts[:, : high + 1 - low] + parts[:, high + 1 - low :]
    at = height.argmax(axis=1)
    return np.sqrt(height.max(axis=1)), (_CEPSTRUM * spacing / (at + low)).astype(np.float32)


def _flatness(bands: NDArray[np.float32], sr: int) -> NDArray[np.float32]:
    """Geometric over arithmetic mean of the bands that rain fills, 0 to 1."""
    first, last = _rain_bands(sr)
    if last <= first:
        return np.zeros(len(bands), np.float32)
    inside = bands[:, first:last] + np.float32(1e-14)
    flat: NDArray[np.float32] = np.exp(np.log(inside).mean(axis=1)) / inside.mean(axis=1)
    return np.clip(flat, 0, 1)


@cache
def _rain_bands(sr: int) -> tuple[int, int]:
    """First band that rain fills, and the first behind the last."""
    edges = band_edges(sr)
    first, last = np.searchsorted(edges, _RAIN_BAND[0]), np.searchsorted(edges, _RAIN_BAND[1], "right") - 1
    return int(first), int(last)


@cache
def _ripples(n: int, first: int, stop: int) -> NDArray[np.float32]:
    """Give the lines of a cepstrum from bels, as cosines and then as sines: shape=(n, 2 * lines).

    A Fourier transform of so few lines is a matrix product. The mean of the level is taken out, a Hann
    window is laid over it, and a ripple of amplitude a gives a line of a, in dB.
    """
    window = np.hanning(n)
    phase = 2 * np.pi / _CEPSTRUM * np.outer(np.arange(n), np.arange(first, stop))
    lines = np.concatenate([np.cos(phase), np.sin(phase)], axis=1) * window[:, np.newaxis]
    lines -= lines.mean(axis=0)
    return np.asarray(lines * (2 * 10 / window.sum()), np.float32)
