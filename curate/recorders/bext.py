"""The chunk ``bext`` of Broadcast Wave (EBU Tech 3285): who recorded, when, and how it was coded."""

from __future__ import annotations

import re
import struct

from curate.recorders.claim import RecorderClaim, told
from curate.recorders.stamps import stamp

# Description, originator, its reference, date, time, samples since midnight, version of the chunk.
_HEAD = struct.Struct("<256s32s32s10s8sQH")

#: Where the history of the coding begins: behind the UMID, loudness and what is reserved.
_HISTORY = 602


def fields_of(data: bytes) -> list[tuple[str, str]]:
    """List the fields that say something. A chunk that is too short says nothing."""
    if len(data) < _HEAD.size:
        return []
    description, originator, reference, date, time, samples, version = _HEAD.unpack_from(data)
    fields = [
        ("Description", _text(description)),
        ("Originator", _text(originator)),
        ("OriginatorReference", _text(reference)),
        ("OriginationDate", _text(date)),
        ("OriginationTime", _text(time)),
        ("TimeReference", str(samples) if samples else ""),
        ("Version", str(version)),
        ("CodingHistory", _text(data[_HISTORY:])),
    ]
    return [(name, value) for name, value in fields if value]


def claim(data: bytes) -> RecorderClaim | None:
    """Read a chunk, or `None` if it is too short. Bext knows no zones."""
    fields = fields_of(data)
    if not fields:
        return None
    known = dict(fields)
    date, time = known.get("OriginationDate", ""), known.get("OriginationTime", "")
    start = _start(date, time)
    # Writers that know no time leave zeros.
    is_wrong = not start and re.search("[1-9]", date) is not None
    return RecorderClaim(
        "bext",
        start=start,
        device=known.get("Originator", ""),
        fields=tuple(fields),
        problems=told(f"bext names no time that there is: {date} {time}".rstrip() if is_wrong else ""),
    )


def _start(date: str, time: str) -> str:
    """Join date and time: EBU allows ``-``, ``_``, ``:``, space and ``.`` between their parts."""
    days = re.fullmatch(r"(\d{4})\D(\d\d)\D(\d\d)", date)
    clock = re.fullmatch(r"(\d\d)\D(\d\d)\D(\d\d)", time)
    if days is None or clock is None:
        return ""
    year, month, day, hour, minute, second = (int(part) for part in (*days.groups(), *clock.groups()))
    return stamp(year, month, day, hour, minute, second)


def _text(data: bytes) -> str:
    words = data.split(b"\0", 1)[0]
    try:
        return words.decode("utf-8").strip()
    except UnicodeDecodeError:
        return words.decode("cp1252", "replace").strip()
