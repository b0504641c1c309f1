"""Where the frames of a FLAC stream stand, which samples they hold, and whether they are sound.

Every frame says which samples it holds, and ends in a checksum (RFC 9639, section 9). Nothing is decoded
here.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple, Self

from curate.audio._bytes import ByteReader, ByteSpan
from curate.audio._crc import are_sound
from curate.errors import DecodeFailed

# Bytes that the RFC allows behind the sync code: sizes and rates, then channels and depths.
_SIZES = bytes(byte for byte in range(256) if byte >> 4 and byte & 15 != 15)  # noqa: PLR2004
_DEPTHS = bytes(byte for byte in range(0, 0xB0, 2) if byte >> 1 & 7 != 3)  # noqa: PLR2004

#: Sync code and blocking strategy, and the two bytes behind them.
_SYNC = re.compile(rb"\xff[\xf8\xf9][%s][%s]" % (re.escape(_SIZES), re.escape(_DEPTHS)), re.DOTALL)

#: Headers looked at ahead to find the one that continues a frame.
_AHEAD = 64

#: Frames at the end that are looked at, and the bytes of one where STREAMINFO does not say.
_LAST, _LARGEST = 4, 1 << 15

#: Bytes of a frame's header, at most.
_HEADER = 16

#: Where STREAMINFO stands in a stream, and how long it is.
_INFO, _INFO_LENGTH = 8, 34

#: Length of the marker at the start of a stream.
_MARKER = 4

#: Length of an ID3v1 tag, and of the footer of an APE tag, which some programs put behind the last frame.
_TAG, _APE = 128, 32

#: So many zeros in a row are no end of a frame; some are left to it, for its checksum may end in zeros.
_EMPTY, _LEFT = 64, 8

#: Bytes in which headers are looked for at a time, and whose checksums are folded together.
_PIECE, _AT_ONCE = 1 << 18, 1 << 20

#: Bytes of a frame, at most: 65,535 samples of 8 channels of 32 bits; what is longer holds damage.
_MOST_BYTES = 1 << 21


class FrameHeader(NamedTuple):
    """Where a frame stands, the first sample that it holds, and how many."""

    place: int
    sample: int
    samples: int


class FlacStream:
    """The frames of a FLAC stream. Close it.

    Parameters
    ----------
    part
        Where in the file the stream lies.
    counts_less
        Whether its header is known to count less than there is.

    Attributes
    ----------
    info
        STREAMINFO as it stands (RFC 9639, section 8.2).
    sr : Hz
    channels, bits
    declared_frames
        Samples per channel that the header promises, None where it promises nothing.
    tail
        What is odd behind the last frame, in words; empty if nothing is. Tags are not odd.

    Raises
    ------
    DecodeFailed
        If it is no FLAC stream.
    """

    def __init__(self, path: Path, part: ByteSpan, *, counts_less: bool = False) -> None:
        self._file = path.open("rb")
        self._reader = ByteReader(self._file)
        try:
            begin = _begin(self._reader, part)
        except BaseException:
            self.close()
            raise
        self.info = self._reader.at(begin + _INFO, _INFO_LENGTH)
        self._most = int.from_bytes(self.info[2:4])
        packed = int.from_bytes(self.info[10:18])
        self.sr, self.channels, self.bits = packed >> 44, (packed >> 41 & 7) + 1, (packed >> 36 & 31) + 1
        self.declared_frames = None if counts_less else packed & ((1 << 36) - 1) or None
        stop = _without_tags(self._reader, part.stop)
        empty = stop - _without_zeros(self._reader, part.start, stop)
        self.tail = f"{empty:,} empty bytes behind the sound" if empty >= _EMPTY else ""
        self._begin = begin + _INFO + _INFO_LENGTH
        self._stop = stop - empty + _LEFT if self.tail else stop

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()

    def bytes_of(self, header: FrameHeader, stop: int) -> bytes:
        """Give the bytes of a frame, up to the next one's header."""
        return self._at(header.place, stop - header.place)

    def _at(self, place: int, count: int) -> bytes:
        return self._reader.at(place, min(count, _MOST_BYTES))

    def is_whole(self) -> bool:
        """Whether frame follows frame from the first sample to the last, each with the right checksum."""
        expected, begin = 0, None
        for header in self._headers(self._reader):
            if header.sample == expected:  # what only looks like a header makes the checksum wrong
                begin = header.place if begin is None else begin
                expected += header.samples
        if begin is None or self.declared_frames not in (None, expected):
            return False
        return are_sound(
            self._reader.at(low, min(_AT_ONCE, self._stop - low))
            for low in range(begin, self._stop, _AT_ONCE)
        )

    def framed(self) -> Iterator[tuple[FrameHeader, int]]:
        """Yield each frame's header, and where the next one stands."""
        headers = self._headers(ByteReader(self._file))
        ahead: deque[FrameHeader] = deque()
        current: FrameHeader | None = None
        while True:
            while len(ahead) < _AHEAD and (following := next(headers, None)) is not None:
                ahead.append(following)
            if current is None:
                if not ahead:
                    return
                current = self._chosen(ahead, 0)
            else:
                expected = current.sample + current.samples
                if not any(each.sample >= expected for each in ahead):
                    if len(ahead) == _AHEAD:  # none of these is a frame's
                        ahead.clear()
                        continue
                    yield current, self._stop
                    return
                following = self._chosen(ahead, expected)
                yield current, following.place
                current = following
            while ahead and ahead[0].place <= current.place:
                ahead.popleft()

    @staticmethod
    def _chosen(ahead: deque[FrameHeader], expected: int) -> FrameHeader:
        """Choose the header that continues at a sample; else the first that another one continues."""
        for each in ahead:
            if each.sample == expected:
                return each
        later = [each for each in ahead if each.sample >= expected]
        starts = {each.sample for each in later}
        return next((each for each in later if each.sample + each.samples in starts), later[0])

    def _headers(self, reader: ByteReader) -> Iterator[FrameHeader]:
        """Yield all that looks like a frame's header, its checksum included."""
        start = self._begin
        while start < self._stop:
            data = reader.at(start, min(_PIECE + _HEADER, self._stop - start))
            for found in _SYNC.finditer(data, 0, min(_PIECE + 3, len(data))):
                place = found.start()
                header = _header(data[place : place + _HEADER], start + place, self._most)
                if header is None or (self._most and header.samples > self._most):
                    continue
                if self.declared_frames is None or header.sample < self.declared_frames:
                    yield header
            start += _PIECE


