"""Files and objects alike: what both have, for code that takes either.

A path of this machine costs one look for ``://`` more than before.
"""

from __future__ import annotations

import errno
import hashlib
import os
from collections.abc import Callable

from curate.errors import StorageError
from curate.storage.address import is_remote
from curate.storage.copies import fetch
from curate.storage.objects import ObjectState, exists, listed_state


def size_and_version(path: str) -> tuple[int, int]:
    """Give the size in bytes, and the time of change in nanoseconds or the version of an object.

    Of an object that was listed a moment ago, what the listing said.

    Raises
    ------
    OSError
        If there is nothing (FileNotFoundError), or it cannot be asked for.
    StorageError
        If the storage refuses, or does not answer.
    """
    return _of_object(path, listed_state) if is_remote(path) else _of_file(path)


def size_and_version_to_open(path: str) -> tuple[int, int]:
    """Give them of what is opened next under this path. An object is fetched for it.

    Raises
    ------
    OSError, StorageError
        As `size_and_version`.
    """
    return _of_object(path, lambda address: fetch(address)[1]) if is_remote(path) else _of_file(path)


def _of_file(path: str) -> tuple[int, int]:
    now = os.stat(path)
    return now.st_size, now.st_mtime_ns


def _of_object(address: str, ask: Callable[[str], ObjectState]) -> tuple[int, int]:
    try:
        state = ask(address)
    except StorageError as error:
        if error.is_gone:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), address) from None
        raise
    return state.size, state.version


def sha256_of(path: str | os.PathLike[str]) -> str:
    """Hash the bytes of a file of this machine."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def is_there(path: str) -> bool:
    """Whether there is such a file or object."""
    return exists(path) if is_remote(path) else os.path.lexists(path)


def is_file(path: str) -> bool:
    """Whether there is such a file. Objects are believed, as each would have to be asked for."""
    return is_remote(path) or os.path.isfile(path)
