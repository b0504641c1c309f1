"""What a check asks the catalogue: the files that it counts on, and whether it is sound itself."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from curate.catalogue.cuts import CleanCopy
from curate.catalogue.store import Store

# Recordings that are looked up at once: between two pages others can write, however long a check takes.
_PAGE = 1000


@dataclass(frozen=True, slots=True)
class Files:
    """A recording's raw file as it was registered, and its clean copy, if it has one that is finished.

    `frames` is None of a file that could not be decoded; `problem` is what is known to be wrong with it.
    """

    recording: int
    path: str | bytes
    bytes: int
    mtime_ns: int
    sha256: str | None
    frames: int | None
    problem: str | None
    copy: CleanCopy | None


def files(store: Store) -> Iterator[Files]:
    """List the files of all recordings, in the order of import."""
    sql = """
        SELECT r.id, r.path, coalesce(r.bytes, 0), coalesce(r.mtime_ns, 0), r.sha256, r.frames, r.problem,
               c.recording, c.path, c.digest, c.frames, c.bytes
        FROM recordings r LEFT JOIN copies c ON c.recording = r.id AND c.digest IS NOT NULL
        WHERE r.id > ? ORDER BY r.id LIMIT ?
    """
    last = -1
    while page := list(store.rows(sql, (last, _PAGE))):
        last = page[-1][0]
        for number, path, size, mtime_ns, sha256, frames, problem, *made in page:
            copy = None if made[0] is None else CleanCopy(*made)
            yield Files(number, path, size, mtime_ns, sha256, frames, problem, copy)


def copy_of(store: Store, recording: int) -> CleanCopy | None:
    """Look up the copy of one recording as it is now, also unfinished."""
    sql = "SELECT recording, path, digest, frames, bytes FROM copies WHERE recording = ?"
    row = store.one(sql, (recording,))
    return None if row is None else CleanCopy(*row)


def sizes(store: Store) -> tuple[int, int, int]:
    """Count the recordings, the bytes of raw files and copies, and the copies that wait to be made again."""
    sql = """
        SELECT (SELECT count(*) FROM recordings),
               (SELECT coalesce(sum(bytes), 0) FROM recordings WHERE sha256 IS NOT NULL)
               + (SELECT coalesce(sum(bytes), 0) FROM copies WHERE digest IS NOT NULL),
               (SELECT count(*) FROM copies WHERE digest IS NULL)
    """
    row = store.one(sql)
    assert row is not None
    return int(row[0]), int(row[1]), int(row[2])


def unowned(store: Store, paths: Sequence[str]) -> list[str]:
    """Find those of some paths in the dataset that belong to other files."""
    sql = """
        SELECT value FROM json_each(?)
        WHERE value NOT IN (SELECT path FROM copies UNION ALL SELECT path FROM old_copies)
    """
    return [row[0] for row in store.rows(sql, (json.dumps(list(paths)),))]


def import_paths(store: Store) -> list[str]:
    """List what was imported, the first first: folders, tables and files."""
    sql = "SELECT parameters FROM runs WHERE command = 'import' ORDER BY id"
    found = [path for (cell,) in store.rows(sql) for path in json.loads(cell).get("paths", ())]
    return list(dict.fromkeys(found))


def damage(store: Store, *, limit: int) -> Iterator[str]:
    """Say what SQLite finds wrong with the file, and which rows refer to rows that are missing.

    See https://sqlite.org/pragma.html#pragma_integrity_check and #pragma_foreign_key_check.

    Raises
    ------
    CatalogueError
        If the file is damaged so much that it cannot be looked at.
    """
    for (said,) in store.rows(f"PRAGMA integrity_check({max(limit, 1)})"):
        if said != "ok":
            yield str(said).replace("\n", " ")
    for table, row, parent, _ in store.rows("PRAGMA foreign_key_check"):
        yield f"row {row} of the table {table} refers to a row of {parent} that is not there"
