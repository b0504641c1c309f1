"""`curate show`: the catalogue's rows as a table, for people and for other programs."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from curate.catalogue import layers
from curate.catalogue.dataset import Dataset
from curate.catalogue.paths import printable, stored
from curate.errors import NotInCatalogue, UsageError
from curate.lookup import suggestion
from curate.steps._carry import carry

_RECORDING = "r.archive || ':' || r.archive_id AS recording_id, r.path AS path"

#: What can be shown, with the query behind each. ``:layer`` and ``:recording`` may be NULL.
TABLES: dict[str, str] = {
    "cuts": f"""
        SELECT {_RECORDING}, x.onset, x.offset, x.action, x.reason, x.score, x.producer
        FROM cuts x JOIN recordings r ON r.id = x.recording
        WHERE (:recording IS NULL OR r.id = :recording) AND :layer IS NULL
        ORDER BY r.id, x.onset""",
    "labels": f"""
        SELECT {_RECORDING}, x.label, x.role, t.scientific_name, t.common_name, t.class_name
        FROM labels x JOIN recordings r ON r.id = x.recording LEFT JOIN taxa t ON t.label = x.label
        WHERE (:recording IS NULL OR r.id = :recording) AND :layer IS NULL
        ORDER BY r.id, x.ordinal""",
    "recordings": f"""
        SELECT {_RECORDING}, r.status, r.duration, r.sr, r.channels, r.format, r.codec,
               (SELECT label FROM labels WHERE recording = r.id AND role = 'primary') AS label,
               r.recordist, r.license, r.url, r.latitude, r.longitude, r.date, r.rating, r.bytes, r.sha256,
               r.problem
        FROM recordings r
        WHERE (:recording IS NULL OR r.id = :recording) AND :layer IS NULL
        ORDER BY r.id""",
    "runs": """
        SELECT id AS run, command, started, ended, outcome, parameters, counts, version, host, pid
        FROM runs WHERE :recording IS NULL AND :layer IS NULL ORDER BY id""",
    "segments": f"""
        SELECT {_RECORDING}, x.onset, x.offset, x.label, x.score, x.low_freq, x.high_freq, y.name AS layer
        FROM segments x JOIN recordings r ON r.id = x.recording JOIN layers y ON y.id = x.layer
        WHERE (:recording IS NULL OR r.id = :recording) AND (:layer IS NULL OR y.id = :layer)
        ORDER BY r.id, x.onset, y.name""",
    "timemap": f"""
        SELECT {_RECORDING}, c.path AS clean_path,
               1.0 * x.clean_start / r.sr AS clean_onset,
               1.0 * (x.clean_start + x.frames) / r.sr AS clean_offset,
               1.0 * x.raw_start / r.sr AS raw_onset,
               1.0 * (x.raw_start + x.frames) / r.sr AS raw_offset
        FROM pieces x JOIN recordings r ON r.id = x.recording JOIN copies c ON c.recording = x.recording
        WHERE (:recording IS NULL OR r.id = :recording) AND :layer IS NULL AND c.digest IS NOT NULL
        ORDER BY r.id, x.ordinal""",
}

_PATHS = frozenset({"path", "clean_path"})


@dataclass(frozen=True, slots=True)
class Shown:
    """A table: the names of its columns, and its rows as they are read."""

    columns: list[str]
    rows: Iterator[list[Any]]


def show(
    dataset: Dataset,
    table: str,
    *,
    layer: str | None = None,
    recording: str | None = None,
    clean: bool = False,
    limit: int | None = None,
) -> Shown:
    """Read one table of the catalogue, with paths made absolute.

    Parameters
    ----------
    table
        A key of `TABLES`.
    layer
        Only segments of this layer.
    recording
        Only rows of this recording: its id (``xeno-canto:694038``), or the end of its path.
    clean
        Give segments the path and times of the clean copy; what was cut vanishes.
    limit
        No more than so many rows of the catalogue; None for all.

    Raises
    ------
    UsageError
        If there is no such table, or `layer` or `clean` is given for another than ``segments``.
    NotInCatalogue
        If the layer or the recording is unknown.
    """
    if table not in TABLES:
        raise UsageError(f"no table '{table}'", hint=suggestion(table, TABLES))
    if layer is not None and table != "segments":
        raise UsageError("--layer goes with segments only")
    if clean and table != "segments":
        raise UsageError("--clean goes with segments only")
    if limit is not None and limit < 0:
        raise UsageError(f"limit must be 0 or more, not {limit}")
    store = dataset.store
    values = {
        "layer": None if layer is None else _layer(dataset, layer),
        "recording": None if recording is None else _recording(dataset, recording),
        "limit": -1 if limit is None else limit,
    }
    columns, rows = store.table(f"{TABLES[table]} LIMIT :limit", values)
    if clean:
        rows = carry(dataset, rows)
    paths = [index for index, name in enumerate(columns) if name in _PATHS]

    def absolute() -> Iterator[list[Any]]:
        for row in rows:
            cells = list(row)
            for index in paths:
                cells[index] = dataset.path(cells[index])
            yield cells

    return Shown(columns, absolute())


def _layer(dataset: Dataset, name: str) -> int:
    number = layers.number_of(dataset.store, name)
    if number is None:
        names = [row[0] for row in dataset.store.rows("SELECT name FROM layers")]
        raise NotInCatalogue(f"no layer '{name}'", hint=suggestion(name, names))
    return number


def _recording(dataset: Dataset, name: str) -> int:
    archive, _, archive_id = printable(name).partition(":")
    by_id = "SELECT id FROM recordings WHERE archive = ? AND archive_id = ?"
    # Byte by byte: names that are not UTF-8 are kept as bytes.
    by_path = (
        "SELECT id FROM recordings WHERE CAST(path AS BLOB) = ?1 "
        "OR substr(CAST(path AS BLOB), -length(?1) - 1) = CAST('/' || ?1 AS BLOB) LIMIT 2"
    )
    cell = os.fsencode(stored(name, dataset.folder) if os.path.isabs(name) else name)
    store = dataset.store
    found = list(store.rows(by_id, (archive, archive_id))) or list(store.rows(by_path, (cell,)))
    if len(found) != 1:
        what = "no recording" if not found else "more than one recording"
        raise NotInCatalogue(
            f"{what} '{name}'", hint="name it as 'curate show recordings' does, for example xeno-canto:694038"
        )
    return int(found[0][0])
