"""``LIST INFO`` of a WAV: texts under four letters, such as ``ICMT`` for the comment."""

from __future__ import annotations

import struct

from curate.recorders import audiomoth
from curate.recorders.claim import RecorderClaim
from curate.recorders.stamps import read_stamp

_CHUNK = struct.Struct("<4sI")


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
        at += length + length % 2
        if text and kind.isalnum():
            fields.append((kind.decode("ascii", "replace"), text))
    return fields


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
