"""Every error that curate raises on purpose.

The tree::

    CurateError
    ├── UsageError
    ├── AudioError
    │   ├── DecodeFailed
    │   │   └── OtherFile
    │   │       └── FileGone
    │   └── RawAudioProtected
    ├── CatalogueError
    │   ├── CatalogueBusy
    │   ├── CatalogueTooNew
    │   └── NotInCatalogue
    ├── DiskFull
    ├── FormatError
    ├── EngineError
    │   └── WorkerDied
    ├── StorageError
    └── NetError
        ├── AddressRefused
        ├── BodyRefused
        ├── DaySpent
        ├── NotOnServer
        └── Unreachable

A message says what happened and to which thing; the hint says what to do next.
Errors of other libraries are translated at one border each (libsndfile and PyAV in
`audio.read`, sqlite3 in `catalogue.store`, requests in `net.session`). Only `cli._app.main`
catches `CurateError`.
"""

from __future__ import annotations

import pickle
import traceback


class CurateError(Exception):
    """Something a person can act on: a message, and a hint about the next step.

    Parameters
    ----------
    message
        What happened, to which thing.
    hint
        What to do next; printed on a line of its own.
    """

    exit_code = 1

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __reduce__(self) -> tuple[object, ...]:
        # Errors travel from worker processes, and the default would lose the keyword.
        return (_rebuild, (type(self), self.message, self.hint))


def _rebuild(kind: type[CurateError], message: str, hint: str | None) -> CurateError:
    return kind(message, hint=hint)


class UsageError(CurateError):
    """An option or argument is invalid. Lists the valid ones."""

    exit_code = 2


class AudioError(CurateError):
    """Something about audio."""


class DecodeFailed(AudioError):
    """The audio of a file is unreadable: path, and the decoder's words."""


class OtherFile(DecodeFailed):
    """The file is not the one that was registered. That says nothing of the recording, which waits for it."""


class FileGone(OtherFile):
    """The file is not there. Its disk may be out of this process's sight.

    Parameters
    ----------
    path
        Of the file.
    """

    def __init__(self, message: str, *, hint: str | None = None, path: str = "") -> None:
        super().__init__(message, hint=hint)
        self.path = path

    def __reduce__(self) -> tuple[object, ...]:
        return (_file_gone, (self.message, self.hint, self.path))


def _file_gone(message: str, hint: str | None, path: str) -> FileGone:
    return FileGone(message, hint=hint, path=path)


class RawAudioProtected(AudioError):
    """Something tried to write over registered raw audio."""


class CatalogueError(CurateError):
    """Something about the dataset's catalogue."""


class CatalogueBusy(CatalogueError):
    """Another process is writing to the same dataset."""


class CatalogueTooNew(CatalogueError):
    """The catalogue was made by a later version of curate."""


class NotInCatalogue(CatalogueError):
    """Unknown recording, layer or dataset. Names the nearest ones."""


class DiskFull(CurateError):
    """A disk is full: all other files would fail too, so a run stops."""


class FormatError(CurateError):
    """A table breaks its format: file, row, column, what was expected."""


class EngineError(CurateError):
    """Workers are unreachable, or unable to see the audio."""


class WorkerDied(EngineError):
    """The process that was at an item died: a crash in a decoder, or the out-of-memory killer."""


class StorageError(CurateError):
    """Object storage failed to read or write an object. Names its address, and hides all secrets.

    Parameters
    ----------
    is_gone
        Whether it answered that there is no such object.
    """

    def __init__(self, message: str, *, hint: str | None = None, is_gone: bool = False) -> None:
        super().__init__(message, hint=hint)
        self.is_gone = is_gone

    def __reduce__(self) -> tuple[object, ...]:
        return (_storage_error, (self.message, self.hint, self.is_gone))


def _storage_error(message: str, hint: str | None, is_gone: bool) -> StorageError:
    return StorageError(message, hint=hint, is_gone=is_gone)


class NetError(CurateError):
    """A server did not deliver. Names the URL, without its secrets."""


class AddressRefused(NetError):
    """A URL that is not asked: another scheme than http and https, or an address in the local network."""


class BodyRefused(NetError):
    """What a server sent is not what was asked for: an error page, a broken file, another size."""


class DaySpent(NetError):
    """A server gives no more today: what it allows in 24 hours was fetched."""


class NotOnServer(NetError):
    """The server lacks it (any more)."""


class Unreachable(NetError):
    """A server gave no final answer in all the time that was granted to it."""


def portable(error: Exception) -> Exception:
    """Give an error itself if it survives the way to another process, else its words. Traceback as a note."""
    told, note = error, "".join(traceback.format_exception(error))
    if not _packs(told):
        # Where tblib is loaded, as by distributed, errors pack with what they came from: it is in the note.
        told = told.with_traceback(None)
        told.__cause__ = told.__context__ = None
        if not _packs(told):
            told = RuntimeError(f"{type(error).__name__}: {error}")
    told.add_note(note)
    return told


def _packs(error: Exception) -> bool:
    try:
        pickle.loads(pickle.dumps(error))  # noqa: S301 - what this very line packed
    except Exception:  # noqa: BLE001 - a class of somebody else may raise anything
        return False
    return True