def _begin(reader: ByteReader, part: ByteSpan) -> int:
    """Find the marker of a stream, behind a tag of ID3 where there is one.

    Raises
    ------
    DecodeFailed
        If there is none, or STREAMINFO is not complete.
    """
    head = reader.at(part.start, _MARKER + 6)
    at = part.start
    if head[:3] == b"ID3":
        at += 10 + sum((byte & 127) << shift for byte, shift in zip(head[6:10], (21, 14, 7, 0), strict=False))
    if reader.at(at, _MARKER) != b"fLaC" or at + _INFO + _INFO_LENGTH > part.stop:
        raise DecodeFailed("expected a FLAC stream")
    return at


def _without_tags(reader: ByteReader, stop: int) -> int:
    """Find where the tags behind a stream begin: ID3v1, and APEv2 in front of that."""
    if reader.at(max(0, stop - _TAG), 3) == b"TAG":
        stop -= _TAG
    footer = reader.at(max(0, stop - _APE), _APE)
    if footer.startswith(b"APETAGEX"):
        # Its size leaves out the header, which bit 31 of the flags says there is.
        size = int.from_bytes(footer[12:16], "little") + _APE * (footer[23] >> 7)
        stop = max(0, stop - size)
    return stop


def _without_zeros(reader: ByteReader, start: int, stop: int) -> int:
    """Find where the zeros at the end of a stream begin."""
    while stop > start:
        low = max(start, stop - _PIECE)
        held = len(reader.at(low, stop - low).rstrip(b"\0"))
        if held:
            return low + held
        stop = low
    return start


