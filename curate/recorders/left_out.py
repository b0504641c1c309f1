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

#: Bytes of sound before the first block: the header of every firmware with a trigger has 488.
_FIRST = 24

#: What is said of a file of which the blocks cannot be seen.
UNSEEN = (
    "triggered before it was packed: silences may be left out, and later times may be early. "
    "Only the WAV of the recorder tells where"
)


def left_out(file: BinaryIO, sr: int) -> tuple[tuple[float, float], ...]:
    """Find what is left out of a WAV of 16 bits and one channel.

    Parameters
    ----------
    sr : Hz

    Returns
    -------
    tuple of (float, float)
        Of each silence its place in the file and its length, both in seconds.
    """
    file.seek(0)
    start = file.read(_HEAD).find(b"data") + 8
    # Programs that write the header anew move the sound, and the blocks with it.
    for first in sorted({0, (start + _FIRST) % _BLOCK}):
        found = _blocks(file, first)
        if found and sr:
            return tuple(
                (max(at - start, 0) / _WIDTH / sr, blocks * _BLOCK / _WIDTH / sr) for at, blocks in found
            )
    return ()


def _blocks(file: BinaryIO, at: int) -> list[tuple[int, int]]:
    """Give the places of blocks that stand for silence, and how many more each stands for."""
    found: list[tuple[int, int]] = []
    file.seek(at)
    while data := file.read(_BLOCK * _AT_ONCE):
        whole = len(data) // _BLOCK
        samples = np.frombuffer(data, "<i2", whole * _BLOCK // _WIDTH).reshape(whole, -1)
        is_told = (np.abs(samples[:, :_BITS]) == 1).all(axis=1) & ~samples[:, _BITS:].any(axis=1)
        for row in np.flatnonzero(is_told):
            blocks = int(_PLACES[samples[row, :_BITS] == 1].sum())
            if blocks:
                found.append((at + int(row) * _BLOCK, blocks - 1))
        at += len(data)
    return found


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
