"""What a detector measured, frame by frame, in bytes small enough to keep for every recording.

The sister of `track.Track` for detectors that keep more than one figure per frame. Segments are
made from the bytes alone, so the first pass and every later one agree exactly.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from curate.errors import FormatError

_VERSION = 129  # not a version of `Track`: neither reads the other's bytes
#: Power below the lowest step of `decibels`.
_NOTHING = 1e-30

_HEADER = struct.Struct("<BddH")  # version, hop, duration, rows

#: Bytes of `GrowingBytes` that are packed at a time: short recordings, which have less, take no time for it.
_PIECE = 1 << 17

Run = tuple[int, int]  # first frame, and the first behind the last


@dataclass(frozen=True, slots=True, eq=False)
class Levels:
    """Rows of bytes, one column per frame.

    Parameters
    ----------
    hop : seconds from the start of one frame to the start of the next
    duration : seconds
        Length of the recording; the last frame ends there.
    rows : shape=(rows, frames), uint8
    """

    hop: float
    duration: float
    rows: NDArray[np.uint8]

    def pack(self) -> bytes:
        """Write the rows as a few bytes. `unpack` gives them back."""
        head = _HEADER.pack(_VERSION, self.hop, self.duration, len(self.rows))
        return head + zlib.compress(np.ascontiguousarray(self.rows).data, level=6)

    @classmethod
    def unpack(cls, packed: bytes) -> Levels:
        """Read what `pack` wrote.

        Raises
        ------
        FormatError
            If the bytes are damaged or were written by a later version.
        """
        try:
            version, hop, duration, rows = _HEADER.unpack_from(packed)
            if version != _VERSION:
                raise ValueError(f"version {version}")  # noqa: TRY301 - one message for all damage
            data = np.frombuffer(zlib.decompress(packed[_HEADER.size :]), np.uint8).reshape(rows, -1)
        except (struct.error, zlib.error, ValueError) as error:
            raise FormatError(
                f"a detector's levels are damaged: {error}", hint="run the detector again"
            ) from error
        return cls(hop, duration, data)

    def seconds(self, run: Run) -> tuple[float, float]:
        """Tell when a run of frames begins and ends. The last frame ends with the recording."""
        start, stop = run
        end = self.duration if stop >= self.rows.shape[1] else stop * self.hop
        return start * self.hop, end


class GrowingBytes:
    """Bytes that grow at their end, as little of them in memory as can be.

    Thousands of small arrays would lie scattered among the blocks of sound that are let go, and keep their
    memory from being used again. Long pieces are packed: those of a day then take a few megabytes.
    """

    def __init__(self) -> None:
        self._packed: list[bytes] = []
        self._last = bytearray()
        self._length = 0

    def __len__(self) -> int:
        return self._length

    def extend(self, data: bytes) -> None:
        """Put bytes behind the others."""
        self._last.extend(data)
        self._length += len(data)
        if len(self._last) >= _PIECE:
            self._packed.append(zlib.compress(self._last, level=1))
            self._last.clear()

    def all(self) -> bytearray:
        """Give all bytes."""
        whole, filled = bytearray(self._length), 0
        for piece in (*map(zlib.decompress, self._packed), self._last):
            whole[filled : filled + len(piece)] = piece
            filled += len(piece)
        return whole


class Columns:
    """What is measured of successive frames: rows of bytes that grow at their ends."""

    def __init__(self, rows: int) -> None:
        self._rows = [GrowingBytes() for _ in range(rows)]

    def append(self, columns: NDArray[np.uint8]) -> None:
        """Take in the next frames, shape=(rows, frames)."""
        for row, values in zip(self._rows, columns, strict=True):
            row.extend(values.tobytes())

    def all(self) -> NDArray[np.uint8]:
        """Give all frames, shape=(rows, frames)."""
        whole = np.empty((len(self._rows), len(self._rows[0])), np.uint8)
        for place, row in zip(whole, self._rows, strict=True):
            place[:] = np.frombuffer(row.all(), np.uint8)
        return whole


def decibels(power: NDArray[np.floating], *, step: float = 0.5) -> NDArray[np.uint8]:
    """Round powers to bytes: 255 is 0 dB (full scale 1.0), each less is `step` dB lower, 0 is all below."""
    level = 255 + 10 / step * np.log10(np.maximum(power, _NOTHING))
    rounded: NDArray[np.uint8] = np.minimum(np.maximum(np.rint(level), 0), 255).astype(np.uint8)
    return rounded


def percentiles(values: NDArray[Any], *asked: float, of: NDArray[np.floating] | None = None) -> list[Any]:
    """Give percentiles along the first axis, 0 to 100, between two values where they fall so.

    The same as numpy's, which takes ten times as long over the few values of a segment.

    Parameters
    ----------
    of : rising, optional
        What the values, whole numbers from 0, stand for.

    Examples
    --------
    >>> percentiles(np.array([4.0, 1.0, 2.0]), 50, 75)
    [np.float64(2.0), np.float64(3.0)]
    """
    ordered = np.sort(values, axis=0)
    found = []
    for each in asked:
        place = each / 100 * (len(ordered) - 1)
        below = int(place)
        pair = ordered[[below, min(below + 1, len(ordered) - 1)]]
        low, high = pair if of is None else of[pair]
        found.append(low + (high - low) * (place - below))
    return found


def runs(mask: NDArray[np.bool_]) -> list[Run]:
    """List where a mask is true.

    Examples
    --------
    >>> runs(np.array([True, False, True, True]))
    [(0, 1), (2, 4)]
    """
    if not mask.any():  # mostly, and ten times as fast
        return []
    # No copy of the mask: that of a day is large.
    edges = (np.flatnonzero(mask[1:] != mask[:-1]) + 1).tolist()
    edges = [*([0] if mask[0] else []), *edges, *([len(mask)] if mask[-1] else [])]
    return list(zip(edges[::2], edges[1::2], strict=True))


def bridged(found: Sequence[Run], *, gap: float, shortest: float) -> list[Run]:
    """Join runs less than `gap` frames apart, and forget those of less than `shortest` frames.

    Examples
    --------
    >>> bridged([(0, 3), (4, 6), (20, 21)], gap=2, shortest=2)
    [(0, 6)]
    """
    joined: list[Run] = []
    for start, stop in found:
        if joined and start - joined[-1][1] < gap:
            joined[-1] = (joined[-1][0], stop)
        else:
            joined.append((start, stop))
    return [(start, stop) for start, stop in joined if stop - start >= shortest]
