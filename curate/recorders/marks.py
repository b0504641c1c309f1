"""Marks inside a WAV: cue points and regions, as field recorders and sound editors write them.

The chunk ``cue`` holds where they are in samples. ``LIST adtl`` holds their names (``labl``, ``note``), and
their lengths (``ltxt``). Layouts are those of Microsoft's and IBM's RIFF specification of 1991.
"""

from __future__ import annotations

import struct

from curate.recorders.claim import RecorderClaim
from curate.recorders.containers import Parts
from curate.recorders.info import text_of

SOURCE = "marks"

_COUNT, _POINT, _CHUNK = struct.Struct("<I"), struct.Struct("<II4sIII"), struct.Struct("<4sI")
_RATE_AT = 4  # in `fmt `, behind coding and channels
_NAMES = (b"labl", b"note")
_REGION = struct.Struct("<II")

#: Marks that a message names.
_SHOWN = 3


def claim(parts: Parts) -> RecorderClaim | None:
    """Read the marks of a file, or `None` if it has none.

    Each becomes a field, such as ``2 s to 3.5 s: wren``, in seconds of the file as it plays.
    """
    data, form = parts.chunk(b"cue "), parts.chunk(b"fmt ")
    if len(data) < _COUNT.size + _POINT.size or len(form) < _RATE_AT + _COUNT.size:
        return None
    (sr,) = _COUNT.unpack_from(form, _RATE_AT)
    points = len(data[_COUNT.size :]) // _POINT.size * _POINT.size
    found = list(_POINT.iter_unpack(data[_COUNT.size : _COUNT.size + points]))
    number = min(_COUNT.unpack_from(data)[0], len(found))
    if not (sr and number):
        return None
    names, lengths = _told(parts)
    marks = []
    for name, *_, at in sorted(found[:number], key=lambda point: point[-1]):
        end = f" to {(at + lengths[name]) / sr:.6g} s" if lengths.get(name) else ""
        marks.append(f"{at / sr:.6g} s{end}: {names.get(name, '')}".removesuffix(": "))
    more = f" and {number - _SHOWN:,} more" if number > _SHOWN else ""
    words = (
        f"marks: the file holds {number:,} ({', '.join(marks[:_SHOWN])}{more}). They label nothing. "
        "To use them, save them as a label track, and import that"
    )
    return RecorderClaim(SOURCE, fields=tuple(("mark", mark) for mark in marks), problems=(words,))


def _told(parts: Parts) -> tuple[dict[int, str], dict[int, int]]:
    """Read names and lengths in samples of marks, by their numbers."""
    names: dict[int, str] = {}
    lengths: dict[int, int] = {}
    for kind, data in parts.chunks:
        at = 4
        while kind == b"LIST" and data[:4] == b"adtl" and at + _CHUNK.size <= len(data):
            what, length = _CHUNK.unpack_from(data, at)
            body = data[at + _CHUNK.size : at + _CHUNK.size + length]
            at += _CHUNK.size + length + length % 2
            if (len(body) < _REGION.size and what == b"ltxt") or len(body) < _COUNT.size:
                continue
            (number,) = _COUNT.unpack_from(body)
            if what == b"ltxt":
                lengths[number] = _REGION.unpack_from(body)[1]
            elif what in _NAMES:
                name = text_of(body[_COUNT.size :])
                names[number] = "; ".join(filter(None, (names.get(number, ""), name)))
    return names, lengths


def belongs_to_marks(name: bytes, data: bytes) -> bool:
    """Whether a chunk says something of marks: in a copy they would lie elsewhere."""
    return name == b"cue " or (name == b"LIST" and data[:4] == b"adtl")
