"""All that registering a recording needs to know of its file, and whether it still is that file."""

from __future__ import annotations

import errno
import hashlib
import os
from collections.abc import Callable
from io import BufferedReader
from typing import BinaryIO

from curate.audio.probe import probe
from curate.errors import DecodeFailed, FileGone, OtherFile, StorageError
from curate.model import AudioInfo, FileFacts, RecorderClaim
from curate.recorders.containers import Parts, parts_of
from curate.recorders.read import read_claims
from curate.storage.address import is_remote
from curate.storage.copies import fetch
from curate.storage.files import sha256_of, size_and_version_to_open

#: What `examine` says of a file that is not there.
GONE = f"cannot be read: {os.strerror(errno.ENOENT)}"


def examine(path: str, measure: Callable[[str, Parts], AudioInfo] = probe) -> FileFacts:
    """Open a file, find its audio and what its recorder says, and hash its bytes.

    A file that cannot be read or decoded is a fact, too: nothing is raised for it.

    Parameters
    ----------
    path
        Absolute or relative; may hold bytes that are not valid UTF-8 (surrogate escapes). Or the address of
        an object, which is fetched.
    measure
        Finds its audio, and raises as `probe` does: whoever reads all of a file learns the same on the way.
    """
    try:
        size, mtime_ns, file = _opened(path)
        with file:
            parts = _parts(file)
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        return FileFacts(0, 0, None, None, f"cannot be read: {error.strerror}")
    claims = read_claims(path, parts, held=file.name)
    info, problem = None, None
    try:
        info = measure(path, parts)
        problem = info.problem
    except DecodeFailed as error:
        problem = _words(error, path)
    except OSError as error:
        problem = f"cannot be read: {error.strerror}"
    return FileFacts(size, mtime_ns, sha256, info, problem, claims)


def claims_in(path: str) -> tuple[RecorderClaim, ...]:
    """Read what a file says of itself, without its sound. Of an unreadable one its name alone tells."""
    try:
        with open(path, "rb") as file:
            return read_claims(path, _parts(file))
    except OSError:
        return read_claims(path, Parts())


def _parts(file: BinaryIO) -> Parts:
    """Find the metadata of a file, and go back to its start."""
    parts = parts_of(file)
    file.seek(0)
    parts.tags = tags_of(file)
    file.seek(0)
    return parts


#: How files begin whose tags FFmpeg reads here, and MP4 from its fifth byte on.
_TAGGED = (b"ID3", b"RIFX", b"caff", b"riff")


def tags_of(file: BinaryIO) -> tuple[tuple[str, str], ...]:
    """Read the tags of an MP3, MP4, CAF, W64 or big-endian WAV, as FFmpeg names them; none of others."""
    head = file.read(8)
    file.seek(0)
    if not (head.startswith(_TAGGED) or head[4:] == b"ftyp"):
        return ()
    import av  # noqa: PLC0415 - 80 ms that most files do not need

    try:
        with av.open(file, metadata_errors="replace") as container:
            return tuple(sorted(container.metadata.items()))
    except Exception:  # noqa: BLE001 - what a broken file raises: whoever reads its sound tells
        return ()


def _opened(path: str) -> tuple[int, int, BufferedReader]:
    """Give size, time of change and bytes of a file; of an object its version, and its copy here."""
    if not is_remote(path):
        before = os.stat(path)
        return before.st_size, before.st_mtime_ns, open(path, "rb")
    try:
        copy, state = fetch(path)
    except StorageError as error:
        if error.is_gone:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT)) from None
        raise
    return state.size, state.version, open(copy, "rb")


def _words(error: DecodeFailed, path: str) -> str:
    """Take the path out of a message: it stands next to the problem wherever that is shown."""
    return error.message.replace(f" {path}", "")


def check_unchanged(path: str, *, size: int, mtime_ns: int, sha256: str | None) -> None:
    """Make sure that a file still is the one that was registered.

    Its time may differ where its bytes do not: FAT keeps local time, so that all files of a card are an hour
    off after clocks changed, and not every program that copies keeps times.

    Raises
    ------
    OtherFile
        If it is gone (`FileGone`), or its size or bytes differ.
    """
    # The words go into the catalogue, which cannot hold a name that is not UTF-8.
    shown = path.encode(errors="backslashreplace").decode()
    try:
        now = size_and_version_to_open(path)
        is_same = now == (size, mtime_ns) or _has_bytes(path, now[0], size, sha256)
    except OSError as error:
        raise FileGone(
            f"{shown}: {error.strerror}",
            hint="put the file back, or run 'curate import' on its new place",
            path=path,
        ) from error
    if not is_same:
        raise OtherFile(
            f"{shown} has changed since it was imported",
            hint="put the original back, or accept it: curate import --replace-changed",
        )


def _has_bytes(path: str, now: int, size: int, sha256: str | None) -> bool:
    """Whether a file on a disk has the bytes that it had. Of an object its version stands for them."""
    return now == size and sha256 is not None and not is_remote(path) and sha256_of(path) == sha256
