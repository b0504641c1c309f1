"""Vectors from a mel spectrogram with PCEN: included in curate, and the same on every machine.

A vector has four blocks. Each is centred and has length 1, so that the cosine of two vectors is the
mean of the blocks' correlations:

- the mean over time of each of 64 mel bands after PCEN (per-channel energy normalisation; Wang et al. 2017,
  Lostanlen et al. 2019), which takes out steady noise and level,
- their standard deviations over time,
- spectral contrast in 7 bands (Jiang et al. 2002): tones against noise,
- modulation: how strongly each of 8 groups of bands pulses at 0.7 to 2, 2 to 5, 5 to 12 and 12 to 30 Hz, the
  rates of syllables and trills.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

_SR = 32000
_WINDOW = 3.0

# 32 ms and half of that: 62.5 frames a second, so that pulses of up to 31 Hz show.
_N_FFT, _HOP = 1024, 512

#: Mel bands, and the range that they cover in Hz: below, wind; above, few recordings have anything.
_BANDS, _LOW, _HIGH = 64, 150.0, 15000.0

#: librosa's PCEN is made for integers of 32 bits.
_SCALE = float(1 << 31)

#: Time constant of PCEN's gain in seconds; librosa's 0.4 s would follow the syllables of a slow song.
_TIME_CONSTANT = 1.0

_CONTRAST_BANDS = 7
_GROUPS = 8

#: Edges of the modulation bands, Hz.
_PULSES = (0.7, 2.0, 5.0, 12.0, 30.0)


class SpectralEmbedder:
    """Describes the spectrum of a window, its contrast and its rhythm, by 167 numbers."""

    name: ClassVar[str] = "spectral"
    version: ClassVar[str] = "1"
    sr: ClassVar[int] = _SR
    window: ClassVar[float] = _WINDOW
    dimension: ClassVar[int] = 2 * _BANDS + _CONTRAST_BANDS + _GROUPS * (len(_PULSES) - 1)
    license: ClassVar[str] = ""

    @classmethod
    def classes(cls) -> Sequence[str]:
        """Return an empty list."""
        return ()

    def embed(self, windows: NDArray[np.float32]) -> tuple[NDArray[np.float32], None]:
        """Give the vectors of windows, shape=(n, 96000). See `Embedder`."""
        return np.stack([_vector(window) for window in windows]), None


def _vector(window: NDArray[np.float32]) -> NDArray[np.float32]:
    import librosa  # noqa: PLC0415 - takes a second

    magnitude = np.abs(librosa.stft(window, n_fft=_N_FFT, hop_length=_HOP))
    mel = _filters() @ magnitude
    level: Any = librosa.pcen(mel * _SCALE, sr=_SR, hop_length=_HOP, time_constant=_TIME_CONSTANT)
    contrast = librosa.feature.spectral_contrast(S=magnitude, sr=_SR, n_bands=_CONTRAST_BANDS - 1)
    blocks = level.mean(axis=1), level.std(axis=1), contrast.mean(axis=1), _modulation(level)
    return np.concatenate([_unit(block) for block in blocks]).astype(np.float32)


@functools.cache
def _filters() -> NDArray[np.float32]:
    """Weights of the mel bands, shape=(bands, bins): making them takes twice as long as using them."""
    import librosa  # noqa: PLC0415 - as above

    weights: NDArray[np.float32] = librosa.filters.mel(
        sr=_SR, n_fft=_N_FFT, n_mels=_BANDS, fmin=_LOW, fmax=_HIGH
    )
    return weights


def _modulation(level: NDArray[np.float32]) -> NDArray[np.float32]:
    """Share of each pulse rate in the course of each group of bands, shape=(groups * rates,)."""
    course = level.reshape(_GROUPS, -1, level.shape[1]).mean(axis=1)
    course -= course.mean(axis=1, keepdims=True)
    power = np.abs(np.fft.rfft(course * np.hanning(course.shape[1]), axis=1)) ** 2
    rates = np.fft.rfftfreq(course.shape[1], _HOP / _SR)
    places = np.searchsorted(rates, _PULSES)
    sums = np.add.reduceat(power, places, axis=1)[:, :-1]
    return np.sqrt(sums).ravel().astype(np.float32)


def _unit(block: NDArray[Any]) -> NDArray[Any]:
    """Centre a block and give it length 1; one that is all alike says nothing."""
    centred = block - block.mean()
    length = float(np.linalg.norm(centred))
    scaled: NDArray[Any] = centred / length if length > 0 else centred
    return scaled
