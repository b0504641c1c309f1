"""Raven selection tables: tab between the cells, a row per selection.

A table may speak of one recording, which then bears its name (``XC1.Table.1.selections.txt``),
or of many. In a table of many, Begin and End Time run on over the whole list of files and only
``File Offset (s)`` is a time in the file itself. Raven writes a selection once for every view;
the waveform's row says nothing more than the spectrogram's and is passed over. BirdNET's
selection tables read the same.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from curate.errors import FormatError, UsageError
from curate.formats import Report
from curate.formats.annotations.annotations import Gathered, marks
from curate.formats.files.audio_paths import Finder
from curate.formats.files.origins import audio_name
from curate.formats.files.output import text_file
from curate.formats.tables.csv import open_text
from curate.lookup import suggestion
from curate.model import Problem, Row, Segment

BEGIN, END, OFFSET = "Begin Time (s)", "End Time (s)", "File Offset (s)"
LOW, HIGH = "Low Freq (Hz)", "High Freq (Hz)"

#: Columns that may hold the label (Raven's users name their own), the likeliest first.
LABELS = ("Annotation", "Label", "Species", "Common Name", "Species Code", "Tags", "Notes")

#: Columns that may name the recording.
FILES = ("Begin Path", "Begin File")

_SCORES = ("Score", "Confidence")
_OWN_NAME = re.compile(
    r"(\.Table\.\d+)?(\.selections?|\.BirdNET|\.selection|\.table|\.results)*\.(txt|tsv)$", re.IGNORECASE
)

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

    Raises
    ------
    FormatError
        If the file is no selection table, has no such columns, or speaks of several recordings
        without saying where in each.
    """
    finder = Finder(path, audio_folder)
    found = [path] if not path.is_dir() else [Path(each) for each in _tables(path)]
    if not found:
        raise FormatError(
            f"no selection tables in {path}", hint=f"expected files ending in .txt with a column {BEGIN}"
        )
    headers = {table: _header(table, label_column, path_column) for table in found}
    return _rows(headers, Gathered(finder, report), report, asked=(label_column, path_column))


def is_table(path: Path) -> bool:
    """Whether a file begins as a selection table does."""
    with open_text(path) as handle:
        return BEGIN in handle.readline().split("\t")


def _tables(folder: Path) -> Iterator[str]:
    for parent, folders, files in os.walk(folder):
        folders.sort()
        for name in sorted(files):
            path = os.path.join(parent, name)
            if name.lower().endswith((".txt", ".tsv")) and is_table(Path(path)):
                yield path


def _header(table: Path, label_column: str | None, path_column: str | None) -> list[str]:
    with open_text(table) as handle:
        columns = [name.strip() for name in handle.readline().rstrip("\r\n").split("\t")]
    missing = [name for name in (BEGIN, END) if name not in columns]
    if missing:
        raise FormatError(
            f"{table} is no selection table of Raven: it has no column {' and no column '.join(missing)}",
            hint=f"columns there: {', '.join(columns)}",
        )
    for asked in (label_column, path_column):
        if asked is not None and asked not in columns:
            raise FormatError(f"{table} has no column '{asked}'", hint=suggestion(asked, columns))
    return columns


def _rows(
    headers: Mapping[Path, list[str]],
    gathered: Gathered,
    report: Report,
    *,
    asked: tuple[str | None, str | None],
) -> Iterator[Row]:
    asked_label, asked_path = asked
    for table, columns in headers.items():
        label_in = asked_label or next((name for name in LABELS if name in columns), "")
        file_in = asked_path or next((name for name in FILES if name in columns), "")
        score_in = next((name for name in _SCORES if name in columns), "")
        stem = _OWN_NAME.sub("", table.name)
        folder = os.path.dirname(os.path.abspath(table))
        beside = None if file_in else folder
        if not file_in:
            gathered.place(stem, str(table), beside=beside)
        names: set[str] = set()
        for line, record in _selections(table, columns, report):
            here = f"{table}:{line}"
            name = record[file_in] if file_in else stem
            path = gathered.place(name, here, beside=beside)
            names.add(name)
            if len(names) > 1 and OFFSET not in columns:
                raise FormatError(
                    f"{here}: the table speaks of several recordings but has no column {OFFSET}",
                    hint=f"its {BEGIN} runs on over all files; let Raven show that column, and save again",
                )
            if path is None:
                continue
            parts = {
                "onset": (OFFSET if record.get(OFFSET) else BEGIN, record.get(OFFSET) or record[BEGIN]),
                "offset": (END, _end(record)),
                "label": (label_in, record.get(label_in, "")),
                "low_freq": (LOW, record.get(LOW)),
                "high_freq": (HIGH, record.get(HIGH)),
                "score": (score_in, record.get(score_in)),
            }
            gathered.add(path, parts, here)
        if not names:
            gathered.none_in(stem, folder)
    yield from gathered.rows()


