"""What detectors found: the tables of BirdNET-Analyzer, BirdNET-Pi, Kaleidoscope, batdetect2 and Perch.

They are known by their columns. A detection is what a program says with some score, not what is there: it
goes into a layer of the program's name and never labels a recording by itself.
"""

from __future__ import annotations

import math
import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from curate.errors import FormatError
from curate.formats import Report, parse
from curate.formats.annotations.annotations import Gathered
from curate.formats.annotations.batdetect2 import InFile, JsonDetections
from curate.formats.annotations.identifications import hears_nothing, said, tell_nothing_heard
from curate.formats.files.audio_paths import Finder
from curate.formats.files.folder_rows import refuse_columns
from curate.formats.files.walk import is_audio, walked
from curate.formats.tables import table
from curate.formats.tables.blanks import Blanks, Records, survey_together
from curate.formats.tables.csv import Sheet
from curate.formats.tables.detectors import DetectionTable, joined, kind_of
from curate.formats.tables.segments import check_score, in_hertz, segment
from curate.formats.tables.sheets import AnySheet, open_sheet
from curate.formats.tables.verdicts import Verdicts, judged
from curate.model import Problem, Row, Segment

#: Endings of tables, and of what batdetect2 writes beside them.
_ENDINGS = (".csv", ".tsv", ".txt", ".parquet", ".json")

#: What programs put behind the name of a recording to name its table.
_OWN_NAME = re.compile(r"(\.BirdNET)?(\.results)?(\.(csv|tsv|txt|json))$", re.IGNORECASE)

_Record = Mapping[str, Any]


def read(
    path: Path,
    *,
    report: Report,
    label_column: str | None = None,
    path_column: str | None = None,
    audio_folder: Path | None = None,
) -> Iterator[Row]:
    """Read a table of detections, or all that lie below a folder: a row per recording, with its detections.

    Raises
    ------
    FormatError
        If no known program writes such a table.
    UsageError
        If a column is named.
    """
    refuse_columns("detections", label_column, path_column)
    finder = Finder(path, audio_folder)
    found = [_open(path)] if not path.is_dir() else [_open(table) for table in tables_in(path)]
    if not found:
        raise FormatError(f"tables of detections are missing in {path}", hint=_HINT)
    for sheet, kind in found:
        table.tell_unused(sheet.path, _taken(sheet, kind), report)
    return _rows(found, path, finder, report)


_HINT = (
    "known are those of BirdNET-Analyzer, BirdNET-Pi, Kaleidoscope, batdetect2 and Perch; "
    "other tables: --format annotation-table"
)


def taken(path: Path, *, label_column: str | None = None, path_column: str | None = None) -> dict[str, str]:
    """Say what each column of a table of detections is taken for, or empty where it is not used."""
    refuse_columns("detections", label_column, path_column)
    return _taken(*_open(path))


def _taken(sheet: AnySheet, kind: DetectionTable) -> dict[str, str]:
    known = judged(sheet.columns)
    for words, names in (
        (table.PATH, kind.file), ("onset", kind.onset), ("offset", kind.offset), ("length", kind.length),
        (f"label, as {kind.producer} found it", kind.label), ("score", kind.score),
        ("label by a person", kind.by_people), ("low_freq", kind.low_freq), ("high_freq", kind.high_freq),
    ):  # fmt: skip
        column = table.find(sheet.columns, names)
        if column is not None:
            known[column] = words
    known |= {
        column: "folder of the audio" for column in sheet.columns if table.normal(column) in kind.folders
    }
    return {column: known.get(column, "") for column in sheet.columns}


def is_table(path: Path) -> bool:
    """Whether a file holds detections of a known program."""
    try:
        _open(path)
    except FormatError:
        return False
    return True


def _open(path: Path) -> tuple[AnySheet, DetectionTable]:
    sheet = JsonDetections.open(path) if path.suffix.lower() == ".json" else open_sheet(path)
    kind = kind_of(sheet.columns)
    if kind is None:
        there = ", ".join(sheet.columns[:20])
        raise FormatError(f"{path} is a table of an unknown detector. Columns there: {there}", hint=_HINT)
    if kind.producer == "birdnet-pi" and table.find(sheet.columns, kind.file) is None:
        raise FormatError(
            f"{path} lacks the names of the files that BirdNET-Pi scanned",
            hint="export its detections with the column File_Name",
        )
    if kind.is_unquoted and isinstance(sheet, Sheet):
        sheet = replace(sheet, joined=partial(joined, kind, sheet.columns))
    return InFile(sheet) if kind.producer == "batdetect2" else sheet, kind


def tables_in(folder: Path) -> list[Path]:
    """List the tables of known programs below a folder."""
    found = []
    for parent, names in walked(folder):
        for name in names:
            stem, ending = os.path.splitext(name.lower())
            # Of JSON only what bears the name of a recording: others may be large.
            if ending in _ENDINGS and (ending != ".json" or is_audio(stem)):
                path = Path(parent, name)
                found += [path] if is_table(path) else []
    return found


