"""Hears what a sound can be known again by: the peaks of its spectrogram, and its samples' hash.

A peak is louder than anything around it in time and frequency. Peaks survive MP3, another
rate, level or beginning, and 32 of them a second are a few bytes (after Wang 2003, "An
industrial-strength audio search algorithm"). Which peaks two recordings share is the
business of `curate.matching`; this detector makes no segments.
"""

from __future__ import annotations

import hashlib
import struct
import zlib
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray
from scipy import fft

from curate.audio.spectrum import overlapping
from curate.detectors import LOW_SR
from curate.detectors.levels import GrowingBytes
from curate.errors import FormatError
from curate.model import Segment

#: Rate at which all recordings are heard, Hz.
SR = LOW_SR

#: Samples from one frame to the next, 16 ms. With twice as much, a recording whose beginning was
#: trimmed keeps 60 % of its peaks instead of 80 %.
HOP = 256

#: Samples of a frame.
_WINDOW = 1024

#: Bins that are listened to: 156 Hz to 7.5 kHz, which 16 kHz recorders and MP3 at 64 kbit/s keep.
_LOW, _HIGH = 10, 480

#: A peak is the loudest of so many frames before and behind it, and bins below and above.
_FRAMES, _BINS = 12, 12

#: Weakest peak: a sine at -100 dB of full scale, below which 16 bits hold nothing.
_FLOOR = 1e-5 * _WINDOW / 4

#: Frames in one step: always the same ones together, however the sound comes.
_STEP = 256

#: Frames transformed at once: their spectra stay in a core's cache.
_AT_ONCE = 32

#: Frames that are first looked at as one in search of peaks: a part of `_FRAMES` and of `_STEP`.
_FEW = 4

_VERSION = 1
_HEADER = struct.Struct("<B16s")

Frames = NDArray[np.uint32]
Bins = NDArray[np.uint16]


@dataclass(frozen=True, slots=True, eq=False)
class Fingerprint:
    """What a recording can be known again by.

    Parameters
    ----------
    samples : 16 bytes
        Hash of all samples as decoded, with rate and channels: equal for the same audio in
        another lossless container.
    frames, bins : shape=(peaks,)
        Where the peaks are, in the order of their frames; a frame is `HOP` / `SR` seconds.
    """

    samples: bytes
    frames: Frames
    bins: Bins

    def pack(self) -> bytes:
        """Write as a few bytes, some 170 kB for an hour. `unpack` gives the same back."""
        packer = zlib.compressobj(level=6)
        packed = [_HEADER.pack(_VERSION, self.samples)]
        steps = self.frames.astype("<u4")
        steps[1:] -= self.frames[:-1]
        # Byte by byte: nearly all high bytes are zero. One after the other: those of a day are 17 MB.
        for numbers in (steps, self.bins.astype("<u2", copy=False)):
            planes = numbers.view(np.uint8).reshape(-1, numbers.itemsize).T
            packed += [packer.compress(plane.tobytes()) for plane in planes]
        return b"".join([*packed, packer.flush()])

    @classmethod
    def unpack(cls, packed: bytes) -> Fingerprint:
        """Read what `pack` wrote.

        Raises
        ------
        FormatError
            If the bytes are damaged or were written by a later version.
        """
        if packed[:1] != bytes([_VERSION]):
            raise FormatError(
                f"a fingerprint should start with version {_VERSION} but starts with {packed[:1]!r}",
                hint="it may come from a later version of curate: update curate, or scan again",
            )
        try:
            _, samples = _HEADER.unpack_from(packed)
            planes = np.frombuffer(zlib.decompress(packed[_HEADER.size :]), np.uint8).reshape(6, -1)
        except (struct.error, zlib.error, ValueError) as error:
            raise FormatError(f"a fingerprint is damaged: {error}", hint="scan again") from error
        steps = np.ascontiguousarray(planes[:4].T).view("<u4").ravel()
        bins = np.ascontiguousarray(planes[4:].T).view("<u2").ravel()
        return cls(samples, np.cumsum(steps, dtype=np.uint32), bins.astype(np.uint16))


