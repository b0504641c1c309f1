"""Points of time as recorders write them, turned into ISO 8601 with the zone that was written.

A zone is never added and never converted: what has none stays without. Times on the stroke of 24:00 are the
midnight at which the next day begins.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_STAMP = re.compile(
    r"(\d{4})[-/:](\d{1,2})[-/:](\d{1,2})(?:[Tt ]\s*|\s*,\s*)(\d{1,2}):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?"
    r"\s*([Zz]|\(?(?:UTC|GMT)?\s*[+-]?[\d:]*\)?)?"
    r"(?:\[[\w/+-]+\])?"  # the name of the zone, behind its offset (RFC 9557)
)
#: The same without marks between (ISO 8601, basic format).
_BASIC = re.compile(r"(\d{4})(\d\d)(\d\d)[Tt](\d\d)(\d\d)(\d\d)(?!\d)")
_OFFSET = re.compile(r"(?:UTC|GMT)?\s*([+-])(\d{1,2})(?::?\s?(\d\d?))?", re.IGNORECASE)
_COMPACT_OFFSET = re.compile(r"([+-])(\d{1,2})(\d\d)")

#: Zones reach from -12:00 to +14:00; one hour more on each side for what history held.
_MOST_MINUTES = 15 * 60

_YEARS = range(1900, 2200)

#: Starts and zones that are remembered: all that look at a recording take its start apart anew.
_RECENT = 64


@lru_cache(maxsize=_RECENT)
def zone(text: str) -> str | None:
    """Read a zone: ``Z`` for UTC, ``+05:30``, empty for none, or `None` for anything else.

    Examples
    --------
    >>> zone("UTC"), zone("UTC+5:30"), zone("-0330"), zone("+10"), zone(""), zone("+99")
    ('Z', '+05:30', '-03:30', '+10:00', '', None)
    """
    words = text.strip().strip("()").strip()
    if not words:
        return ""
    if words.upper() in ("Z", "UTC", "GMT"):
        return "Z"
    found = _COMPACT_OFFSET.fullmatch(words) or _OFFSET.fullmatch(words)
    if found is None:
        return None
    hours, minutes = int(found[2]), int(found[3] or 0)
    if minutes >= 60 or 60 * hours + minutes > _MOST_MINUTES:  # noqa: PLR2004 - minutes of an hour
        return None
    return f"{found[1]}{hours:02d}:{minutes:02d}"


def stamp(  # noqa: PLR0917 - the parts of a time, in their order
    year: int, month: int, day: int, hour: int, minute: int, second: int, fraction: str = "", offset: str = ""
) -> str:
    """Write a point of time as ISO 8601, or empty for an invalid day or time.

    Examples
    --------
    >>> stamp(2024, 3, 11, 24, 0, 0, "", "+05:30"), stamp(2024, 2, 30, 5, 0, 0)
    ('2024-03-12T00:00:00+05:30', '')
    """
    is_midnight = (hour, minute, second) == (24, 0, 0)
    try:
        at = datetime(year, month, day, 0 if is_midnight else hour, minute, second)  # noqa: DTZ001 - zones are text
    except ValueError:
        return ""
    if year not in _YEARS:
        return ""
    at += timedelta(days=is_midnight)
    part = fraction.rstrip("0")[:6]
    return at.isoformat() + (f".{part}" if part else "") + offset


def read_stamp(text: str) -> str:
    """Read a date with a time, in ISO 8601 or nearly so, or empty for anything else.

    Examples
    --------
    >>> read_stamp("2012-03-29T03:58:01+04:00"), read_stamp("2014-04-02 22:59:14-05:00")
    ('2012-03-29T03:58:01+04:00', '2014-04-02T22:59:14-05:00')
    >>> read_stamp("20240311T054500Z"), read_stamp("2024-03-11T05:45:00+01:00[Europe/Berlin]")
    ('2024-03-11T05:45:00Z', '2024-03-11T05:45:00+01:00')
    """
    found = _STAMP.fullmatch(_BASIC.sub(r"\1-\2-\3T\4:\5:\6", text.strip()))
    if found is None:
        return ""
    offset = zone(found[8] or "")
    if offset is None:
        return ""
    year, month, day, hour, minute, second = (int(part or 0) for part in found.groups()[:6])
    return stamp(year, month, day, hour, minute, second, found[7] or "", offset)


@lru_cache(maxsize=_RECENT)
def local(start: str) -> datetime:
    """Clock time of a start, in local time.

    Examples
    --------
    >>> local("2024-03-11T05:45:00+05:30").isoformat()
    '2024-03-11T05:45:00'
    """
    return datetime.fromisoformat(start).replace(tzinfo=None)


@lru_cache(maxsize=_RECENT)
def offset_of(start: str) -> str:
    """Zone of a start as it was written: ``Z``, an offset, or empty for none.

    Examples
    --------
    >>> offset_of("2024-03-11T05:45:00-03:30"), offset_of("2024-03-11T05:45:00")
    ('-03:30', '')
    """
    found = re.search(r"(?:Z|[+-]\d\d:\d\d)$", start[10:])
    return found[0] if found else ""


def offset_at(name: str, start: str) -> str | None:
    """Offset of a zone at a clock time, as named zones change with the season, or `None` if it lacks a zone.

    Examples
    --------
    >>> offset_at("+10", "2024-01-01T00:00:00"), offset_at("Europe/Berlin", "2024-07-01T00:00:00")
    ('+10:00', '+02:00')
    """
    plain = zone(name)
    if plain is not None:
        return plain
    try:
        return local(start).replace(tzinfo=ZoneInfo(name)).isoformat()[-6:]
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def later(start: str, seconds: float) -> str:
    """Write the time so many seconds after a start, by the same clock.

    Examples
    --------
    >>> later("2024-03-11T23:59:58-03:30", 10.5), later("2024-03-11T05:45:00", 2)
    ('2024-03-12T00:00:08.500-03:30', '2024-03-11T05:45:02')
    """
    at = local(start) + timedelta(milliseconds=round(1000 * seconds))
    return at.isoformat(timespec="milliseconds" if at.microsecond else "seconds") + offset_of(start)


def date_and_time(start: str, clock: str = "") -> tuple[str, str]:
    """Date and time of a start, as its clock shows them, or empty where that clock is wrong.

    Examples
    --------
    >>> date_and_time("2024-03-11T05:45:00Z")
    ('2024-03-11', '05:45:00')
    """
    if not start or clock:
        return "", ""
    at = local(start)
    return at.date().isoformat(), at.time().isoformat(timespec="seconds")


def start_by(date: str, time: str, started: str) -> str:
    """Choose between the start that a table tells and the one of a recorder.

    People correct clocks in tables, so the table counts. A table without seconds leaves those of the
    recorder. A table without a zone leaves a start that has one: that moment is known.

    Examples
    --------
    >>> start_by("2024-03-11", "05:45+01:00", "2024-03-11T05:45:12")
    '2024-03-11T05:45:12+01:00'
    >>> start_by("2024-03-11", "06:45:00", "2024-03-11T05:45:12")
    '2024-03-11T06:45:00'
    >>> start_by("2024-03-11", "06:45:00", "2024-03-11T05:45:12Z"), start_by("2024", "", "")
    ('2024-03-11T05:45:12Z', '')
    """
    told = read_stamp(f"{date}T{time}")
    if not told or (offset_of(started) and not offset_of(told)):
        return started
    if started and local(started).replace(second=0, microsecond=0) == local(told):
        return started.removesuffix(offset_of(started)) + offset_of(told)
    return told


@lru_cache(maxsize=_RECENT)
def instant(start: str) -> datetime | None:
    """Point of time in UTC, or `None` for a start without a zone.

    Examples
    --------
    >>> instant("2024-03-11T05:45:00+05:30").isoformat(), instant("2024-03-11T05:45:00")
    ('2024-03-11T00:15:00+00:00', None)
    """
    at = datetime.fromisoformat(start)
    return None if at.tzinfo is None else at.astimezone(timezone.utc)  # noqa: UP017 - plain in 3.11, too


def untrue_hour(name: str, start: str) -> str:
    """Say what is odd about a clock time in a zone with a name, or empty if nothing is.

    A recorder keeps its time through the night in which clocks change. So a time that no clock of the zone
    showed tells that the recorder's offset is another one from then on.

    Examples
    --------
    >>> untrue_hour("Europe/Berlin", "2024-03-31T02:30:00")[:43]
    'no clock of Europe/Berlin showed that time,'
    >>> untrue_hour("Europe/Berlin", "2024-03-31T03:30:00"), untrue_hour("+01:00", "2024-03-31T02:30:00")
    ('', '')
    """
    if zone(name) is not None or not start:
        return ""
    try:
        at = local(start).replace(tzinfo=ZoneInfo(name))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ""
    offset, later = at.utcoffset(), at.replace(fold=1).utcoffset()
    if offset is None or later is None or offset == later:
        return ""
    kept = f"--zone {at.isoformat()[-6:]}"
    if offset < later:
        return f"no clock of {name} showed that time, so the recorder kept its own. Name its offset: {kept}"
    return (
        f"clocks of {name} showed that time twice, and the first was taken. "
        f"A recorder that kept its time through that night has one offset: {kept}"
    )
