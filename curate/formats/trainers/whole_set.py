"""A whole set in its folder: recordings with the labels, events and clips that its tables tell of.

A set has tables of recordings, of events in long recordings, and of clips that were cut from these, with
lists as BirdSet has them (https://huggingface.co/datasets/DBD-research-group/BirdSet). Files are found by
name, those of the table's own part first.
"""

from __future__ import annotations

import ast
import json
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from curate.errors import FormatError
from curate.formats import Report, parse
from curate.formats.annotations.annotation_table import FILES, LABELS, OTHERS, TIMES
from curate.formats.files.folder_rows import refuse_columns
from curate.formats.files.origins import origin
from curate.formats.files.set_parts import part_of
from curate.formats.files.walk import is_audio
from curate.formats.tables import jsonl, table
from curate.formats.tables.csv import Sheet
from curate.formats.tables.segments import segment
from curate.formats.trainers import sound_inside
from curate.model import Problem, Row, Segment

#: Columns that hold all classes that are heard.
_MULTILABEL = ("ebird_code_multilabel", "multilabel", "label_list", "labels")

#: Columns beyond those of other tables, as the sets of Kahl et al. at Zenodo and ESC-50 have them.
_LABELS = (*table.LABEL_COLUMNS, *LABELS, "species_ebird_code", "category")
_ENDS = {"onset": (*TIMES["onset"], "start_time_(s)"), "offset": (*TIMES["offset"], "end_time_(s)")}

#: What a detector found, kept as text until it becomes a layer.
DETECTIONS = ("detected_events", "event_cluster")

#: What sets call columns of ours.
_OUR_NAMES = {"call_type": "sound_type", "local_time": "time", "microphone": "device"}

#: Ratings of Xeno-canto.
_RATINGS = {"A": 5.0, "B": 4.0, "C": 3.0, "D": 2.0, "E": 1.0}

#: Seconds by which a stretch that is the whole file may differ from it.
_CLOSE = 0.1

_Record = Mapping[str, Any]


def read(
    path: Path,
    *,
    report: Report,
    label_column: str | None = None,
    path_column: str | None = None,
    audio_folder: Path | None = None,
) -> Iterator[Row]:
    """Read the recordings of a set that its tables name; reports those that none of them names.

    Parameters
    ----------
    path
        The folder of the set.

    Raises
    ------
    UsageError
        If a column or a folder of audio is named, but for the column of the label.
    """
    refuse_columns("whole-set", None, path_column, audio_folder)
    files = _Files(path)
    named: set[str] = set()
    for each in _all_tables(path):
        if not _names_any(each, files):
            report(Problem("unused-file", str(each), "it is a table, and names no recording of the set"))
            continue
        for row in _SetTable(each, files, report, label_column).rows():
            named.add(row.path)
            yield row
    for unnamed in files.paths:
        if unnamed not in named:
            report(Problem("file-without-row", unnamed, "no table of the set names it"))


def tables_in(folder: Path) -> list[Path]:
    """List the tables of a set that name recordings which lie in it."""
    files = _Files(folder)
    return [path for path in _all_tables(folder) if _names_any(path, files)]


def _all_tables(folder: Path) -> list[Path]:
    endings = {".csv", ".parquet", ".tsv"}
    return [
        path
        for path in sorted(folder.rglob("*"))
        if not path.name.startswith(".")
        and path.is_file()
        and (
            path.suffix.lower() in endings
            or path.name == sound_inside.METADATA
            or (path.suffix.lower() == ".txt" and _is_selections(path))
        )
    ]


def _is_selections(path: Path) -> bool:
    """Whether a text is a selection table of Raven."""
    try:
        return table.find(Sheet.open(path).columns, ("begin_time_(s)", "begin_time_s")) is not None
    except FormatError:
        return False


def _names_any(path: Path, files: _Files) -> bool:
    try:
        return any(
            files.find(name, path) is not None
            for _, record in _records(path, lambda _: None)
            if (name := _name(record, path))
        )
    except FormatError:
        return False  # its files are imported without it


def _name(record: _Record, path: Path) -> str:
    """Name the file of a row; a selection table without a column for it is named after its file."""
    column = table.find(record, (*table.PATH_COLUMNS, *FILES))
    if column is not None:
        return parse.text(record.get(column))
    is_named = path.suffix.lower() == ".txt"
    return re.sub(r"(\.Table\.\d+)?\.selections$", "", path.stem) if is_named else ""


