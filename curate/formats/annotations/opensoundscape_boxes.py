"""OpenSoundscape's `BoxedAnnotations`: a CSV with a row per box in time and frequency.

``BoxedAnnotations.from_csv`` opens it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from curate.formats import Report
from curate.formats.annotations import annotation_table
from curate.formats.annotations.annotations import marks
from curate.formats.files.output import text_file
from curate.formats.tables.csv import writer_to
from curate.model import Row

COLUMNS = ("audio_file", "annotation_file", "annotation", "start_time", "end_time", "low_f", "high_f")


def read(
    path: Path,
    *,
    report: Report,
    label_column: str | None = None,
    path_column: str | None = None,
    audio_folder: Path | None = None,
) -> Iterator[Row]:
    """Read boxes as any table of annotations: a row per recording."""
    return annotation_table.read(
        path, report=report, label_column=label_column, path_column=path_column, audio_folder=audio_folder
    )


def taken(path: Path, *, label_column: str | None = None, path_column: str | None = None) -> dict[str, str]:
    """Say what each column is taken for, or empty where it is not used."""
    return annotation_table.taken(path, label_column=label_column, path_column=path_column)


def write(rows: Iterable[Row], out: Path) -> int:
    """Write a row per annotation, and return how many.

    A recording without any has no row: hand its path to OpenSoundscape next to the table. The table
    names itself as the annotation file, as `BoxedAnnotations.to_crowsetta` of OpenSoundscape 0.13 leaves
    out each box without one.
    """
    count = 0
    with text_file(out) as handle:
        writer = writer_to(handle)
        writer.writerow(COLUMNS)
        for row in rows:
            for mark in marks(row):
                writer.writerow(
                    (row.path, out.name, mark.label, mark.onset, mark.offset, mark.low_freq, mark.high_freq)
                )
                count += 1
    return count
