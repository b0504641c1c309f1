"""WildTrax: its reports of acoustic tags, and the tables of tags that are uploaded there.

A report names no file. ``location`` and ``recording_date_time`` stand for it, as the recording is called
``LOCATION_YYYYMMDD_HHMMSS``, or lies in a folder of that location. A tag has a start and a length in seconds.
The main report and the tag report read alike. The columns are those of the R package wildrtrax, which
downloads the reports.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from curate.errors import FormatError
from curate.formats import Report, parse
from curate.formats.annotations.annotations import Gathered
from curate.formats.files.audio_paths import FileMatch, Finder, parts_of
from curate.formats.files.folder_rows import refuse_columns
from curate.formats.files.walk import audio_files
from curate.formats.tables import table
from curate.formats.tables.csv import Sheet
from curate.formats.tables.segments import end_after, segment
from curate.formatting import count
from curate.model import Problem, Row
from curate.recorders import names
from curate.recorders.stamps import local, read_stamp

#: Columns of each part, the newest spelling first, those of uploads last.
_COLUMNS: dict[str, tuple[str, ...]] = {
    "location": ("location",),
    "start": ("recording_date_time", "recording_date"),
    "onset": ("detection_time", "tag_start_s", "start_time"),
    "length": ("tag_duration", "tag_duration_s", "tag_length"),
    "label": ("species_code", "species_common_name", "species_scientific_name", "species"),
    "low_freq": ("min_tag_freq", "min_freq"),
    "high_freq": ("max_tag_freq", "max_freq"),
    "file": ("source_file_name",),
    "method": ("task_method", "method"),
    "vocalization": ("vocalization",),
    "abundance": ("individual_count", "abundance"),
    "comment": ("tag_comments", "species_individual_comments", "species_individual_comment"),
    "needs review": ("tag_needs_review",),
}

_NEEDED = ("location", "start", "onset", "length", "label")

#: What each part is taken for, where it is no part of an annotation.
_TAKEN = {
    "location": table.PATH, "start": table.PATH, "file": table.PATH, "label": table.LABEL,
    "vocalization": "note", "abundance": "note", "comment": "note", "needs review": "note",
    "method": "whether all calls are tagged",
}  # fmt: skip

#: The species of a task in which nothing was heard.
_NOTHING = "NONE"

#: Methods that tag the first call of an individual alone: in a minute, or in a task.
_FIRST_CALLS = frozenset({"1SPM", "1SPT"})

#: Limits below this many Hz are kHz or Hz: nobody can tell. Bats call up to about 200 kHz.
_DOUBTFUL = 250.0

_UNIT = re.compile(r"([\d.,]+)\s*(k?)hz", re.IGNORECASE)

_YES = frozenset({"true", "t", "yes", "1"})

_WHAT = "the columns location, recording_date_time, detection_time, tag_duration and species_code"


def is_wildtrax(columns: Collection[str]) -> bool:
    """Whether a table with these columns lists tags as WildTrax does.

    Examples
    --------
    >>> known = ["location", "recording_date_time", "species_code", "detection_time", "tag_duration"]
    >>> is_wildtrax(known), is_wildtrax(["location", "species_code", "detection_time"])
    (True, False)
    """
    return all(table.find(columns, _COLUMNS[part]) is not None for part in _NEEDED)


def read(
    path: Path,
    *,
    report: Report,
    label_column: str | None = None,
    path_column: str | None = None,
    audio_folder: Path | None = None,
) -> Iterator[Row]:
    """Read a report: a row for each recording with tags. The code of the species is the label.

    Recordings are looked for below `audio_folder`, or below the folder of the table.

    Parameters
    ----------
    label_column
        Another column for the label, such as ``species_common_name``.

    Raises
    ------
    FormatError
        If it is another table, or lacks the column of the label.
    UsageError
        If a column of the recordings is named.
    """
    refuse_columns("wildtrax", None, path_column)
    sheet = _open(path)
    columns = _columns(sheet, label_column)
    table.tell_unused(path, taken(path, label_column=label_column), report)
    return _rows(sheet, columns, audio_folder, report)


def taken(path: Path, *, label_column: str | None = None, path_column: str | None = None) -> dict[str, str]:
    """Say what each column is taken for, or empty where it is not used."""
    refuse_columns("wildtrax", None, path_column)
    sheet = _open(path)
    found = {column: part for part, column in _columns(sheet, label_column).items()}
    return {column: _TAKEN.get(found.get(column, ""), found.get(column, "")) for column in sheet.columns}


def _open(path: Path) -> Sheet:
    sheet = Sheet.open(path)
    if not is_wildtrax(sheet.columns):
        raise FormatError(f"{path} is no report of WildTrax", hint=f"expected {_WHAT}")
    return sheet


def _columns(sheet: Sheet, label_column: str | None) -> dict[str, str]:
    found = {part: table.find(sheet.columns, wanted) for part, wanted in _COLUMNS.items()}
    found["label"] = table.choose(sheet.columns, _COLUMNS["label"], label_column, sheet.path)
    return {part: column for part, column in found.items() if column is not None}


def _rows(sheet: Sheet, columns: dict[str, str], audio_folder: Path | None, report: Report) -> Iterator[Row]:
    finder = Finder(sheet.path, audio_folder)
    clocks = _Clocks(audio_folder or sheet.path.parent, report)
    gathered, told = Gathered(finder, report), Counter[str]()
    matches: dict[tuple[str, str], str | None] = {}
    for line, record in sheet.records(report):
        here = f"{sheet.path}:{line}"
        cells = {part: record.get(column) for part, column in columns.items()}
        label = parse.text(cells["label"])
        is_nothing = _NOTHING in {label.upper(), *map(_upper, _species(record))}
        if not is_nothing and parse.is_nothing(cells["onset"]) and not parse.known(label):
            told["without a tag: left out"] += 1
            continue
        file = parse.known(cells.get("file"))
        key = file, f"{parse.text(cells['location'])} at {parse.text(cells['start'])}"
        if key not in matches:
            uploaded = finder.find(file) if file else FileMatch()
            matches[key] = uploaded.path or clocks.find(cells, file, here)
        path = matches[key]
        place = gathered.place(path, here) if path is not None else None
        if place is None:
            continue
        if is_nothing:
            told[f"with the species {_NOTHING}: taken as looked at, without a mark"] += 1
            continue
        told.update(_doubts(cells))
        found = segment(_parts(cells, columns), here, report)
        if found is not None:
            gathered.put(place, found)
    for words, rows in told.items():
        report(Problem("read-as", str(sheet.path), f"{count(rows, 'row')} {words}"))
    yield from gathered.rows()


def _species(record: Mapping[str, Any]) -> list[object]:
    """List what the columns of species say: a chosen label may be another word for the code."""
    found = (table.find(record, [name]) for name in _COLUMNS["label"])
    return [record[column] for column in found if column is not None]


def _upper(cell: object) -> str:
    return parse.text(cell).upper()


def _doubts(cells: Mapping[str, Any]) -> Iterator[str]:
    """Say what a person should know of a tag."""
    if _upper(cells.get("method")) in _FIRST_CALLS:
        yield "by 1SPM or 1SPT: only the first call of each individual has a tag, so more may follow"
    if _is_doubtful(cells):
        yield f"with a band below {_DOUBTFUL:g}, in Hz or kHz: the band is left out"


def _is_doubtful(cells: Mapping[str, Any]) -> bool:
    """Whether nobody can tell the unit of a band."""
    cell = cells.get("high_freq")
    try:
        high = parse.number(cell)
    except ValueError:
        return False  # it has a unit, or is told where the band is read
    return high is not None and 0 < high < _DOUBTFUL


def _parts(cells: Mapping[str, Any], columns: Mapping[str, str]) -> dict[str, tuple[str, Any]]:
    """Give the parts of an annotation, with their columns."""
    band = () if _is_doubtful(cells) else ("low_freq", "high_freq")
    parts = {part: (columns[part], _hertz(cells[part])) for part in band if part in columns}
    parts |= {part: (columns[part], cells[part]) for part in ("onset", "label")}
    return parts | {
        "offset": (columns["length"], end_after(cells["onset"], cells["length"])),
        "note": ("", _note(cells)),
    }


def _hertz(cell: object) -> object:
    """Read a limit, also with its unit, such as ``2.31kHz``."""
    found = _UNIT.fullmatch(parse.text(cell))
    if found is None:
        return cell
    limit = parse.number(found[1])
    return None if limit is None else round(limit * (1000 if found[2] else 1), 6)


def _note(cells: Mapping[str, Any]) -> str:
    several = parse.known(cells.get("abundance"))
    needs = parse.text(cells.get("needs review")).casefold() in _YES
    words = (
        parse.known(cells.get("vocalization")),
        f"abundance: {several}" if several not in {"", "1"} else "",
        parse.known(cells.get("comment")),
        "needs review" if needs else "",
    )
    return "; ".join(filter(None, words))


@dataclass(frozen=True, slots=True)
class _Timed:
    """A recording whose name says when it began: names of its place, and the folders in which it lies."""

    path: str
    named: frozenset[str]
    folders: frozenset[str]


class _Clocks:
    """Recordings by the time in their names.

    Parameters
    ----------
    folder
        Below it they lie.
    """

    def __init__(self, folder: Path, report: Report) -> None:
        self._folder, self._report = os.path.abspath(folder), report
        self._found: dict[datetime, list[_Timed]] | None = None

    def find(self, cells: Mapping[str, Any], file: str, here: str) -> str | None:
        """Find the one recording of a location that began at a time, or report that there is none.

        Parameters
        ----------
        file
            What the report calls the recording, which is not there. Empty where it says none.
        """
        location, when = parse.known(cells["location"]), parse.text(cells["start"])
        start = read_stamp(f"{when} 00:00:00" if re.fullmatch(r"[\d-]+", when) else when)
        if not location or not start:
            words = f"expected a location and a time, found '{location}' and '{when}'"
            self._report(Problem("bad-row", here, parse.printable(words)))
            return None
        clock = local(start).replace(microsecond=0)
        # A clock without seconds means the whole minute.
        begun = self._at(clock) if when.count(":") != 1 else self._within(clock)
        found = _of(location, begun)
        if len(found) == 1:
            return found[0]
        name = parse.printable(file or f"{location} at {when}")
        if found:
            paths = " or ".join(map(parse.printable, found[:3]))
            words = f"named in {here}; it may be {paths}: name the folder of one with --audio-folder"
            self._report(Problem("ambiguous", name, words))
        else:
            expected = f"{location}_{clock:%Y%m%d_%H%M%S}"
            others = f"; at that time there is {parse.printable(begun[0].path)}" if begun else ""
            words = f"named in {here}; expected a recording called {parse.printable(expected)}{others}"
            self._report(Problem("row-without-file", name, words))
        return None

    def _at(self, clock: datetime) -> Sequence[_Timed]:
        return self._listed().get(clock, [])

    def _within(self, minute: datetime) -> Sequence[_Timed]:
        return [each for second in range(60) for each in self._at(minute.replace(second=second))]

    def _listed(self) -> dict[datetime, list[_Timed]]:
        if self._found is None:
            self._found = {}
            for path in audio_files(self._folder, _ignore):
                claim = names.claim(os.path.splitext(os.path.basename(path))[0])
                if claim is not None and claim.start:
                    own = filter(None, (claim.site, claim.serial))
                    folders = () if claim.site else parts_of(os.path.dirname(path))
                    timed = _Timed(path, _normal(own), _normal(folders))
                    self._found.setdefault(local(claim.start).replace(microsecond=0), []).append(timed)
        return self._found


def _normal(words: Collection[str] | Iterator[str]) -> frozenset[str]:
    return frozenset(map(table.normal, words))


def _of(location: str, begun: Sequence[_Timed]) -> list[str]:
    """List the recordings of a location: its name stands in the file's, or else in a folder's."""
    wanted = table.normal(location)
    return [each.path for each in begun if wanted in each.named] or [
        each.path for each in begun if wanted in each.folders
    ]


def _ignore(problem: Problem) -> None:
    """Pass over what cannot be entered: a recording that is not found there is reported."""
