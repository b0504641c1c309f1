"""Arbimon's CSV of pattern matching: where a template was found, how well it fits, and what people say of it.

Arbimon cuts a recording that is longer than a minute into parts of one minute. A row names the recording, the
minute of its part, and times within that part. The time in the recording's name leads to the stretch.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from curate.errors import FormatError
from curate.formats import Report, parse
from curate.formats.annotations.annotations import Gathered
from curate.formats.files.audio_paths import Finder
from curate.formats.files.folder_rows import refuse_columns
from curate.formats.tables import table
from curate.formats.tables.csv import Sheet
from curate.formats.tables.segments import segment
from curate.model import Problem, Row, Segment

#: Layer of what its templates found.
PRODUCER = "arbimon"

#: Columns by which such a table is known.
_SIGNATURE = frozenset({"recording", "species", "x1", "x2", "y1", "y2", "validated"})

#: What each column is taken for.
_TAKEN = {
    "recording": table.PATH,
    "species": "label, as arbimon found it",
    "songtype": "note",
    "x1": "onset",
    "x2": "offset",
    "y1": "low_freq",
    "y2": "high_freq",
    "score": "score",
    "validated": "label by a person",
    "year": "minute of the part",
    "month": "minute of the part",
    "day": "minute of the part",
    "hour": "minute of the part",
    "minute": "minute of the part",
    "min": "minute of the part",
}

#: Words of people: that the species is there, and that it is not.
_PRESENT, _ABSENT = frozenset({"present", "1"}), frozenset({"not present", "absent", "0"})

#: Date and time in the name of a recording, as recorders write them.
_STAMP = re.compile(r"(?<!\d)(\d{8})[_T -]?(\d{6})(?!\d)")


def is_arbimon(columns: list[str]) -> bool:
    """Whether a table with these columns is one of Arbimon."""
    return {table.normal(column) for column in columns} >= _SIGNATURE


def read(
    path: Path,
    *,
    report: Report,
    label_column: str | None = None,
    path_column: str | None = None,
    audio_folder: Path | None = None,
) -> Iterator[Row]:
    """Read a table: detections in the layer ``arbimon``, and as annotations what people say of them.

    A detection that people deny is a mark without a label, whose note names the species.

    Raises
    ------
    FormatError
        If it is another table.
    UsageError
        If a column is named.
    """
    refuse_columns("arbimon", label_column, path_column)
    sheet = _open(path)
    table.tell_unused(path, taken(path), report)
    return _rows(sheet, Finder(path, audio_folder), report)


def taken(path: Path, *, label_column: str | None = None, path_column: str | None = None) -> dict[str, str]:
    """Say what each column is taken for, or empty where it is not used."""
    refuse_columns("arbimon", label_column, path_column)
    return {column: _TAKEN.get(table.normal(column), "") for column in _open(path).columns}


def _open(path: Path) -> Sheet:
    sheet = Sheet.open(path)
    if not is_arbimon(sheet.columns):
        raise FormatError(
            f"{path} is no table of Arbimon's pattern matching: expected {', '.join(sorted(_SIGNATURE))}",
            hint=f"columns there: {', '.join(sheet.columns)}",
        )
    return sheet


def _rows(sheet: Sheet, finder: Finder, report: Report) -> Iterator[Row]:
    people, program = Gathered(finder, report), Gathered(finder, report, producer=PRODUCER)
    for line, cells in sheet.records(report):
        here = f"{sheet.path}:{line}"
        record = {table.normal(column): cell for column, cell in cells.items()}
        name = parse.text(record.get("recording"))
        found = _detection(record, name, here, report)
        place = program.place(name, here)
        if found is None or place is None:
            continue
        program.put(place, found)
        said = _said(record, found)
        if said is not None and (place := people.place(name, here)) is not None:
            people.put(place, said)
    yield from people.rows()
    yield from program.rows()


def _detection(record: Mapping[str, Any], name: str, here: str, report: Report) -> Segment | None:
    try:
        before = _before_part(record, name)
        ends = {
            part: (column, _shifted(record.get(column), before))
            for part, column in (("onset", "x1"), ("offset", "x2"))
        }
    except ValueError as error:
        report(Problem("bad-row", here, str(error)))
        return None
    others = {"low_freq": "y1", "high_freq": "y2", "score": "score", "label": "species", "note": "songtype"}
    return segment(
        ends | {part: (column, record.get(column)) for part, column in others.items()}, here, report
    )


def _shifted(cell: object, seconds: float) -> object:
    """Count a time within a part from the start of the recording; what is no number is reported later."""
    try:
        time = parse.number(cell)
    except ValueError:
        return cell
    return None if time is None else round(time + seconds, 6)


def _before_part(record: Mapping[str, Any], name: str) -> float:
    """Find how many seconds of the recording lie before the part that a row is about.

    Raises
    ------
    ValueError
        If the part lies before the recording.
    """
    stamp = _STAMP.search(name)
    cells = [parse.whole_number(record.get(part)) for part in ("year", "month", "day", "hour")]
    cells.append(parse.whole_number(record.get("minute", record.get("min"))))
    if stamp is None or None in cells:
        return 0.0
    try:
        start = dt.datetime.strptime(stamp[1] + stamp[2], "%Y%m%d%H%M%S")  # noqa: DTZ007 - both as written
        part = dt.datetime(*map(int, filter(lambda cell: cell is not None, cells)))  # type: ignore[arg-type] # noqa: DTZ001
    except ValueError:
        return 0.0  # no date: digits of another meaning
    minutes = (part - start.replace(second=0)).total_seconds()
    if minutes < 0:
        raise ValueError(
            f"column minute: expected a time after that in the name, found {part:%Y-%m-%d %H:%M}"
        )
    return minutes


def _said(record: Mapping[str, Any], found: Segment) -> Segment | None:
    """Read what people say of a detection; None where nobody has."""
    word = parse.text(record.get("validated")).casefold()
    times = found.onset, found.offset
    if word in _PRESENT:
        return Segment(*times, found.label, None, found.low_freq, found.high_freq, note=found.note)
    if word in _ABSENT:
        return Segment(*times, "", None, found.low_freq, found.high_freq, note=f"not {found.label}")
    return None
