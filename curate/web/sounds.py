"""Sound for the ears and the pictures of one item, decoded once.

The stretches heard last are kept, so that spectrogram, waveform and sound of an item, and all
zooms into it, cost one decode.
"""

from __future__ import annotations

import io
import json
import math
import threading
import wave
from collections import OrderedDict
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from curate.audio.read import read
from curate.audio.resample import resample
from curate.audio.splice import excise, mute, pieces
from curate.intervals import Interval

#: Longest stretch that is shown or played at once, in seconds.
LONGEST = 120.0

#: Highest rate that is handed to a browser, in Hz: what sound cards play.
PLAYED = 48_000

#: Lowest rate that browsers play, in Hz.
_LOWEST = 8_000

#: Seconds decoded on either side of what is asked for, and stretches kept.
_MARGIN = 1.0
_KEPT = 12


class SoundReader:
    """Reads stretches of recordings, mixed to one channel, and keeps the latest. For several threads."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[str, int, float, float], tuple[NDArray[np.float32], int]] = (
            OrderedDict()
        )
        self._lock = threading.Lock()
        self._reading: dict[str, threading.Lock] = {}

    def stretch(
        self, path: str, start: float, duration: float, *, mtime_ns: int = 0, length: float = math.inf
    ) -> tuple[NDArray[np.float32], int]:
        """Read a stretch, shape=(n,), with its rate in Hz.

        Parameters
        ----------
        start, duration : seconds
        mtime_ns
            Tells one state of a file from the next.
        length : seconds
            Of the recording, beyond which nothing is looked for.

        Raises
        ------
        DecodeFailed
            If the file cannot be decoded.
        """
        with self._lock:
            held = self._find(path, mtime_ns, start, duration)
            reading = self._reading.setdefault(path, threading.Lock())
        if held is None:
            with reading:  # who asks for the same recording meanwhile gets it from what is kept
                with self._lock:
                    held = self._find(path, mtime_ns, start, duration)
                if held is None:
                    held = self._read(path, mtime_ns, start, duration, length)
        y, sr, begin = held
        first = round((start - begin) * sr)
        return y[first : first + round(duration * sr)], sr

    def _find(
        self, path: str, mtime_ns: int, start: float, duration: float
    ) -> tuple[NDArray[np.float32], int, float] | None:
        for key, (y, sr) in self._kept.items():
            name, changed, low, high = key
            if (name, changed) == (path, mtime_ns) and low <= start and start + duration <= high:
                self._kept.move_to_end(key)
                return y, sr, low
        return None

    def _read(
        self, path: str, mtime_ns: int, start: float, duration: float, length: float
    ) -> tuple[NDArray[np.float32], int, float]:
        low, high = max(0.0, start - _MARGIN), start + duration + _MARGIN
        y, sr = read(path, start=low, duration=min(high, length) - low, mono=True, exact=False)
        with self._lock:
            self._kept[path, mtime_ns, low, high] = (y[0], sr)
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
            # A lock may go while a thread holds it: that costs a second decode, and nothing else.
            for name in [name for name in self._reading if not any(key[0] == name for key in self._kept)]:
                del self._reading[name]
        return y[0], sr, low


def playable(y: NDArray[np.float32], sr: int, *, expand: int = 1) -> bytes:
    """Write sound as a WAV of 16 bits that any browser plays.

    Parameters
    ----------
    y : shape=(n,), full scale 1.0
    expand
        Play this many times slower and lower: makes ultrasound audible.
    """
    rate = sr // expand
    if not _LOWEST <= rate <= PLAYED:
        target = min(PLAYED, max(_LOWEST, rate))
        y, rate = resample(y[np.newaxis], rate, target)[0], target
    samples = np.rint(np.clip(np.nan_to_num(y), -1, 1) * 32767).astype("<i2")
    file = io.BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(rate)
        sound.writeframes(samples.tobytes())
    return file.getvalue()


def cleaned(
    y: NDArray[np.float32], sr: int, excised: Sequence[Interval], muted: Sequence[Interval]
) -> tuple[NDArray[np.float32], str]:
    """Do to a stretch what rendering does, to hear it before it is done.

    Parameters
    ----------
    y : shape=(n,)
    excised, muted : seconds from the start of the stretch

    Returns
    -------
    y : shape=(m,)
    pieces
        JSON: seconds in the result, seconds in the stretch, and length of each kept piece.
    """
    gone = [(round(onset * sr), round(offset * sr)) for onset, offset in excised]
    quiet = [(round(onset * sr), round(offset * sr)) for onset, offset in muted]
    blocks = mute([y[np.newaxis]], quiet, sr=sr, frames=len(y))
    parts = list(excise(blocks, gone, sr=sr, frames=len(y)))
    kept = pieces(gone, len(y))
    times = [[round(n / sr, 6) for n in (p.clean_start, p.raw_start, p.frames)] for p in kept]
    joined = np.concatenate(parts, axis=1)[0] if parts else y[:0]
    return joined, json.dumps(times)
