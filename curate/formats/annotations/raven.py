"""Raven selection tables, in and out: a row per selection, with tabs between the cells.

A table may speak of one recording, which then bears its name (``XC1.Table.1.selections.txt``),
or of many. In a table of many, Begin and End Time run on over the whole list of files. Only
``File Offset (s)`` is a time in the file itself. Raven writes a selection once for every view.
The waveform's row says no more than the spectrogram's, and is passed over. BirdNET's
selection tables read the same.
"""

from __future__ import annotations

import itertools
import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from curate.errors import FormatError, UsageError
from curate.formats import Report, parse
from curate.formats.annotations.annotation_table import labels_in, tell_unlabelled
from curate.formats.annotations.annotations import Gathered, marks
from curate.formats.annotations.identifications import hears_nothing, tell_nothing_heard
from curate.formats.annotations.selections import (
    BEGIN,
    END,
    FILES,
    HIGH,
    LOW,
    OFFSET,
    Record,
    SelectionTable,
    tables_in,
)
from curate.formats.files.audio_paths import Finder
from curate.formats.files.layout import LAYOUTS, unquoted_cell
from curate.formats.files.output import text_file
from curate.formats.files.unique_names import by_recording
from curate.formats.tables.blanks import Blanks, survey_together
from curate.formats.tables.segments import in_hertz, segment
from curate.formats.tables.table import tell_repeated, tell_unused
from curate.formats.tables.verdicts import Verdicts
from curate.model import Problem, Row, Segment

_OWN_NAME = re.compile(
    r"(\.Table\.\d+)?(\.selections?|\.BirdNET|\.selection|\.table|\.results)*\.(txt|tsv|csv)$", re.IGNORECASE
)

#: How the table of one recording ends.
_ENDING = LAYOUTS["raven"].ending


def read(
    path: Path,
    *,
    report: Report,
    label_column: str | None = None,
    path_column: str | None = None,
    audio_folder: Path | None = None,
) -> Iterator[Row]:
    """Read one table, or all selection tables below a folder: a row per recording, with annotations.

    In a folder a table that cannot be used is reported, and the others are read.

    Raises
    ------
    FormatError
        If the file is no selection table, has no such columns, or speaks of several recordings
        without saying where in each.
    """
    finder = Finder(path, audio_folder)
    found = [path] if not path.is_dir() else tables_in(path)
    if not found:
        raise FormatError(
            f"selection tables are missing in {path}",
            hint=f"expected files ending in .txt with a column {BEGIN}",
        )
    sheets = []
    for table in found:
        try:
            sheets.append(SelectionTable.open(table, label_column, path_column))
        except FormatError as error:
            if len(found) == 1:
                raise
            words = f"{error.message}; {error.hint}" if error.hint else error.message
            report(Problem("unusable", str(table), words))
    if not sheets:
        raise FormatError(f"all {len(found)} selection tables in {path} are damaged")
    for sheet in sheets:
        tell_repeated(sheet.path, sheet.columns, report)
        tell_unused(sheet.path, sheet.taken(), report)
        if not sheet.label_in:
            tell_unlabelled(sheet.path, sheet.columns, report)
    return _rows(sheets, path, finder, report)


def taken(path: Path, *, label_column: str | None = None, path_column: str | None = None) -> dict[str, str]:
    """Say what each column of a selection table is taken for, or empty where it is not used."""
    return SelectionTable.open(path, label_column, path_column).taken()


def _rows(sheets: Sequence[SelectionTable], folder: Path, finder: Finder, report: Report) -> Iterator[Row]:
    by_producer: dict[str, list[SelectionTable]] = {}
    for sheet in sheets:
        by_producer.setdefault(sheet.producer, []).append(sheet)
    for producer in sorted(by_producer, key=bool):  # people first: what they say labels
        tables = by_producer[producer]
        gathered = Gathered(finder, report, producer=producer)
        place = tables[0].path if len(tables) == 1 else folder
        columns = [(each.selections, each.label_in, [each.low, each.high, each.score_in]) for each in tables]
        blanks = survey_together(place, columns, report)
        for sheet in tables:
            _gather(sheet, gathered, blanks, report)
        yield from gathered.rows()