def _codes_of(sheet: AnySheet, kind: DetectionTable) -> tuple[Records, str | None, list[str]]:
    """Name the columns that tell words for an empty cell from classes."""
    of_numbers = (kind.onset, kind.offset, kind.length, kind.score, kind.low_freq, kind.high_freq)
    numbers = [table.find(sheet.columns, names) or "" for names in of_numbers]
    return sheet.records, table.find(sheet.columns, kind.label), numbers


def _rows(
    sheets: Sequence[tuple[AnySheet, DetectionTable]], folder: Path, finder: Finder, report: Report
) -> Iterator[Row]:
    gathered: dict[str, Gathered] = {}

    def by(producer: str) -> Gathered:
        return gathered.setdefault(producer, Gathered(finder, report, producer=producer))

    for producer in dict.fromkeys(kind.producer for _, kind in sheets):
        tables = [(sheet, kind) for sheet, kind in sheets if kind.producer == producer]
        place = tables[0][0].path if len(tables) == 1 else folder
        blanks = survey_together(place, [_codes_of(sheet, kind) for sheet, kind in tables], report)
        for sheet, kind in tables:
            _gather(sheet, kind, by, blanks, report)
    for producer in sorted(gathered, key=bool):  # people first: what they say labels
        yield from gathered[producer].rows()


def _gather(
    sheet: AnySheet, kind: DetectionTable, by: Callable[[str], Gathered], blanks: Blanks, report: Report
) -> None:
    file_in = table.find(sheet.columns, kind.file)
    folder = os.path.dirname(os.path.abspath(sheet.path))
    stem = _OWN_NAME.sub("", sheet.path.name)
    read = _reader(sheet, kind, blanks, report)
    manual_in = table.find(sheet.columns, kind.by_people)
    folders = [column for column in sheet.columns if table.normal(column) in kind.folders]
    if file_in is None:
        by(kind.producer).place(stem, str(sheet.path), beside=folder)
    beside, near = (None, folder) if file_in else (folder, None)
    is_empty, silent, verdicts = True, 0, Verdicts(sheet.columns)
    for line, record in sheet.records(report):
        is_empty, here = False, f"{sheet.path}:{line}"
        found = read(record, here)
        name = parse.text(record.get(file_in)) if file_in else stem
        if file_in and name:
            name = "/".join([*(cell for each in folders if (cell := parse.known(record.get(each)))), name])
        if found is None:
            continue
        is_rejected = verdicts.rejects(record)
        by_people = said(found, record.get(manual_in)) if manual_in else []
        silent += hears_nothing(found.label)
        is_heard = bool(found.label) and not hears_nothing(found.label) and not is_rejected
        by_program = [found] if is_heard else []
        for producer, marks in ((kind.producer, by_program), ("", by_people)):
            # The program is noted without marks, too: it scanned the recording and found nothing.
            if producer or marks:
                place = by(producer).place(name, here, beside=beside, near=near)
                if place is not None:
                    for mark in marks:
                        by(producer).put(place, mark)
    if is_empty:  # it is named after the recording in which nothing was found
        by(kind.producer).none_in(stem, folder)
    tell_nothing_heard(sheet.path, silent, report)
    verdicts.tell(sheet.path, report)


def _reader(
    sheet: AnySheet, kind: DetectionTable, blanks: Blanks, report: Report
) -> Callable[[_Record, str], Segment | None]:
    """Make the function that reads a detection from a record."""
    columns = {
        part: table.find(sheet.columns, names)
        for part, names in (
            ("onset", kind.onset), ("offset", kind.offset), ("length", kind.length), ("label", kind.label),
            ("score", kind.score), ("low_freq", kind.low_freq), ("high_freq", kind.high_freq),
        )
    }  # fmt: skip

    def read(record: _Record, here: str) -> Segment | None:
        label = parse.text(blanks.cell(record, columns["label"]))
        parts = {part: (column, record.get(column)) for part, column in columns.items() if column is not None}
        try:
            score = parse.number(parts["score"][1]) if "score" in parts else None
            if score is not None and kind.is_logit:
                # `math.exp` overflows above 709.
                score = 1 / (1 + math.exp(-max(-700.0, score)))
            check_score(parts.get("score", ("score", None))[0], score)
            for limit in ("low_freq", "high_freq") if kind.in_kilohertz else ():
                column, cell = parts.get(limit, (limit, None))
                parts[limit] = column, in_hertz(cell)
            if "onset" not in parts:
                return Segment(0.0, math.inf, label, score)
            if "offset" not in parts:
                onset = parse.number(parts["onset"][1]) or 0.0
                length = parse.number(parts["length"][1]) if "length" in parts else kind.window
                parts["onset"] = (parts["onset"][0], onset)
                column = parts["length"][0] if "length" in parts else parts["onset"][0]
                parts["offset"] = (column, None if length is None else round(onset + length, 6))
        except ValueError as error:
            report(Problem("bad-row", here, str(error)))
            return None
        parts["label"] = (columns["label"] or "label", label)
        parts["score"] = (parts["score"][0] if "score" in parts else "score", score)
        return segment(parts, here, report)

    return read
