"""Perch-Hoplite databases, read and written by perch-hoplite itself (extra ``hoplite``).

A database holds the vectors of one model in an index of usearch, and its recordings by file name. Ours name
recordings by their paths, which is what Perch's notebooks open.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from curate.errors import FormatError, UsageError
from curate.formats.tables.vector_batches import VectorBatch
from curate.release import install_hint

#: Windows that are read at a time.
_ROWS = 4096

#: Key of our words among the metadata of a database.
_KEY = "curate"

#: All recordings are of one deployment: where each was made is the catalogue's business.
_DEPLOYMENT = "curate"


class HopliteVectors:
    """A database that was made by Perch's notebooks or by us. See `VectorFile`."""

    def __init__(self, path: Path) -> None:
        database = _database()
        try:
            self._db = database.create(str(path), readonly=True)
        except (ValueError, OSError, RuntimeError, KeyError) as error:
            raise FormatError(f"failed to read {path} as a Hoplite database: {error}") from error
        self.dimension = int(self._db.get_embedding_dim())
        said = self._db.get_metadata(None)
        self.facts: Mapping[str, Any] = dict(said[_KEY]) if _KEY in said else {}

    def batches(self, *, vectors: bool) -> Iterator[VectorBatch]:
        """Read all windows. See `VectorFile`."""
        names = {each.id: str(each.filename) for each in self._db.get_all_recordings()}
        windows = sorted(self._db.get_all_windows(), key=lambda each: (each.recording_id, each.offsets[0]))
        for start in range(0, len(windows), _ROWS):
            some = windows[start : start + _ROWS]
            found = np.empty((len(some), 0), np.float32)
            if vectors:
                found = np.asarray(self._db.get_embeddings_batch([each.id for each in some]))
            ends = np.array([each.offsets[:2] for each in some], np.float64)
            yield VectorBatch([names[each.recording_id] for each in some], ends[:, 0], ends[:, 1], found)


@contextmanager
def writing_hoplite(path: Path, dimension: int, facts: Mapping[str, Any]) -> Iterator[Any]:
    """Open a new database to write. See `curate.formats.tables.vector_files.writing`."""
    database = _database()
    from ml_collections import config_dict  # noqa: PLC0415 - comes with perch-hoplite
    from perch_hoplite.db.sqlite_usearch_impl import get_default_usearch_config  # noqa: PLC0415

    if path.exists():
        raise UsageError(f"{path} is there already", hint="name a new folder for the database")
    part = path.with_name(path.name + ".part")
    shutil.rmtree(part, ignore_errors=True)

    class Sink:
        def put(
            self,
            name: str,
            onsets: NDArray[np.float64],
            offsets: NDArray[np.float64],
            vectors: Any,  # noqa: ANN401
        ) -> None:
            recording = db.insert_recording(filename=name, deployment_id=deployment)
            ends = zip(onsets.tolist(), offsets.tolist(), strict=True)
            windows = [{"recording_id": recording, "offsets": list(each)} for each in ends]
            db.insert_windows_batch(windows, np.asarray(vectors), handle_duplicates="allow")

    try:
        db = database.create(str(part), usearch_cfg=get_default_usearch_config(dimension))
        db.insert_metadata(_KEY, config_dict.ConfigDict(dict(facts)))
        deployment = db.insert_deployment(name=_DEPLOYMENT, project=str(facts.get("dataset", _DEPLOYMENT)))
        yield Sink()
        db.commit()
        db.db.close()
        part.replace(path)
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise


def _database() -> Any:  # noqa: ANN401 - it has no types
    try:
        from perch_hoplite.db.sqlite_usearch_impl import SQLiteUSearchDB  # noqa: PLC0415 - an optional extra
    except ImportError as error:
        raise UsageError("Hoplite databases need perch-hoplite", hint=install_hint("hoplite")) from error
    return SQLiteUSearchDB
