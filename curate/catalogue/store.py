"""The SQLite file under a dataset: opening, transactions, and the border for its errors.

Everything above this module asks for rows and hands over rows. Everything below is
sqlite3. Writers take a lock file first, which the operating system releases when a process
dies, so a killed run never leaves a dataset locked. Readers never wait for that lock.
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from curate.catalogue.disk_kind import is_local
from curate.catalogue.schema import MIGRATIONS, migrate
from curate.disk_full import disk_full, has_no_room
from curate.errors import CatalogueBusy, CatalogueError, CatalogueTooNew, NotInCatalogue

Values = Sequence[Any] | Mapping[str, Any]


def among(column: str, members: Sequence[int] | None) -> tuple[str, dict[str, str]]:
    """Condition that a column holds one of some numbers, with its values, or `None` stands for all."""
    if members is None:
        return "TRUE", {}
    return f"{column} IN (SELECT value FROM json_each(:members))", {"members": json.dumps(list(members))}


#: Page cache, in KiB: enough for the inner nodes of a catalogue of a million recordings.
_CACHE_KIB = 64 * 1024


class Store:
    """An open catalogue file.

    Parameters
    ----------
    path
        The database file.
    write
        Whether this connection will write. It then creates the file, or brings an older one
        up to date, and the caller must hold the dataset's lock.

    Raises
    ------
    NotInCatalogue
        If the file is missing and `write` is not set.
    CatalogueTooNew
        If a later version of curate wrote it.
    CatalogueError
        If it is not a catalogue.
    """

    def __init__(self, path: Path, *, write: bool = False) -> None:
        self.path = path
        self._border = _Border(path)
        self._done: set[tuple[str, tuple[Any, ...]]] = set()
        self._rehearses = False
        if not write and not path.is_file():
            raise no_dataset(path)
        with self._border:
            self._connection, version = _opened(path, write=write)
            try:
                self._prepare(version, write=write)
            except BaseException:
                self._connection.close()
                raise

    def _prepare(self, version: int, *, write: bool) -> None:
        """Set the connection up, or refuse a file that is not of this version."""
        # SQLite leaves this off on each new connection, and the tables rely on their cascades.
        self._connection.execute("PRAGMA foreign_keys = ON")
        self._connection.execute(f"PRAGMA query_only = {'OFF' if write else 'ON'}")
        self._connection.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
        if version > len(MIGRATIONS):
            raise CatalogueTooNew(
                f"{self.path} was written by a later version of curate "
                f"(schema {version}, here {len(MIGRATIONS)})",
                hint="install that version or a newer one",
            )
        if write:
            self._prepare_to_write(version)
        elif version == 0:
            raise CatalogueError(f"{self.path} is not a catalogue of curate")
        elif version < len(MIGRATIONS):
            raise CatalogueError(
                f"{self.path} was written by an earlier version of curate (schema {version}, "
                f"here {len(MIGRATIONS)})",
                hint="the next command that writes, such as 'curate import', brings it up to date",
            )

    def _prepare_to_write(self, version: int) -> None:
        # With the log, NORMAL risks the last commits at a power cut, but never the file. With a journal
        # only FULL is that safe (https://sqlite.org/pragma.html#pragma_synchronous).
        journal = "WAL" if is_local(self.path.parent) else "DELETE"
        self._connection.execute(f"PRAGMA journal_mode = {journal}")
        self._connection.execute(
            "PRAGMA synchronous = NORMAL" if journal == "WAL" else "PRAGMA synchronous = FULL"
        )
        for number, script in enumerate(MIGRATIONS[version:], start=version + 1):
            with self.transaction():
                # In one transaction: a script and its number are kept together, or neither is.
                migrate(self._connection, script)
                self._connection.execute(f"PRAGMA user_version = {number}")

    def close(self) -> None:
        """Close the file. Then the store is unusable."""
        self._connection.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Open a transaction: what is written inside is kept only if the block ends well."""
        # SQLite's transactions do not nest. The one of the rehearsal is open, and takes all back.
        if self._rehearses:
            yield
            return
        with self._border:
            # Takes the write lock now, and waits for it. A transaction that began by reading could fail
            # at its first write without waiting.
            self._connection.execute("BEGIN IMMEDIATE")
        # Statements of a transaction that was rolled back must run again: see `once`.
        self._done.clear()
        try:
            yield
            with self._border:
                self._connection.execute("COMMIT")
        except BaseException:
            # Where the disk fails, SQLite has rolled back by itself, and would complain of a second time.
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            raise

    @contextmanager
    def rehearsal(self) -> Iterator[None]:
        """Let a block write, so that it sees what would come of it, and take all of that back in the end."""
        with self._border:
            self._connection.execute("BEGIN IMMEDIATE")
        self._rehearses = True
        try:
            yield
        finally:
            self._rehearses = False
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """Show one state of the catalogue to all reads inside, whatever is written meanwhile."""
        with self._border:
            self._connection.execute("BEGIN")
        try:
            yield
        finally:
            if self._connection.in_transaction:  # where the disk fails, SQLite has ended it by itself
                self._connection.execute("ROLLBACK")

    @property
    def version(self) -> int:
        """Another number once somebody else has written since the file was opened."""
        return int(self.value("PRAGMA data_version"))

    @property
    def changes(self) -> int:
        """Rows written since the file was opened: tells whether a step changed anything."""
        return self._connection.total_changes

    def rows(self, sql: str, values: Values = ()) -> Iterator[tuple[Any, ...]]:
        """Stream the rows of a query."""
        with self._border:
            # Not "yield from": that would close the cursor too, which fails after the connection.
            for row in self._connection.execute(sql, values):  # noqa: UP028
                yield row

    def every(self, sql: str, values: Values = ()) -> list[tuple[Any, ...]]:
        """Fetch all rows of a query at once."""
        with self._border:
            return self._connection.execute(sql, values).fetchall()

    def blocks(self, sql: str, values: Values = (), *, size: int) -> Iterator[list[tuple[Any, ...]]]:
        """Stream the rows of a query in blocks, which costs less than one by one."""
        with self._border:
            cursor = self._connection.execute(sql, values)
            while block := cursor.fetchmany(size):
                yield block

    def table(self, sql: str, values: Values = ()) -> tuple[list[str], Iterator[tuple[Any, ...]]]:
        """Stream the rows of a query, after the names of its columns."""
        with self._border:
            cursor = self._connection.execute(sql, values)
        return [column[0] for column in cursor.description], self._stream(cursor)

    def dicts(self, sql: str, values: Values = ()) -> Iterator[dict[str, Any]]:
        """Stream the rows of a query, each by the names of its columns."""
        names, rows = self.table(sql, values)
        return (dict(zip(names, row, strict=True)) for row in rows)

    def _stream(self, cursor: sqlite3.Cursor) -> Iterator[tuple[Any, ...]]:
        with self._border:
            # Not "yield from": that would close the cursor too, which fails after the connection.
            for row in cursor:  # noqa: UP028
                yield row

    def one(self, sql: str, values: Values = ()) -> tuple[Any, ...] | None:
        """First row of a query, `None` if missing."""
        return next(self.rows(sql, values), None)

    def value(self, sql: str, values: Values = ()) -> Any:  # noqa: ANN401 - a cell of any type
        """First cell of the first row of a query, `None` if missing."""
        row = self.one(sql, values)
        return None if row is None else row[0]

    def run(self, sql: str, values: Values = ()) -> int:
        """Carry out one statement, and return the id of the last inserted row."""
        with self._border:
            return self._connection.execute(sql, values).lastrowid or 0

    def insert(self, sql: str, values: Values) -> int | None:
        """Insert one row, and return its id, `None` if a conflict kept it out."""
        with self._border:
            cursor = self._connection.execute(sql, values)
        return cursor.lastrowid if cursor.rowcount > 0 else None

    def once(self, sql: str, values: tuple[Any, ...]) -> None:
        """Carry out a statement that is safe to repeat, once in a transaction."""
        if (sql, values) not in self._done:
            self.run(sql, values)
            if self._connection.in_transaction:
                self._done.add((sql, values))

    def many(self, sql: str, rows: Iterable[Values]) -> None:
        """Carry out one statement for each row of values."""
        with self._border:
            self._connection.executemany(sql, rows)