def _end(record: _Record) -> object:
    """End within the file: where only the start is given there, the length leads from it."""
    if not record.get(OFFSET):
        return record[END]
    try:
        begin, end, offset = (float(record[name].replace(",", ".")) for name in (BEGIN, END, OFFSET))
    except ValueError:
        return record[END]  # which of the three is no number is told where they are read
    return round(offset + (end - begin), 6)


def _selections(table: Path, columns: list[str], report: Report) -> Iterator[tuple[int, _Record]]:
    """Read the rows, one for each selection."""
    kept: dict[tuple[str, ...], tuple[int, _Record]] = {}
    with open_text(table) as handle:
        next(handle)
        for number, line in enumerate(handle, start=2):
            found = line.rstrip("\r\n").split("\t")
            if not line.strip():
                continue
            if len(found) > len(columns) and any(found[len(columns) :]):
                report(
                    Problem("bad-row", f"{table}:{number}", f"{len(found)} cells for {len(columns)} columns")
                )
                continue
            record = dict(zip(columns, found + [""] * len(columns), strict=False))
            key = tuple(record.get(name, "") for name in ("Selection", BEGIN, END, *FILES))
            if "Selection" not in columns:
                key = (str(number),)
            if key not in kept or kept[key][1].get("View", "").startswith("Waveform"):
                kept[key] = number, record
    yield from kept.values()


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
        raise UsageError(f"the label cannot stand in Raven's own column '{label_column}'")
    if not out.is_dir():
        with text_file(out) as handle:
            handle.write(_cells(_head(label_column), file_offset))
            return sum(handle.write(_cells(line, file_offset)) > 0 for line in _lines(rows))
    count = 0
    for stem, each in by_recording(rows):
        with text_file(out / f"{stem}.selections.txt") as handle:
            handle.write(_cells(_head(label_column), file_offset))
            count += sum(handle.write(_cells(line, file_offset)) > 0 for line in _lines(each))
    return count


def by_recording(rows: Iterable[Row]) -> Iterator[tuple[str, list[Row]]]:
    """Group the rows of each file, which stand together, under a name that no other file has."""
    taken: set[str] = set()
    group: list[Row] = []
    for row in rows:
        if group and group[0].path != row.path:
            yield _unique(group[0].path, taken), group
            group = []
        group.append(row)
    if group:
        yield _unique(group[0].path, taken), group


def _unique(path: str, taken: set[str]) -> str:
    """Name of a file for a recording: its own, or with its ending where two are called alike."""
    stem = audio_name(path)
    if stem.casefold() in taken:
        stem = os.path.basename(path)
    number, name = 1, stem
    while name.casefold() in taken:
        number += 1
        name = f"{stem}~{number}"
    taken.add(name.casefold())
    return name


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
                f"{_plain(mark.label)}\t{score}\t{name}\t{path}\t{mark.onset:.6f}\n"
            )


def _band(mark: Segment, sr: int) -> tuple[float, float]:
    """Raven knows no selection without a band: where none was marked it is all of it."""
    low = 0.0 if mark.low_freq is None else mark.low_freq
    return low, sr / 2 if mark.high_freq is None else mark.high_freq


def _plain(text: str) -> str:
    return re.sub(r"[\t\r\n]", " ", text)
