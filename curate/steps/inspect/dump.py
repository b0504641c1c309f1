"""`curate dump`: every table of the catalogue as CSV, so that your data stays yours."""

from __future__ import annotations

import csv
import os
from dataclasses import dataclass, field
from pathlib import Path

from curate.catalogue.dataset import Dataset
from curate.catalogue.schema import TABLES
from curate.catalogue.store import Store
from curate.catalogue.views import tables
from curate.errors import UsageError
from curate.formats.files.output import whole_file
from curate.formatting import Displayed
from curate.lookup import check_local


@dataclass(slots=True)
class DumpSummary(Displayed):
    """Rows written per table."""

    folder: str = ""
    rows: dict[str, int] = field(default_factory=dict)


def dump(dataset: Dataset, folder: str | os.PathLike[str], *, dry_run: bool = False) -> DumpSummary:
    """Write every table to ``folder/<table>.csv``, as of one moment.

    Rows come in the order of their keys. Cells are as the catalogue has them: paths relative to
    the dataset where they lie inside it, frame tracks in hexadecimal, missing values empty.

    Parameters
    ----------
    dry_run
        Count the rows; write nothing.

    Raises
    ------
    NotInCatalogue
        If there is no dataset.
    UsageError
        If the folder is a file, or holds a file of such a name that is no earlier dump;
        nothing is written then.
    """
    check_local(folder)
    out = Path(folder)
    store = dataset.store
    summary = DumpSummary(folder=str(out.absolute()))
    with store.snapshot():
        _check_replaceable(out, store)
        if dry_run:
            summary.rows = {table: tables.size(store, table) for table in TABLES}
            return summary
        out.mkdir(parents=True, exist_ok=True)
        for table in TABLES:
            columns, rows = tables.whole(store, table)
            with (
                whole_file(out / f"{table}.csv") as part,
                part.open("w", encoding="utf-8", errors="surrogateescape", newline="") as file,
            ):
                writer = csv.writer(file)
                writer.writerow(columns)
                count = 0
                for row in rows:
                    writer.writerow(
                        [_cell(column, value) for column, value in zip(columns, row, strict=True)]
                    )
                    count += 1
            summary.rows[table] = count
    return summary


def _check_replaceable(out: Path, store: Store) -> None:
    """Make sure that nothing but an earlier dump, told by its headers, is written over."""
    if out.exists() and not out.is_dir():
        raise UsageError(f"failed to dump to {out}: it is a file", hint="name a folder")
    for table in TABLES:
        path = out / f"{table}.csv"
        if not os.path.lexists(path):
            continue
        columns, _ = tables.whole(store, table)
        expected = ",".join(columns)
        header = ""
        if path.is_file():
            with path.open(encoding="utf-8", errors="surrogateescape") as file:
                header = file.readline(len(expected) + 1)
        if header.rstrip("\n") != expected:
            raise UsageError(
                f"refused to replace {path}: it is another folder than a dump of a dataset",
                hint="dump to a new folder, or move that file away",
            )


def _cell(column: str, value: object) -> object:
    if isinstance(value, bytes):
        return os.fsdecode(value) if column == "path" else value.hex()
    return value
