"""What an export was made of, noted in the catalogue."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from curate.catalogue import exports, paths
from curate.catalogue.dataset import Dataset
from curate.catalogue.exports import Export, NamedCopy
from curate.catalogue.store import Store
from curate.errors import CatalogueError, DiskFull
from curate.steps.common.export_digests import Seen
from curate.steps.common.export_states import hash_of, standing


@dataclass(frozen=True, slots=True)
class Record:
    """An export as it will be noted, read in the snapshot that it was made of."""

    export: Export
    copies: list[NamedCopy]


def prepare(
    dataset: Dataset,
    target: Path,
    form: str,
    options: Mapping[str, Any],
    seen: Seen,
    *,
    rows: int,
    holds: bool,
    windows: bool,
) -> Record:
    """Put together what is to be noted of an export that was just written.

    Parameters
    ----------
    holds
        Whether it names clean copies or links to them, rather than to have audio of its own.
    windows
        Whether it has the windows that were chosen.
    """
    rows_of = {str(paths.stored(path, dataset.folder)): number for path, number in seen.copies.items()}
    where = paths.stored(str(target), dataset.folder)
    export = Export(
        0,
        where,
        form,
        {name: value for name, value in options.items() if value not in (None, False)},
        datetime.now(UTC).isoformat(timespec="seconds"),
        rows,
        None if target.is_dir() else hash_of(str(target)),
        standing(dataset.store, windows=windows),
        bytes(seen.states),
        moves=bool(options.get("relative")) and isinstance(where, str) and not os.path.isabs(where),
    )
    return Record(export, exports.made_of(dataset.store, rows_of) if holds else [])


def replaced(dataset: Dataset, target: Path) -> str:
    """Tell from when the export is that a new one at its place will replace, or empty if missing."""
    old = _noted(dataset, paths.stored(str(target), dataset.folder))
    return old.at if old is not None and target.exists() else ""


def format_at(dataset: Dataset, target: Path) -> str:
    """Name the format of the export that stands at a place, or empty if there is none."""
    old = _noted(dataset, paths.stored(str(target), dataset.folder))
    return old.format if old is not None and target.exists() else ""


def is_same(dataset: Dataset, record: Record) -> bool:
    """Whether a new export is what the one was that is noted for its place.

    A file has its very bytes. A folder has all rows of all recordings, asked for with the same options.
    """
    old, new = _noted(dataset, record.export.path), record.export
    if old is None:
        return False
    if new.sha256 is not None:
        return old.sha256 == new.sha256
    made = [(each.path, each.digest, each.rows) for each in record.copies]
    before = [(each.path, each.digest, each.rows) for each in exports.copies_of(dataset.store, old.number)]
    old = replace(old, states=exports.states_of(dataset.store, old.number))
    return _essence(old) == _essence(new) and before == made


def _essence(export: Export) -> tuple[object, ...]:
    """Give what decides about the content of an export."""
    options = json.loads(json.dumps(export.options, default=str))
    return export.format, options, export.rows, export.sha256, export.standing, export.states


def _noted(dataset: Dataset, where: str | bytes) -> Export | None:
    return next((old for old in exports.every(dataset.store) if old.path == where), None)


def note(dataset: Dataset, record: Record, keep: Callable[[Store], None] | None = None) -> str:
    """Note an export. Returns the reason of a failure, as the export itself is whole.

    Parameters
    ----------
    keep
        Keeps its outcome next to it.
    """
    try:
        with dataset.noting() as store:
            exports.put(store, record.export, record.copies)
            if keep is not None:
                keep(store)
    except (CatalogueError, DiskFull) as error:
        return error.message
    return ""