class FingerprintDetector:
    """Listens for the peaks of a recording. It runs on the CPU only."""

    name: ClassVar[str] = "fingerprint"
    # Landmarks lie above 156 Hz; with less than 500 Hz there are too few.
    least_sr: ClassVar[int] = 1000
    version: ClassVar[str] = "4"

    def __init__(self, *, device: str = "auto") -> None:
        del device

    def open(self, sr: int) -> FingerprintListener:
        """Start listening to one recording, sampled at `sr` Hz."""
        return FingerprintListener(sr)

    def segments(self, packed: bytes, **settings: Any) -> list[Segment]:  # noqa: ANN401, ARG002
        """Find no segments: peaks say only which recordings are alike."""
        return []


class FingerprintListener:
    """Hears one recording twice: its samples for their hash, and the mean of its channels for peaks."""

    def __init__(self, sr: int) -> None:
        self._sr = sr
        self._hashes: list[hashlib._Hash] = []  # one for each channel, so that nothing is interleaved
        self._waiting: list[NDArray[np.float32]] = []
        self._held = 0
        self._peaks = _Peaks()

    def feed(self, block: NDArray[np.float32]) -> None:
        """Hear the next stretch, shape=(channels, n)."""
        if not self._hashes:
            self._hashes = [hashlib.sha256() for _ in block]
        for channel, digest in zip(np.ascontiguousarray(block, "<f4"), self._hashes, strict=True):
            digest.update(channel.data)

    def finish(self, duration: float) -> bytes:
        """Hear the end, and give the packed `Fingerprint`."""
        del duration
        rest = np.concatenate([*self._waiting, np.zeros(1, np.float32)])
        frames = max((len(rest) - 1 - _WINDOW) // HOP + 1, 0)
        # In whole groups, so that each frame is transformed in the same company as in a whole step.
        together = -(-frames // _AT_ONCE) * _AT_ONCE
        padded = np.zeros(max(len(rest), together * HOP + _WINDOW - HOP), np.float32)
        padded[: len(rest)] = rest
        found, bins = self._peaks.finish(padded, frames)
        whole = hashlib.sha256(f"{self._sr} Hz".encode())
        for digest in self._hashes:
            whole.update(digest.digest())
        return Fingerprint(whole.digest()[:16], found, bins).pack()

    def hear_low(self, samples: NDArray[np.float32]) -> None:
        """Hear the next samples."""
        # Copied: the next block may be written to the same memory.
        self._waiting.append(samples.copy())
        self._held += len(samples)
        needed = _STEP * HOP + _WINDOW - HOP
        if self._held < needed:
            return
        heard = np.concatenate(self._waiting)
        while len(heard) >= needed:
            self._peaks.hear(heard[:needed])
            heard = heard[_STEP * HOP :]
        self._waiting, self._held = [heard], len(heard)


def _transform(y: NDArray[np.float32], spectrum: NDArray[np.float32]) -> None:
    """Fill a spectrogram, shape=(frames, bins), with the magnitudes of so many frames."""
    tapered = np.empty((_AT_ONCE, _WINDOW), np.float32)
    for first in range(0, len(spectrum), _AT_ONCE):
        frames = overlapping(y[first * HOP :], _WINDOW, HOP, _AT_ONCE)
        now = fft.rfft(np.multiply(frames, _TAPER, out=tapered), axis=1, overwrite_x=True)
        part = spectrum[first : first + _AT_ONCE]
        np.abs(now[: len(part), _LOW:_HIGH], out=part)


_TAPER = np.hanning(_WINDOW).astype(np.float32)


class _Peaks:
    """Finds peaks in a spectrogram that comes step by step."""

    def __init__(self) -> None:
        # Behind the rows that were looked at is room for a step, and for the silence behind the last one.
        # What comes before the beginning is silent, too, and what lies beside the bins.
        self._rows = np.zeros((_STEP + 3 * _FRAMES, _BINS + _HIGH - _LOW + _BINS), np.float32)
        self._first = -_FRAMES  # frame of row `_FRAMES`, the first that may hold a peak
        self._frames, self._bins = GrowingBytes(), GrowingBytes()

    def hear(self, y: NDArray[np.float32]) -> None:
        """Hear a whole step."""
        _transform(y, self._rows[2 * _FRAMES : -_FRAMES, _BINS:-_BINS])
        self._look(_STEP)
        self._rows[: 2 * _FRAMES] = self._rows[_STEP:-_FRAMES]

    def finish(self, y: NDArray[np.float32], count: int) -> tuple[Frames, Bins]:
        """Hear the rest, which is so many frames, and give all peaks."""
        _transform(y, self._rows[2 * _FRAMES : 2 * _FRAMES + count, _BINS:-_BINS])
        self._rows[2 * _FRAMES + count :] = 0
        self._look(-(-(count + _FRAMES) // _FEW) * _FEW)
        return np.frombuffer(self._frames.all(), np.uint32), np.frombuffer(self._bins.all(), np.uint16)

    def _look(self, count: int) -> None:
        """Look for peaks as far as so many new rows tell of them."""
        frames, bins = loudest(self._rows[: 2 * _FRAMES + count])
        self._frames.extend((frames + self._first).astype(np.uint32).tobytes())
        self._bins.extend((bins + _LOW).astype(np.uint16).tobytes())
        self._first += count


def loudest(rows: NDArray[np.float32]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Find the cells above `_FLOOR` that none of the `_FRAMES` and `_BINS` around them exceeds.

    First the loudest of every `_FEW` rows are compared, with nearly as many around them as count. The few
    that are left are compared with all. That takes a quarter of the time of a maximum around every cell.

    Parameters
    ----------
    rows : shape=(a multiple of `_FEW`, columns), contiguous
        With `_FRAMES` rows and `_BINS` columns, silent ones, around those that are asked for.

    Returns
    -------
    Rows and columns, shape=(peaks,) each, without what is around them, in the order of the rows.
    """
    columns = rows.shape[1]
    few = rows.reshape(-1, _FEW, columns).max(axis=1)
    # Whichever of a few rows a cell lies in, so many of them lie within its reach as a whole.
    reach = _FRAMES // _FEW - 1
    # All rows as one, which is three times as fast. What comes into a row from the next is silent.
    around = running_max(running_max(few, 2 * reach + 1).ravel(), 2 * _BINS + 1)
    few = few[reach + 1 : -reach - 1].ravel()
    near = around[columns - _BINS :][: len(few)]
    group, column = np.divmod(np.flatnonzero((few == near) & (few > _FLOOR)), columns)
    row = _FRAMES + group * _FEW + np.arange(_FEW)[:, np.newaxis]
    is_it = rows[row, column] == few[group * columns + column]
    cells = np.sort((row * columns + column)[is_it])
    row, column = np.divmod(cells, columns)
    windows = sliding_window_view(rows, (2 * _FRAMES + 1, 2 * _BINS + 1))
    row, column = row - _FRAMES, column - _BINS
    is_peak = windows[row, column].max(axis=(1, 2)) == rows.ravel()[cells]
    return row[is_peak], column[is_peak]


def running_max(x: NDArray[np.float32], width: int) -> NDArray[np.float32]:
    """Loudest of `width` successive rows, wherever all are there.

    Doubles the reach with each pass, which takes a sixth of the time of scipy's filter.
    """
    reach = 1
    while 2 * reach <= width:
        x = np.maximum(x[:-reach], x[reach:])
        reach *= 2
    rest = width - reach
    return np.maximum(x[:-rest], x[rest:]) if rest else x