def _records(path: Path, report: Report) -> Iterator[tuple[int, dict[str, Any]]]:
    """Read the rows of a table, numbered as its format numbers them."""
    if path.suffix.lower() == ".parquet":
        yield from enumerate(sound_inside.records(path), start=1)
        return
    found = jsonl.records(path, report) if path.suffix == ".jsonl" else Sheet.open(path).records(report)
    for line, record in found:
        yield line, dict(record)


class _Files:
    """The recordings in a folder, by name and part."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.paths: list[str] = []
        self._known: set[str] = set()
        self._by_name: dict[str, list[tuple[str, str]]] = {}
        for where, folders, names in os.walk(folder):
            folders.sort()
            part = part_of(os.path.relpath(where, folder))
            for name in sorted(names):
                if is_audio(name):
                    path = os.path.abspath(os.path.join(where, name))
                    self.paths.append(path)
                    self._known.add(path)
                    for called in (name.lower(), os.path.splitext(name.lower())[0]):
                        self._by_name.setdefault(called, []).append((part, path))

    def part(self, table_path: Path) -> str:
        """Name the part of which a table speaks, by its own name or by its folder's."""
        where = os.path.relpath(table_path.parent, self._folder)
        return part_of(table_path.stem) or part_of(where)

    def find(self, name: str, of: Path) -> str | list[str] | None:
        """Find the file of a name in a table: beside it, else in its part by the longest end of the path.

        Returns
        -------
        Several, where that does not tell; None where there is none.
        """
        beside = os.path.abspath(of.parent / name)
        if beside in self._known:
            return beside
        part = self.part(of)
        parts = name.replace("\\", "/").split("/")
        found = self._by_name.get(parts[-1].lower(), [])
        of_part = [path for own, path in found if own == part] or [path for _, path in found]
        if not of_part:
            return None
        shared = {path: _shared(path.split("/"), parts) for path in of_part}
        longest = [path for path in of_part if shared[path] == max(shared.values())]
        return longest[0] if len(longest) == 1 else longest


def _shared(path: list[str], name: list[str]) -> int:
    """Count the folders that the ends of two paths share; the files are of one name already."""
    count = 0
    for one, other in zip(reversed(path[:-1]), reversed(name[:-1]), strict=False):
        if one.lower() != other.lower():
            break
        count += 1
    return count


@dataclass(slots=True)
class _Line:
    """A row of a table: its place, its cells, the stretch that it marks, and what is heard."""

    here: int
    record: _Record
    mark: Segment | None
    label: str
    classes: tuple[str, ...]


