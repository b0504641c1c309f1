"""crowsetta's generic-seq: a CSV with a row per segment of an annotated sequence.

``crowsetta.formats.seq.GenericSeq.from_file`` opens it. Each recording is an annotation with
one sequence. They are numbered from 0.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from pathlib import Path

from curate.formats.annotations.annotations import marks
from curate.formats.files.output import text_file
from curate.formats.tables.csv import writer_to
from curate.model import Row

COLUMNS = (
    "label", "onset_s", "offset_s", "onset_sample", "offset_sample", "notated_path", "annot_path", "sequence",
    "annotation",
)  # fmt: skip


def write(rows: Iterable[Row], out: Path) -> int:
    """Write a row per annotation, or per labelled stretch, and return how many."""
    count, annotation = 0, 0
    with text_file(out) as handle:
        writer = writer_to(handle)
        writer.writerow(COLUMNS)
        for path, group in groupby(rows, key=lambda row: row.path):
            before = count
            for row in group:
                for mark in marks(row):
                    samples = round(mark.onset * row.sr), round(mark.offset * row.sr)
                    cells = (mark.label, mark.onset, mark.offset, *samples, path, out.name, 0, annotation)
                    writer.writerow(cells)
                    count += 1
            annotation += count > before
    return count
