"""Tags of MP3, MP4, CAF and other files, as FFmpeg names them: of phones, of Xeno-canto, of recorders.

A phone writes when and where it recorded. Xeno-canto's MP3s hold all of their page in one comment::

    XC90000013 © Marta Ejemplo // Old mill, Antioquia (6.1400, -74.6200), Colombia // 900m //
    05:45h, 2024-03-11 // song // ... // also:  Silverline Wren

What is said there of a recording stands among the fields under the names of the catalogue's columns.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from curate.recorders import audiomoth
from curate.recorders.claim import RecorderClaim, position
from curate.recorders.stamps import read_stamp, stamp

#: Tags that say something of a program or a container only.
_OF_PROGRAMS = frozenset({
    "major_brand", "minor_version", "compatible_brands", "encoder", "encoded_by", "language",
    "com.android.version",
})  # fmt: skip

#: Columns of the catalogue that tags may fill where nothing else does.
COLUMNS = ("recordist", "country", "locality", "elevation", "date", "time", "sound_type")

#: Those of them that hold dates and numbers: a tag of that name may hold any text.
_CHECKED = frozenset({"date", "elevation", "time"})

#: ID3 and MP4 write a day, a month or a year so (https://id3.org/id3v2.4.0-structure, "Timestamp fields").
_DAY = re.compile(r"(\d{4})(?:-?(\d\d)(?:-?(\d\d))?)?")

_XENO_CANTO = re.compile(
    r"XC\d+ © (?P<recordist>.+?) // (?P<where>.*?) // (?P<elevation>-?\d+|\?|)m?"
    r" // (?P<time>\d\d:\d\d|\?|)h?, (?P<date>\d{4}-\d\d-\d\d)(?: // (?P<sound_type>[^/]*))?"
)
_PLACE = r" \((?P<place>-?\d+(?:\.\d+)?, -?\d+(?:\.\d+)?)\)"
_WHERE = re.compile(rf"(?P<locality>.*?)(?:{_PLACE})?, (?P<country>[^,]+)")

#: A point of ISO 6709, as phones write it: ``+27.5916+086.5640+8850/``.
_POINT = re.compile(r"([+-]\d+(?:\.\d+)?)([+-]\d+(?:\.\d+)?)([+-]\d+(?:\.\d+)?)?/?")

#: UTF-8 that a program took for Latin-1, as in half of Xeno-canto's tags.
_TWICE_ENCODED = re.compile("[\u00c2-\u00f4][\u0080-\u00bf]+")


def claim(texts: Sequence[tuple[str, str]], *, named: bool) -> RecorderClaim | None:
    """Read tags, or give `None` if they say nothing of a recording.

    Parameters
    ----------
    named
        Whether the file's name tells its start. The time at which an MP4 was made is then left out: it has no
        zone but UTC, and some phones write it at the end.
    """
    fields = [(name, _decoded(text)) for name, text in texts if name not in _OF_PROGRAMS and text.strip()]
    known: dict[str, str] = {}
    for name, text in fields:
        known.setdefault(name.casefold(), text)
    moth = audiomoth.claim(known.get("comment", ""), known.get("artist", ""))
    if moth is not None or not fields:
        return moth
    page = _page(known.get("comment", ""))
    latitude, longitude, elevation = _place(known, page.pop("place", ""))
    latitude, longitude, wrong = position(latitude, longitude)
    start = _start(known, named=named)
    if page.get("date") and page.get("time"):
        start = f"{page['date']}T{page['time']}:00"
    day = _day(known.get("date", ""))
    unclear = ""
    if "date" in known and not (day or start):
        unclear = f"tag date: expected a date such as 2024-03-11, found '{known['date']}'"
    told = {"date": day} | page
    make = (
        known.get("com.apple.quicktime.make")
        or known.get("com.android.manufacturer")
        or known.get("make", "")
    )
    model = known.get("com.apple.quicktime.model") or known.get("com.android.model") or known.get("model", "")
    return RecorderClaim(
        "tags",
        start=start,
        latitude=latitude,
        longitude=longitude,
        elevation=elevation if page.get("elevation") is None else float(page["elevation"]),
        device=f"{make} {model}".strip(),
        fields=(
            *((f"tag {name}" if name in _CHECKED else name, text) for name, text in fields),
            *((name, told[name]) for name in COLUMNS if told.get(name)),
        ),
        problems=tuple(filter(None, (wrong, unclear))),
    )


def _decoded(text: str) -> str:
    """Mend what was encoded twice.

    Examples
    --------
    >>> _decoded("© JosÃ©"), _decoded("José")
    ('© José', 'José')
    """

    def once(found: re.Match[str]) -> str:
        try:
            return found[0].encode("latin-1").decode("utf-8")
        except UnicodeError:
            return found[0]

    return _TWICE_ENCODED.sub(once, text).strip()


def _page(comment: str) -> dict[str, str]:
    """Read Xeno-canto's comment; empty for any other."""
    found = _XENO_CANTO.match(comment)
    if found is None:
        return {}
    page = {name: text.strip() for name, text in found.groupdict().items() if text and text.strip() != "?"}
    where = _WHERE.fullmatch(page.pop("where", ""))
    return page | {name: text for name, text in (where.groupdict() if where else {}).items() if text}


def _day(text: str) -> str:
    """Read a day, a month or a year as ISO 8601, or empty for anything else.

    Examples
    --------
    >>> _day("2019-06-02"), _day("20190602"), _day("2019"), _day("02.06.2019"), _day("2019-02-30")
    ('2019-06-02', '2019-06-02', '2019', '', '')
    """
    found = _DAY.fullmatch(text.strip())
    if found is None:
        return ""
    year, month, day = found.groups()
    is_real = stamp(int(year), int(month or 1), int(day or 1), 0, 0, 0)
    return "-".join(filter(None, (year, month, day))) if is_real else ""


def _start(known: dict[str, str], *, named: bool) -> str:
    """Find when a recording began: by its recorder's clock, else when the file was made."""
    clock = f"{known.get('origination_date', '')} {known.get('origination_time', '')}"
    own = (known.get("com.apple.quicktime.creationdate", ""), clock, known.get("date", ""))
    start = next((stamp for text in own if (stamp := read_stamp(text))), "")
    # Without a clock, files are made in 1904 or 1970.
    return start or ("" if named else read_stamp(known.get("creation_time", "")))


def _place(known: dict[str, str], page: str) -> tuple[float | None, float | None, float | None]:
    if page:
        latitude, longitude = map(float, page.split(", "))
        return latitude, longitude, None
    for name in ("com.apple.quicktime.location.iso6709", "location"):
        found = _POINT.fullmatch(known.get(name, ""))
        if found:
            return float(found[1]), float(found[2]), float(found[3]) if found[3] else None
    return None, None, None
