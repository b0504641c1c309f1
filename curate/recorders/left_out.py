"""Silences that an AudioMoth with a trigger leaves out of its file (``20240311_054500T.WAV``).

In their place stands one block of 512 bytes. Its first 32 samples are the bits of a number, the lowest first:
1 or -1. The rest is zero. So many blocks were left out, this one included. Blocks begin at multiples of 512
bytes of the file. Read from AudioMoth-Utils 1.8.0 (``expander.js``), which puts the silences back.
"""

from __future__ import annotations

from typing import BinaryIO

import numpy as np

_BLOCK = 512
_BITS = 32
_PLACES = np.uint64(1) << np.arange(_BITS, dtype=np.uint64)

#: Blocks that are looked at in one go: 4 MiB.
_AT_ONCE = 1 << 13

#: Bytes of a header in which the sound begins, and of a sample.
_HEAD, _WIDTH = 1 << 13, 2


def left_out(file: BinaryIO, sr: int) -> tuple[tuple[float, float], ...]:
    """Find what is left out of a WAV of 16 bits and one channel, open at its start.

    Parameters
    ----------
    sr : Hz

    Returns
    -------
    tuple of (float, float)
        Of each silence its place in the file and its length, both in seconds.
    """
    start = _HEAD
    before = 0
    found: list[tuple[int, int]] = []
    while data := file.read(_BLOCK * _AT_ONCE):
        if before == 0:
            start = data[:_HEAD].find(b"data") + 8
        whole = len(data) // _BLOCK
        samples = np.frombuffer(data, "<i2", whole * _BLOCK // _WIDTH).reshape(whole, -1)
        is_told = (np.abs(samples[:, :_BITS]) == 1).all(axis=1) & ~samples[:, _BITS:].any(axis=1)
        for at in np.flatnonzero(is_told):
            blocks = int(_PLACES[samples[at, :_BITS] == 1].sum())
            if blocks:
                found.append((before + int(at) * _BLOCK, blocks - 1))
        before += len(data)
    return tuple(
        (max(at - start, 0) / _WIDTH / sr, blocks * _BLOCK / _WIDTH / sr) for at, blocks in found if sr
    )


def words(silences: tuple[tuple[float, float], ...]) -> str:
    """Say what is left out, and what that means for times; empty if nothing is.

    Examples
    --------
    >>> words(((2.5, 30.0), (4.0, 31.2)))[:60]
    'triggered: silences are left out at 2 places, 61.2 s in all,'
    """
    if not silences:
        return ""
    seconds = sum(length for _, length in silences)
    places = "1 place" if len(silences) == 1 else f"{len(silences):,} places"
    first = silences[0][0]
    return (
        f"triggered: silences are left out at {places}, {seconds:.1f} s in all, from {first:.1f} s on. "
        "Later times are early by that. For true times, expand the file with AudioMoth's own program first"
    )
