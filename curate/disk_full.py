"""A full disk, in words: which it is, how much is free on it, and what to do."""

from __future__ import annotations

import errno
import os
import shutil

from curate.errors import DiskFull

#: What the system says of a full disk, and of a user's full share of one.
FULL = frozenset({errno.ENOSPC, errno.EDQUOT})

#: Bytes; what SQLite shares between processes takes more.
_PAGE = 4096

#: What is left to do.
_HINT = "free some space there, and run the same command again. It keeps finished files, and continues"


def is_disk_full(error: BaseException | None) -> bool:
    """Whether the system refused to write since a disk, or a user's share of it, is full."""
    return isinstance(error, OSError) and error.errno in FULL


def has_no_room(path: str | os.PathLike[str]) -> bool:
    """Whether the disk of a path has less room than a page of memory: SQLite calls that an I/O error."""
    try:
        return shutil.disk_usage(_disk_of(os.fspath(path))).free < _PAGE
    except OSError:
        return False


def disk_full(path: str | os.PathLike[str]) -> DiskFull:
    """Say which disk is full.

    Parameters
    ----------
    path
        What could not be written to it.
    """
    disk = _disk_of(os.fspath(path))
    try:
        free = f", {shutil.disk_usage(disk).free / 1e6:,.1f} MB free"
    except OSError:
        free = ""
    return DiskFull(
        f"the disk is full (mounted at {disk}{free}): failed to write {os.fspath(path)}", hint=_HINT
    )


def _disk_of(path: str) -> str:
    """Find where the disk is mounted on which a path lies."""
    place = os.path.realpath(path)
    while not os.path.ismount(place) and place != os.path.dirname(place):
        place = os.path.dirname(place)
    return place
