"""Hugging Face's AudioFolder: ``<split>/metadata.parquet`` next to the audio of the split.

``datasets.load_dataset("audiofolder", data_dir=...)`` opens it. Parquet has types. `datasets` guesses those
of CSV and JSON lines, for each split alone: it takes dates for points of time, and refuses splits in which
it guesses otherwise, as where no recording of one has a rating.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from curate.errors import FormatError
from curate.formats import Report
from curate.formats.files.folder_rows import refuse_columns
from curate.formats.tables import csv, jsonl, parquet
from curate.formats.trainers import card, folders
from curate.model import Row

if TYPE_CHECKING:
    import pyarrow as pa

_READERS = {".csv": csv.read, ".jsonl": jsonl.read, ".parquet": parquet.read}

#: Fields of a row that go into the metadata.
COLUMNS = (
    "label", "secondary_labels", "scientific_name", "common_name", "class_name", "recording_id", "duration",
    "sr", "fold", "weight", "copies", "rating", "archive", "recordist", "license", "url", "latitude",
    "longitude", "date", "source_onset", "source_offset",
)  # fmt: skip

#: Types of the columns that hold no text.
_KINDS = {
    "duration": "float64", "sr": "int32", "fold": "int32", "weight": "float64", "copies": "int32",
    "rating": "float64", "latitude": "float64", "longitude": "float64", "source_onset": "float64",
    "source_offset": "float64",
}  # fmt: skip
_MARK = {
    "onset": "float64",
    "offset": "float64",
    "label": "string",
    "score": "float64",
    "low_freq": "float64",
    "high_freq": "float64",
    "note": "string",
}

#: Rows that are written at a time.
_BATCH = 8_192


def read(
    path: Path,
    *,
    report: Report,
    label_column: str | None = None,
    path_column: str | None = None,
    audio_folder: Path | None = None,
) -> Iterator[Row]:
    """Read the metadata of all splits. Without any, the folders by class.

    Raises
    ------
    FormatError
        If metadata name no files.
    UsageError
        If `path` has no metadata and a column is named.
    """
    found = sorted(each for ending in _READERS for each in path.rglob(f"metadata{ending}"))
    if not found:
        return folders.read(
            path,
            report=report,
            label_column=label_column,
            path_column=path_column,
            audio_folder=audio_folder,
        )
    refuse_columns("audiofolder", None, None, audio_folder)
    listings = [
        (
            table,
            _READERS[table.suffix](
                table, report=report, label_column=label_column, path_column=path_column or "file_name"
            ),
        )
        for table in found
    ]
    return (
        replace(row, extra={**row.extra, "split": table.parent.name}) if table.parent != path else row
        for table, rows in listings
        for row in rows
    )


def metadata(row: Row) -> dict[str, Any]:
    """Name what is reported of a row, the same keys for each."""
    record = {column: getattr(row, column) for column in COLUMNS}
    record["label"] = row.label or None  # an empty text would be a class of its own
    record["secondary_labels"] = list(row.secondary_labels)
    if row.annotations is not None:
        record["annotations"] = [{name: getattr(mark, name) for name in _MARK} for mark in row.annotations]
    return record


def fields(*, annotated: bool) -> list[pa.Field]:
    """Name the columns of `metadata`, with their types."""
    import pyarrow as pa  # noqa: PLC0415 - heavy

    kinds = {column: pa.type_for_alias(_KINDS.get(column, "string")) for column in COLUMNS}
    kinds["secondary_labels"] = pa.list_(pa.string())
    if annotated:
        mark = pa.struct([(name, pa.type_for_alias(kind)) for name, kind in _MARK.items()])
        kinds["annotations"] = pa.list_(mark)
    return [pa.field(name, kind) for name, kind in kinds.items()]


class _Metadata:
    """The metadata of one split, written as rows come."""

    def __init__(self, path: Path, *, annotated: bool) -> None:
        import pyarrow as pa  # noqa: PLC0415 - heavy
        import pyarrow.parquet as pq  # noqa: PLC0415 - heavy

        self._schema = pa.schema([("file_name", pa.string()), *fields(annotated=annotated)])
        self._writer = pq.ParquetWriter(path, self._schema)
        self._batch: list[dict[str, Any]] = []

    def add(self, record: dict[str, Any]) -> None:
        self._batch.append(record)
        if len(self._batch) >= _BATCH:
            self._flush()

    def _flush(self) -> None:
        self._writer.write_table(as_table(self._batch, self._schema))
        self._batch.clear()

    def close(self) -> None:
        self._flush()
        self._writer.close()


def as_table(records: list[dict[str, Any]], schema: pa.Schema) -> pa.Table:
    """Make a table of records.

    Raises
    ------
    FormatError
        If a text, such as the name of a file, is not UTF-8.
    """
    import pyarrow as pa  # noqa: PLC0415 - heavy

    try:
        return pa.Table.from_pylist(records, schema=schema)
    except UnicodeEncodeError as error:
        raise FormatError(f"Parquet holds only UTF-8 text: {error}") from error


def write(rows: Iterable[Row], out: Path) -> int:
    """Write the metadata of a folder that has its audio already, and a card, and return the number of rows.

    Parameters
    ----------
    rows
        Their paths are names below the folder, the split first.

    Raises
    ------
    FormatError
        If a text is not UTF-8.
    """
    about = card.Card()
    count = 0
    splits: dict[str, _Metadata] = {}
    for row in rows:
        split, _, name = row.path.partition("/")
        if split not in splits:
            path = out / split / "metadata.parquet"
            path.parent.mkdir(parents=True, exist_ok=True)
            splits[split] = _Metadata(path, annotated=row.annotations is not None)
        splits[split].add({"file_name": name, **metadata(row)})
        about.add(row)
        count += 1
    for each in splits.values():
        each.close()
    about.write(out / "README.md", configs=[(split, f"{split}/**") for split in sorted(splits)])
    return count
