"""Tables as Parquet: columns with types, compressed. What pandas and Arrow read fastest.

Written is the neutral manifest with real types: text, lists of text, 64-bit floats and
32-bit integers, soft labels as a map, null for None. Parquet holds only UTF-8 text.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from curate.errors import FormatError
from curate.formats import Report
from curate.formats.files.output import whole_file
from curate.formats.tables import manifest, recording_rows, table
from curate.model import MANIFEST_COLUMNS, Row

if TYPE_CHECKING:
    import pyarrow as pa

#: Rows that are held as Python objects at a time, and how many such batches make a row group.
BATCH = 8_192
BATCHES_PER_GROUP = 8

_PATH = MANIFEST_COLUMNS.index("path")

_ARROW_TYPES = {
    "str": "string",
    "Seconds": "float64",
    "float": "float64",
    "float | None": "float64",
    "int": "int32",
    "int | None": "int32",
}


def read(
    path: Path,
    *,
    report: Report,
    label_column: str | None = None,
    path_column: str | None = None,
    audio_folder: Path | None = None,
) -> Iterator[Row]:
    """Read a table with a column for the path of the audio (see `table` for the names).

    Raises
    ------
    FormatError
        If the table is missing or not Parquet, or has no such column.
    """
    sheet = ParquetSheet.open(path)
    return recording_rows.rows(
        path,
        sheet.columns,
        sheet.records,
        report=report,
        label_column=label_column,
        path_column=path_column,
        audio_folder=audio_folder,
    )


def read_manifest(path: Path) -> Iterator[Row]:
    """Read back what `write` wrote, exactly. The audio is not looked at.

    Raises
    ------
    FormatError
        If the table is not a manifest.
    """
    opened = _open(path)
    manifest.check_columns(opened.schema_arrow.names, path)
    for batch in _batches(opened, path):
        for found in zip(*(_values(column, path) for column in batch.columns), strict=True):
            yield manifest.row_from_values(found)


@dataclass(frozen=True)
class ParquetSheet:
    """A Parquet table whose schema has been read.

    Parameters
    ----------
    path
        The file.
    columns
        Names of its columns.
    """

    path: Path
    columns: list[str]

    @classmethod
    def open(cls, path: Path) -> ParquetSheet:
        """Read the schema.

        Raises
        ------
        FormatError
            If the file is missing or not Parquet.
        """
        with _open(path) as opened:
            return cls(path, opened.schema_arrow.names)

    def records(self, report: Report) -> Iterator[table.Record]:  # noqa: ARG002 - as tables of text have it
        """Read the rows, numbered from 1. Text that is not UTF-8 keeps its bytes as `os.fsdecode` does.

        Raises
        ------
        FormatError
            If a page cannot be read.
        """
        number = 0
        for batch in _batches(_open(self.path), self.path):
            values = [_values(column, self.path) for column in batch.columns]
            for found in zip(*values, strict=True):
                number += 1
                yield number, dict(zip(self.columns, found, strict=True))


def write(rows: Iterable[Row], out: Path, *, columns: Sequence[str] = ()) -> int:
    """Write the neutral manifest.

    Parameters
    ----------
    columns
        Keys of `Row.extra` that are columns behind its own.

    Raises
    ------
    FormatError
        If a text, such as the name of a file, is not UTF-8.
    """
    stream = iter(rows)
    batches = iter(lambda: list(islice(stream, BATCH)), [])
    cells = (((*manifest.values(row), *manifest.more(row, columns)) for row in batch) for batch in batches)
    return write_columns((list(zip(*batch, strict=True)) for batch in cells), out, columns=columns)


def write_columns(
    blocks: Iterable[Sequence[manifest.Column]], out: Path, *, columns: Sequence[str] = ()
) -> int:
    """Write the neutral manifest from blocks of rows, each as the columns of `MANIFEST_COLUMNS`.

    Parameters
    ----------
    columns
        Texts that stand behind them in each block.

    Raises
    ------
    FormatError
        If a text, such as the name of a file, is not UTF-8.
    """
    import pyarrow as pa  # noqa: PLC0415 - heavy
    import pyarrow.parquet as pq  # noqa: PLC0415 - heavy

    schema = _schema(pa, columns)
    count = 0
    encoded = (pa.record_batch(_arrays(block, schema, out), schema=schema) for block in blocks)
    with whole_file(out) as part, pq.ParquetWriter(part, schema, compression="zstd") as writer:
        for group in _groups(encoded):
            writer.write_table(group)
            count += len(group)
    return count


def _groups(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.Table]:
    """Put batches of any size into groups that all hold the same number of rows, but for the last one.

    So are the batches in them: the same rows give the same file.
    """
    import pyarrow as pa  # noqa: PLC0415 - heavy

    def cut(table: pa.Table) -> pa.Table:
        return pa.Table.from_batches(table.combine_chunks().to_batches(max_chunksize=BATCH))

    size = BATCH * BATCHES_PER_GROUP
    waiting: list[pa.RecordBatch] = []
    for batch in batches:
        waiting.append(batch)
        while sum(map(len, waiting)) >= size:
            table = pa.Table.from_batches(waiting)
            yield cut(table[:size])
            waiting = table[size:].to_batches()
    if waiting:
        yield cut(pa.Table.from_batches(waiting))


def _arrays(batch: Sequence[manifest.Column], schema: pa.Schema, out: Path) -> list[pa.Array]:
    made: dict[tuple[int, pa.DataType], pa.Array] = {}  # one column may stand in several places
    try:
        for column, kind in zip(batch, schema.types, strict=True):
            if (id(column), kind) not in made:
                made[id(column), kind] = _array(column, kind)
        return [made[id(column), kind] for column, kind in zip(batch, schema.types, strict=True)]
    except UnicodeEncodeError as error:
        culprit = next(row for row in zip(*batch, strict=True) if not _is_utf8(row))
        raise FormatError(
            f"failed to write {culprit[_PATH]!r} to {out}: Parquet holds only UTF-8 text",
            hint="formats that keep any name: csv, jsonl",
        ) from error


def _array(column: manifest.Column, kind: pa.DataType) -> pa.Array:
    import pyarrow as pa  # noqa: PLC0415 - heavy

    if isinstance(column, manifest.SharedCells):
        return _array(column.cells, kind).take(pa.array(column.at, pa.int64()))
    if pa.types.is_map(kind):
        return pa.array([None if cell is None else list(cell.items()) for cell in column], kind)
    return pa.array(column, kind)


def _schema(pa: Any, columns: Sequence[str]) -> pa.Schema:  # noqa: ANN401 - the module, imported late
    kinds = {declared: pa.type_for_alias(kind) for declared, kind in _ARROW_TYPES.items()}
    kinds["tuple[str, ...]"] = pa.list_(pa.string())
    kinds["dict[str, float] | None"] = pa.map_(pa.string(), pa.float64())
    own = [(name, kinds[manifest.TYPES[name]]) for name in MANIFEST_COLUMNS]
    return pa.schema([*own, *((name, pa.string()) for name in columns)])


def _is_utf8(row: Sequence[Any]) -> bool:
    try:
        json.dumps(row, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True


@contextmanager
def text_table(
    out: Path, columns: Sequence[str], *, numbers: Collection[str], counts: Collection[str]
) -> Iterator[Callable[[Sequence[Any]], None]]:
    """Open a table to write row by row: text, but for columns of numbers and of counts, or `None` is null.

    Raises
    ------
    FormatError
        If a text is not UTF-8.
    """
    import pyarrow as pa  # noqa: PLC0415 - heavy
    import pyarrow.parquet as pq  # noqa: PLC0415 - heavy

    kinds = {**dict.fromkeys(numbers, pa.float64()), **dict.fromkeys(counts, pa.int64())}
    schema = pa.schema([(column, kinds.get(column, pa.string())) for column in columns])
    waiting: list[Sequence[Any]] = []
    with whole_file(out) as part, pq.ParquetWriter(part, schema, compression="zstd") as writer:

        def flush() -> None:
            if waiting:
                arrays = [
                    pa.array(list(column), kind)
                    for column, kind in zip(zip(*waiting, strict=True), schema.types, strict=True)
                ]
                writer.write_table(pa.Table.from_arrays(arrays, schema=schema))
                waiting.clear()

        def add(row: Sequence[Any]) -> None:
            waiting.append(row)
            if len(waiting) >= BATCH:
                flush()

        try:
            yield add
            flush()
        except UnicodeEncodeError as error:
            raise FormatError(f"failed to write {out}: Parquet holds only UTF-8 text: {error}") from error


def _open(path: Path) -> Any:  # noqa: ANN401 - pyarrow has no types
    import pyarrow.parquet as pq  # noqa: PLC0415 - heavy

    with reading(path):
        return pq.ParquetFile(path)


def _batches(opened: Any, path: Path) -> Iterator[Any]:  # noqa: ANN401 - pyarrow has no types
    with opened:
        batches = opened.iter_batches(batch_size=BATCH)
        while True:
            with reading(path):
                batch = next(batches, None)
            if batch is None:
                return
            yield batch


def _values(column: Any, path: Path) -> list[Any]:  # noqa: ANN401 - pyarrow has no types
    """Give the values of a column as Python objects."""
    import pyarrow as pa  # noqa: PLC0415 - heavy

    with reading(path):
        try:
            found: list[Any] = column.to_pylist()
        except UnicodeDecodeError:
            if not (pa.types.is_string(column.type) or pa.types.is_large_string(column.type)):
                raise
            found = [
                None if cell is None else cell.decode("utf-8", "surrogateescape")
                for cell in column.cast(pa.large_binary()).to_pylist()
            ]
        return found


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Turn what pyarrow says of a broken file into an error that names the file.

    Raises
    ------
    FormatError
        If the file is missing, is no Parquet, or a part of it is broken.
    """
    import pyarrow as pa  # noqa: PLC0415 - heavy

    try:
        yield
    except (OSError, pa.ArrowException, UnicodeDecodeError, ValueError, OverflowError) as error:
        raise FormatError(f"failed to read the table {path}: {' '.join(str(error).split())[:300]}") from error
