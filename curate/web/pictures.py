"""Pictures of sound: spectrograms as PNG, and the outline of a waveform.

A picture has one column per pixel, in each of which the loudest moment counts, so that a
short call is seen at every zoom.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import fft

#: Length of a spectrogram's frame in seconds: voices and birds alike are told apart in it.
_FRAME = 0.023

#: Frames transformed at once: their spectra stay in a core's cache. 2,048 of them take thrice as long.
_TOGETHER = 128

#: Least and greatest range of a picture, dB below its loudest point.
_RANGE = (30.0, 90.0)

#: Colours at even steps from silence to the loudest; between them they are mixed.
PALETTES: dict[str, tuple[tuple[int, int, int], ...]] = {
    "dark": ((8, 10, 22), (38, 20, 84), (116, 30, 109), (190, 55, 82), (246, 125, 51), (253, 235, 160)),
    "light": ((255, 255, 255), (214, 219, 224), (160, 168, 176), (100, 108, 118), (48, 54, 62), (8, 10, 14)),
}


def spectrogram(
    y: NDArray[np.float32], sr: int, *, width: int, height: int, low: float, high: float
) -> NDArray[np.uint8]:
    """Draw power over time and frequency.

    Parameters
    ----------
    y : shape=(n,), full scale 1.0
    width, height : pixels
    low, high : Hz
        Frequencies at the lower and the upper edge. Above `sr` / 2 there is silence.

    Returns
    -------
    shape=(height, width)
        0 silent to 255 loud, the highest frequency in the first row.
    """
    size = max(64, 1 << round(np.log2(max(64.0, _FRAME * sr))))
    hop = max(1, min(size // 2, -(-len(y) // width)))
    bins = min(size // 2, int(high * size / sr) + 1) + 1  # what lies above is not seen
    power = _power(y, size, hop, bins)
    column = np.minimum(np.arange(width) * len(power) // width, len(power) - 1)
    picture = np.maximum.reduceat(power, column, axis=0) if len(power) > width else power[column]
    # Rows between the bins are mixed of their two neighbours.
    freq = np.linspace(high, low, height, endpoint=False) - (high - low) / (2 * height)
    place = np.clip(freq * size / sr, 0, bins - 1)
    below = np.minimum(place.astype(int), bins - 2)
    part = (place - below).astype(np.float32)
    rows = picture[:, below] * (1 - part) + picture[:, below + 1] * part
    rows[:, freq > sr / 2] = 0.0
    return _levels(rows.T)


def _power(y: NDArray[np.float32], size: int, hop: int, bins: int) -> NDArray[np.float32]:
    """Power spectra of overlapping frames, shape=(frames, bins), a piece at a time."""
    padded = np.pad(y, (size // 2, size))
    frames = np.lib.stride_tricks.sliding_window_view(padded, size)[: max(1, len(y)) : hop]
    shape = np.hanning(size).astype(np.float32)
    power = np.empty((len(frames), bins), np.float32)
    for start in range(0, len(frames), _TOGETHER):
        spectra = fft.rfft(frames[start : start + _TOGETHER] * shape)[:, :bins]
        power[start : start + _TOGETHER] = spectra.real**2 + spectra.imag**2
    return power


def _levels(power: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Turn power into levels: from the picture's own background to its loudest points."""
    db = np.float32(10) * np.log10(power + np.float32(1e-12))
    # A seventh of the points says as much of their distribution, in a seventh of the time.
    back, top = np.percentile(db.ravel()[::7], (40, 99.8)).tolist()
    floor = min(max(back, top - _RANGE[1]), top - _RANGE[0])
    db -= np.float32(floor)
    db *= np.float32(255.0 / (top - floor))
    scaled: NDArray[np.uint8] = np.clip(db, 0, 255).astype(np.uint8)
    return scaled


def png(levels: NDArray[np.uint8], palette: str) -> bytes:
    """Write levels as a PNG with a palette (ISO/IEC 15948), quickly rather than small, unpacked.

    Packing takes a spectrogram 6 ms, as long as all the rest, and makes it a tenth smaller.

    Parameters
    ----------
    levels : shape=(height, width)
    palette
        A key of `PALETTES`.
    """
    height, width = levels.shape
    steps = np.array(PALETTES[palette], np.float64)
    at = np.linspace(0, len(steps) - 1, 256)
    colours = np.stack([np.interp(at, np.arange(len(steps)), steps[:, k]) for k in range(3)], axis=1)
    lines = np.zeros((height, width + 1), np.uint8)  # each line starts with its filter: none
    lines[:, 1:] = levels
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in (
            (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)),
            (b"PLTE", np.rint(colours).astype(np.uint8).tobytes()),
            (b"IDAT", zlib.compress(lines.tobytes(), level=0)),
            (b"IEND", b""),
        )
    )


def outline(y: NDArray[np.float32], width: int) -> list[int]:
    """Lowest and highest sample per column, by turns, in steps of 1 / 127 of full scale."""
    if not len(y):
        return [0, 0] * width
    column = np.minimum(np.arange(width) * len(y) // width, len(y) - 1)
    # With fewer samples than columns, indices repeat, and `reduceat` then gives the sample itself.
    ends = np.stack([np.minimum.reduceat(y, column), np.maximum.reduceat(y, column)], axis=1)
    steps: list[int] = np.rint(np.clip(ends, -1, 1) * 127).astype(int).ravel().tolist()
    return steps


def thinned(values: Sequence[float] | NDArray[np.floating], width: int) -> list[float]:
    """At most `width` values, of which each is the greatest of its share. Three places."""
    y = np.asarray(values, np.float64)
    if len(y) > width:
        y = np.maximum.reduceat(y, np.arange(width) * len(y) // width)
    found: list[float] = np.round(y, 3).tolist()
    return found
