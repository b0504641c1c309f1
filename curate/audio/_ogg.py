"""Serial numbers of Ogg streams: one that follows from what is in the file, instead of a random one.

libsndfile draws the number from the clock, so the same samples gave other bytes every second. The
number stands in the header of each page, and the page's checksum counts it (RFC 3533). That
checksum is linear, so the new one follows from the old one and the change alone: nothing of a page
but its length needs to be looked at.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from functools import lru_cache
from typing import BinaryIO

#: The polynomial of the checksum, without its highest term (RFC 3533, section 6).
_POLYNOMIAL = 0x04C11DB7

# Places in the header of a page: the serial number, the page's number, its checksum, the table of lengths.
_SERIAL, _NUMBER, _CHECKSUM, _COUNT, _LENGTHS = 14, 18, 22, 26, 27


def settle_serial(file: BinaryIO) -> None:
    """Give a whole Ogg file the serial number that is the CRC-32 of all else in it.

    Parameters
    ----------
    file
        Open for reading and writing; it holds one stream.
    """
    serial = 0
    for _, head, body in _pages(file):
        known = head[:_SERIAL] + head[_NUMBER:_CHECKSUM] + head[_COUNT:]
        serial = zlib.crc32(body, zlib.crc32(known, serial))
    new = serial.to_bytes(4, "little")
    for place, head, body in _pages(file):
        old = head[_SERIAL:_NUMBER]
        change = int.from_bytes(bytes(a ^ b for a, b in zip(old, new, strict=True)), "big")
        left = len(head) + len(body) - _NUMBER
        checksum = int.from_bytes(head[_CHECKSUM:_COUNT], "little") ^ _times(change, _power(left + 4))
        file.seek(place + _SERIAL)
        file.write(new)
        file.seek(place + _CHECKSUM)
        file.write(checksum.to_bytes(4, "little"))


def _pages(file: BinaryIO) -> Iterator[tuple[int, bytes, bytes]]:
    """Give place, header and body of each page."""
    place = 0
    file.seek(0)
    while head := file.read(_LENGTHS):
        lengths = file.read(head[_COUNT])
        body = file.read(sum(lengths))
        yield place, head + lengths, body
        place += _LENGTHS + len(lengths) + len(body)
        file.seek(place)


def _times(a: int, b: int) -> int:
    """Multiply two remainders as polynomials over two elements, highest term first."""
    product = 0
    for bit in range(31, -1, -1):
        product = (product << 1) ^ (_POLYNOMIAL if product >> 31 else 0)
        product &= 0xFFFFFFFF
        if b >> bit & 1:
            product ^= a
    return product


@lru_cache(maxsize=4096)
def _power(count: int) -> int:
    """Remainder of x to the 8 * `count`: what so many bytes behind a change do to it."""
    result, factor = 1, 1 << 8
    while count:
        if count & 1:
            result = _times(result, factor)
        factor = _times(factor, factor)
        count >>= 1
    return result
