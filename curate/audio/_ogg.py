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
from typing import BinaryIO, NamedTuple

from curate.audio._bytes import ByteReader, ByteSpan
from curate.audio._shape import unread

#: The polynomial of the checksum, without its highest term (RFC 3533, section 6).
_POLYNOMIAL = 0x04C11DB7

# Places in the header of a page: the serial number, the page's number, its checksum, the table of lengths.
_SERIAL, _NUMBER, _CHECKSUM, _COUNT, _LENGTHS = 14, 18, 22, 26, 27


# And of the granule position: how many samples are complete with the page.
_GRANULE = 6

# Flags of a page: it begins a stream, it ends one.
_FIRST, _LAST = 2, 4

# How the first packet of a stream of sound begins (Vorbis I section 4.2.1, RFC 7845, those of FLAC, Speex).
_SOUND = (b"\x01vorbis", b"OpusHead", b"\x7fFLAC", b"Speex   ")

# Every byte with its bits in reverse: zlib's checksum of such bytes is the reverse of Ogg's.
_REVERSED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))


def parts(file: BinaryIO, size: int) -> list[ByteSpan]:
    """Walk the pages of an Ogg file: a part for each link of the chain.

    A link whose pages are not all there, one behind the other and with the right checksums, is to be read
    with care: libogg leaves such pages out without a word.
    """
    reader = ByteReader(file)
    found: list[ByteSpan] = []
    start, at, is_head, careful, open_streams = 0, 0, True, False, set[bytes]()
    numbers: dict[bytes, int] = {}
    granules: dict[bytes, int] = {}
    broken = sounds = 0
    while at < size:
        page = _page(reader, at)
        if page is None:
            following = reader.find(b"OggS", at + 1, size)
            broken += following - at
            at = following
            continue
        if page.flags & _FIRST and not is_head:
            found.append(_link(start, at, open_streams, broken, sounds, careful=careful))
            start, careful, broken, sounds = at, False, 0, 0
            open_streams.clear()
            numbers.clear()
            granules.clear()
        is_head = bool(page.flags & _FIRST)
        sounds += is_head and page.body.startswith(_SOUND)
        careful |= page.serial in numbers and page.number != numbers[page.serial] + 1
        numbers[page.serial] = page.number
        if page.granule >= 0:  # -1: no packet ends on this page
            careful |= page.granule < granules.get(page.serial, 0)
            granules[page.serial] = page.granule
        (open_streams.discard if page.flags & _LAST else open_streams.add)(page.serial)
        at += page.length
    found.append(_link(start, size, open_streams, broken, sounds, careful=careful))
    return found


def _link(
    start: int, stop: int, open_streams: set[bytes], broken: int, sounds: int, *, careful: bool
) -> ByteSpan:
    words = ["truncated: its last page is missing"] if open_streams else []
    words += [unread(sounds)] if sounds > 1 else []
    words += [f"{broken:,} bytes of it are outside all sound pages"] if broken else []
    return ByteSpan(start, stop, careful=careful or broken > 0, note="; ".join(words))


class _Page(NamedTuple):
    """The header of a page, and how its content begins."""

    flags: int
    serial: bytes
    number: int
    granule: int
    length: int
    body: bytes


def _page(reader: ByteReader, at: int) -> _Page | None:
    """Read the header of a page whose checksum is right."""
    head = reader.at(at, _LENGTHS)
    if len(head) < _LENGTHS or not head.startswith(b"OggS"):
        return None
    lengths = reader.at(at + _LENGTHS, head[_COUNT])
    length = _LENGTHS + head[_COUNT] + sum(lengths)
    page = reader.at(at, length)
    if len(page) < length:
        return None
    known = page[:_CHECKSUM] + bytes(4) + page[_COUNT:]
    checksum = zlib.crc32(known.translate(_REVERSED), 0xFFFFFFFF) ^ 0xFFFFFFFF
    if checksum.to_bytes(4, "big").translate(_REVERSED)[::-1] != head[_CHECKSUM:_COUNT][::-1]:
        return None
    number = int.from_bytes(head[_NUMBER:_CHECKSUM], "little")
    granule = int.from_bytes(head[_GRANULE:_SERIAL], "little", signed=True)
    begin = _LENGTHS + head[_COUNT]
    return _Page(head[5], head[_SERIAL:_NUMBER], number, granule, length, page[begin : begin + 8])


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
    """Remainder of x to the 8 * `count`: what this many bytes behind a change do to it."""
    result, factor = 1, 1 << 8
    while count:
        if count & 1:
            result = _times(result, factor)
        factor = _times(factor, factor)
        count >>= 1
    return result
