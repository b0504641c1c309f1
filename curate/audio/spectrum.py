"""Frames of a recording and their power spectra, computed once for all detectors that need them.

A `Framer` takes blocks of any length and gives out `Frames`: a fixed number of successive
frames with all that detectors commonly ask of them, each figure computed when it is first asked
for. Which samples make up a frame, and which frames are computed together, never depends on
the blocks, so that the same recording gives the same bits. Memory: about three seconds of sound.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import cache, cached_property

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from curate.audio.resample import to_mono

#: Frames handed on together: enough that what a call costs does not count.
TOGETHER = 128

#: Frames transformed at once: their spectra (16 x 1025 x 8 bytes) stay in a core's cache.
_AT_ONCE = 16

#: Lowest edge of the bands, Hz: below it is wind.
LOWEST_BAND = 150.0

#: Bands in an octave.
BANDS_PER_OCTAVE = 4


def hop_of(sr: int) -> int:
    """Frames from one frame to the next at `sr` Hz: a power of two that takes 14 to 28 ms.

    Examples
    --------
    >>> hop_of(8000), hop_of(44100), hop_of(192000)
    (128, 1024, 4096)
    """
    return 1 << max(1, round(math.log2(sr * 0.02)))


class Frames:
    """Successive frames of one recording.

    Parameters
    ----------
    samples : shape=(channels, frames, hop), full scale 1.0
        The sound, cut into frames that do not overlap.
    windows : shape=(frames, 2 * hop)
        The channels mixed to one around each frame: half a frame before, the frame, half a frame after.
    sr : Hz
    """

    def __init__(self, samples: NDArray[np.float32], windows: NDArray[np.float32], sr: int) -> None:
        self.samples = samples
        self.windows = windows
        self.sr = sr

    def __len__(self) -> int:
        return int(self.samples.shape[1])

    @property
    def mono(self) -> NDArray[np.float32]:
        """The channels mixed to one, shape=(frames, hop)."""
        hop = self.samples.shape[2]
        return self.windows[:, hop // 2 : hop // 2 + hop]

    @cached_property
    def low(self) -> NDArray[np.float32]:
        """Least sample of each frame, shape=(channels, frames)."""
        least: NDArray[np.float32] = self.samples.min(axis=2)
        return least

    @cached_property
    def high(self) -> NDArray[np.float32]:
        """Greatest sample of each frame, shape=(channels, frames)."""
        greatest: NDArray[np.float32] = self.samples.max(axis=2)
        return greatest

    @cached_property
    def mean(self) -> NDArray[np.float32]:
        """Mean sample of each frame, shape=(channels, frames)."""
        hop = self.samples.shape[2]
        mean: NDArray[np.float32] = self.samples @ np.full(hop, 1 / hop, np.float32)
        return mean

    @cached_property
    def variance(self) -> NDArray[np.float64]:
        """Mean square of each frame without its constant part, shape=(channels, frames)."""
        square = np.vecdot(self.samples, self.samples) / self.samples.shape[2]
        return np.asarray(np.maximum(square - self.mean.astype(np.float64) ** 2, 0.0))

    @cached_property
    def power(self) -> NDArray[np.float32]:
        """Power in each bin of the channels mixed to one, shape=(frames, hop + 1).

        Bins lie sr / (2 hop) apart. Under a Hann window, and scaled
        so that the sum over the bins is the mean square.
        """
        from scipy.fft import rfft  # noqa: PLC0415 - not needed to list the detectors

        count, n = self.windows.shape
        power = np.empty((count, n // 2 + 1), np.float32)
        for first in range(0, count, _AT_ONCE):
            part = slice(first, first + _AT_ONCE)
            np.abs(rfft(self.windows[part] * _window(n), axis=1, overwrite_x=True), out=power[part])
        return np.square(power, out=power)

    @cached_property
    def bands(self) -> NDArray[np.float32]:
        """Mean power of a bin in each quarter of an octave above 150 Hz, shape=(frames, bands)."""
        firsts, widths = _band_bins(self.sr, self.samples.shape[2])
        # Not as a matrix product: its threads would fight with the other workers for the cores.
        sums: NDArray[np.float32] = np.add.reduceat(self.power[:, : firsts[-1]], firsts[:-1], axis=1)
        sums *= widths
        return sums


class Framer:
    """Cuts blocks of any length into frames.

    The last frame ends where the recording ends, and so overlaps the one before; a recording
    shorter than one frame has none.

    Parameters
    ----------
    sr : Hz
    """

    def __init__(self, sr: int) -> None:
        self.sr = sr
        self.hop = hop_of(sr)
        self.n_samples = 0
        self._past = 2 * self.hop  # kept of what has been cut already
        self._step = TOGETHER * self.hop
        # The past, then what is to come: the channels, and behind several of them what they are mixed to.
        self._held: NDArray[np.float32] | None = None
        self._filled = self._past

    def feed(self, block: NDArray[np.float32], mono: NDArray[np.float32] | None = None) -> Iterator[Frames]:
        """Hear the next stretch, shape=(channels, n), finite, and give the frames that are complete.

        Parameters
        ----------
        mono : shape=(n,)
            Its channels mixed down, as `mix.Mixer` does; their mean where None.
        """
        size = self._past + self._step + self.hop // 2
        channels = len(block)
        if channels > 1 and mono is None:
            mono = to_mono(block)
        if self._held is None:
            self._held = np.zeros((channels + (channels > 1), size), np.float32)
        self.n_samples += block.shape[1]
        taken = 0
        while taken < block.shape[1]:
            part = block[:, taken : taken + size - self._filled]
            self._held[:channels, self._filled : self._filled + part.shape[1]] = part
            if channels > 1 and mono is not None:
                mixed = mono[taken : taken + part.shape[1]]
                self._held[channels, self._filled : self._filled + len(mixed)] = mixed
            taken += part.shape[1]
            self._filled += part.shape[1]
            if self._filled == size:
                full, self._held = self._held, np.empty_like(self._held)
                self._held[:, : size - self._step] = full[:, self._step :]
                self._filled = size - self._step
                yield self._frames(full, np.arange(TOGETHER))

    def finish(self) -> Iterator[Frames]:
        """Hear the end of the recording, and give the frames that are left."""
        if self._held is None or self.n_samples < self.hop:
            return
        rest = self._filled - self._past
        starts = np.arange(rest // self.hop, dtype=np.float64)
        if rest % self.hop:
            starts = np.append(starts, rest / self.hop - 1)
        held = np.pad(self._held[:, : self._filled], ((0, 0), (0, self.hop)))
        for first in range(0, len(starts), TOGETHER):
            yield self._frames(held, starts[first : first + TOGETHER])

    @property
    def duration(self) -> float:
        """Seconds heard so far."""
        return self.n_samples / self.sr

    def _frames(self, held: NDArray[np.float32], starts: NDArray[np.floating | np.integer]) -> Frames:
        """Cut the frames that begin this many hops behind the past."""
        hop, half = self.hop, self.hop // 2
        at = self._past + np.rint(starts * hop).astype(np.intp)
        mono, count, regular = held[-1], len(at), at[-1] - at[0] == (len(at) - 1) * hop
        sound = held[: max(1, len(held) - 1)]
        if regular:
            samples = sound[:, at[0] : at[0] + count * hop].reshape(len(sound), count, hop)
            return Frames(samples, overlapping(mono[at[0] - half :], 2 * hop, hop, count), self.sr)
        # A last frame that overlaps the one before asks for a copy.
        windows = sliding_window_view(mono, 2 * hop)[at - half]
        return Frames(sliding_window_view(sound, hop, axis=1)[:, at], windows, self.sr)


def overlapping(y: NDArray[np.float32], width: int, hop: int, count: int) -> NDArray[np.float32]:
    """View windows of `width` samples that begin `hop` samples apart, shape=(count, width), and read only.

    Made by hand, since numpy's own functions take as long as a quarter of the spectra.

    Parameters
    ----------
    y : shape=(n,), contiguous, n >= (count - 1) * hop + width
    """
    step = y.itemsize
    windows: NDArray[np.float32] = np.ndarray((count, width), y.dtype, y, strides=(hop * step, step))
    windows.flags.writeable = False
    return windows


def band_edges(sr: int) -> NDArray[np.float64]:
    """Edges of the bands in Hz, quarters of an octave from 150 Hz up to half of `sr`."""
    count = max(1, math.floor(math.log2(sr / 2 / LOWEST_BAND) * BANDS_PER_OCTAVE))
    return np.asarray(LOWEST_BAND * 2 ** (np.arange(count + 1) / BANDS_PER_OCTAVE))


@cache
def _window(n: int) -> NDArray[np.float32]:
    """Hann window, scaled so that one-sided powers add up to the mean square."""
    hann = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(n) / n)
    return np.asarray(hann * np.sqrt(2 / (n * np.sum(hann**2))), np.float32)


@cache
def _band_bins(sr: int, hop: int) -> tuple[NDArray[np.intp], NDArray[np.float32]]:
    """First bin of each band and of what lies above, and one over the bins in each; at least one each."""
    firsts = np.minimum(np.rint(band_edges(sr) / (sr / (2 * hop))).astype(np.intp), hop)
    return firsts, (1 / np.maximum(np.diff(firsts), 1)).astype(np.float32)
