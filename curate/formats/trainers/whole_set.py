"""A whole set in its folder: recordings with the labels, events and clips that its tables tell of.

A set has tables of recordings, of events in long recordings, and of clips that were cut from these.
Its lists are as BirdSet has them (https://huggingface.co/datasets/DBD-research-group/BirdSet). Files
are found by name, those of the table's own part first.
"""

from __future__ import annotations

import ast
import json
import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from pathlib import Path
from typing import Any

from curate.errors import FormatError
from curate.formats import Reader, Report, parse
from curate.formats.annotations import audacity, detections, raven, selections
from curate.formats.annotations.annotation_table import OTHERS
from curate.formats.annotations.annotations import with_annotations
from curate.formats.files.audio_paths import FileMatch
from curate.formats.files.claims import NameClaim, meant
from curate.formats.files.folder_rows import refuse_columns
from curate.formats.files.origins import origin
from curate.formats.files.set_parts import part_of
from curate.formats.files.walk import ending_of
from curate.formats.tables import table
from curate.formats.tables.blanks import Blanks, survey
from curate.formats.tables.recording_rows import annotations_in
from curate.formats.tables.segments import segment
from curate.formats.trainers.set_tables import (
    LABELS,
    MULTILABEL,
    Record,
    SetFiles,
    is_ours,
    name_in,
    names_any,
    records,
    tables_of,
)
from curate.model import Problem, Row, Segment

_ENDS = {
    "onset": (*table.TIMES["onset"], "start_time_(s)"),
    "offset": (*table.TIMES["offset"], "end_time_(s)"),
}

#: What a detector found, kept as text until it becomes a layer.
DETECTIONS = ("detected_events", "event_cluster")

#: What sets call columns of ours.
_OUR_NAMES = {"call_type": "sound_type", "local_time": "time", "microphone": "device"}

#: Ratings of Xeno-canto.
_RATINGS = {"A": 5.0, "B": 4.0, "C": 3.0, "D": 2.0, "E": 1.0}

#: Seconds by which a stretch that is the whole file may differ from it.
_CLOSE = 0.1


def read(
    path: Path,
    *,
    report: Report,
    label_column: str | None = None,
    path_column: str | None = None,
    audio_folder: Path | None = None,
) -> Iterator[Row]:
    """Read the recordings of a set that its tables name. Reports those that none of them names.

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
    files = SetFiles(path)
    tables = tables_of(path)
    read_by = {each: reader for each in tables if (reader := _reader_of(each)) is not None}
    tracks = audacity.tracks_in(path)
    named: set[str] = set()
    marked = [audacity.read_tracks(tracks, path, report=report)]
    for each, reader in read_by.items():
        try:
            marked.append(reader(each, report=report, audio_folder=path))
        except FormatError as error:
            report(Problem("unusable", str(each), error.message))
    rows = _labelled([each for each in tables if each not in read_by], files, report, label_column)
    for row in with_annotations(rows, chain.from_iterable(marked)):
        named.add(row.path)
        yield row
    for unnamed in files.paths:
        if unnamed not in named:
            report(Problem("file-without-row", unnamed, "the tables of the set leave it out"))
    read_as = {os.path.abspath(each) for each in (*tables, *tracks)}
    for other in files.others:
        if other not in read_as:
            report(Problem("passed-over", other, ending_of(other)))


def _reader_of(path: Path) -> Reader | None:
    """Choose who reads a table that is known by itself: Raven's, and those of detectors."""
    if selections.is_table(path):
        return raven.read
    return detections.read if detections.is_table(path) else None


def _labelled(
    tables: Iterable[Path], files: SetFiles, report: Report, label_column: str | None
) -> Iterator[Row]:
    """Read the tables that say what is heard in the recordings."""
    for each in tables:
        if is_ours(each):
            report(Problem("unused-file", str(each), f"it is a manifest: curate import {each} reads it"))
        elif not names_any(each, files):
            report(
                Problem("unused-file", str(each), "it is a table, and leaves out every recording of the set")
            )
        else:
            yield from _SetTable(each, files, report, label_column).rows()


def tables_in(folder: Path) -> list[Path]:
    """List the tables of a set that name recordings which lie in it."""
    files = SetFiles(folder)
    return [path for path in tables_of(folder) if not is_ours(path) and names_any(path, files)]


@dataclass(slots=True)
class _Line:
    """A row of a table: its place, its cells, the stretch that it marks, and what is heard."""

    here: int
    record: Record
    mark: Segment | None
    label: str
    classes: tuple[str, ...]


@dataclass(slots=True)
class _Named(NameClaim):
    """What a table says of a recording under one of its names."""

    lines: list[_Line] = field(default_factory=list)


