"""Selection tables of ketos: ``filename,start,end,label`` and a second table of what the numbers mean.

ketos wants whole numbers as labels. They count the labels in the order of the alphabet, and
``<name>_labels.csv`` next to the table names the label of each.
"""

from __future__ import annotations

import csv
import os
from collections.abc import Iterable
from pathlib import Path

from curate.formats.annotations.annotations import marks
from curate.formats.files.output import text_file
from curate.formats.tables.csv import writer_to
from curate.model import Row

COLUMNS = ("filename", "start", "end", "label")


def write(rows: Iterable[Row], out: Path) -> int:
    """Write a row per annotation, or per labelled stretch, and the table of labels, and return how many."""
    labels: set[str] = set()
    draft = out.with_name(out.name + ".draft")
    out.parent.mkdir(parents=True, exist_ok=True)
    try:
        # The numbers are known at the end only, so labels go through a draft as they are.
        with text_file(draft) as handle:
            writer = writer_to(handle)
            for row in rows:
                for mark in marks(row):
                    labels.add(mark.label)
                    writer.writerow((row.path, mark.onset, mark.offset, mark.label))
        numbers = {label: str(number) for number, label in enumerate(sorted(labels))}
        with text_file(labels_beside(out)) as handle:
            writer = writer_to(handle)
            writer.writerow(("label", "name"))
            writer.writerows((number, label) for label, number in numbers.items())
        count = 0
        with (
            draft.open(encoding="utf-8", errors="surrogateescape", newline="") as lines,
            text_file(out) as handle,
        ):
            writer = writer_to(handle)
            writer.writerow(COLUMNS)
            for *cells, label in csv.reader(lines):
                writer.writerow((*cells, numbers[label]))
                count += 1
    finally:
        draft.unlink(missing_ok=True)
    return count


def labels_beside(out: Path) -> Path:
    """Place of the table of labels."""
    stem, ending = os.path.splitext(out.name)
    return out.with_name(f"{stem}_labels{ending}")
