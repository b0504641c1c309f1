"""`curate dump`: every table of the catalogue as CSV, so that nothing is locked in."""

from __future__ import annotations

import csv
import os
from dataclasses import dataclass, field
from pathlib import Path

from curate.catalogue.dataset import Dataset
from curate.catalogue.schema import TABLES


@dataclass(slots=True)
class DumpSummary:
    """Rows written per table."""

    folder: str = ""
    rows: dict[str, int] = field(default_factory=dict)


def dump(dataset: Dataset, folder: str | os.PathLike[str]) -> DumpSummary:
    """Write every table to ``folder/<table>.csv``, as of one moment.

    Rows come in the order of their keys. Cells are as the catalogue has them: paths relative to
    the dataset where they lie inside it, frame tracks in hexadecimal, missing values empty.

    Raises
    ------
    NotInCatalogue
        If there is no dataset.
    """
    out = Path(folder)
    store = dataset.store
    out.mkdir(parents=True, exist_ok=True)
    summary = DumpSummary(folder=str(out.absolute()))
    with store.snapshot():
        for table in TABLES:
            columns, rows = store.table(f"SELECT * FROM {table} ORDER BY 1, 2, 3")
            beside = out / f"{table}.csv.part"
            with beside.open("w", encoding="utf-8", errors="surrogateescape", newline="") as file:
                writer = csv.writer(file)
                writer.writerow(columns)
                count = 0
                for row in rows:
                    writer.writerow(
                        [_cell(column, value) for column, value in zip(columns, row, strict=True)]
                    )
                    count += 1
            os.replace(beside, out / f"{table}.csv")
            summary.rows[table] = count
    return summary


def _cell(column: str, value: object) -> object:
    if isinstance(value, bytes):
        return os.fsdecode(value) if column == "path" else value.hex()
    return value