def words_behind_frames(path: Path, part: ByteSpan) -> str:
    """Say what follows the last frame of a FLAC stream that was decoded whole, or empty if only tags do."""
    with FlacStream(path, part) as stream:
        return stream.tail if stream.is_whole() else "what follows its last frame is no sound"


def end_of_flac(path: Path, stop: int) -> int:
    """Find behind which sample the last frame before a place in a FLAC file ends. 0 if missing.

    Two headers in a row vouch for each other, since chance may make one.
    """
    with path.open("rb") as file:
        info = file.read(_INFO + _INFO_LENGTH)
        if not info.startswith(b"fLaC"):
            return 0
        largest = int.from_bytes(info[_INFO + 7 : _INFO + 10]) or _LARGEST
        start = max(0, stop - _LAST * largest)
        file.seek(start)
        data = file.read(stop - start)
    most = int.from_bytes(info[_INFO + 2 : _INFO + 4])
    end = expected = 0
    for found in _SYNC.finditer(data):
        header = _header(data[found.start() : found.start() + _HEADER], found.start(), most)
        if header is None or (most and header.samples > most):
            continue
        if header.sample == expected:
            end = header.sample + header.samples
        expected = header.sample + header.samples
    return end


def _header(data: bytes, place: int, block: int) -> FrameHeader | None:
    """Read what begins like a frame's header (RFC 9639, section 9.1); None if it is none."""
    if len(data) < 6:  # noqa: PLR2004 - the shortest header
        return None
    size, rate = data[2] >> 4, data[2] & 15
    number, at = _number(data, 4)
    if number is None:
        return None
    length = _lengths(size, data, at)
    at += {6: 1, 7: 2}.get(size, 0) + {12: 1, 13: 2, 14: 2}.get(rate, 0)
    if at >= len(data) or _crc8(data[:at]) != data[at]:
        return None
    return FrameHeader(place, number if data[1] & 1 else number * block, length)


def _lengths(size: int, data: bytes, at: int) -> int:
    if size == 1:
        return 192
    if size <= 5:  # noqa: PLR2004 - the RFC's table
        return 144 << size
    if size == 6:  # noqa: PLR2004
        return data[at] + 1 if at < len(data) else 0
    if size == 7:  # noqa: PLR2004
        return int.from_bytes(data[at : at + 2]) + 1
    return 1 << size


def _number(data: bytes, at: int) -> tuple[int | None, int]:
    """Read a number coded as UTF-8 codes letters, up to 36 bits; and where it ends."""
    first = data[at]
    if first < 0x80:  # noqa: PLR2004 - one byte
        return first, at + 1
    more = 8 - (first ^ 0xFF).bit_length() - 1
    if not 1 <= more <= 6 or at + 1 + more > len(data):  # noqa: PLR2004 - seven bytes at most
        return None, at
    value = first & ((1 << (6 - more)) - 1) if more < 6 else 0  # noqa: PLR2004
    for byte in data[at + 1 : at + 1 + more]:
        if byte & 0xC0 != 0x80:  # noqa: PLR2004 - what continues a number
            return None, at
        value = value << 6 | byte & 0x3F
    return value, at + 1 + more


def _crc8(data: bytes) -> int:
    value = 0
    for byte in data:
        value = _CRC8[value ^ byte]
    return value


def _crc8_of(byte: int) -> int:
    for _ in range(8):
        byte = (byte << 1 ^ 0x07) & 0xFF if byte & 0x80 else byte << 1
    return byte


#: Remainders of all bytes by x^8 + x^2 + x + 1.
_CRC8 = bytes(_crc8_of(byte) for byte in range(256))
