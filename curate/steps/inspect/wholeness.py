"""Whether one file is as the catalogue knows it: what a worker reads, and how it is judged."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal

from curate.audio.read import open_audio
from curate.audio.write import PADDING
from curate.errors import DecodeFailed
from curate.storage.address import is_remote
from curate.storage.copies import local
from curate.storage.files import sha256_of, size_and_version

#: What can be wrong, in the order in which it is told.
Kind = Literal[
    "catalogue damaged",
    "raw gone",
    "raw changed",
    "raw touched",
    "raw unreadable",
    "raw damaged",
    "raw unlike",
    "copy gone",
    "copy changed",
    "copy damaged",
    "export altered",
    "export broken",
    "orphan",
    "leftover",
]

#: Copies in these formats have the very frames that were written; lossy ones are padded.
_EXACT = (".flac", ".wav")


@dataclass(frozen=True, slots=True)
class Expected:
    """A file as the catalogue knows it.

    Parameters
    ----------
    mtime_ns, sha256
        Of a raw file; None of a copy.
    frames
        Length in samples per channel; None of a raw file that cannot be decoded.
    problem
        What is known to be wrong with a raw file.
    read
        Whether to read it to its end, too.
    """

    recording: int
    path: str
    bytes: int
    mtime_ns: int | None = None
    sha256: str | None = None
    frames: int | None = None
    problem: str | None = None
    read: bool = False


@dataclass(frozen=True, slots=True)
class FileFault:
    """What is wrong with one file."""

    kind: Kind
    path: str
    reason: str


def examine_file(file: Expected) -> FileFault | None:
    """Compare a file with what is known of it: its size and times, or all that is in it."""
    is_raw = file.mtime_ns is not None
    try:
        size, mtime_ns = size_and_version(file.path)
    except FileNotFoundError:
        kind: Kind = "raw gone" if is_raw else "copy gone"
        where = "in object storage" if is_remote(file.path) else _missing(os.path.dirname(file.path))
        return FileFault(kind, file.path, where)
    except OSError as error:
        return FileFault("raw unreadable" if is_raw else "copy gone", file.path, _words(error))
    if size != file.bytes:
        kind = "raw changed" if is_raw else "copy changed"
        return FileFault(kind, file.path, f"{size:,} bytes, and not {file.bytes:,}")
    if is_raw:
        timed = _timed(file, mtime_ns, "size")
        return (_hashed(file, mtime_ns) or _decoded(file)) if file.read else timed
    return _heard(file) if file.read else None


def _timed(file: Expected, mtime_ns: int, same: str) -> FileFault | None:
    if mtime_ns == file.mtime_ns:
        return None
    if is_remote(file.path):
        return FileFault("raw changed", file.path, f"of the same {same}, but with another etag")
    return FileFault("raw touched", file.path, f"of the same {same}, but written since it was imported")


def _hashed(file: Expected, mtime_ns: int) -> FileFault | None:
    try:
        digest = sha256_of(local(file.path))
    except OSError as error:
        return FileFault("raw unreadable", file.path, _words(error))
    if digest != file.sha256:
        return FileFault("raw changed", file.path, "other bytes, of the same size")
    return _timed(file, mtime_ns, "bytes")


def _decoded(file: Expected) -> FileFault | None:
    """Decode a raw file to its last byte, unless it could not be decoded when it was imported."""
    if file.frames is None:
        return None
    try:
        with open_audio(file.path) as audio:
            frames = audio.skip_all()
            problem = audio.problem
    except DecodeFailed as error:
        return FileFault("raw unreadable", file.path, error.message)
    if problem is not None:
        return FileFault("raw damaged", file.path, problem)
    if frames != file.frames:
        return FileFault("raw unlike", file.path, f"{frames:,} frames long, and not {file.frames:,}")
    return None


def _heard(file: Expected) -> FileFault | None:
    """Decode a copy to its end."""
    try:
        with open_audio(file.path) as audio:
            frames = sum(block.shape[1] for block in audio.blocks())
            problem = audio.problem
    except DecodeFailed as error:
        return FileFault("copy damaged", file.path, error.message)
    if problem is not None:
        return FileFault("copy damaged", file.path, problem)
    tolerance = 0 if Path(file.path).suffix in _EXACT else PADDING
    if file.frames is not None and abs(frames - file.frames) > tolerance:
        return FileFault("copy damaged", file.path, f"{frames:,} frames long, and not {file.frames:,}")
    return None


@lru_cache(maxsize=256)
def _missing(folder: str) -> str:
    """Say from where on a path leads nowhere: a disk that is not there takes all its files with it."""
    if os.path.isdir(folder):
        return "no such file"
    while not os.path.isdir(os.path.dirname(folder)):
        folder = os.path.dirname(folder)
    return f"there is no {folder}"


def _words(error: OSError) -> str:
    return error.strerror or str(error)