def _gather(sheet: SelectionTable, gathered: Gathered, blanks: Blanks, report: Report) -> None:
    stem = _OWN_NAME.sub("", sheet.path.name)
    folder = os.path.dirname(os.path.abspath(sheet.path))
    beside, near = (None, folder) if sheet.file_in else (folder, None)
    hertz: Callable[[object], object] = in_hertz if sheet.in_kilohertz else lambda cell: cell
    if not sheet.file_in:
        gathered.place(stem, str(sheet.path), beside=beside)
    is_empty, silent = True, 0
    several: bool | None = None
    later, verdicts = _Later(sheet), Verdicts(sheet.columns, [sheet.label_in, sheet.note_in])
    for line, record in sheet.selections(report):
        is_empty = False
        here = f"{sheet.path}:{line}"
        name = record[sheet.file_in] if sheet.file_in else stem
        place = gathered.place(name, here, beside=beside, near=near)
        if place is None or verdicts.rejects(record):
            continue
        if sheet.offset and not record[sheet.offset].strip():
            several = sheet.names_several() if several is None else several
            if several:
                words = f"expected seconds, as {sheet.begin} counts over all files, found ''"
                report(Problem("bad-row", here, f"column {sheet.offset}: {words}"))
                continue
        onset_in = sheet.offset if record.get(sheet.offset) else sheet.begin
        parts = {
            "onset": (onset_in, record[onset_in]),
            "offset": _end(record, sheet),
            "label": (sheet.label_in, blanks.cell(record, sheet.label_in)),
            "low_freq": (sheet.low, hertz(record.get(sheet.low))),
            "high_freq": (sheet.high, hertz(record.get(sheet.high))),
            "score": (sheet.score_in, record.get(sheet.score_in)),
            "note": (sheet.note_in, record.get(sheet.note_in)),
        }
        found = segment(parts, here, report)
        if found is None:
            continue
        if sheet.producer and hears_nothing(found.label):
            silent += 1
            continue
        marks_here = [replace(found, label=label) for label in labels_in(found.label)]
        for mark in marks_here:
            gathered.put(place, mark)
        later.note(record, here, place, marks_here)
    later.put(gathered, near, report)
    tell_nothing_heard(sheet.path, silent, report)
    verdicts.tell(sheet.path, report)
    if is_empty:
        gathered.none_in(stem, folder)


class _Later:
    """Selections of a table of many files that end in a later file than the one in which they begin.

    Its times run on, so a selection of another file tells where that file begins.
    """

    def __init__(self, sheet: SelectionTable) -> None:
        self._sheet = sheet
        self._starts: dict[str, tuple[float, tuple[str, str]]] = {}
        self._last: dict[str, float] = {}  # where the last selection of each file begins
        self._found: list[tuple[str, str, float, float, Sequence[Segment]]] = []

    def note(self, record: Record, here: str, place: tuple[str, str], found: Sequence[Segment]) -> None:
        """Note where a file begins on the time line, and what ends in a later one."""
        sheet = self._sheet
        if not sheet.offset or not sheet.end_file_in or not record[sheet.offset]:
            return
        names = (sheet.begin, sheet.end, sheet.offset)
        try:
            begin, end, offset = (parse.seconds(record[name]) for name in names)
        except ValueError:
            return  # which is told where the mark is read
        if begin is None or end is None or offset is None:
            return
        self._starts.setdefault(place[0], (begin - offset, place))
        self._last[place[0]] = max(begin, self._last.get(place[0], begin))
        if name := sheet.later_file(record):
            self._found.append((name, here, begin, end, found))

    def put(self, gathered: Gathered, near: str | None, report: Report) -> None:
        """Mark the rest of each in the later files, or report it."""
        files = sorted(self._starts.values())
        # Tables of two lists of files that were joined have two time lines.
        is_one_line = all(
            self._last[path] < following for (_, (path, _)), (following, _) in itertools.pairwise(files)
        )
        for name, here, begin, end, found in self._found:
            last = gathered.place(name, here, near=near)
            later = [each for each in files if is_one_line and begin < each[0] < end]
            for start, place in later:
                for mark in found:
                    gathered.put(place, replace(mark, onset=0.0, offset=round(end - start, 6)))
            if last is None or last[0] not in [path for _, (path, _) in later]:
                words = f"it ends in {name}: that part is left out, as nothing tells where that file begins"
                report(Problem("left-out", here, parse.printable(words)))


