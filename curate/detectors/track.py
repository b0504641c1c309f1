"""What a detector heard, frame by frame, in a form small enough to keep for every recording.

A track is kept so that another threshold needs no second look at the audio. All segments
are made from a track, never from the numbers before it was rounded, so the first pass and
every later one agree exactly.
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from curate.errors import FormatError

#: Stands for a probability of 1.
FULL = 65535

#: Probabilities that are rounded at once.
_AT_ONCE = 1 << 16

_VERSION = 1
_HEADER = struct.Struct("<BdQ")  # version, hop, n_samples


@dataclass(frozen=True, slots=True, eq=False)
class Track:
    """Probabilities of successive frames of one recording.

    Parameters
    ----------
    hop : seconds from the start of one frame to the start of the next
    probabilities : shape=(frames,), uint16
        In steps of 1 / 65535, so they are at most 7.7e-6 off.
    n_samples
        Length of what the detector listened to, at the detector's own rate; the last
        frame may reach beyond it.
    """

    hop: float
    probabilities: NDArray[np.uint16]
    n_samples: int

    @classmethod
    def quantised(cls, probabilities: NDArray[np.float32], *, hop: float, n_samples: int) -> Track:
        """Make a track from probabilities between 0 and 1."""
        rounded = np.empty(len(probabilities), np.uint16)
        for first in range(0, len(rounded), _AT_ONCE):  # doubles of a day would take 40 MB
            part = slice(first, first + _AT_ONCE)
            rounded[part] = np.rint(probabilities[part] * np.float64(FULL))
        return cls(hop, rounded, n_samples)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Track):
            return NotImplemented
        return (
            self.hop == other.hop
            and self.n_samples == other.n_samples
            and np.array_equal(self.probabilities, other.probabilities)
        )

    __hash__ = None  # type: ignore[assignment]  # holds an array

    def pack(self) -> bytes:
        """Write the track as a few bytes. `unpack` gives back an equal one.

        High and low bytes are kept apart, for most high bytes are zero.
        """
        planes = self.probabilities.astype("<u2").view(np.uint8).reshape(-1, 2).T.tobytes()
        return _HEADER.pack(_VERSION, self.hop, self.n_samples) + zlib.compress(planes, level=6)

    @classmethod
    def unpack(cls, packed: bytes) -> Track:
        """Read what `pack` wrote.

        Raises
        ------
        FormatError
            If the bytes are damaged or were written by a later version.
        """
        if packed[:1] != bytes([_VERSION]):
            raise FormatError(
                f"a detector's track should start with version {_VERSION} but starts with {packed[:1]!r}",
                hint="it may come from a later version of curate: update, or run the detector again",
            )
        try:
            _, hop, n_samples = _HEADER.unpack_from(packed)
            planes = np.frombuffer(zlib.decompress(packed[_HEADER.size :]), np.uint8).reshape(2, -1)
        except (struct.error, zlib.error, ValueError) as error:
            raise FormatError(
                f"a detector's track is damaged: {error}", hint="run the detector again"
            ) from error
        return cls(hop, np.ascontiguousarray(planes.T).view("<u2").ravel().astype(np.uint16), n_samples)
