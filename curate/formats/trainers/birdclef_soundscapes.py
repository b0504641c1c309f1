"""Labelled soundscapes of BirdCLEF: a row for each five seconds, with the classes that people heard there.

2021 has ``row_id,site,audio_id,seconds,birds``: `seconds` is where a window ends, and `birds` are between
blanks. The file bears number, site and date (``7019_COR_20190904.ogg``). 2026 has
``filename,start,end,primary_label`` with hours, minutes and seconds, and ``;`` between classes. A window of
``nocall`` was looked at, and holds no mark.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from curate.errors import FormatError
from curate.formats import Report, parse
from curate.formats.annotations.annotations import Gathered
from curate.formats.annotations.identifications import names_no_class
from curate.formats.files.audio_paths import Finder
from curate.formats.files.folder_rows import refuse_columns
from curate.formats.files.walk import audio_files
from curate.formats.tables import table
from curate.formats.tables.csv import Sheet
from curate.formats.tables.segments import Parts, segment
from curate.formats.trainers.birdclef_years import SOUNDSCAPES
from curate.model import Row

#: What Kaggle calls the tables.
TABLES = ("train_soundscape_labels.csv", "train_soundscapes_labels.csv")

#: Seconds of a window of 2021, of which the table has the end.
WINDOW = 5.0

_2021 = {
    "row_id": "name of the row",
    "site": "name of the audio",
    "audio_id": "name of the audio",
    "seconds": "offset",
    "birds": table.LABEL,
}
_2026 = {"filename": table.PATH, "start": "onset", "end": "offset", "primary_label": table.LABEL}

_Record = Mapping[str, Any]


def is_labels(columns: Collection[str]) -> bool:
    """Whether a table with these columns labels soundscapes.

    Examples
    --------
    >>> is_labels(["row_id", "site", "audio_id", "seconds", "birds"]), is_labels(["filename", "start", "end"])
    (True, False)
    """
    return set(columns) in ({*_2021}, {*_2026})


def read(
    path: Path,
    *,
    report: Report,
    label_column: str | None = None,
    path_column: str | None = None,
    audio_folder: Path | None = None,
) -> Iterator[Row]:
    """Read a table: a row for each soundscape, with what people heard in it.

    Raises
    ------
    FormatError
        If it is another table.
    UsageError
        If a column is named.
    """
    refuse_columns("birdclef-soundscapes", label_column, path_column)
    sheet = _open(path)
    audio = audio_folder or next(
        (each for name in SOUNDSCAPES if (each := path.with_name(name)).is_dir()), path.parent
    )
    numbered = {} if "filename" in sheet.columns else _numbered(audio)
    gathered = Gathered(Finder(path, audio), report)
    return _rows(sheet, numbered, gathered, report)


def taken(path: Path, *, label_column: str | None = None, path_column: str | None = None) -> dict[str, str]:
    """Say what each column is taken for."""
    refuse_columns("birdclef-soundscapes", label_column, path_column)
    return {column: (_2021 | _2026)[column] for column in _open(path).columns}


def _open(path: Path) -> Sheet:
    sheet = Sheet.open(path)
    if not is_labels(sheet.columns):
        raise FormatError(
            f"{path} is no table of soundscapes of BirdCLEF: "
            f"expected {', '.join(_2021)} or {', '.join(_2026)}",
            hint=f"columns there: {', '.join(sheet.columns)}",
        )
    return sheet


def _numbered(folder: Path) -> dict[str, str]:
    """Find the soundscapes below a folder by number and site: ``7019_COR``."""
    found = {}
    for path in audio_files(os.path.abspath(folder), lambda _: None):
        number, *more = os.path.splitext(os.path.basename(path))[0].split("_")
        if number.isdecimal() and more:
            found[f"{number}_{more[0]}"] = path
    return found


def _rows(sheet: Sheet, numbered: Mapping[str, str], gathered: Gathered, report: Report) -> Iterator[Row]:
    for line, record in sheet.records(report):
        here = f"{sheet.path}:{line}"
        if "filename" in record:
            name, labels = parse.text(record["filename"]), parse.text(record["primary_label"]).split(";")
            parts: Parts = {"onset": ("start", record["start"]), "offset": ("end", record["end"])}
        else:
            name, labels = _name_of(record, numbered), parse.text(record["birds"]).split()
            parts = _window(record)
        place = gathered.place(name, here)
        found = segment(parts, here, report) if place is not None else None
        for label in _heard(labels) if found is not None else ():
            assert place is not None
            gathered.add(place, {**parts, "label": ("primary_label", label)}, here)
    yield from gathered.rows()


def _name_of(record: _Record, numbered: Mapping[str, str]) -> str:
    """Name the file of a row of 2021, or what it begins with if it is not there."""
    number = f"{parse.text(record['audio_id'])}_{parse.text(record['site'])}"
    return numbered.get(number, number)


def _window(record: _Record) -> Parts:
    try:
        end = parse.number(record["seconds"])
    except ValueError:
        end = None  # told where the end is read
    onset = None if end is None else max(0.0, end - WINDOW)
    return {"onset": ("seconds", onset), "offset": ("seconds", record["seconds"])}


def _heard(labels: Sequence[str]) -> list[str]:
    return [name for label in labels if (name := label.strip()) and not names_no_class(name)]
