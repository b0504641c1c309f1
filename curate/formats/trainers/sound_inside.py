"""Parquet with the sound inside, as the Hugging Face Hub keeps audio datasets, and as we export them.

A column of structures of ``bytes`` and ``path`` is the sound. What becomes of a table is a folder with the
sound as files, and ``metadata.jsonl`` next to them with all other columns.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
from collections.abc import Iterator
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from curate.errors import FormatError
from curate.formats import Report
from curate.formats.files.export_folder import MARKER
from curate.formats.files.output import text_file, whole_file
from curate.model import Problem
from curate.net.content_type import HEAD, extension, kind_of
from curate.net.partial_file import put_on_disk
from curate.net.safe_names import inside

#: Name of the table of what was taken out; it appears when all of it is there.
METADATA = "metadata.jsonl"

#: Rows that are held at a time, with their sound.
_BATCH = 32

_Record = dict[str, Any]


def sound_in(path: Path) -> str | None:
    """Name the column of a Parquet table that holds sound, `None` where none does, or it is no Parquet."""
    import pyarrow as pa  # noqa: PLC0415 - heavy

    if path.suffix.lower() != ".parquet":
        return None
    try:
        schema = _opened(path).schema_arrow
    except FormatError:
        return None
    told = _features(schema)
    for field in schema:
        if pa.types.is_struct(field.type) and "bytes" in {each.name for each in field.type}:
            kind = told.get(field.name)
            if not isinstance(kind, dict) or kind.get("_type", "Audio") == "Audio":
                return str(field.name)
    return None


def tables_in(path: Path) -> list[Path]:
    """List the tables with sound inside at a path: itself, or those in a folder and below it.

    Exports of ours below a folder are not entered: their sound was made of recordings that lie elsewhere.
    """
    if path.is_file():
        return [path] if sound_in(path) is not None else []
    found = []
    for where, folders, names in os.walk(path):
        if MARKER in names and Path(where) != path:
            folders.clear()
            continue
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        found += [Path(where, name) for name in sorted(names) if name.lower().endswith(".parquet")]
    return [table for table in found if sound_in(table) is not None]


def records(path: Path) -> Iterator[_Record]:
    """Read the rows of a Parquet table, with the names of classes where it holds their numbers.

    Raises
    ------
    FormatError
        If it cannot be read.
    """
    import pyarrow as pa  # noqa: PLC0415 - heavy

    try:
        with _opened(path) as opened:
            names = {
                column: of for column, told in _features(opened.schema_arrow).items() if (of := _names(told))
            }
            for batch in opened.iter_batches(batch_size=_BATCH):
                for record in batch.to_pylist():
                    yield {
                        column: _named(cell, names[column]) if column in names else cell
                        for column, cell in record.items()
                    }
    except (OSError, pa.ArrowException, UnicodeDecodeError) as error:
        raise FormatError(f"failed to read the table {path}: {error}") from error


def take_out(table: Path, folder: Path, report: Report) -> int:
    """Write the sound of a table as files, and ``metadata.jsonl`` once all of it is there.

    Parameters
    ----------
    folder
        Where to. Files that are there whole are kept.

    Returns
    -------
    How many sounds there are.

    Raises
    ------
    FormatError
        If the table cannot be read, or holds no sound.
    """
    column = sound_in(table)
    if column is None:
        raise FormatError(f"{table} lacks sound")
    count = 0
    taken: dict[str, bytes] = {}
    with text_file(folder / METADATA) as listing:
        for number, record in enumerate(records(table), start=1):
            sound = record.pop(column) or {}
            content = sound.get("bytes")
            told = {key: _plain(cell) for key, cell in record.items() if not isinstance(cell, bytes)}
            if "file_name" in told:
                told["original_file_name"] = told.pop("file_name")
            if content is None and sound.get("path"):  # the file lies beside the table
                listing.write(json.dumps({"file_name": str(sound["path"]), **told}) + "\n")
                continue
            if content is None:
                reason = f"its column {column} lacks sound"
                report(Problem("row-without-file", f"{table}:{number}", reason))
                continue
            name = _name(sound.get("path"), content, f"{table.stem}-{number:06d}", taken)
            _put(folder / name, content)
            listing.write(json.dumps({"file_name": name, **told}) + "\n")
            count += 1
    return count


def _put(path: Path, content: bytes) -> None:
    """Write a file whole, unless it is there."""
    # `whole_file` leaves no torn file under this name, so the size is enough.
    if path.is_file() and path.stat().st_size == len(content):
        return
    with whole_file(path) as part:
        part.write_bytes(content)
        put_on_disk(part)


def _name(path: object, content: bytes, otherwise: str, taken: dict[str, bytes]) -> str:
    """Name a file as its set does, with the ending of what it is; no two alike, unless they are the same."""
    given = inside(os.path.basename(str(path or "").replace("\\", "/"))) or otherwise
    ending = extension(kind_of(content[:HEAD]), [given], None)
    stem = os.path.splitext(given)[0] if os.path.splitext(given)[1] else given
    digest = hashlib.sha256(content).digest()
    name, number = f"{stem}{ending}", 1
    # Rows of events repeat the sound in which they lie.
    while taken.setdefault(name.lower(), digest) != digest:
        number += 1
        name = f"{stem}_{number}{ending}"
    return name


def _opened(path: Path) -> Any:  # noqa: ANN401 - pyarrow has no types
    import pyarrow as pa  # noqa: PLC0415 - heavy
    import pyarrow.parquet as pq  # noqa: PLC0415 - heavy

    try:
        return pq.ParquetFile(path)
    except (OSError, pa.ArrowException) as error:
        raise FormatError(f"failed to read the table {path}: {error}") from error


def _features(schema: Any) -> dict[str, Any]:  # noqa: ANN401 - pyarrow has no types
    """Read what the package `datasets` notes of each column."""
    try:
        noted = json.loads((schema.metadata or {}).get(b"huggingface", b"{}"))
        features = noted["info"]["features"]
    except (ValueError, KeyError, TypeError):
        return {}
    return features if isinstance(features, dict) else {}


def _names(told: object) -> list[str] | None:
    """Give the names of classes in a column of their numbers, or of lists of them."""
    if isinstance(told, list) and len(told) == 1:
        return _names(told[0])
    if not isinstance(told, dict):
        return None
    if told.get("_type") == "ClassLabel" and isinstance(told.get("names"), list):
        return [str(name) for name in told["names"]]
    return _names(told.get("feature"))


def _named(cell: object, names: list[str]) -> object:
    if isinstance(cell, list):
        return [_named(each, names) for each in cell]
    if isinstance(cell, int) and 0 <= cell < len(names):
        return names[cell]
    return None if cell == -1 else cell  # -1: no class


def _plain(cell: object) -> object:
    """Make of a cell what JSON has."""
    if isinstance(cell, dict):
        return {str(key): _plain(value) for key, value in cell.items()}
    if isinstance(cell, list | tuple):
        return [_plain(each) for each in cell]
    if isinstance(cell, float):
        return cell if math.isfinite(cell) else None
    if isinstance(cell, datetime | date | time):
        return cell.isoformat()
    return cell if isinstance(cell, str | int | bool | None) else str(cell)
