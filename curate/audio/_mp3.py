"""What an MP3 file says about its own length.

libsndfile stops at the number of frames it estimates from the first frames' bit rate, which
loses half of many variable-rate files. Only a file whose Xing, Info or VBRI header accounts
for all of its bytes may go there.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

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
        Whether the bytes it counts are there, and next to none besides.
    """

    frames: int
    complete: bool


def mp3_header(path: Path) -> Mp3Header | None:
    """Read the Xing, Info or VBRI header of an MP3; None where there is none that counts.

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


def _counts(name: bytes, tag: bytes) -> tuple[int, int] | None:
    """Read frames and bytes, both big-endian, where the tag has both."""
    if len(tag) < 18:  # noqa: PLR2004 - up to the end of VBRI's two numbers
        return None
    if name == b"VBRI":
        return int.from_bytes(tag[14:18]), int.from_bytes(tag[10:14])
    if tag[7] & 3 != 3:  # noqa: PLR2004 - flag 1: frames are given, flag 2: bytes are
        return None
    return int.from_bytes(tag[8:12]), int.from_bytes(tag[12:16])
