"""When and where a row was recorded, as portals want to know it."""

from __future__ import annotations

import datetime as dt

from curate.formats import parse
from curate.model import Row


def start_of(row: Row) -> dt.datetime | None:
    """Say when the file of a row begins, with its zone if known, or `None` if date or time is missing.

    What the recorder says counts before date and time of the catalogue. A file that was cut out of a
    recording begins later than that.
    """
    text = row.extra.get("started", "")
    if not text and row.date and row.extra.get("time"):
        text = f"{row.date}T{row.extra['time']}"
    try:
        start = dt.datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    return start + dt.timedelta(seconds=float(row.extra.get("cut_at", 0.0)))


def is_placed(row: Row) -> bool:
    """Whether it is known where a row was recorded, and when in UTC."""
    start = start_of(row)
    return None not in (row.latitude, row.longitude) and start is not None and start.tzinfo is not None


def site_of(row: Row) -> str:
    """Name the place of a row: its site, its locality, or its position."""
    named = row.extra.get("site") or row.extra.get("locality")
    if named or row.latitude is None or row.longitude is None:
        return parse.printable(named or "")
    return f"{row.latitude:.5f} {row.longitude:.5f}"


def spelt(moment: dt.datetime) -> str:
    """Spell a time in ISO 8601 with microseconds, and its zone if there is one.

    Examples
    --------
    >>> spelt(dt.datetime(2024, 3, 11, 5, 45, tzinfo=dt.timezone(dt.timedelta(hours=5, minutes=30))))
    '2024-03-11T05:45:00.000000+05:30'
    """
    return moment.isoformat(timespec="microseconds").replace("+00:00", "Z")


def media_type(path: str) -> str:
    """Name the kind of an audio file as IANA does, by its ending.

    Examples
    --------
    >>> media_type("a.WAV"), media_type("a.opus"), media_type("a.xyz")
    ('audio/wav', 'audio/ogg', 'audio/x-unknown')
    """
    return _MEDIA.get(path.rpartition(".")[2].lower(), "audio/x-unknown")


_MEDIA = {
    "aac": "audio/aac",
    "flac": "audio/flac",
    "m4a": "audio/mp4",
    "mp3": "audio/mpeg",
    "oga": "audio/ogg",
    "ogg": "audio/ogg",
    "opus": "audio/ogg",
    "wav": "audio/wav",
}
