"""Annotations for perch-hoplite: ``filename,start_time_s,end_time_s,label``.

``perch_hoplite.taxonomy.annotations.read_annotations_csv`` opens it. It parts labels at
white space, which becomes underscores inside a label.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from curate.formats.annotations.annotations import marks
from curate.formats.files.layout import one_word
from curate.formats.files.output import text_file
from curate.formats.tables.csv import writer_to
from curate.model import Row

COLUMNS = ("filename", "start_time_s", "end_time_s", "label")


def write(rows: Iterable[Row], out: Path) -> int:
    """Write a row per annotation, or per labelled stretch; returns how many."""
    count = 0
    with text_file(out) as handle:
        writer = writer_to(handle)
        writer.writerow(COLUMNS)
        for row in rows:
            others = row.secondary_labels if row.annotations is None else ()
            for mark in marks(row):
                labels = " ".join(map(one_word, (mark.label, *others)))
                writer.writerow((row.path, mark.onset, mark.offset, labels))
                count += 1
    return count
