"""Cutting stretches out of a stream of audio, or silencing them, free of clicks and drift.

All positions are frames of the raw recording. The length of an excised copy is exactly the
sum of the kept stretches, so seconds and annotations add up: clean = raw - cut. At a join the
crossfade is centred on it: it takes half its length from each side of the removed stretch::

    raw      ...kept a|removed...............|b kept...
    fades out     [a-h, a+h)        [b-h, b+h)     fades in, laid over each other in the copy

Outside the fades every sample is the raw one, bit for bit. The recording's own start and end
are not faded. Streams are walked once, in memory of a block and two fades.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from itertools import zip_longest

import numpy as np
from numpy.typing import NDArray

from curate.intervals import clip, complement, union
from curate.model import Piece

#: Length of a crossfade in seconds. Ten milliseconds is the fade that audio editors
#: put on edits by default: too short to be heard as a fade, long enough to be no click.
FADE = 0.010

Block = NDArray[np.float32]


def pieces(cuts: Sequence[tuple[int, int]], frames: int) -> list[Piece]:
    """List what is kept of a recording, and where it lies in the excised copy.

    Parameters
    ----------
    cuts : frames
        Half-open intervals to remove, in any order; they may touch, overlap or reach beyond
        the recording.
    frames
        Length of the recording.
    """
    kept = []
    clean = 0
    for start, stop in complement(cuts, 0, frames):
        kept.append(Piece(clean, int(start), int(stop - start)))
        clean += int(stop - start)
    return kept


def excise(
    blocks: Iterable[Block], cuts: Sequence[tuple[int, int]], *, sr: int, frames: int
) -> Iterator[Block]:
    """Remove stretches from a stream of blocks and crossfade the joins.

    A fade is shorter than `FADE` where the cut or one of the kept stretches next to it is.

    Parameters
    ----------
    blocks : shape=(channels, n) each
        The whole recording. If it ends before `frames`, the copy ends with it.
    cuts : frames
        As in `pieces`.
    sr : Hz
    frames
        Length of the recording; what comes behind is left out.

    Yields
    ------
    shape=(channels, n)
        Of any length, in total as long as `pieces(cuts, frames)`. Blocks may be views of those
        that came in.
    """
    kept = pieces(cuts, frames)
    cursor = _Cursor(blocks)
    before = 0
    for piece, following in zip_longest(kept, kept[1:]):
        stop = piece.raw_start + piece.frames
        if following is None:
            yield from cursor.copy(piece.raw_start + before, stop)
            return
        gap = following.raw_start - stop
        # The fade takes as much from the cut as from the kept sound. So each piece keeps its
        # length, and the time map stays exact to the frame.
        half = min(round(FADE * sr), gap, piece.frames, following.frames) // 2
        yield from cursor.copy(piece.raw_start + before, stop - half)
        tail = cursor.gather(stop - half, stop + half)
        head = cursor.gather(following.raw_start - half, following.raw_start + half)
        n = min(tail.shape[1], head.shape[1])
        if n:
            yield _faded(tail[:, :n], head[:, :n], _rise(2 * half)[:n], _rise(2 * half)[::-1][:n])
        before = half


def mute(
    blocks: Iterable[Block], cuts: Sequence[tuple[int, int]], *, sr: int, frames: int
) -> Iterator[Block]:
    """Silence stretches of a stream of blocks. The length stays.

    Equal-power ramps of `FADE` lie inside the stretch (half of it each where it is too short
    for two), digital zero lies between them.

    Parameters
    ----------
    blocks, cuts, sr, frames
        As in `excise`.

    Yields
    ------
    shape=(channels, n)
        Of any length. Blocks may be views of those that came in.
    """
    cursor = _Cursor(blocks)
    end = 0
    for low, high in union(clip(cuts, 0, frames)):
        start, stop = int(low), int(high)
        length = min(round(FADE * sr), (stop - start) // 2)
        fade_out = length if start > 0 else 0
        fade_in = length if stop < frames else 0
        yield from cursor.copy(end, start)
        tail = cursor.gather(start, start + fade_out)
        # A file may end before its header says: the ramp then ends with it.
        yield tail * _rise(fade_out)[::-1][: tail.shape[1]]
        for part in cursor.copy(start + fade_out, stop - fade_in):
            yield np.zeros_like(part)
        head = cursor.gather(stop - fade_in, stop)
        yield head * _rise(fade_in)[: head.shape[1]]
        end = stop
    yield from cursor.copy(end, frames)


def _faded(tail: Block, head: Block, rise: NDArray[np.float32], fall: NDArray[np.float32]) -> Block:
    """Fade from one sound to another by the law that fits their likeness, channel by channel.

    Where they are not alike their powers add up, so that sine and cosine keep the level; where they are the
    same their amplitudes do. In between the power of the sum is 1 + 2 r sin cos, with r their correlation in
    the fade, constant parts included: dividing by its root is right for all. No sample is louder than the
    loudest of the two sounds in the fade.
    """
    tail, head = tail.astype(np.float64), head.astype(np.float64)
    power = np.sqrt(np.vecdot(tail, tail) * np.vecdot(head, head))
    likeness = np.clip(np.vecdot(tail, head) / np.where(power > 0, power, 1.0), 0.0, 1.0)[:, np.newaxis]
    mixed = (tail * fall + head * rise) / np.sqrt(1 + 2 * likeness * (rise * fall))
    loudest = np.maximum(np.abs(tail).max(axis=1), np.abs(head).max(axis=1))[:, np.newaxis]
    return np.asarray(np.clip(mixed, -loudest, loudest), np.float32)


def _rise(length: int) -> NDArray[np.float32]:
    """Quarter of a sine at the middle of each frame; its mirror image is the fall of equal power."""
    phase = (np.arange(length) + 0.5) * (math.pi / 2 / max(length, 1))
    return np.asarray(np.sin(phase), np.float32)


class _Cursor:
    """Walks a stream of blocks once and hands out stretches by frame number, in rising order."""

    def __init__(self, blocks: Iterable[Block]) -> None:
        self._blocks = iter(blocks)
        self._block: Block | None = next(self._blocks, None)
        self._channels = 1 if self._block is None else len(self._block)
        self._start = 0

    def copy(self, start: int, stop: int) -> Iterator[Block]:
        """Yield the stretch from `start` to `stop` as it comes, as views."""
        while start < stop and self._block is not None:
            end = self._start + self._block.shape[1]
            if start < end:
                upto = min(stop, end)
                yield self._block[:, start - self._start : upto - self._start]
                start = upto
            if start >= end:
                self._start = end
                self._block = next(self._blocks, None)

    def gather(self, start: int, stop: int) -> Block:
        """Collect the stretch from `start` to `stop` in one array, shorter where the stream ends."""
        empty = np.empty((self._channels, 0), np.float32)
        return np.concatenate([empty, *self.copy(start, stop)], axis=1)
