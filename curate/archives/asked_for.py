"""Whether a record is what was asked for: a server may pass over a part of a question without a word.

Its other records would come in under a filter that nobody applied. What a record does not tell is no
contradiction, and neither is what lies on the edge.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date, timedelta
from typing import Any

from curate.archives import fields
from curate.archives.bounding_box import corners
from curate.archives.remote import RemoteRecording
from curate.errors import UsageError
from curate.model import Problem

#: Says what a record is, in words, where that contradicts a value that was asked for; else `None`.
Check = Callable[[str, Mapping[str, Any]], str | None]

#: Degrees by which a rounded coordinate may lie outside.
_EDGE = 0.01

_RATED = "ABCDE"

#: Xeno-canto rounds lengths to seconds, and takes what is one per cent off.
_LENGTH_SHARE, _LENGTH_EDGE = 0.01, 1.0

_TAG = re.compile(r'(?<!\S)(\w+):(?:"([^"]*)"|(\S+))')
_NUMBER = r"\d+(?:\.\d+)?"


def off(box: str, latitude: float | None, longitude: float | None) -> str | None:
    """Say where a record lies if that is outside of a box. A place is what a box asks for.

    Examples
    --------
    >>> off("-5,-75,12,-66", 4.6, -74.1), off("-5,-75,12,-66", 40.4, -3.7)
    (None, 'it lies at 40.4, -3.7')
    """
    if latitude is None or longitude is None:
        return "its place is unknown"
    south, west, north, east = corners(box)
    inside = south - _EDGE <= latitude <= north + _EDGE and west - _EDGE <= longitude <= east + _EDGE
    return None if inside else f"it lies at {latitude:g}, {longitude:g}"


def day(text: str) -> str:
    """Take a date that there is.

    Raises
    ------
    UsageError
        If it is none.
    """
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise UsageError(f"'{text}' is not a date", hint="expected for example 2025-01-31") from None


def earlier(since: str, uploaded: str | None) -> str | None:
    """Say when a record was uploaded if that is before a date; zones make a day of difference.

    Examples
    --------
    >>> earlier("2025-01-31", "2024-06-01"), earlier("2025-01-31", "2025-01-30")
    ('it was uploaded on 2024-06-01', None)
    """
    try:
        first = date.fromisoformat(since) - timedelta(days=1)
    except ValueError:
        return None  # a number of days in tags of one's own
    if uploaded is None or len(uploaded) < len("2025-01-31") or uploaded >= first.isoformat():
        return None
    return f"it was uploaded on {uploaded}"


def of_tags(query: str, record: Mapping[str, Any]) -> str | None:
    """Say what a record of Xeno-canto is if a tag of the query asks for another.

    Examples
    --------
    >>> of_tags('q:">C" cnt:Spain', {"q": "D", "cnt": "Spain"})
    'it is rated D, and q:">C" was asked for'
    """
    for found in _TAG.finditer(query):
        tag, value = found[1], (found[2] if found[2] is not None else found[3]).strip()
        words = _TAGS[tag](value, record) if tag in _TAGS else None
        if words:
            return f"{words}, and {found[0]} was asked for"
    return None


def left_out(page: str, other: str | None, unasked: str | None) -> Problem | None:
    """Report a record that is not taken: of another taxon, or otherwise not what was asked for."""
    if other is not None:
        return Problem("other-taxon", page, f"left out: {other}")
    return None if unasked is None else Problem("not-asked-for", page, f"left out: {unasked}")


def taken(
    sounds: Iterable[RemoteRecording], other: str | None, unasked: str | None, problems: list[Problem]
) -> list[RemoteRecording]:
    """Give the sounds of a record, or report each of them as left out."""
    found = []
    for sound in sounds:
        told = left_out(sound.url, other, unasked)
        if told is None:
            found.append(sound)
        else:
            problems.append(told)
    return found


def among(wanted: Iterable[str], found: object, what: str) -> str | None:
    """Say what a record is if that is none of what was asked for."""
    plain = fields.text(found)
    is_so = plain is None or plain.casefold() in {each.casefold() for each in wanted}
    return None if is_so else f"{what} {plain}"


def _box(value: str, record: Mapping[str, Any]) -> str | None:
    if isinstance(record.get("_meta"), dict):  # some of what it tells is hidden
        return None
    longitude = fields.degrees(record.get("lon", record.get("lng")), 180)
    return off(value, fields.degrees(record.get("lat"), 90), longitude)


def _country(value: str, record: Mapping[str, Any]) -> str | None:
    found = fields.text(record.get("cnt"))
    sought = value.removeprefix("=").strip().casefold()
    if found is None or (found.casefold() == sought if value.startswith("=") else sought in found.casefold()):
        return None
    return f"it is from {found}"


def _group(value: str, record: Mapping[str, Any]) -> str | None:
    if value.isdecimal():
        return None  # groups have numbers, too
    return among((value,), record.get("grp") or record.get("group"), "it is of the group")


def _length(value: str, record: Mapping[str, Any]) -> str | None:
    seconds = fields.length(record.get("length"))
    edge = 0.0 if seconds is None else _LENGTH_SHARE * seconds + _LENGTH_EDGE
    return None if _within(value, seconds, edge) else f"it lasts {seconds:g} s"


def _quality(value: str, record: Mapping[str, Any]) -> str | None:
    sign, letter = value[:-1], value[-1:]
    if letter not in _RATED or sign not in ("", "<", "=", ">"):
        return None
    place = _RATED.index(letter)
    wanted = {">": _RATED[:place], "<": _RATED[place + 1 :]}.get(sign, letter)
    rated = str(record.get("q") or "no score")
    return None if rated in tuple(wanted) else f"it is rated {rated}"


def _since(value: str, record: Mapping[str, Any]) -> str | None:
    return earlier(value, fields.date(record.get("uploaded")))


def _year(value: str, record: Mapping[str, Any]) -> str | None:
    found = fields.date(record.get("date"))
    return None if found is None or _within(value, float(found[:4])) else f"it is of the year {found[:4]}"


def _within(value: str, found: float | None, edge: float = 0.0) -> bool:
    """Whether a number is as it was asked for; ends count as inside."""
    limits = re.fullmatch(rf"([<>=]?)({_NUMBER})(?:-({_NUMBER}))?", value)
    if limits is None or found is None:
        return True
    sign, low, high = limits[1], float(limits[2]), float(limits[3] or limits[2])
    return (sign == "<" or found >= low - edge) and (sign == ">" or found <= high + edge)


_TAGS: dict[str, Check] = {
    "box": _box,
    "cnt": _country,
    "grp": _group,
    "len": _length,
    "q": _quality,
    "since": _since,
    "year": _year,
}