def no_dataset(path: Path) -> NotInCatalogue:
    """Say that the catalogue is missing, and what to do."""
    return NotInCatalogue(
        f"no dataset in {path.parent}",
        hint="make one with 'curate import PATH', or name another folder with --dataset",
    )


class _Border:
    """Where sqlite3's errors become ours: a context manager, plain because rows pass by the million."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> None:
        """Enter; nothing is needed."""

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if not isinstance(error, sqlite3.DatabaseError):
            return
        if isinstance(error, sqlite3.OperationalError) and "locked" in str(error):
            raise CatalogueBusy(
                f"{self._path} is locked by another program",
                hint="close what has it open (a database browser, a backup), then try again",
            ) from error
        if isinstance(error, sqlite3.OperationalError):
            if "full" in str(error) or ("I/O" in str(error) and has_no_room(self._path)):
                raise disk_full(self._path) from error
            raise CatalogueError(f"{self._path}: {error}", hint=_space_hint(error)) from error
        raise CatalogueError(
            f"{self._path} is damaged or no catalogue: {error}",
            hint="restore a backup, or import again: your audio files are intact",
        ) from error


def is_older(path: Path) -> bool:
    """Tell whether a file is a catalogue of an earlier version, which a writer brings up to date."""
    if not path.is_file():
        return False
    with _Border(path):
        connection, version = _opened(path, write=False)
        connection.close()
    return 0 < version < len(MIGRATIONS)


def _opened(path: Path, *, write: bool) -> tuple[sqlite3.Connection, int]:
    """Connect, and read the version of the schema, which is the first that touches the file."""
    # A reader that may touch the files removes the write-ahead log when it is the last to
    # leave; where it may not (a read-only disk), it reads all the same.
    mode = "rwc" if write else "rw" if _may_change(path) else "ro"
    try:
        return _connect(path, f"mode={mode}")
    except sqlite3.OperationalError as error:
        # Where we may not write, or on a full disk, the index of an empty log cannot be made. Nothing waits
        # in that log, so the file is read as it is; one with a journal never comes here, and is locked.
        if write or "locked" in str(error) or _has_unfinished(path):
            raise
        return _connect(path, "mode=ro&immutable=1")


def _connect(path: Path, how: str) -> tuple[sqlite3.Connection, int]:
    uri = f"{path.absolute().as_uri()}?{how}"
    # No isolation level: Python must not begin transactions of its own. Our methods begin and end them.
    connection = sqlite3.connect(uri, uri=True, timeout=30.0, isolation_level=None)
    try:
        return connection, connection.execute("PRAGMA user_version").fetchone()[0]
    except BaseException:
        connection.close()
        raise


def _has_unfinished(path: Path) -> bool:
    """Whether a log or a journal holds what the file itself lacks, or must give back."""
    beside = (path.with_name(path.name + ending) for ending in ("-wal", "-journal"))
    return any(file.exists() and file.stat().st_size for file in beside)


def _may_change(path: Path) -> bool:
    return os.access(path, os.W_OK) and os.access(path.parent, os.W_OK)


def _space_hint(error: sqlite3.OperationalError) -> str | None:
    words = str(error)
    if "I/O" in words:
        return "check whether the disk is full or unplugged. Everything committed is safe"
    if "readonly" in words or "unable to open" in words:
        return "check that the dataset folder exists and can be written to"
    return None
