"""Few-shot bioacoustic events of DCASE: a table for each recording, with POS, NEG or UNK in each class.

Training tables have ``Audiofilename,Starttime,Endtime`` and a column for each class. Those of validation have
the one class ``Q``, which is another sound in each recording. `UNK` means that people were not sure.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from curate.errors import FormatError
from curate.formats import Report, parse
from curate.formats.annotations.annotations import Gathered
from curate.formats.events.event_files import files_of
from curate.formats.files.audio_paths import Finder
from curate.formats.files.folder_rows import refuse_columns
from curate.formats.tables import table
from curate.formats.tables.csv import Sheet
from curate.formats.tables.segments import segment
from curate.model import Problem, Row

_NAME, _ONSET, _OFFSET = "audiofilename", "starttime", "endtime"
_FIXED = frozenset({_NAME, _ONSET, _OFFSET})

#: The class that is another sound in each recording.
_QUERY = "Q"

_KNOWN = ("POS", "NEG", "UNK")

_WHAT = "Audiofilename,Starttime,Endtime and a column for each class, with POS, NEG or UNK"


def is_few_shot(columns: Collection[str]) -> bool:
    """Whether a table with these columns lists events as DCASE does.

    Examples
    --------
    >>> is_few_shot(["Audiofilename", "Starttime", "Endtime", "Q"]), is_few_shot(["Starttime", "Q"])
    (True, False)
    """
    names = {table.normal(column) for column in columns}
    return names > _FIXED and not names & {"label", "species", "class", "annotation"}


def read(
    path: Path,
    *,
    report: Report,
    label_column: str | None = None,
    path_column: str | None = None,
    audio_folder: Path | None = None,
) -> Iterator[Row]:
    """Read a table, or all below a folder: a row for each recording. Unsure events are marks without a label.

    Raises
    ------
    FormatError
        If it is another table, or there is none.
    UsageError
        If a column is named.
    """
    refuse_columns("dcase-few-shot", label_column, path_column)
    files = files_of(path, (".csv",), _is_one, _WHAT)
    return _rows([_open(each) for each in files], Finder(path, audio_folder), report)


def _is_one(path: Path) -> bool:
    try:
        return is_few_shot(Sheet.open(path).columns)
    except FormatError:
        return False


def _open(path: Path) -> Sheet:
    sheet = Sheet.open(path)
    if not is_few_shot(sheet.columns):
        raise FormatError(f"{path} is no table of DCASE's few-shot events", hint=f"expected {_WHAT}")
    return sheet


def _rows(sheets: Sequence[Sheet], finder: Finder, report: Report) -> Iterator[Row]:
    gathered = Gathered(finder, report)
    stems = Counter(sheet.path.stem for sheet in sheets if _classes(sheet) == [_QUERY])
    for sheet in sheets:
        # Recordings of the same name in two folders have two sounds.
        folder = f"{sheet.path.parent.name}-" if stems[sheet.path.stem] > 1 else ""
        named = {table.normal(column): column for column in sheet.columns}
        classes = _classes(sheet)
        if classes == [_QUERY]:
            words = f"Q is another sound in each recording: it becomes Q-{folder}{sheet.path.stem} and so on"
            report(Problem("read-as", str(sheet.path), words))
        for line, record in sheet.records(report):
            here = f"{sheet.path}:{line}"
            name = parse.text(record.get(named[_NAME]))
            place = gathered.place(name, here, near=str(sheet.path.parent))
            if place is None:
                continue
            times = {
                part: (named[column], record.get(named[column]))
                for part, column in (("onset", _ONSET), ("offset", _OFFSET))
            }
            for label, note in _heard(record, classes, folder + Path(name).stem, here, report):
                found = segment(times | {"label": ("", label), "note": ("", note)}, here, report)
                if found is None:
                    break  # told once
                gathered.put(place, found)
    yield from gathered.rows()


def _classes(sheet: Sheet) -> list[str]:
    return [column for column in sheet.columns if table.normal(column) not in _FIXED]


def _heard(
    record: Mapping[str, Any], classes: Sequence[str], stem: str, here: str, report: Report
) -> Iterator[tuple[str, str]]:
    """Give label and note of each class that is in a stretch, or may be."""
    for column in classes:
        word = parse.text(record.get(column)).upper()
        name = f"{_QUERY}-{stem}" if column == _QUERY else column
        if word == "POS":
            yield name, ""
        elif word == "UNK":
            yield "", f"unsure: {name}"
        elif word not in _KNOWN:
            words = f"column {column}: expected {', '.join(_KNOWN)}, found '{parse.printable(word)}'"
            report(Problem("bad-row", here, words))
