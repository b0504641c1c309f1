"""Vectors in plain Parquet: the columns recording, onset, offset (seconds) and vector, in any order.

Our files say in the schema's metadata which model made them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from curate.errors import FormatError
from curate.formats.files.output import whole_file
from curate.formats.tables.vector_batches import VectorBatch, VectorSink

#: Columns of a table of vectors.
COLUMNS = ("recording", "onset", "offset", "vector")

#: Key of our words in the metadata of a Parquet schema.
_KEY = b"curate"

#: Rows that are read at a time.
_ROWS = 8192


class ParquetVectors:
    """A Parquet file of vectors. See `VectorFile`."""

    def __init__(self, path: Path) -> None:
        import pyarrow as pa  # noqa: PLC0415 - takes a while
        import pyarrow.parquet as pq  # noqa: PLC0415

        try:
            self._file = pq.ParquetFile(path)
        except (pa.ArrowInvalid, OSError) as error:
            raise FormatError(f"failed to read {path} as Parquet: {error}") from error
        schema = self._file.schema_arrow
        missing = [name for name in COLUMNS if name not in schema.names]
        if missing:
            raise FormatError(
                f"{path} lacks {', '.join(missing)}", hint=f"a table of vectors has {', '.join(COLUMNS)}"
            )
        kind = schema.field("vector").type
        if not (pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind)):
            raise FormatError(f"the column vector of {path} holds {kind}: lists of numbers are needed")
        self._path = path
        self.facts: Mapping[str, Any] = _facts((schema.metadata or {}).get(_KEY, b""))
        first = next(self._file.iter_batches(1, columns=["vector"]), None)
        self.dimension = 0 if first is None or not len(first) else len(first["vector"][0])

    def batches(self, *, vectors: bool) -> Iterator[VectorBatch]:
        """Read all windows. See `VectorFile`."""
        row = 0
        for batch in self._file.iter_batches(_ROWS, columns=list(COLUMNS if vectors else COLUMNS[:3])):
            onsets, offsets = (
                np.asarray(batch[name].to_numpy(zero_copy_only=False), np.float64) for name in COLUMNS[1:3]
            )
            found = np.empty((len(batch), 0), np.float32)
            if vectors:
                column = batch["vector"]
                lengths = {0 if each is None else each for each in column.value_lengths().to_pylist()}
                if lengths - {self.dimension}:
                    raise FormatError(
                        f"{self._path}: vectors behind row {row:,} have {min(lengths)} to {max(lengths)} "
                        f"numbers, and the first one {self.dimension}"
                    )
                found = column.flatten().to_numpy(zero_copy_only=False).reshape(-1, self.dimension)
            names = ["" if name is None else str(name) for name in batch["recording"].to_pylist()]
            yield VectorBatch(names, onsets, offsets, found)
            row += len(batch)


def _facts(text: bytes) -> Mapping[str, Any]:
    try:
        said = json.loads(text)
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}


@contextmanager
def writing_parquet(path: Path, dimension: int, facts: Mapping[str, Any]) -> Iterator[VectorSink]:
    """Open a Parquet file to write. See `curate.formats.tables.vector_files.writing`."""
    import pyarrow as pa  # noqa: PLC0415 - as above
    import pyarrow.parquet as pq  # noqa: PLC0415

    # Single precision, which every reader knows; the numbers are those of half precision.
    kinds = (pa.string(), pa.float64(), pa.float64(), pa.list_(pa.float32(), dimension))
    schema = pa.schema(list(zip(COLUMNS, kinds, strict=True)), {_KEY: json.dumps(facts, sort_keys=True)})

    class Sink:
        def put(self, name: str, onsets: Any, offsets: Any, vectors: Any) -> None:  # noqa: ANN401 - any array
            flat = pa.array(np.ascontiguousarray(vectors, np.float32).reshape(-1))
            columns = [
                [name] * len(onsets),
                onsets,
                offsets,
                pa.FixedSizeListArray.from_arrays(flat, dimension),
            ]
            writer.write_table(pa.table(columns, schema=schema))

    with whole_file(path) as part, pq.ParquetWriter(part, schema, compression="zstd") as writer:
        yield Sink()
