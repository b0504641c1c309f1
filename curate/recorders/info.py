"""Texts under four letters, such as ``ICMT`` for the comment: ``LIST INFO`` of a WAV, and those of AIFF."""

from __future__ import annotations

import re
import struct
from collections.abc import Sequence

from curate.recorders import audiomoth
from curate.recorders.claim import RecorderClaim
from curate.recorders.stamps import read_stamp

_CHUNK = struct.Struct("<4sI")

_LETTERS = re.compile(rb"[A-Za-z][A-Za-z0-9]{3}")

#: Texts of an AIFF (Apple's specification 1.3), and what a WAV calls them.
AIFF = {"NAME": "INAM", "AUTH": "IART", "ANNO": "ICMT"}


def fields_of(data: bytes) -> list[tuple[str, str]]:
    """List the fields of a ``LIST`` chunk of the kind ``INFO``. Other kinds are left out."""
    if data[:4] != b"INFO":
        return []
    fields = []
    at = 4
    while at + _CHUNK.size <= len(data):
        kind, length = _CHUNK.unpack_from(data, at)
        at += _CHUNK.size
        text = text_of(data[at : at + length])
        at = behind(data, at, length)
        if text and kind.isalnum():
            fields.append((kind.decode("ascii", "replace"), text))
    return fields


def behind(data: bytes, at: int, length: int) -> int:
    """Find the next part of a list: behind a padding byte where a length is odd, unless it was left out."""
    end = at + length
    return end + 1 if length % 2 and not _LETTERS.match(data, end) else end


def claim(data: bytes) -> RecorderClaim | None:
    """Read a chunk, by AudioMoth's words where the comment is its, or `None` if it is empty."""
    fields = fields_of(data)
    if not fields:
        return None
    known = dict(fields)
    moth = audiomoth.claim(known.get("ICMT", ""), known.get("IART", ""))
    if moth is not None:
        return moth
    # A program writes its name (ISFT) and when it wrote: only a date with a time is a start.
    return RecorderClaim("info", start=read_stamp(known.get("ICRD", "")), fields=tuple(fields))


def of_aiff(chunks: Sequence[tuple[bytes, bytes]]) -> list[tuple[str, str]]:
    """List the texts of an AIFF's chunks under their own names: ``NAME``, ``AUTH``, ``ANNO``."""
    texts = [(name.decode(), text_of(data)) for name, data in chunks if name.decode() in AIFF]
    return [(name, text) for name, text in texts if text]


def claim_of_aiff(chunks: Sequence[tuple[bytes, bytes]]) -> RecorderClaim | None:
    """Read the texts of an AIFF as those of a WAV, or `None` if it has none."""
    fields = of_aiff(chunks)
    known = dict(fields)
    moth = audiomoth.claim(known.get("ANNO", ""), known.get("AUTH", ""))
    return moth or (RecorderClaim("info", fields=tuple(fields)) if fields else None)


def text_of(data: bytes) -> str:
    """Read a text up to its zero: UTF-8, or else Windows-1252."""
    value = data.split(b"\0", 1)[0]
    try:
        return value.decode("utf-8").strip()
    except UnicodeDecodeError:
        return value.decode("cp1252", "replace").strip()


def chunk_of(fields: list[tuple[str, str]]) -> bytes:
    """Write fields as the bytes of a ``LIST`` chunk, each text closed by a zero and padded to whole words."""
    parts = [b"INFO"]
    for name, text in fields:
        value = text.encode() + b"\0"
        parts.append(_CHUNK.pack(name.encode("ascii"), len(value)) + value + b"\0" * (len(value) % 2))
    return b"".join(parts)
