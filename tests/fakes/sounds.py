"""Sound files for the archives on loopback: small, whole, different from each other."""

from __future__ import annotations

import io
from functools import cache

import numpy as np
import soundfile

from tests.signals import noise, tone


@cache
def sound(number: int, format: str = "WAV", *, seconds: float = 0.5, sr: int = 8000) -> bytes:
    """Bytes of a sound file that only this number has."""
    wave = tone(300 + 7 * number, sr=sr, seconds=seconds) + noise(sr=sr, seconds=seconds, seed=number)
    file = io.BytesIO()
    subtype = {"WAV": "PCM_16", "FLAC": "PCM_16", "OGG": "VORBIS", "MP3": "MPEG_LAYER_III"}[format]
    soundfile.write(file, np.clip(wave.T, -1, 1), sr, format=format, subtype=subtype)
    return file.getvalue()
