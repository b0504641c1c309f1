"""A dataset: a folder with a catalogue, and the right to write to it."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from curate.catalogue import paths
from curate.catalogue.counts import EVERY, TOTALS
from curate.catalogue.store import Store, is_older, no_dataset
from curate.errors import CatalogueBusy, CatalogueError, CurateError
from curate.formatting import as_html, duration
from curate.lookup import check_local
from curate.release import version
from curate.settings import CATALOGUE_NAME, CLEAN_NAME, RAW_NAME, dataset_folder

#: How long a writer waits for programs that write a few rows now and then, in seconds.
_PATIENCE = 0.5


class Dataset:
    """A folder of derived data about recordings that lie anywhere.

    Opening is lazy: making one touches nothing on disk. It may be used as a context manager,
    which closes the catalogue at the end.

    Parameters
    ----------
    folder
        The dataset folder; None takes ``CURATE_DATASET`` or the current folder.

    Examples
    --------
    >>> Dataset("birds").clean.name
    'clean'
    """

    def __init__(self, folder: str | os.PathLike[str] | None = None) -> None:
        check_local(folder)
        # Without `..`, as readers give the paths of recordings: else what lies inside is not seen to.
        self.folder = Path(os.path.abspath(dataset_folder(None if folder is None else Path(folder))))
        self._store: Store | None = None
        self._writing = False
        self._is_looked_at = False  # whether it was of an earlier version

    @property
    def clean(self) -> Path:
        """Folder of rendered copies."""
        return self.folder / CLEAN_NAME

    @property
    def raw(self) -> Path:
        """Folder of downloaded originals."""
        return self.folder / RAW_NAME

    @property
    def exists(self) -> bool:
        """Whether there is a catalogue in the folder."""
        return (self.folder / CATALOGUE_NAME).is_file()

    def check_exists(self) -> None:
        """Make sure that there is a catalogue, of whatever version: who writes then brings it up to date.

        Raises
        ------
        NotInCatalogue
            If there is none.
        """
        if not self.exists:
            raise no_dataset(self.folder / CATALOGUE_NAME)

    @property
    def store(self) -> Store:
        """The open catalogue, and read-only unless inside `writing`.

        One of an earlier version is brought up to date first, where this process may write.
        """
        if self._store is None:
            if not self._is_looked_at and is_older(self.folder / CATALOGUE_NAME):
                self._is_looked_at = True
                with suppress(CatalogueError), self._alone():
                    pass  # else opening it says what is to be done
            self._store = Store(self.folder / CATALOGUE_NAME)
        return self._store

    def path(self, cell: str | bytes) -> str:
        """Absolute path behind a path cell of the catalogue."""
        return paths.restored(cell, self.folder)

    def is_being_written(self) -> bool:
        """Tell whether another process holds the right to write at this moment."""
        from filelock import FileLock, Timeout  # noqa: PLC0415 - few ask

        path = self.folder / ".curate.lock"
        if not os.access(path, os.W_OK):
            return False  # who may not take the lock cannot look; nobody ever wrote where there is none
        try:
            with FileLock(path, timeout=0):
                return False
        except Timeout:
            return True

    @contextmanager
    def writing(self, command: str, parameters: Mapping[str, Any]) -> Iterator[Run]:
        """Become the one writer, and note the run in the catalogue.

        Parameters
        ----------
        command
            The step, as typed (``strip-voice``).
        parameters
            Its settings, kept as JSON.

        Raises
        ------
        CatalogueBusy
            Soon, if another process is writing; names its command and process.

        Notes
        -----
        A new dataset into which nothing came before an error of ours is removed again.
        """
        is_new, folder_is_new = not self.exists, not self.folder.exists()
        try:
            with self._alone(), self._noted(command, parameters) as run:
                yield run
        except CurateError:
            if is_new and self.exists and self._is_empty():
                self._remove(folder=folder_is_new)
            raise

    @contextmanager
    def noting(self) -> Iterator[Store]:
        """Write a few rows in one transaction, outside the runs of the ledger: for a program that stays open.

        The right to write is held for the moment only, so that other commands can work meanwhile.

        Raises
        ------
        CatalogueBusy
            If another process is writing; names its command and process.
        """
        with self._alone(), self.store.transaction():
            yield self.store

    @contextmanager
    def rehearsing(self) -> Iterator[Store]:
        """Try out what a command would write, alone, and take all of it back: for dry runs.

        Raises
        ------
        CatalogueBusy
            If another process is writing; names its command and process.
        """
        self.check_exists()
        with self._alone(), self.store.rehearsal():
            yield self.store

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Hold the lock, with a catalogue that can be written to."""
        from filelock import FileLock, Timeout  # noqa: PLC0415 - only writers need it

        if self._writing:
            raise CatalogueError(f"{self.folder} is already being written to by this program")
        _make_folder(self.folder)
        lock = FileLock(self.folder / ".curate.lock", timeout=_PATIENCE)
        try:
            lock.acquire(poll_interval=0.01)
        except Timeout:
            raise CatalogueBusy(
                f"another curate command is writing to {self.folder}{self._holder()}",
                hint="wait until it is done. 'curate status', 'show' and 'manifest' work meanwhile",
            ) from None
        except OSError as error:
            raise CatalogueError(
                f"failed to write to {self.folder}: {error.strerror or error}",
                hint="status, show, manifest and report still work. To change it, copy it to another disk",
            ) from error
        try:
            self.close()
            self._store = Store(self.folder / CATALOGUE_NAME, write=True)
            self._writing = True
            yield
        finally:
            self._writing = False
            self.close()
            lock.release()

    @contextmanager
    def _noted(self, command: str, parameters: Mapping[str, Any]) -> Iterator[Run]:
        run = Run()
        # We are the only writer: a run without an end was killed.
        self.store.run("UPDATE runs SET outcome = 'killed' WHERE ended IS NULL AND outcome IS NULL")
        number = self.store.run(
            "INSERT INTO runs (command, parameters, version, host, pid, started) VALUES (?, ?, ?, ?, ?, ?)",
            (
                command,
                json.dumps(parameters, default=str, sort_keys=True),
                version(),
                socket.gethostname(),
                os.getpid(),
                _now(),
            ),
        )
        outcome = "failed"
        try:
            yield run
            outcome = "done"
        except (KeyboardInterrupt, SystemExit):
            outcome = "interrupted"
            raise
        finally:
            self.store.run(
                "UPDATE runs SET ended = ?, outcome = ?, counts = ? WHERE id = ?",
                (_now(), outcome, json.dumps(run.counts, default=str), number),
            )

    def _is_empty(self) -> bool:
        """Whether there is nothing in the catalogue that a later run could use."""
        tables = ("recordings", "answers", "misses")
        return all(self.store.one(f"SELECT 1 FROM {table} LIMIT 1") is None for table in tables)

    def _remove(self, *, folder: bool) -> None:
        """Remove the catalogue, and the folder if that is left empty."""
        self.close()
        for path in (*self.folder.glob(f"{CATALOGUE_NAME}*"), self.folder / ".curate.lock"):
            path.unlink(missing_ok=True)
        if folder:
            with suppress(OSError):  # something else lies there
                self.folder.rmdir()

    def _holder(self) -> str:
        """Say who is writing, as far as the catalogue knows."""
        try:
            row = self.store.one(
                "SELECT command, started, pid, host FROM runs WHERE ended IS NULL AND outcome IS NULL "
                "ORDER BY id DESC LIMIT 1"
            )
        except CatalogueError:
            return ""  # the other process is just making the catalogue; its name is a courtesy
        return f": {row[0]}, since {row[1]}, process {row[2]} on {row[3]}" if row else ""

    def close(self) -> None:
        """Close the catalogue. The next use opens it again."""
        if self._store is not None:
            self._store.close()
            self._store = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _repr_html_(self) -> str:
        """Say in a notebook what is in it."""
        row = self.store.one(TOTALS, EVERY) if self.exists else None
        if row is None:
            return as_html(str(self.folder), ("dataset",), [("nothing yet: curate.import_(dataset, PATH)",)])
        recordings, failed, seconds, _, labels, unlabelled, copies, *_ = row
        names = ("recordings", "failed", "length", "classes", "without a label", "clean copies")
        cells = (recordings, failed, duration(seconds), labels, unlabelled, copies)
        return as_html(str(self.folder), names, [cells])

    def __repr__(self) -> str:
        return f"Dataset({str(self.folder)!r})"


@dataclass
class Run:
    """What a writing command leaves in the ledger of runs."""

    counts: dict[str, Any] = field(default_factory=dict)


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CatalogueError(
            f"failed to make the dataset folder {folder}: {error.strerror}",
            hint="name another with --dataset",
        ) from error


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
