"""OpenSoundscape's one-hot clip labels: ``file,start_time,end_time`` and a column for each class.

``pd.read_csv(..., index_col=[0, 1, 2])`` gives what its trainers take. Every row of a manifest is
a clip: with ``--window`` its windows, else the whole stretch. Secondary labels count as present.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from pathlib import Path

from curate.errors import FormatError
from curate.formats import Report
from curate.formats.annotations.annotations import Gathered, labels
from curate.formats.files.audio_paths import Finder
from curate.formats.files.folder_rows import refuse_columns
from curate.formats.files.output import text_file
from curate.formats.tables import table
from curate.formats.tables.csv import Sheet, writer_to
from curate.model import Row

INDEX = ("file", "start_time", "end_time")

#: How a table that is not ours may spell presence.
_PRESENT = frozenset({"1", "1.0", "True", "true"})


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
            f"{path} holds no clip labels: expected the columns {', '.join(INDEX)} and one for each class",
            hint=f"columns there: {', '.join(sheet.columns)}",
        )
    return _rows(sheet.records(report), sheet, Gathered(Finder(path, audio_folder), report))


def _rows(records: Iterable[table.Record], sheet: Sheet, gathered: Gathered) -> Iterator[Row]:
    for line, record in records:
        here = f"{sheet.path}:{line}"
        recording = gathered.place(record["file"], here)
        for label in sheet.columns[3:] if recording is not None else ():
            if record[label] in _PRESENT:
                times = {
                    "onset": ("start_time", record["start_time"]),
                    "offset": ("end_time", record["end_time"]),
                }
                assert recording is not None
                gathered.add(recording, {**times, "label": (label, label)}, here)
    yield from gathered.rows()


def write(rows: Iterable[Row], out: Path) -> int:
    """Write a row per clip; returns how many. Stretches of which nobody said what is heard are left out.

    The classes are known at the end only, so the rows go through a draft beside the table.
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
