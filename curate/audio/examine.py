"""All that registering a recording needs to know of its file, in one call."""

from __future__ import annotations

import errno
import hashlib
import os

from curate.audio.probe import probe
from curate.errors import DecodeFailed
from curate.model import FileFacts

#: What `examine` says of a file that is not there.
GONE = f"cannot be read: {os.strerror(errno.ENOENT)}"


def examine(path: str) -> FileFacts:
    """Open a file, find its audio, and hash its bytes.

    A file that cannot be read or decoded is a fact, too: nothing is raised for it.

    Parameters
    ----------
    path
        Absolute or relative; may hold bytes that are not valid UTF-8 (surrogate escapes).
    """
    try:
        before = os.stat(path)
        with open(path, "rb") as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        return FileFacts(0, 0, None, None, f"cannot be read: {error.strerror}")
    try:
        info = probe(path)
    except DecodeFailed as error:
        return FileFacts(before.st_size, before.st_mtime_ns, sha256, None, _words(error, path))
    except OSError as error:
        return FileFacts(
            before.st_size, before.st_mtime_ns, sha256, None, f"cannot be read: {error.strerror}"
        )
    return FileFacts(before.st_size, before.st_mtime_ns, sha256, info, info.problem)


def _words(error: DecodeFailed, path: str) -> str:
    """Take the path out of a message: it stands beside the problem wherever that is shown."""
    return error.message.replace(f" {path}", "")
