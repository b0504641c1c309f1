"""Tables of any kind, by their ending: text, JSON lines or Parquet. Columns, and records from the first."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from curate.formats import Report
from curate.formats.tables import csv, jsonl, parquet, recording_rows, table
from curate.formats.tables.table import Record


class AnySheet(Protocol):
    """A table whose header has been read."""

    @property
    def path(self) -> Path:
        """The file."""

    @property
    def columns(self) -> list[str]:
        """Names of the columns, as they are spelt."""

    def records(self, report: Report) -> Iterator[Record]:
        """Read the records from the first. Unreadable ones are reported."""


def open_sheet(path: Path) -> AnySheet:
    """Read the header of a table.

    Raises
    ------
    FormatError
        If the table is missing, empty, or not what its ending says.
    """
    ending = path.suffix.lower()
    if ending == ".parquet":
        return parquet.ParquetSheet.open(path)
    return jsonl.JsonLinesSheet.open(path) if ending in (".jsonl", ".ndjson") else csv.Sheet.open(path)


def taken(path: Path, *, label_column: str | None = None, path_column: str | None = None) -> dict[str, str]:
    """Say what each column of a table of recordings is taken for, or empty where it is not used."""
    sheet = open_sheet(path)
    label_column = label_column or recording_rows.filled_label(sheet.columns, sheet.records)
    return table.taken(sheet.columns, label_column=label_column, path_column=path_column)