def _end(record: Record, sheet: SelectionTable) -> tuple[str, object]:
    """End within the file, with its column: where only the start is given there, the length leads from it."""
    if not record.get(sheet.offset):
        return sheet.end, record[sheet.end]
    times = []
    for name in (sheet.begin, sheet.end, sheet.offset):
        try:
            times.append(parse.seconds(record[name]))
        except ValueError:
            return name, record[name]  # and it is told where the mark is read
    begin, end, offset = times
    if begin is None or end is None or offset is None:
        return sheet.end, None
    return sheet.end, round(offset + (end - begin), 6)


def write(
    rows: Iterable[Row], out: Path, *, label_column: str = "Annotation", file_offset: bool = True
) -> int:
    """Write one table for all recordings, or a folder with one for each.

    Parameters
    ----------
    out
        A file if it ends in ``.txt`` or ``.tsv``, else a folder.
    label_column
        What the column of the label is called.
    file_offset
        Whether there is a column of times in each file. In a table of one recording they say the
        same as Begin Time, and who changes that by hand would have to change both.

    Returns
    -------
    Number of selections.
    """
    if label_column in (BEGIN, END, LOW, HIGH, OFFSET, *FILES):
        raise UsageError(f"choose another column for the label than Raven's own '{label_column}'")
    if not out.is_dir():
        with text_file(out) as handle:
            handle.write(_cells(_head(label_column), file_offset))
            return sum(handle.write(_cells(line, file_offset)) > 0 for line in _lines(rows))
    count = 0
    for stem, each in by_recording(rows, _ENDING):
        with text_file(out / f"{stem}{_ENDING}") as handle:
            handle.write(_cells(_head(label_column), file_offset))
            count += sum(handle.write(_cells(line, file_offset)) > 0 for line in _lines(each))
    return count


def _head(label_column: str) -> str:
    columns = (
        "Selection",
        "View",
        "Channel",
        BEGIN,
        END,
        LOW,
        HIGH,
        label_column,
        "Score",
        *reversed(FILES),
        OFFSET,
    )
    return "\t".join(columns) + "\n"


def _cells(line: str, file_offset: bool) -> str:
    """Leave the last column out where it is not wanted."""
    return line if file_offset else line.rpartition("\t")[0] + "\n"


def _lines(rows: Iterable[Row]) -> Iterator[str]:
    before, last, number = 0.0, None, 0
    for row in rows:
        if last is not None and row.path != last.path:
            before += last.file_duration
        last = row
        name, path = _plain(os.path.basename(row.path)), _plain(row.path)
        for mark in marks(row):
            number += 1
            low, high = _band(mark, row.sr)
            score = "" if mark.score is None else repr(mark.score)
            times = f"{before + mark.onset:.6f}\t{before + mark.offset:.6f}"
            yield (
                f"{number}\tSpectrogram 1\t1\t{times}\t{low}\t{high}\t"
                f"{unquoted_cell(mark.label)}\t{score}\t{name}\t{path}\t{mark.onset:.6f}\n"
            )


def _band(mark: Segment, sr: int) -> tuple[float, float]:
    """Raven knows no selection without a band: where none was marked it is all of it."""
    low = 0.0 if mark.low_freq is None else mark.low_freq
    return low, sr / 2 if mark.high_freq is None else mark.high_freq


def _plain(text: str) -> str:
    return re.sub(r"[\t\r\n]", " ", text)
