"""What an MP3 file says about its own length.

libsndfile stops at the number of frames it estimates from the first frames' bit rate, which
loses half of many variable-rate files. Only a file whose Xing, Info or VBRI header accounts
for all of its bytes may go there.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

from curate.audio._bytes import ByteReader

# Sync word of a Layer III frame: MPEG 2.5, 2 or 1, with or without a checksum.
_SYNC = re.compile(rb"\xff[\xe2\xe3\xf2\xf3\xfa\xfb]")

# The tag lies behind the side information (9 to 32 bytes) of the first frame, VBRI at 36 bytes.
_TAG = re.compile(rb"Xing|Info|VBRI")
_TAG_END = 48

# Tags at the end of a file (ID3v1, APE) are not counted in the header. A file that is longer by
# more than this goes to FFmpeg, which costs a little time and loses nothing.
_TRAILER = 0.01


class Mp3Header(NamedTuple):
    """What the first frame says.

    Parameters
    ----------
    frames
        Samples per channel, up to a frame or two of padding.
    complete
        Whether the bytes it counts are there, and hardly any besides.
    """

    frames: int
    complete: bool


def mp3_header(path: Path) -> Mp3Header | None:
    """Read the Xing, Info or VBRI header of an MP3, or `None` if missing.

    References
    ----------
    The layouts: http://gabriel.mp3-tech.org/mp3infotag.html (Xing and Info) and
    https://www.codeproject.com/Articles/8295/MPEG-Audio-Frame-Header (VBRI).
    """
    with path.open("rb") as handle:
        start = 0
        while (tag := handle.read(10))[:3] == b"ID3" and len(tag) == 10:  # noqa: PLR2004 - a whole header
            size = (tag[6] & 127) << 21 | (tag[7] & 127) << 14 | (tag[8] & 127) << 7 | (tag[9] & 127)
            start += 10 + size + (10 if tag[5] & 0x10 else 0)
            handle.seek(start)
        handle.seek(start)
        data = handle.read(1 << 14)
    sync = _SYNC.search(data)
    if sync is None:
        return None
    first = data[sync.start() : sync.start() + 256]
    found = _TAG.search(first, 0, _TAG_END)
    if found is None:
        return None
    counts = _counts(found[0], first[found.start() :])
    if counts is None:
        return None
    frames, promised = counts
    held = path.stat().st_size - start - sync.start()
    samples = 1152 if first[1] & 0x08 else 576
    return Mp3Header(frames * samples, promised <= held <= promised + max(_TRAILER * promised, 512))


def is_whole(path: Path, frames: int | None) -> bool:
    """Whether frame follows frame from the first to the end of an MP3, with only tags behind them.

    libmpg123 leaves out what is no frame without a word, or gives up: all that follows comes too early.

    Parameters
    ----------
    frames
        Samples per channel that its header counts, which must be those of the frames that are there; None
        where it counts none.
    """
    with path.open("rb") as handle:
        reader, size = ByteReader(handle), path.stat().st_size
        at = start_of_sound(reader)
        if at is None:
            return False
        first = reader.at(at, _FRAME_HEAD)
        kind, rate = first[1] & 0xFE, first[2] & 0x0C
        count = 0
        while at + _FRAME_HEAD <= size:
            data = reader.at(at, min(_PIECE, size - at))
            place, last = 0, len(data) - _FRAME_HEAD
            while place <= last:
                second, third = data[place + 1], data[place + 2]
                if data[place] != _FULL or second & 0xFE != kind or third & 0x0C != rate:
                    break
                length = _LENGTHS[second << 8 | third]
                if not length:
                    return False
                place += length
                count += 1
            at += place
            if place <= last:
                break
        rest = reader.at(at, _LONGEST_TRAILER) if at < size else b""
    # The header may or may not count the frame in which it stands.
    if frames is not None and abs(count - frames // (1152 if kind & 0x08 else 576)) > 1:
        return False
    return at >= size or rest.startswith(_TRAILERS) or not rest.strip(b"\0")


def start_of_sound(reader: ByteReader) -> int | None:
    """Find the first frame behind the tags of an MP3."""
    at = 0
    while (tag := reader.at(at, 10))[:3] == b"ID3" and len(tag) == 10:  # noqa: PLR2004 - a whole header
        size = (tag[6] & 127) << 21 | (tag[7] & 127) << 14 | (tag[8] & 127) << 7 | (tag[9] & 127)
        at += 10 + size + (10 if tag[5] & 0x10 else 0)
    found = _SYNC.search(reader.at(at, _PIECE))
    return None if found is None else at + found.start()


def _length_of(second: int, third: int) -> int:
    """Bytes of a Layer III frame, by two bytes of its header; 0 where they name no such frame."""
    version, layer = second >> 3 & 3, second >> 1 & 3
    bit_rate, rate, padding = third >> 4, third >> 2 & 3, third >> 1 & 1
    if version == 1 or layer != 1 or bit_rate in (0, 15) or rate == 3:  # noqa: PLR2004 - reserved
        return 0
    is_first = version == 3  # noqa: PLR2004 - MPEG 1
    kilobits = (_KILOBITS_1 if is_first else _KILOBITS_2)[bit_rate]
    sr = (44100, 48000, 32000)[rate] >> {3: 0, 2: 1, 0: 2}[version]
    return (144 if is_first else 72) * kilobits * 1000 // sr + padding


# Bit rates of Layer III in kilobits per second, of MPEG 1 and of MPEG 2 and 2.5 (ISO 11172-3 and 13818-3).
_KILOBITS_1 = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
_KILOBITS_2 = (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)


class _Lengths(dict[int, int]):
    """Length of a frame by the second and third byte of its header: a walk costs a look-up a frame."""

    def __missing__(self, pair: int) -> int:
        length = self[pair] = _length_of(pair >> 8, pair & 0xFF)
        return length


_LENGTHS = _Lengths()

# What may stand behind the last frame: ID3v1, APE, Lyrics3; and bytes of it that are looked at.
_TRAILERS = (b"TAG", b"APETAGEX", b"LYRICSBEGIN", b"3DI", b"ID3")
_LONGEST_TRAILER = 1 << 16

_FULL, _FRAME_HEAD = 0xFF, 4

# Bytes that are walked at a time.
_PIECE = 1 << 18


def _counts(name: bytes, tag: bytes) -> tuple[int, int] | None:
    """Read frames and bytes, both big-endian, where the tag has both."""
    if len(tag) < 18:  # noqa: PLR2004 - up to the end of VBRI's two numbers
        return None
    if name == b"VBRI":
        return int.from_bytes(tag[14:18]), int.from_bytes(tag[10:14])
    if tag[7] & 3 != 3:  # noqa: PLR2004 - flag 1: frames are given, flag 2: bytes are
        return None
    return int.from_bytes(tag[8:12]), int.from_bytes(tag[12:16])