@dataclass(slots=True)
class _SetTable:
    """One table of a set."""

    path: Path
    files: _Files
    report: Report
    label_column: str | None = None
    _columns: dict[str, str] = field(default_factory=dict)
    _lines: dict[str, list[_Line]] = field(default_factory=dict)

    def rows(self) -> Iterator[Row]:
        """Read it: a row for each recording, with what is marked in it."""
        meaning = None
        for line, record in _records(self.path, self.report):
            ours = {_OUR_NAMES.get(column.lower(), column): cell for column, cell in record.items()}
            if meaning is None:
                meaning = table.Meaning(list(ours), self.path)
                self._columns = _columns(list(ours), self.label_column)
            self._place(line, ours)
        for path, lines in self._lines.items():
            assert meaning is not None
            yield self._row(path, lines, meaning)

    def _place(self, line: int, record: _Record) -> None:
        here = f"{self.path}:{line}"
        name = _name(record, self.path)
        found = self.files.find(name, self.path) if name else None
        if found is None:
            self.report(Problem("row-without-file", name or here, f"named in {here}"))
        elif isinstance(found, list):
            self.report(Problem("bad-row", here, f"'{name}' may be {' or '.join(found[:3])}"))
        else:
            read = self._line(line, record)
            if read is not None:
                self._lines.setdefault(found, []).append(read)

    def _line(self, line: int, record: _Record) -> _Line | None:
        """Read a row; None for one that marks what cannot be meant, which is reported."""
        cells = {part: (column, record.get(column)) for part, column in self._columns.items()}
        label = parse.text(record.get(self._columns.get("label", "")))
        several = record.get(self._columns.get("several", ""))
        classes = tuple(dict.fromkeys((parse.names(several) if several is not None else ()) or [label]))
        mark = None
        if any(parse.text(cells[end][1]) for end in ("onset", "offset") if end in cells):
            mark = segment(cells, f"{self.path}:{line}", self.report)
            if mark is None:
                return None
        return _Line(line, record, mark, label, tuple(filter(None, classes)))

    def _row(self, path: str, lines: list[_Line], meaning: table.Meaning) -> Row:
        first = lines[0]
        known = meaning.fields(first.record, first.here, self.report)
        known["extra"] |= {
            name: json.dumps(cell) for name in DETECTIONS if (cell := _list(first.record.get(name)))
        }
        if "rating" not in known and str(first.record.get("quality")) in _RATINGS:
            known["rating"] = _RATINGS[str(first.record["quality"])]
        secondary = known.pop("secondary_labels", ())
        is_whole = len(lines) == 1 and _is_whole(first.mark, self.files.part(self.path))
        if not is_whole and any(each.mark for each in lines):
            # Of events none is the label of the recording.
            known["annotations"] = self._events(lines)
            return _made(path, "", (), known)
        given = _annotations(first.record.get("annotations"))
        if given is not None:
            known["annotations"] = given
        elif first.mark is not None and not first.classes:
            known["annotations"] = ()  # a clip in which somebody listened, and heard nothing of the classes
        heard = tuple(dict.fromkeys(name for each in lines for name in each.classes))
        label = first.label if first.label in heard or not heard else heard[0]
        others = dict.fromkeys((*heard, *secondary))
        return _made(path, label, tuple(name for name in others if name != label), known)

    def _events(self, lines: list[_Line]) -> tuple[Segment, ...]:
        events: dict[Segment, None] = {}
        for each in lines:
            if each.mark is not None:
                events |= dict.fromkeys(replace(each.mark, label=name) for name in each.classes)
            elif each.classes:
                words = "it has a label and no times, where other rows of the recording have times"
                self.report(Problem("bad-row", f"{self.path}:{each.here}", words))
        return tuple(sorted(events, key=lambda mark: (mark.onset, mark.offset, mark.label)))


def _columns(columns: list[str], label_column: str | None) -> dict[str, str]:
    """Find the columns of a mark, and of what is heard."""
    wanted = {**_ENDS, **OTHERS, "label": _LABELS, "several": _MULTILABEL}
    found = {part: table.find(columns, names) for part, names in wanted.items()}
    if label_column is not None:
        found |= {"label": label_column, "several": None}
    return {part: column for part, column in found.items() if column is not None}


def _made(path: str, label: str, others: tuple[str, ...], known: dict[str, Any]) -> Row:
    archive, recording_id = origin(path) or ("local", "")
    known.setdefault("archive", archive)
    if ":" not in known.get("recording_id", ""):
        known["recording_id"] = recording_id if known["archive"] == archive else ""
    return Row(path=path, label=label, secondary_labels=others, **known)


def _is_whole(mark: Segment | None, part: str) -> bool:
    """Whether a mark is all of a clip: the name of the part says how long its clips are.

    Its seconds are then those of the clip, or of what it was cut from.
    """
    named = re.search(r"_(\d+)s$", part)
    return mark is not None and named is not None and abs(mark.duration - float(named[1])) <= _CLOSE


def _annotations(cell: object) -> tuple[Segment, ...] | None:
    """Read annotations as an AudioFolder of ours has them."""
    if not isinstance(cell, list):
        return None
    names = ("onset", "offset", "label", "score", "low_freq", "high_freq")
    return tuple(
        Segment(*(each.get(name) for name in names), note=parse.text(each.get("note")))  # type: ignore[arg-type,misc]
        for each in cell
        if isinstance(each, dict) and {"onset", "offset", "label"} <= each.keys()
    )


def _list(cell: object) -> list[object]:
    """Read a list, also where a text spells it; empty where it is none."""
    if isinstance(cell, str):
        try:
            cell = ast.literal_eval(cell)
        except (ValueError, SyntaxError, MemoryError, RecursionError):
            return []
    return cell if isinstance(cell, list) else []
