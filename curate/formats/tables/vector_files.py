"""Files of vectors by what they are: a Parquet file, or the folder of a Perch-Hoplite database."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from curate.errors import UsageError
from curate.formats.tables.hoplite import HopliteVectors, writing_hoplite
from curate.formats.tables.vector_batches import VectorFile, VectorSink
from curate.formats.tables.vector_parquet import ParquetVectors, writing_parquet
from curate.lookup import near_path

#: The file in the folder of a Hoplite database by which it is known.
_HOPLITE = "hoplite.sqlite"


def is_parquet(path: Path) -> bool:
    """Whether a path names a Parquet file, and not the folder of a Hoplite database."""
    return path.suffix.lower() in {".parquet", ".pq"}


def opened(path: Path) -> VectorFile:
    """Open a Parquet file, or the folder of a Hoplite database.

    Raises
    ------
    UsageError
        If it is neither, or perch-hoplite is not installed.
    FormatError
        If it cannot be read, or a column is missing.
    """
    if not path.exists():
        raise UsageError(f"vectors are missing at {path}", hint=near_path(path))
    if path.is_dir():
        if not (path / _HOPLITE).is_file():
            raise UsageError(
                f"{path} is no Hoplite database: it lacks {_HOPLITE}",
                hint="name a folder that has, or a Parquet file",
            )
        return HopliteVectors(path)
    return ParquetVectors(path)


def writing(path: Path, dimension: int, facts: Mapping[str, Any]) -> AbstractContextManager[VectorSink]:
    """Open a Parquet file or a Hoplite folder to write: it appears atomically.

    Raises
    ------
    UsageError
        If a folder is there already, or perch-hoplite is not installed.
    """
    if is_parquet(path):
        return writing_parquet(path, dimension, facts)
    return writing_hoplite(path, dimension, facts)
