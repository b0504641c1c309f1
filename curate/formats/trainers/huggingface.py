"""Parquet with the audio inside, as the Hugging Face Hub keeps audio datasets.

``datasets.load_dataset("parquet", ...)`` or the folder itself gives an `Audio` column: the
schema says so. Files are ``data/<split>-00000-of-00002.parquet``, next to a dataset card.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from curate.formats.trainers import card
from curate.formats.trainers.audiofolder import as_table, fields, metadata
from curate.model import Row

if TYPE_CHECKING:
    import pyarrow as pa

#: Rows, and bytes of audio, that make a row group: what a reader must take into memory at a time.
_GROUP_ROWS = 100
_GROUP_BYTES = 64_000_000


class _Split:
    """The files of one split, written group by group."""

    def __init__(self, folder: Path, split: str, limit: int) -> None:
        self._folder, self._split, self._limit = folder, split, limit
        self._schema = _schema()
        self._writer: Any = None
        self._parts: list[Path] = []
        self._group: list[dict[str, Any]] = []
        self._held = self._bytes = 0

    def add(self, record: dict[str, Any], size: int) -> None:
        if self._bytes + size > self._limit and self._bytes:
            self._finish()
        self._group.append(record)
        self._held += size
        self._bytes += size
        if len(self._group) >= _GROUP_ROWS or self._held >= _GROUP_BYTES:
            self._flush()

    def _flush(self) -> None:
        import pyarrow.parquet as pq  # noqa: PLC0415 - heavy

        if not self._group:
            return
        if self._writer is None:
            self._parts.append(self._folder / f"{self._split}-{len(self._parts):05d}.part")
            # Audio is packed already; the rest is small.
            self._writer = pq.ParquetWriter(self._parts[-1], self._schema, compression="none")
        self._writer.write_table(as_table(self._group, self._schema))
        self._group.clear()
        self._held = 0

    def _finish(self) -> None:
        self._flush()
        if self._writer is not None:
            self._writer.close()
            self._writer = None
        self._bytes = 0

    def close(self) -> None:
        """Finish the last file, and name all after how many there are."""
        self._finish()
        for number, part in enumerate(self._parts):
            part.rename(self._folder / f"{self._split}-{number:05d}-of-{len(self._parts):05d}.parquet")


def write(rows: Iterable[Row], out: Path, *, shard_mb: int = 500) -> int:
    """Write the files and a card into a folder that exists, and return the number of rows.

    Parameters
    ----------
    rows
        Their paths can be read. ``extra["name"]`` is ``<split>/<key>.<ending>``.
    shard_mb
        Megabytes of audio that a file holds at most, unless one row alone is larger.
    """
    folder = out / "data"
    folder.mkdir()
    about = card.Card()
    count = 0
    splits: dict[str, _Split] = {}
    for row in rows:
        split, _, name = row.extra["name"].partition("/")
        if split not in splits:
            splits[split] = _Split(folder, split, shard_mb * 1_000_000)
        with open(row.path, "rb") as file:
            content = file.read()
        record = {"annotations": None, **metadata(row)}
        splits[split].add(
            {"audio": {"bytes": content, "path": os.path.basename(name)}, **record}, len(content)
        )
        about.add(row)
        count += 1
    for each in splits.values():
        each.close()
    about.write(out / "README.md", configs=[(split, f"data/{split}-*") for split in sorted(splits)])
    return count


def _schema() -> pa.Schema:
    import pyarrow as pa  # noqa: PLC0415 - heavy

    sound = pa.field("audio", pa.struct([("bytes", pa.binary()), ("path", pa.string())]))
    typed = fields(annotated=True)
    features = {"audio": {"_type": "Audio"}} | {field.name: _feature(field.type) for field in typed}
    return pa.schema([sound, *typed], metadata={"huggingface": json.dumps({"info": {"features": features}})})


def _feature(kind: pa.DataType) -> dict[str, Any] | list[Any]:
    """Say a type as `datasets` does."""
    import pyarrow as pa  # noqa: PLC0415 - heavy

    if pa.types.is_list(kind):
        return [_feature(kind.value_type)]
    if pa.types.is_struct(kind):
        return {field.name: _feature(field.type) for field in kind}
    return {"dtype": {"double": "float64"}.get(str(kind), str(kind)), "_type": "Value"}
