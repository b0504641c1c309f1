"""``*_Summary.txt`` of Song Meters: a line a minute or an hour with place, battery and temperature.

Columns go by their names, which differ by model: ``LAT,NS`` or ``LAT,,``; ``#FILES``, ``#FSFILES`` or
``#ACFILES``. Dates are ``2024-Mar-11`` or ``2024-03-11``, in the clock of the recorder, without a zone.
"""

from __future__ import annotations

import bisect
import csv
import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from curate.recorders.claim import RecorderClaim, number, position
from curate.recorders.stamps import local

_MONTHS = {
    name: place
    for place, name in enumerate(
        ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), start=1
    )
}

#: A line tells of a recording that begins no further from it.
NEAR = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class SummaryLine:
    """A line: degrees, volts and °C at a time of the recorder's clock."""

    at: datetime
    latitude: float | None
    longitude: float | None
    battery: float | None
    temperature: float | None


@dataclass(slots=True)
class SummaryFile:
    """A summary that was read.

    Parameters
    ----------
    prefix
        What its name begins with: that of the recordings that it is about.
    lines
        In order of time.
    unread
        Lines that could not be read.
    """

    prefix: str
    lines: list[SummaryLine] = field(default_factory=list)
    unread: int = 0

    def claim(self, start: str) -> RecorderClaim | None:
        """Say what the last line before a start says of it, or the first one, or `None` if all are far."""
        at = local(start)
        place = bisect.bisect_right([line.at for line in self.lines], at) - 1
        line = self.lines[max(place, 0)] if self.lines else None
        if line is None or abs(line.at - at) > NEAR:
            return None
        latitude, longitude, wrong = position(line.latitude, line.longitude)
        fields = [("at", line.at.isoformat())]
        fields += [("POWER(V)", f"{line.battery:g}")] if line.battery is not None else []
        fields += [("TEMP(C)", f"{line.temperature:g}")] if line.temperature is not None else []
        return RecorderClaim(
            "summary",
            latitude=latitude,
            longitude=longitude,
            battery="" if line.battery is None else f"{line.battery:g} V",
            temperature=line.temperature,
            fields=tuple(fields),
            problems=(wrong,) if wrong else (),
        )


def is_summary(name: str) -> bool:
    """Whether a file is called as Song Meters call their summaries.

    Examples
    --------
    >>> is_summary("S4A12345_A_Summary.txt"), is_summary("notes.txt")
    (True, False)
    """
    return prefix_of(name) is not None


def prefix_of(name: str) -> str | None:
    """Tell what the recordings of a summary begin with, or `None` for anything else.

    Examples
    --------
    >>> prefix_of("S4A12345_A_Summary.txt"), prefix_of("SMA01234_Summary.txt")
    ('S4A12345', 'SMA01234')

    The SM5 puts the number of the card behind it:

    >>> prefix_of("S5A00032_Summary_1.txt")
    'S5A00032'
    """
    match = re.fullmatch(r"(.+?)(?:_[A-D])?_Summary(?:_\d)?\.txt", name, re.IGNORECASE)
    return match[1] if match else None


def read(data: bytes, prefix: str) -> SummaryFile:
    """Read a summary. Unreadable lines are counted."""
    rows = csv.reader(data.decode("utf-8-sig", "replace").splitlines())
    found = SummaryFile(prefix)
    columns: dict[str, int] = {}
    for row in rows:
        cells = [cell.strip() for cell in row]
        if not any(cells):
            continue
        if cells[0].upper() == "DATE":  # again after each change of the program
            columns = {re.sub(r"\W.*", "", cell.upper()): place for place, cell in enumerate(cells) if cell}
            continue
        line = _line(cells, columns)
        if line is None:
            found.unread += 1
        else:
            found.lines.append(line)
    found.lines.sort(key=lambda line: line.at)
    return found


def _line(cells: list[str], columns: dict[str, int]) -> SummaryLine | None:
    def cell(name: str, further: int = 0) -> str:
        place = columns.get(name)
        return cells[place + further] if place is not None and place + further < len(cells) else ""

    at = _time(cell("DATE"), cell("TIME"))
    if at is None:
        return None
    return SummaryLine(
        at,
        _degrees(cell("LAT"), cell("LAT", 1)),
        _degrees(cell("LON"), cell("LON", 1)),
        number(cell("POWER")),
        number(cell("TEMP")),
    )


def _time(date: str, time: str) -> datetime | None:
    days = re.fullmatch(r"(\d{4})-(\w+)-(\d{1,2})", date)
    clock = re.fullmatch(r"(\d{1,2}):(\d\d)(?::(\d\d))?", time)
    if days is None or clock is None:
        return None
    month = _MONTHS.get(days[2][:3].lower()) or (int(days[2]) if days[2].isdigit() else 0)
    try:
        return datetime(int(days[1]), month, int(days[3]), int(clock[1]), int(clock[2]), int(clock[3] or 0))  # noqa: DTZ001
    except ValueError:
        return None


def _degrees(text: str, letter: str) -> float | None:
    value = number(text)
    if value is None:
        return None
    return -abs(value) if letter.upper() in ("S", "W") else value
