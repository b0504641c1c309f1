"""Marks inside a WAV or AIFF: cue points and regions, as field recorders and sound editors write them.

The chunk ``cue`` of a WAV holds where they are in samples. ``LIST adtl`` holds their names (``labl``,
``note``), and their lengths (``ltxt``). Layouts are those of Microsoft's and IBM's RIFF specification of
1991. The chunk ``MARK`` of an AIFF holds places and names, after Apple's specification 1.3 of 1989.
"""

from __future__ import annotations

import struct
from typing import NamedTuple

from curate.recorders.claim import RecorderClaim
from curate.recorders.containers import Parts
from curate.recorders.info import behind, text_of

SOURCE = "marks"

_COUNT, _POINT, _CHUNK = struct.Struct("<I"), struct.Struct("<II4sIII"), struct.Struct("<4sI")
_RATE_AT = 4  # in `fmt `, behind coding and channels
_NAMES = (b"labl", b"note")

# Of AIFF: how many marks; number, place and length of the name of one; and the format: channels, frames,
# bits, and the rate as a number of 80 bits.
_MARK_COUNT, _MARK, _COMM = struct.Struct(">H"), struct.Struct(">hIB"), struct.Struct(">hIhHQ")
_BIAS, _MOST_EXPONENT = 16383, 16383 + 64
_REGION = struct.Struct("<II")

#: Marks that a message names.
_SHOWN = 3


class _Marks(NamedTuple):
    """Rate of a file, places in frames by number, names and lengths by number."""

    sr: float
    points: list[tuple[int, int]]
    names: dict[int, str]
    lengths: dict[int, int]


def claim(parts: Parts) -> RecorderClaim | None:
    """Read the marks of a file, or `None` if it has none.

    Each becomes a field, such as ``2 s to 3.5 s: wren``, in seconds of the file as it plays.
    """
    found = _of_aiff(parts) if parts.container == "aiff" else _of_wav(parts)
    if found is None or not (found.sr and found.points):
        return None
    marks = []
    for number, at in sorted(found.points, key=lambda point: point[1]):
        length = found.lengths.get(number)
        end = f" to {(at + length) / found.sr:.6g} s" if length else ""
        marks.append(f"{at / found.sr:.6g} s{end}: {found.names.get(number, '')}".removesuffix(": "))
    more = f" and {len(marks) - _SHOWN:,} more" if len(marks) > _SHOWN else ""
    words = (
        f"marks: the file holds {len(marks):,} ({', '.join(marks[:_SHOWN])}{more}). They label nothing. "
        "To use them, save them as a label track, and import that"
    )
    return RecorderClaim(SOURCE, fields=tuple(("mark", mark) for mark in marks), problems=(words,))


def _of_wav(parts: Parts) -> _Marks | None:
    data, form = parts.chunk(b"cue "), parts.chunk(b"fmt ")
    if len(data) < _COUNT.size + _POINT.size or len(form) < _RATE_AT + _COUNT.size:
        return None
    points = len(data[_COUNT.size :]) // _POINT.size * _POINT.size
    found = [(name, at) for name, *_, at in _POINT.iter_unpack(data[_COUNT.size : _COUNT.size + points])]
    names, lengths = _told(parts)
    return _Marks(_COUNT.unpack_from(form, _RATE_AT)[0], found[: _COUNT.unpack_from(data)[0]], names, lengths)


def _of_aiff(parts: Parts) -> _Marks | None:
    data, form = parts.chunk(b"MARK"), parts.chunk(b"COMM")
    if len(data) < _MARK_COUNT.size or len(form) < _COMM.size:
        return None
    exponent, mantissa = _COMM.unpack_from(form)[3:]
    points, names, at = [], {}, _MARK_COUNT.size
    for _ in range(_MARK_COUNT.unpack_from(data)[0]):
        if at + _MARK.size > len(data):
            break
        number, place, length = _MARK.unpack_from(data, at)
        at += _MARK.size
        points.append((number, place))
        names[number] = text_of(data[at : at + length])
        at += length + (length + 1) % 2  # with the byte that counts it, a name has an even length
    # A number of 80 bits: exponent, and a fraction with its whole part in the highest bit.
    sr = mantissa * 2.0 ** (exponent - _BIAS - 63) if exponent < _MOST_EXPONENT else 0.0
    return _Marks(sr, points, names, {})


def _told(parts: Parts) -> tuple[dict[int, str], dict[int, int]]:
    """Read names and lengths in samples of marks, by their numbers."""
    names: dict[int, str] = {}
    lengths: dict[int, int] = {}
    for kind, data in parts.chunks:
        at = 4
        while kind == b"LIST" and data[:4] == b"adtl" and at + _CHUNK.size <= len(data):
            what, length = _CHUNK.unpack_from(data, at)
            body = data[at + _CHUNK.size : at + _CHUNK.size + length]
            at = behind(data, at + _CHUNK.size, length)
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
