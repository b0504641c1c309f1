"""Vectors from a mel spectrogram: included in curate, and the same on every machine.

A vector has seven blocks. Each is centred and has length 1, so that the cosine of two vectors is the
mean of the blocks' correlations:

- patterns, one block for each of three ranges of bands: how finely half a second of the spectrogram in dB is
  divided, in frequency and time at once. Harmonics, trills, rising and falling calls and noise differ there
  (the modulation spectrum; Chi et al. 2005),
- the mean over time of 19 cepstral coefficients, the envelope of the spectrum,
- the standard deviations over time of these and of the level,
- the mean over time of each of 64 mel bands after PCEN (per-channel energy normalisation; Wang et al. 2017,
  Lostanlen et al. 2019), which takes out steady noise. An edge of the band shows here, as of a recorder,
- pulses after PCEN: how strongly each of 8 groups of bands pulses at 0.7 to 2, 2 to 5, 5 to 12 and 12 to
  30 Hz, the rates of syllables and trills.

The level of the recording hardly counts.
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

#: What is softer than the loudest point by more than this says nothing, dB.
_RANGE_DB = 80.0

#: The power that counts as none: below the noise of 16 bits in every band.
_NO_POWER = 1e-14

#: Cepstral coefficients, as is usual for sounds of animals and voices.
_CEPSTRA = 20

#: Frames of a patch, half a second, and bands of one, in steps of half of either.
_PATCH, _PATCH_BANDS = 32, 32

#: Edges of what is summed up, in waves over a patch: in frequency, and in time, rising before falling ones.
_FINENESS = (0, 1, 2, 4, 8)
_RATES = (-16, -7, -3, -1, 0, 1, 2, 4, 8)

#: Patterns weaker than this say nothing, in dB summed over a patch. Noise has hundreds.
_NO_PATTERN = 1.0

_GROUPS = 8

#: Edges of the modulation bands, Hz.
_PULSES = (0.7, 2.0, 5.0, 12.0, 30.0)


class SpectralEmbedder:
    """Describes the patterns, the spectrum and the rhythm of a window by 270 numbers."""

    name: ClassVar[str] = "spectral"
    version: ClassVar[str] = "2"
    sr: ClassVar[int] = _SR
    window: ClassVar[float] = _WINDOW
    dimension: ClassVar[int] = (
        (2 * _BANDS // _PATCH_BANDS - 1) * len(_FINENESS) * len(_RATES)
        + (2 * _CEPSTRA - 1)
        + _BANDS
        + _GROUPS * (len(_PULSES) - 1)
    )
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
    from scipy.fft import dct  # noqa: PLC0415 - librosa needs it, too

    mel = _filters() @ np.abs(librosa.stft(window, n_fft=_N_FFT, hop_length=_HOP))
    decibels = librosa.power_to_db(mel**2, amin=_NO_POWER, top_db=_RANGE_DB)
    cepstra = dct(decibels, axis=0, norm="ortho")[:_CEPSTRA]
    normalised: Any = librosa.pcen(mel * _SCALE, sr=_SR, hop_length=_HOP, time_constant=_TIME_CONSTANT)
    envelope = cepstra[1:].mean(axis=1), cepstra.std(axis=1)
    blocks = *_patterns(decibels), *envelope, normalised.mean(axis=1), _modulation(normalised)
    return np.concatenate([_unit(block) for block in blocks]).astype(np.float32)


@functools.cache
def _filters() -> NDArray[np.float32]:
    """Weights of the mel bands, shape=(bands, bins): making them takes twice as long as using them."""
    import librosa  # noqa: PLC0415 - as above

    weights: NDArray[np.float32] = librosa.filters.mel(
        sr=_SR, n_fft=_N_FFT, n_mels=_BANDS, fmin=_LOW, fmax=_HIGH
    )
    return weights


def _patterns(decibels: NDArray[np.float32]) -> NDArray[np.float32]:
    """Say how strong each fineness and rate is, by logarithm, shape=(ranges, fineness * rates)."""
    # Ranges of bands, patches, bands, frames.
    patches = np.lib.stride_tricks.sliding_window_view(decibels, (_PATCH_BANDS, _PATCH))[
        :: _PATCH_BANDS // 2, :: _PATCH // 2
    ]
    centred = patches - patches.mean(axis=(2, 3), keepdims=True)
    waves = np.fft.fft2(centred * np.hanning(_PATCH_BANDS)[:, np.newaxis] * np.hanning(_PATCH))
    power = np.fft.fftshift(np.abs(waves[:, :, : _PATCH_BANDS // 2]) ** 2, axes=3).mean(axis=1)
    sums = np.add.reduceat(power, _FINENESS, axis=1)
    sums = np.add.reduceat(sums, [rate + _PATCH // 2 for rate in _RATES], axis=2)
    strength: NDArray[np.float32] = np.log(np.sqrt(sums) + _NO_PATTERN).reshape(len(sums), -1)
    return strength


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
