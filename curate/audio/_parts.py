"""Where the sound of a file lies, by the structure of its bytes: the end of a file is where its bytes end.

Files are joined by bytes (``cat``), links of Ogg follow each other, recorders that lost their power leave
sizes that count too little, and a page of Ogg may be broken while the pages around it are sound. Decoders
stop there, or go on without a word. Here nothing is decoded: containers are walked from header to header,
which takes some reads of a WAV and a hundredth of the decoding time of an Ogg.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import BinaryIO

from curate.audio import _chunks, _ogg
from curate.audio._bytes import ByteSpan, bytes_at

#: Bytes by which a kind of file is known.
_MAGIC = 12

#: Where a FLAC stream begins: its marker, and the block header of STREAMINFO, 34 bytes long, last block or
#: not (RFC 9639, section 8).
_FLAC = (b"fLaC\0\0\0\x22", b"fLaC\x80\0\0\x22")


def parts(path: Path) -> list[ByteSpan]:
    """Find the streams of sound of a file as its headers tell. One of the whole file where nothing is odd.

    FLAC tells nothing ahead: see `further_flac`.

    Raises
    ------
    OSError
        If the file cannot be read.
    """
    with path.open("rb", buffering=1 << 16) as file:
        size = os.fstat(file.fileno()).st_size
        head = file.read(_MAGIC)
        for magic, walk in _WALKS.items():
            if head.startswith(magic) or (magic == b"ftyp" and head[4:8] == magic):
                found = walk(file, size)
                return found or [ByteSpan(0, size)]
    return [ByteSpan(0, size)]


def further_flac(path: Path, start: int, stop: int) -> list[ByteSpan]:
    """Find the FLAC streams that begin between `start` and `stop`, each up to the next.

    Parameters
    ----------
    start : bytes
        Behind the marker of the first stream.
    """
    places: list[int] = []
    with path.open("rb") as file:
        at, overlap = start, len(_FLAC[0]) - 1
        file.seek(at)
        before = b""
        while at < stop and (data := file.read(min(_AT_ONCE, stop - at))):
            held = before + data
            place = held.find(_FLAC[0][:4])  # for what they share: each search takes its time
            while place >= 0:
                if held.startswith(_FLAC, place):
                    places.append(at - len(before) + place)
                place = held.find(_FLAC[0][:4], place + 1)
            at += len(data)
            before = held[-overlap:]
    places = sorted(set(places))
    return [ByteSpan(low, high) for low, high in pairwise([*places, stop])]


#: Bytes searched at a time.
_AT_ONCE = 1 << 22


def _mp4(file: BinaryIO, size: int) -> list[ByteSpan]:
    """Walk the boxes of an MP4. Where one follows another, each is a part."""
    starts, at, note = [0], 0, ""
    has_index = has_sound = False
    while at + 8 <= size:
        head = bytes_at(file, at, 16)
        length, name = int.from_bytes(head[:4]), head[4:8]
        if name == b"ftyp" and has_index and has_sound:
            starts.append(at)
            has_index = has_sound = False
        has_index |= name == b"moov"
        has_sound |= name in (b"mdat", b"moof")
        if length == 1:
            length = int.from_bytes(head[8:16])
        if length == 0 and _chunks.is_name(name):  # reaches to the end
            break
        if length < 8 or not _chunks.is_name(name):  # noqa: PLR2004 - its own header
            note = f"{size - at:,} bytes at the end belong to nothing"
            break
        at += length
    if at > size:
        note = f"truncated: {at - size:,} bytes are missing at its end"
    found = [ByteSpan(low, high) for low, high in pairwise([*starts, size])]
    return [*found[:-1], found[-1]._replace(note=note)]


_WALKS: dict[bytes, Callable[[BinaryIO, int], list[ByteSpan]]] = {
    b".snd": _chunks.au,
    b"BW64": _chunks.riff,
    b"FORM": _chunks.aiff,
    b"OggS": _ogg.parts,
    b"RF64": _chunks.riff,
    b"RIFF": _chunks.riff,
    b"RIFX": _chunks.rifx,
    b"caff": _chunks.caf,
    b"ftyp": _mp4,
    b"riff": _chunks.w64,
}
