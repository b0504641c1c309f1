"""Vectors of windows: rows of half-precision numbers in a file next to the catalogue, and whose they are.

A file holds the vectors of one model, version, window and hop, one row behind the other. So it opens as a map
into memory at once and is searched from its first byte to its last. The catalogue says which rows belong to
which recording. Rows behind those are of a run that was killed. The next run writes over them.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Self

import numpy as np
from numpy.typing import NDArray

from curate.catalogue import layers, quick_vectors
from curate.catalogue.store import Store
from curate.errors import CatalogueError

#: Folder of vectors inside a dataset folder.
_FOLDER = "vectors"

#: Endings of its files: vectors, and what is kept of them in whole numbers.
_ENDINGS = (".f16", quick_vectors.NUMBERS, quick_vectors.STEPS)

#: What stands before a model's name in the name of its layer.
PREFIX = "vectors-"

#: Parameter of a layer whose vectors are those of kept parts.
KEPT = "kept"

#: Numbers as they lie in the file: half precision, the lowest byte first.
_NUMBER = np.dtype("<f2")


@dataclass(frozen=True, slots=True)
class VectorRows:
    """The rows of one recording.

    Parameters
    ----------
    first
        Row of its first window.
    windows, silent
        How many rows it has, and how many of them are zeros.
    kept
        The parts that were listened to, as `put` was given them; None where it was the whole recording.
    """

    recording: int
    first: int
    windows: int
    silent: int
    kept: str | None = None


@dataclass(frozen=True, slots=True)
class VectorLayer:
    """A model of which vectors are stored.

    Parameters
    ----------
    model, producer
        Its name, and what it was asked for by.
    parameters
        Those that its vectors depend on next to the version, ``window`` and ``hop`` among them; and `KEPT`
        where vectors of kept parts are meant.
    """

    number: int
    model: str
    producer: str
    version: str
    parameters: Mapping[str, Any]

    @property
    def digest(self) -> str:
        """Names the file, in which vectors of kept parts and of whole recordings lie together."""
        own = {name: value for name, value in self.parameters.items() if name != KEPT}
        return layers.digest(self.version, own)


def stored(store: Store) -> list[VectorLayer]:
    """List the models of which the dataset has vectors, in the order of the alphabet."""
    sql = """
        SELECT id, substr(name, length(:prefix) + 1), producer, version, parameters FROM layers y
        WHERE substr(name, 1, length(:prefix)) = :prefix
          AND EXISTS (SELECT 1 FROM vectors WHERE layer = y.id) ORDER BY name
    """
    return [
        VectorLayer(number, model, producer, version, json.loads(parameters))
        for number, model, producer, version, parameters in store.rows(sql, {"prefix": PREFIX})
    ]


def path_of(folder: Path, model: str, digest: str) -> Path:
    """Say where in a dataset folder the vectors of a model lie."""
    name = "".join(letter if letter.isalnum() or letter in "-_." else "_" for letter in model)
    return folder / _FOLDER / name / f"{digest}.f16"


class VectorWriter:
    """Appends to a file of vectors, and use it in a ``with``, inside the right to write.

    What the catalogue refers to and the file no longer holds is forgotten, so that it is made again.

    Parameters
    ----------
    path
        Made where it is missing.
    dimension
        Numbers of a row.
    """

    def __init__(self, store: Store, path: Path, *, layer: int, digest: str, dimension: int) -> None:
        self._store, self._layer, self._digest = store, layer, digest
        self._dimension = dimension
        self._path = path
        self._file: BinaryIO | None = None
        self._rows = 0

    def __enter__(self) -> Self:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._file = open(self._path, "r+b" if self._path.exists() else "w+b")
            held = os.fstat(self._file.fileno()).st_size // (self._dimension * _NUMBER.itemsize)
            # First, so that `_end` counts only rows that the file still holds.
            forget(self._store, self._layer, self._digest, behind=held)
            self._rows = _end(self._store, self._layer, self._digest)
            # Before rows are written over, or `similar` would take old whole numbers for those of new rows.
            quick_vectors.cut(self._path, self._rows, self._dimension)
            self._file.truncate(self._rows * self._dimension * _NUMBER.itemsize)
            self._file.seek(0, os.SEEK_END)
        except OSError as error:
            raise _failed(self._path, error) from error
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file is not None:
            self._file.close()

    def put(
        self, recording: int, vectors: NDArray[np.float16], *, silent: int, kept: str | None = None
    ) -> None:
        """Append the vectors of a recording, shape=(n, dimension), and note whose they are, and of what.

        Call `sync` before the transaction ends.
        """
        assert self._file is not None
        try:
            self._file.write(np.ascontiguousarray(vectors, _NUMBER).tobytes())
        except OSError as error:
            raise _failed(self._path, error) from error
        self._store.run(
            "INSERT OR REPLACE INTO vectors (recording, layer, digest, first, windows, silent, kept) "
            "VALUES (?, ?, ?, ?, ?, ?, ?)",
            (recording, self._layer, self._digest, self._rows, len(vectors), silent, kept),
        )
        self._rows += len(vectors)

    def sync(self) -> None:
        """Make sure that the rows are on the disk before the catalogue says so."""
        assert self._file is not None
        try:
            self._file.flush()
            os.fsync(self._file.fileno())
        except OSError as error:
            raise _failed(self._path, error) from error


def forget(store: Store, layer: int, digest: str, *, behind: int = 0) -> int:
    """Forget rows that end behind a row, and the scan of their recordings, and return how many did."""
    lost = [
        int(row[0])
        for row in store.rows(
            "SELECT recording FROM vectors WHERE layer = ? AND digest = ? AND first + windows > ?",
            (layer, digest, behind),
        )
    ]
    with store.transaction():
        for table in ("vectors", "coverage"):
            store.many(
                f"DELETE FROM {table} WHERE recording = ? AND layer = ?", [(number, layer) for number in lost]
            )
    return len(lost)


def rows(store: Store, layer: int, digest: str) -> Iterator[VectorRows]:
    """List the recordings that have vectors and are in the dataset, in the order of the file."""
    sql = (
        "SELECT recording, first, windows, silent, kept FROM vectors "
        "WHERE layer = ? AND digest = ? ORDER BY first"
    )
    yield from (VectorRows(*row) for row in store.rows(sql, (layer, digest)))


def models(store: Store) -> list[str]:
    """List the models that have vectors, as they were named. The one with most windows comes first."""
    sql = """
        SELECT producer FROM layers y JOIN vectors v ON v.layer = y.id WHERE v.windows > 0
        GROUP BY y.id ORDER BY sum(v.windows) DESC, producer
    """
    return [str(row[0]) for row in store.rows(sql)]


def opened(path: Path, rows: Sequence[VectorRows], dimension: int) -> NDArray[np.float16]:
    """Map the file of some rows into memory, shape=(rows of the file, dimension).

    Raises
    ------
    CatalogueError
        If it is gone, or shorter than the catalogue says.
    """
    wanted = max((row.first + row.windows for row in rows), default=0)
    if not wanted:
        return np.empty((0, dimension), _NUMBER)
    try:
        held = path.stat().st_size // (dimension * _NUMBER.itemsize)
        if held < wanted:
            raise CatalogueError(
                f"{path} holds {held:,} vectors of {wanted:,}", hint="make the others again: curate embed"
            )
        return np.memmap(path, _NUMBER, "r", shape=(held, dimension))
    except OSError as error:
        raise CatalogueError(
            f"failed to read {path}: {error.strerror or error}", hint="make it again: curate embed"
        ) from error


def drop_others(store: Store, path: Path, layer: int, digest: str) -> None:
    """Remove the files of earlier versions and hops of a model whose rows are all gone."""
    named = store.rows("SELECT DISTINCT digest FROM vectors WHERE layer = ?", (layer,))
    kept = {str(row[0]) for row in named}
    for other in path.parent.iterdir():
        if other.suffix in _ENDINGS and other.stem not in kept | {digest}:
            other.unlink(missing_ok=True)


def _end(store: Store, layer: int, digest: str) -> int:
    sql = "SELECT coalesce(max(first + windows), 0) FROM vectors WHERE layer = ? AND digest = ?"
    return int(store.value(sql, (layer, digest)))


def _failed(path: Path, error: OSError) -> CatalogueError:
    return CatalogueError(
        f"failed to write {path}: {error.strerror or error}", hint="free the disk, then run the command again"
    )
