"""Raven selection tables: tab between the cells, a row per selection.

A table may speak of one recording, which then bears its name (``XC1.Table.1.selections.txt``),
or of many. In a table of many, Begin and End Time run on over the whole list of files. Only
``File Offset (s)`` is a time in the file itself. Raven writes a selection once for every view.
The waveform's row says no more than the spectrogram's, and is passed over. BirdNET's
selection tables read the same.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from curate.errors import FormatError, UsageError
from curate.formats import Report
from curate.formats.annotations.annotation_table import labels_in, tell_unlabelled
from curate.formats.annotations.annotations import Gathered, marks
from curate.formats.files.audio_paths import Finder
from curate.formats.files.layout import LAYOUTS, one_cell
from curate.formats.files.output import text_file
from curate.formats.files.unique_names import by_recording
from curate.formats.tables.blanks import Blanks, survey_together
from curate.formats.tables.csv import open_text
from curate.formats.tables.segments import segment
from curate.formats.tables.table import LABEL, PATH, choose, find, tell_unused
from curate.model import Problem, Row, Segment

BEGIN, END, OFFSET = "Begin Time (s)", "End Time (s)", "File Offset (s)"
LOW, HIGH = "Low Freq (Hz)", "High Freq (Hz)"

#: Columns that may hold the label (Raven's users name their own), the likeliest first.
LABELS = (
    "Annotation", "Annotations", "Label", "Species", "Species Name", "Common Name", "Scientific Name",
    "Species Code", "Code", "Class", "Call Type", "Sound Type", "Call", "Type", "Tag", "Tags", "Notes",
)  # fmt: skip

#: Columns that may name the recording.
FILES = ("Begin Path", "Begin File")

_NOTES = ("Notes", "Comments", "Comment", "Remarks")
_SCORES = ("Score", "Confidence")
_OWN_NAME = re.compile(
    r"(\.Table\.\d+)?(\.selections?|\.BirdNET|\.selection|\.table|\.results)*\.(txt|tsv)$", re.IGNORECASE
)

#: How the table of one recording ends.
_ENDING = LAYOUTS["raven"].ending

#: Columns by which a table of BirdNET-Analyzer is known, and how it is called as a producer.
_BIRDNET = ("Species Code", "Common Name", "Confidence")
BIRDNET = "birdnet-analyzer"

#: Characters that a header has at most; a text may be one line of any length.
_HEADER = 100_000

#: Columns that Raven writes and that say nothing of a recording.
_OF_RAVEN = ("Selection", "View", "Channel", "Begin Path", "Begin File", "File Offset (s)", "Delta Time (s)")

_Record = Mapping[str, str]


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
    asked = label_column, path_column
    sheets = []
    for table in found:
        try:
            sheets.append(_Table.open(table, label_column, path_column))
        except FormatError as error:
            if len(found) == 1:
                raise
            words = f"{error.message}; {error.hint}" if error.hint else error.message
            report(Problem("unusable", str(table), words))
    if not sheets:
        raise FormatError(f"all {len(found)} selection tables in {path} are damaged")
    for sheet in sheets:
        tell_unused(sheet.path, taken(sheet.path, label_column=asked[0], path_column=asked[1]), report)
        if not sheet.label_in:
            tell_unlabelled(sheet.path, sheet.columns, report)
    return _rows(sheets, path, finder, report)


def taken(path: Path, *, label_column: str | None = None, path_column: str | None = None) -> dict[str, str]:
    """Say what each column of a selection table is taken for, or empty where it is not used."""
    sheet = _Table.open(path, label_column, path_column)
    known = {
        sheet.begin: "onset", sheet.end: "offset", sheet.offset: "onset in the file", sheet.low: "low_freq",
        sheet.high: "high_freq", sheet.score_in: "score", sheet.note_in: "note", sheet.file_in: PATH,
        sheet.label_in: LABEL,
    }  # fmt: skip
    own = [column for name in _OF_RAVEN if (column := find(sheet.columns, [name]))]
    known |= {column: "Raven's own" for column in own if column not in known}
    return {column: known.get(column, "") for column in sheet.columns}


def is_table(path: Path) -> bool:
    """Whether a file begins as a selection table does."""
    try:
        with open_text(path) as handle:
            return find(handle.readline(_HEADER).split("\t"), [BEGIN]) is not None
    except FormatError:
        return False


def tables_in(folder: Path) -> list[Path]:
    """List the selection tables below a folder."""
    found = []
    for parent, folders, files in os.walk(folder):
        folders.sort()
        for name in sorted(files):
            path = Path(parent, name)
            if name.lower().endswith((".txt", ".tsv")) and is_table(path):
                found.append(path)
    return found


@dataclass(frozen=True, slots=True)
class _Table:
    """A selection table whose header has been read: its columns, and which holds what; empty for none."""

    path: Path
    columns: list[str]
    begin: str
    end: str
    offset: str
    low: str
    high: str
    label_in: str
    file_in: str
    score_in: str
    note_in: str

    @classmethod
    def open(cls, path: Path, label_column: str | None, path_column: str | None) -> _Table:
        with open_text(path) as handle:
            columns = [name.strip() for name in handle.readline().rstrip("\r\n").split("\t")]
        missing = [name for name in (BEGIN, END) if find(columns, [name]) is None]
        if missing:
            raise FormatError(
                f"{path} is no selection table of Raven: it lacks the column "
                f"{' and the column '.join(missing)}",
                hint=f"columns there: {', '.join(columns)}",
            )

        def column(names: Sequence[str], asked: str | None = None) -> str:
            return choose(columns, names, asked, path) or ""

        label_in, note_in = column(LABELS, label_column), column(_NOTES)
        sheet = cls(
            path,
            columns,
            begin=column([BEGIN]),
            end=column([END]),
            offset=column([OFFSET]),
            low=column([LOW]),
            high=column([HIGH]),
            label_in=label_in,
            file_in=column(FILES, path_column),
            score_in=column(_SCORES),
            note_in=note_in if note_in != label_in else "",
        )
        sheet.check()
        return sheet

    @property
    def producer(self) -> str:
        """The program that found what is in the table; empty for people."""
        return BIRDNET if all(find(self.columns, [name]) for name in _BIRDNET) else ""

    def check(self) -> None:
        """Refuse a table of several recordings that does not say where in each.

        Raises
        ------
        FormatError
            Names the row.
        """
        if not self.file_in or self.offset:
            return
        first = None
        for line, record in self.selections(lambda _: None):
            first = first or record[self.file_in]
            if record[self.file_in] != first:
                raise FormatError(
                    f"{self.path}:{line}: the table names several recordings but lacks the column {OFFSET}",
                    hint=f"its {BEGIN} counts over all files. Show that column in Raven, and save again",
                )

    def selections(self, report: Report) -> Iterator[tuple[int, _Record]]:
        """Read the rows, one for each selection."""
        kept: dict[tuple[str, ...], tuple[int, _Record]] = {}
        number_in, view_in = (find(self.columns, [name]) for name in ("Selection", "View"))
        files = [column for name in FILES if (column := find(self.columns, [name]))]
        with open_text(self.path) as handle:
            next(handle)
            for number, line in enumerate(handle, start=2):
                found = line.rstrip("\r\n").split("\t")
                if not line.strip():
                    continue
                if len(found) > len(self.columns) and any(found[len(self.columns) :]):
                    reason = f"{len(found)} cells for {len(self.columns)} columns"
                    report(Problem("bad-row", f"{self.path}:{number}", reason))
                    continue
                record = dict(zip(self.columns, found + [""] * len(self.columns), strict=False))
                key: tuple[str, ...] = (str(number),)
                if number_in is not None:
                    key = tuple(record[name] for name in (number_in, self.begin, self.end, *files))
                if key not in kept or (view_in and kept[key][1][view_in].startswith("Waveform")):
                    kept[key] = number, record
        yield from kept.values()


def _rows(sheets: Sequence[_Table], folder: Path, finder: Finder, report: Report) -> Iterator[Row]:
    by_producer: dict[str, list[_Table]] = {}
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


def _gather(sheet: _Table, gathered: Gathered, blanks: Blanks, report: Report) -> None:
    stem = _OWN_NAME.sub("", sheet.path.name)
    folder = os.path.dirname(os.path.abspath(sheet.path))
    beside = None if sheet.file_in else folder
    if not sheet.file_in:
        gathered.place(stem, str(sheet.path), beside=beside)
    is_empty = True
    for line, record in sheet.selections(report):
        is_empty = False
        here = f"{sheet.path}:{line}"
        place = gathered.place(record[sheet.file_in] if sheet.file_in else stem, here, beside=beside)
        if place is None:
            continue
        onset_in = sheet.offset if record.get(sheet.offset) else sheet.begin
        parts = {
            "onset": (onset_in, record[onset_in]),
            "offset": (sheet.end, _end(record, sheet)),
            "label": (sheet.label_in, blanks.cell(record, sheet.label_in)),
            "low_freq": (sheet.low, record.get(sheet.low)),
            "high_freq": (sheet.high, record.get(sheet.high)),
            "score": (sheet.score_in, record.get(sheet.score_in)),
            "note": (sheet.note_in, record.get(sheet.note_in)),
        }
        found = segment(parts, here, report)
        for label in labels_in(found.label) if found is not None else ():
            assert found is not None
            gathered.put(place, replace(found, label=label))
    if is_empty:
        gathered.none_in(stem, folder)


def _end(record: _Record, sheet: _Table) -> object:
    """End within the file: where only the start is given there, the length leads from it."""
    if not record.get(sheet.offset):
        return record[sheet.end]
    try:
        cells = (record[name] for name in (sheet.begin, sheet.end, sheet.offset))
        begin, end, offset = (float(cell.replace(",", ".")) for cell in cells)
    except ValueError:
        return record[sheet.end]  # which of the three is no number is told where they are read
    return round(offset + (end - begin), 6)


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
                f"{one_cell(mark.label)}\t{score}\t{name}\t{path}\t{mark.onset:.6f}\n"
            )


def _band(mark: Segment, sr: int) -> tuple[float, float]:
    """Raven knows no selection without a band: where none was marked it is all of it."""
    low = 0.0 if mark.low_freq is None else mark.low_freq
    return low, sr / 2 if mark.high_freq is None else mark.high_freq


def _plain(text: str) -> str:
    return re.sub(r"[\t\r\n]", " ", text)
