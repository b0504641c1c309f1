"""OpenSoundscape's one-hot clip labels: ``file,start_time,end_time`` and a column for each class.

``pd.read_csv(..., index_col=[0, 1, 2])`` gives what its trainers take. Every row of a manifest is
a clip: with ``--window`` its windows, else the whole stretch. Secondary labels count as present.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from curate.errors import FormatError
from curate.formats import Report, parse
from curate.formats.annotations import annotation_table
from curate.formats.annotations.annotations import Gathered, labels
from curate.formats.files.audio_paths import Finder
from curate.formats.files.folder_rows import refuse_columns
from curate.formats.files.output import text_file
from curate.formats.tables import table
from curate.formats.tables.csv import Sheet, writer_to
from curate.model import Problem, Row

INDEX = ("file", "start_time", "end_time")

#: How a table that is not ours may spell presence, and absence.
_PRESENT = frozenset({"1", "1.0", "true"})
_ABSENT = frozenset({"", "0", "0.0", "false"})


def read(
    path: Path,
    *,
    report: Report,
    label_column: str | None = None,
    path_column: str | None = None,
    audio_folder: Path | None = None,
) -> Iterator[Row]:
    """Read clip labels: a row per recording, with each clip's classes as annotations.

    Raises
    ------
    FormatError
        If the table is missing, or does not begin with the three columns.
    UsageError
        If a column is named.
    """
    refuse_columns("opensoundscape", label_column, path_column)
    sheet = Sheet.open(path)
    if tuple(sheet.columns[:3]) != INDEX:
        raise FormatError(
            f"{path} lacks clip labels: expected the columns {', '.join(INDEX)} and one for each class",
            hint=f"columns there: {', '.join(sheet.columns)}",
        )
    return _rows(sheet, Gathered(Finder(path, audio_folder), report), report)


def is_one_hot(columns: Sequence[str]) -> bool:
    """Whether a table begins as one of clip labels does, and names its classes in the columns.

    Examples
    --------
    >>> is_one_hot(["file", "start_time", "end_time", "owl"])
    True
    >>> is_one_hot(["file", "start_time", "end_time", "annotation", "low_f", "high_f"])
    False
    """
    is_listed = table.find(columns, annotation_table.LABELS) is not None
    return tuple(columns[:3]) == INDEX and len(columns) > len(INDEX) and not is_listed


def taken(path: Path, *, label_column: str | None = None, path_column: str | None = None) -> dict[str, str]:
    """Say what each column is taken for: next to the three of a clip, each is a class."""
    refuse_columns("opensoundscape", label_column, path_column)
    known = dict(zip(INDEX, (table.PATH, "onset", "offset"), strict=True))
    return {column: known.get(column, "class: 1 where it is present") for column in Sheet.open(path).columns}


def _rows(sheet: Sheet, gathered: Gathered, report: Report) -> Iterator[Row]:
    for line, record in sheet.records(report):
        here = f"{sheet.path}:{line}"
        cells = {label: record[label].strip().casefold() for label in sheet.columns[3:]}
        odd = [label for label, cell in cells.items() if not _is_answer(cell)]
        for label in odd:
            expected = "expected 0 or 1; scores are read by curate pseudo-label and curate audit"
            report(Problem("bad-row", here, f"column {label}: found '{record[label]}', {expected}"))
        if len(odd) == len(cells):
            continue  # a clip of which nothing is said
        recording = gathered.place(record["file"], here)
        for label, cell in cells.items() if recording is not None else ():
            if cell in _PRESENT:
                times = {
                    "onset": ("start_time", record["start_time"]),
                    "offset": ("end_time", record["end_time"]),
                }
                assert recording is not None
                gathered.add(recording, {**times, "label": (label, label)}, here)
    yield from gathered.rows()


def _is_answer(cell: str) -> bool:
    return cell in _PRESENT | _ABSENT or parse.is_nothing(cell)


def write(rows: Iterable[Row], out: Path) -> int:
    """Write a row per clip, and return how many. Stretches of which nobody said what is heard are left out.

    The classes are known at the end only, so the rows go through a draft next to the table.
    """
    numbers: dict[str, int] = {}
    draft = out.with_name(out.name + ".draft")
    out.parent.mkdir(parents=True, exist_ok=True)
    try:
        with text_file(draft) as handle:
            writer = writer_to(handle)
            for row in rows:
                present = " ".join(str(numbers.setdefault(label, len(numbers))) for label in labels(row))
                if present or row.annotations is not None:
                    writer.writerow((row.path, row.onset, row.offset, present))
        order = sorted(numbers)
        place = {numbers[label]: at for at, label in enumerate(order)}
        count = 0
        with (
            draft.open(encoding="utf-8", errors="surrogateescape", newline="") as lines,
            text_file(out) as handle,
        ):
            writer = writer_to(handle)
            writer.writerow((*INDEX, *order))
            none = ["0"] * len(order)
            for *cells, present in csv.reader(lines):
                heard = none.copy()
                for number in present.split():
                    heard[place[int(number)]] = "1"
                writer.writerow(cells + heard)
                count += 1
    finally:
        draft.unlink(missing_ok=True)
    return count
