"""Tables as Parquet: columns with types, compressed; what pandas and Arrow read fastest.

Written is the neutral manifest with real types: text, lists of text, 64-bit floats and
32-bit integers, soft labels as a map, null for None. Parquet holds only UTF-8 text.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from curate.errors import FormatError
from curate.formats import Report
from curate.formats.files.output import whole_file
from curate.formats.tables import manifest, table
from curate.model import MANIFEST_COLUMNS, Row

if TYPE_CHECKING:
    import pyarrow as pa

#: Rows that are held as Python objects at a time, and how many such batches make a row group.
BATCH = 8_192
BATCHES_PER_GROUP = 8

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
    with _open(path) as opened:
        columns = opened.schema_arrow.names
    return table.rows(
        path,
        columns,
        lambda _: enumerate((each for batch in _batches(_open(path)) for each in batch.to_pylist()), start=1),
        report=report,
        label_column=label_column,
        path_column=path_column,
        audio_folder=audio_folder,
    )


def read_manifest(path: Path) -> Iterator[Row]:
    """Read back what `write` wrote, exactly; the audio is not looked at.

    Raises
    ------
    FormatError
        If the table is not a manifest.
    """
    opened = _open(path)
    manifest.check_columns(opened.schema_arrow.names, path)
    for batch in _batches(opened):
        for found in zip(*(column.to_pylist() for column in batch.columns), strict=True):
            yield manifest.row_from_values(found)


def write(rows: Iterable[Row], out: Path) -> int:
    """Write the neutral manifest.

    Raises
    ------
    FormatError
        If a text, such as the name of a file, is not UTF-8.
    """
    import pyarrow as pa  # noqa: PLC0415 - heavy
    import pyarrow.parquet as pq  # noqa: PLC0415 - heavy

    schema = _schema(pa)
    count = 0
    stream = iter(rows)
    batches = iter(lambda: list(islice(stream, BATCH)), [])
    encoded = (pa.record_batch(_arrays(batch, schema, out), schema=schema) for batch in batches)
    with whole_file(out) as part, pq.ParquetWriter(part, schema, compression="zstd") as writer:
        while group := list(islice(encoded, BATCHES_PER_GROUP)):
            writer.write_table(pa.Table.from_batches(group))
            count += sum(len(batch) for batch in group)
    return count


def _arrays(batch: list[Row], schema: pa.Schema, out: Path) -> list[pa.Array]:

    columns = zip(*map(manifest.values, batch), strict=True)
    try:
        return [_array(column, kind) for column, kind in zip(columns, schema.types, strict=True)]
    except UnicodeEncodeError as error:
        culprit = next(row for row in batch if not _is_utf8(row))
        raise FormatError(
            f"cannot write {culprit.path!r} to {out}: Parquet holds only UTF-8 text",
            hint="formats that keep any name: csv, jsonl",
        ) from error


def _array(column: tuple[Any, ...], kind: pa.DataType) -> pa.Array:
    import pyarrow as pa  # noqa: PLC0415 - heavy

    if pa.types.is_map(kind):
        return pa.array([None if cell is None else list(cell.items()) for cell in column], kind)
    return pa.array(column, kind)


def _schema(pa: Any) -> pa.Schema:  # noqa: ANN401 - the module, imported late
    kinds = {declared: pa.type_for_alias(kind) for declared, kind in _ARROW_TYPES.items()}
    kinds["tuple[str, ...]"] = pa.list_(pa.string())
    kinds["dict[str, float] | None"] = pa.map_(pa.string(), pa.float64())
    return pa.schema([(name, kinds[manifest.TYPES[name]]) for name in MANIFEST_COLUMNS])


def _is_utf8(row: Row) -> bool:
    try:
        json.dumps(manifest.values(row), ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True


def _open(path: Path) -> Any:  # noqa: ANN401 - pyarrow has no types
    import pyarrow as pa  # noqa: PLC0415 - heavy
    import pyarrow.parquet as pq  # noqa: PLC0415 - heavy

    try:
        return pq.ParquetFile(path)
    except (OSError, pa.ArrowInvalid) as error:
        raise FormatError(f"cannot read the table {path}: {error}") from error


def _batches(opened: Any) -> Iterator[Any]:  # noqa: ANN401 - pyarrow has no types
    with opened:
        yield from opened.iter_batches(batch_size=BATCH)
