"""The parts of files in which metadata lies: chunks of WAV and AIFF, blocks of FLAC, packets of Ogg.

Sound is stepped over, so that a file of hours costs as little as one of seconds: one read of its head, and
one of what follows the sound. A part that is cut short, or longer than it may be, is left alone.
"""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass, field
from typing import BinaryIO

#: Bytes that are read at once: recorders put what they say before the sound, in less.
_HEAD = 1 << 13

#: Metadata is never larger; a voice note in ``wamd`` may be, and is left alone.
_LARGEST = 1 << 20

#: Chunks that are kept: of WAV, and of AIFF.
_WANTED = frozenset({b"guan", b"wamd", b"bext", b"iXML", b"LIST", b"cue ", b"fmt "})
_WANTED_AIFF = frozenset({b"MARK", b"COMM", b"NAME", b"AUTH", b"ANNO"})

#: Names that chunks have, such as ``_PMX`` for XMP or ``(c) `` of AIFF.
_NAME = re.compile(rb"[A-Za-z0-9_(][A-Za-z0-9_ ).-]{3}")

_CHUNK, _BIG_CHUNK = struct.Struct("<4sI"), struct.Struct(">4sI")
_UNKNOWN = 0xFFFFFFFF
_RIFF, _RF64 = (b"RIFF",), (b"RF64", b"BW64")
_APPLICATION, _COMMENT = 2, 4
_MOST_CHUNKS = 256

#: No file reaches so far, in bytes.
_FARTHEST = 1 << 60


@dataclass(slots=True)
class Parts:
    """Parts of one file: chunks by their letters, blocks of comments, and tags of other containers.

    Parameters
    ----------
    container
        ``wav``, ``aiff``, ``flac`` or ``ogg``; empty for what holds no metadata that is read here.
    """

    container: str = ""
    chunks: list[tuple[bytes, bytes]] = field(default_factory=list)
    comments: list[bytes] = field(default_factory=list)
    tags: tuple[tuple[str, str], ...] = ()

    def chunk(self, name: bytes) -> bytes:
        """First chunk of a name, empty if missing."""
        return next((data for kind, data in self.chunks if kind == name), b"")


def parts_of(file: BinaryIO) -> Parts:
    """Find the parts of an open file."""
    head = file.read(_HEAD)
    if head[:4] in (*_RIFF, *_RF64) and head[8:12] == b"WAVE":
        return _chunks(file, head, Parts("wav"), _CHUNK, _WANTED)
    if head[:4] == b"FORM" and head[8:12] in (b"AIFF", b"AIFC"):
        return _chunks(file, head, Parts("aiff"), _BIG_CHUNK, _WANTED_AIFF)
    if head[:4] == b"OggS":
        return _ogg(file, head)
    at = _behind_id3(head)
    if head[at : at + 4] == b"fLaC" or (at >= len(head) and _reads(file, head, at, 4) == b"fLaC"):
        return _flac(file, head, at + 4)
    return Parts()


def _reads(file: BinaryIO, head: bytes, at: int, length: int) -> bytes:
    """Read bytes at a place, from what was read already where they are in it."""
    if at + length <= len(head):
        return head[at : at + length]
    if at > _FARTHEST:  # a size that was never filled in
        return b""
    file.seek(at)
    return file.read(length)


def _chunks(
    file: BinaryIO, head: bytes, found: Parts, layout: struct.Struct, wanted: frozenset[bytes]
) -> Parts:
    long_data: int | None = None
    at = 12
    for _ in range(_MOST_CHUNKS):
        # Some writers leave the odd byte out that pads a chunk: the next one begins a byte earlier.
        opening = _opening(file, head, at, layout) or _opening(file, head, at - 1, layout)
        if opening is None:
            return found
        at, name, length = opening
        if name == b"ds64" and head[:4] in _RF64:
            long_data = int.from_bytes(_reads(file, head, at + 8, 8), "little")
        if name == b"data" and length == _UNKNOWN:
            if long_data is None:
                return found
            length = long_data
        if name in wanted and length <= _LARGEST:
            data = _reads(file, head, at, length)
            if len(data) < length and name != b"guan":
                return found
            found.chunks.append((name, data))
        at += length + length % 2
    return found


def _opening(file: BinaryIO, head: bytes, at: int, layout: struct.Struct) -> tuple[int, bytes, int] | None:
    """Read the header of a chunk: where its content begins, its name and length; `None` if it is none."""
    data = _reads(file, head, at, layout.size)
    if len(data) < layout.size or not _NAME.match(data):
        return None
    name, length = layout.unpack(data)
    return at + layout.size, name, length


def _flac(file: BinaryIO, head: bytes, at: int) -> Parts:
    found = Parts("flac")
    for _ in range(_MOST_CHUNKS):
        opening = _reads(file, head, at, 4)
        if len(opening) < 4:  # noqa: PLR2004 - kind and length of a block
            break
        kind, length = opening[0] & 0x7F, int.from_bytes(opening[1:], "big")
        at += 4
        if kind == _COMMENT and length <= _LARGEST:
            found.comments.append(_reads(file, head, at, length))
        elif kind == _APPLICATION and length <= _LARGEST:
            # flac --keep-foreign-metadata keeps the chunks of the WAV that it packs, each in a block.
            data = _reads(file, head, at, length)
            if data[:4] == b"riff" and data[4:8] in _WANTED:
                found.chunks.append((data[4:8], data[12 : 12 + int.from_bytes(data[8:12], "little")]))
        at += length
        if opening[0] & 0x80:
            break
    return found


def _behind_id3(head: bytes) -> int:
    """Step over the tags that some programs put before a FLAC."""
    if head[:3] != b"ID3" or len(head) < 10:  # noqa: PLR2004 - its header
        return 0
    size = 0
    for byte in head[6:10]:
        size = size << 7 | byte & 0x7F
    return 10 + size


def _ogg(file: BinaryIO, head: bytes) -> Parts:
    """Read the second packet of the first stream: comments, behind the letters of the codec."""
    found = Parts("ogg")
    packets: list[bytes] = []
    packet = b""
    serial: bytes | None = None
    at = 0
    while len(packets) < 2 and len(packet) <= _LARGEST:  # noqa: PLR2004 - the header and the comments
        page = _reads(file, head, at, 27)
        if len(page) < 27 or page[:4] != b"OggS":  # noqa: PLR2004 - the header of a page
            break
        sizes = _reads(file, head, at + 27, page[26])
        body = _reads(file, head, at + 27 + page[26], sum(sizes))
        at += 27 + page[26] + sum(sizes)
        serial = page[14:18] if serial is None else serial
        if page[14:18] != serial:
            continue
        place = 0
        for size in sizes:
            packet += body[place : place + size]
            place += size
            if size < 255:  # noqa: PLR2004 - a packet ends with a part that is not full
                packets.append(packet)
                packet = b""
    if len(packets) > 1:
        for letters in (b"\x03vorbis", b"OpusTags"):
            if packets[1].startswith(letters):
                found.comments.append(packets[1][len(letters) :])
        if packets[0].startswith(b"\x7fFLAC") and packets[1][:1] in (b"\x04", b"\x84"):
            found.comments.append(packets[1][4:])
    return found