@dataclass(slots=True)
class _SetTable:
    """One table of a set."""

    path: Path
    files: SetFiles
    report: Report
    label_column: str | None = None
    _columns: dict[str, str] = field(default_factory=dict)
    _blanks: Blanks = field(default_factory=Blanks)
    _found: dict[str, dict[str, _Named]] = field(default_factory=dict)

    def rows(self) -> Iterator[Row]:
        """Read it: a row for each recording, with what is marked in it."""
        meaning = None
        for line, record in self._records(self.report):
            if meaning is None:
                columns = list(record)
                self._columns = _columns(columns, self.label_column)
                self._blanks = self._survey(columns)
                meaning = table.Meaning(columns, self.path, self._blanks)
            self._place(line, record)
        for path, names in self._found.items():
            assert meaning is not None
            claims = meant(path, list(names.values()), self.report)
            lines = sorted((line for named in claims for line in named.lines), key=lambda each: each.here)
            if lines:
                yield self._row(path, lines, meaning)

    def _records(self, report: Report) -> Iterator[tuple[int, Record]]:
        """Give the rows, with our names for the columns of sets."""
        for line, record in records(self.path, report):
            yield line, {_OUR_NAMES.get(column.lower(), column): cell for column, cell in record.items()}

    def _survey(self, columns: list[str]) -> Blanks:
        """Find the words for an empty cell among the classes."""
        known = table.fields_in(columns)
        said = [self._columns[part] for part in ("label", "several") if part in self._columns]
        coded = dict.fromkeys([*said, *(column for column, what in known.items() if what in table.CODED)])
        names = ("scientific_name", "common_name")
        return survey(
            self.path,
            self._records,
            coded=list(coded),
            plain=[column for column in known if column not in coded],
            typed=[column for column, what in known.items() if what in table.TYPED and column not in coded],
            names=[column for column, what in known.items() if what in names and column not in coded],
            report=self.report,
            parted=[column for column in coded if column != self._columns.get("label")],
        )

    def _place(self, line: int, record: Record) -> None:
        here = f"{self.path}:{line}"
        name = name_in(record, self.path)
        match = self.files.find(name, self.path) if name else FileMatch()
        if match.path is None and match.several:
            found = " or ".join(match.several[:3])
            self.report(Problem("bad-row", here, f"'{name}' may be {found}"))
        elif match.path is None:
            self.report(Problem("row-without-file", name or here, f"named in {here}"))
        else:
            read = self._line(line, record)
            if read is not None:
                names = self._found.setdefault(match.path, {})
                names.setdefault(name, _Named(match, here, name)).lines.append(read)

    def _line(self, line: int, record: Record) -> _Line | None:
        """Read a row; None for one that marks what cannot be meant, which is reported."""
        cells = {part: (column, record.get(column)) for part, column in self._columns.items()}
        here = f"{self.path}:{line}"
        label, *others = self._names(self._columns.get("label"), parse.labels, record, here) or [""]
        classes = self._names(self._columns.get("several"), parse.names, record, here) or (label, *others)
        mark = None
        if any(not parse.is_nothing(cells[end][1]) for end in ("onset", "offset") if end in cells):
            mark = segment(cells, here, self.report)
            if mark is None:
                return None
        return _Line(line, record, mark, label, tuple(dict.fromkeys(filter(None, classes))))

    def _names(
        self, column: str | None, read: Callable[[object], Sequence[str]], record: Record, here: str
    ) -> Sequence[str]:
        """Read the classes in a cell, without words for none; one that cannot be read is reported."""
        try:
            return read(self._blanks.cell(record, column))
        except ValueError as error:
            self.report(Problem("bad-row", here, f"column {column}: {error}"))
            return ()

    def _row(self, path: str, lines: list[_Line], meaning: table.Meaning) -> Row:
        first = lines[0]
        known = meaning.fields(first.record, first.here, self.report)
        known["extra"] |= {
            name: json.dumps(cell) for name in DETECTIONS if (cell := _list(first.record.get(name)))
        }
        if "rating" not in known and str(first.record.get("quality")) in _RATINGS:
            known["rating"] = _RATINGS[str(first.record["quality"])]
        part = self._part(first.record)
        if part and not part_of(os.path.dirname(path)[len(self.files.folder) :]):
            known["extra"]["split"] = part
        secondary = known.pop("secondary_labels", ())
        is_whole = len(lines) == 1 and _is_whole(first.mark, self.files.part(self.path))
        if not is_whole and any(each.mark for each in lines):
            # Of events none is the label of the recording.
            known["annotations"] = self._events(lines)
            return _made(path, "", (), known)
        given = annotations_in(first.record.get("annotations"), f"{self.path}:{first.here}", self.report)
        if given is not None:
            known["annotations"] = given
        elif first.mark is not None and not first.classes:
            known["annotations"] = ()  # a clip in which somebody listened, and heard nothing of the classes
        heard = tuple(dict.fromkeys(name for each in lines for name in each.classes))
        label = first.label if first.label in heard or not heard else heard[0]
        others = dict.fromkeys((*heard, *secondary))
        return _made(path, label, tuple(name for name in others if name != label), known)

    def _part(self, record: Record) -> str:
        """Name the part of the set that a row or its table speaks of."""
        column = table.find(record, ("split", "subset", "partition"))
        return part_of(parse.known(record.get(column))) if column else self.files.part(self.path)

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
    wanted = {**_ENDS, **OTHERS, "label": LABELS, "several": MULTILABEL}
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


def _list(cell: object) -> list[object]:
    """Read a list, also where a text spells it; empty where it is none."""
    if isinstance(cell, str):
        try:
            cell = ast.literal_eval(cell)
        except (ValueError, SyntaxError, MemoryError, RecursionError):
            return []
    return cell if isinstance(cell, list) else []
