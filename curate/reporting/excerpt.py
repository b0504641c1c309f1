"""A stretch of a recording as a page shows it: a spectrogram, and a sound to listen to."""

from __future__ import annotations

import io
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from curate.model import Hertz, Seconds
from curate.reporting.facts import DoubtfulCut

#: Columns and rows of the picture; a phone shows it at about this size.
WIDTH, HEIGHT = 400, 128

#: Decibels from black to white: what quiet recordings hold above their noise.
_RANGE = 70.0

#: Shades from black to white.
_COLOURS = 32


@dataclass(frozen=True, slots=True)
class Excerpt:
    """The seconds around a cut.

    Parameters
    ----------
    start, seconds
        Where the stretch begins in the recording, and how long it is.
    top : Hz
        Upper edge of the picture.
    picture
        A PNG of `WIDTH` by `HEIGHT`.
    sound
        An MP3 of the stretch.
    """

    cut: DoubtfulCut
    start: Seconds
    seconds: Seconds
    top: Hertz
    picture: bytes
    sound: bytes

    @property
    def marked(self) -> tuple[float, float]:
        """Where the cut begins and how wide it is, in per cent of the stretch."""
        end = self.start + self.seconds
        onset, offset = max(self.cut.onset, self.start), min(self.cut.offset, end)
        return 100 * (onset - self.start) / self.seconds, 100 * max(0.0, offset - onset) / self.seconds


def spectrogram(y: NDArray[np.float32], sr: int) -> bytes:
    """Draw the power of a stretch over time and frequency, in decibels below its strongest part.

    Parameters
    ----------
    y : shape=(n,)
        Of any length; NaN counts as silence.
    sr : Hz

    Returns
    -------
    A PNG, the same for the same samples; time runs to the right, frequency from 0 up to sr / 2.
    """
    from matplotlib import colormaps  # noqa: PLC0415 - heavy
    from PIL import Image  # noqa: PLC0415

    window = 1 << max(6, round(np.log2(sr * 0.02)))  # about 20 ms: syllables and harmonics both show
    y = np.pad(np.nan_to_num(y.astype(np.float32)), (window // 2, window))
    starts = np.linspace(0, len(y) - window, WIDTH).astype(int)
    frames = np.lib.stride_tricks.sliding_window_view(y, window)[starts]
    power = np.abs(np.fft.rfft(frames * np.hanning(window), max(window, 2 * HEIGHT), axis=1)).T ** 2
    # Rows of the picture take the strongest of their bins, so that a thin whistle stays visible.
    edges = np.linspace(0, len(power), HEIGHT + 1).astype(int)[:-1]
    power = np.maximum.reduceat(power, edges, axis=0)
    level = 10 * np.log10(np.maximum(power, 1e-12))
    shade = np.clip((level - max(float(level.max()), -60.0)) / _RANGE + 1, 0, 1)
    # Few colours make a small file, and no eye sees more of them in a thumbnail.
    image = Image.fromarray(np.round(shade[::-1] * (_COLOURS - 1)).astype(np.uint8), "P")
    palette = colormaps["magma"](np.linspace(0, 1, _COLOURS), bytes=True)[:, :3]
    image.putpalette(palette.tobytes())
    out = io.BytesIO()
    image.save(out, "PNG", optimize=True)
    return out.getvalue()
