"""Copies of objects on this machine, so that decoders find a file: fetched once, kept within bounds."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import tempfile
import time
from contextlib import suppress
from pathlib import Path

from curate.errors import StorageError
from curate.storage.address import is_remote
from curate.storage.objects import ObjectState, read_range, state_of

#: Bytes asked for at a time.
_RANGE = 8 << 20

#: Name of the variable for the folder of the copies, and of that for their size in GB.
FOLDER_VARIABLE, SIZE_VARIABLE = "CURATE_CACHE", "CURATE_CACHE_GB"

#: Gigabytes that all copies take, unless the variable says otherwise.
_USUAL_GB = 10.0

#: Seconds in which a copy that was used is not removed: somebody may be at it.
_IN_USE = 600.0

#: Seconds in which a process does not ask again for the state of an object.
_SURE = 10.0

#: Endings that a copy keeps.
_ENDING = re.compile(r"\.[A-Za-z0-9]{1,7}$")

_asked: dict[str, tuple[float, ObjectState]] = {}


def fetch(address: str) -> tuple[str, ObjectState]:
    """Bring an object to this machine, unless its present state is there, and give path and state.

    An object that is replaced while it is read is read once more.

    Raises
    ------
    StorageError
        If it is gone, cannot be read, or is replaced again and again.
    """
    for _ in range(3):
        state = state_of(address)
        copy = _place(address, state)
        if copy.exists():
            os.utime(copy)
        elif not _download(address, state, copy):
            continue
        _asked[address] = (time.monotonic(), state)
        return str(copy), state
    raise StorageError(f"{address} is replaced again and again while it is read", hint="run it again later")


def local(path: str | os.PathLike[str]) -> str | os.PathLike[str]:
    """Give a path that can be opened: of an object its copy, else the path itself.

    Raises
    ------
    StorageError
        As `fetch`.
    """
    if not is_remote(path):
        return path
    address = os.fspath(path)
    known = _asked.get(address)
    if known is not None and time.monotonic() - known[0] < _SURE:
        copy = _place(address, known[1])
        if copy.exists():
            return str(copy)
    return fetch(address)[0]


def _place(address: str, state: ObjectState) -> Path:
    """Where the copy of a state lies; the ending stays, since decoders go by it."""
    said = f"{address} {state.size} {state.version}"
    name = hashlib.sha256(said.encode(errors="surrogateescape")).hexdigest()[:40]
    ending = _ENDING.search(address)
    return _folder() / name[:2] / (name + (ending[0].lower() if ending else ""))


def _folder() -> Path:
    given = os.environ.get(FOLDER_VARIABLE)
    return Path(given) if given else Path.home() / ".cache" / "curate"


def _bound() -> float:
    try:
        return float(os.environ.get(SIZE_VARIABLE, _USUAL_GB)) * 1e9
    except ValueError:
        return _USUAL_GB * 1e9


def _download(address: str, state: ObjectState, copy: Path) -> bool:
    """Read an object in ranges; tells whether it was in one state all the time."""
    copy.parent.mkdir(parents=True, exist_ok=True)
    _make_room(state.size)
    digest = hashlib.md5(usedforsecurity=False)
    handle, part = tempfile.mkstemp(dir=copy.parent, prefix=".part-")
    try:
        with os.fdopen(handle, "wb") as file:
            for start in range(0, state.size, _RANGE):
                stop = min(start + _RANGE, state.size)
                data = read_range(address, start, stop, whole=stop - start == state.size)
                digest.update(data)
                file.write(data)
        # Where the etag is no hash, or the hash another, the object tells whether it was replaced.
        if digest.hexdigest() != state.md5 and (state.md5 or state_of(address) != state):
            return False
        os.replace(part, copy)
    except StorageError as error:
        if not error.is_gone and state_of(address) != state:  # shorter now, perhaps
            return False
        raise
    finally:
        if os.path.exists(part):
            os.unlink(part)
    return True


def _make_room(size: int) -> None:
    """Remove copies that were not used for longest, until one of this size fits."""
    bound = _bound()
    _state.added += size
    if _state.added < bound / 32 and _state.is_measured:
        return
    _state.added, _state.is_measured = size, True
    copies = []
    for folder, _, names in os.walk(_folder()):
        for name in names:
            path = os.path.join(folder, name)
            try:
                status = os.stat(path)
            except FileNotFoundError:
                continue
            copies.append((status.st_mtime, status.st_size, path))
    total = sum(each[1] for each in copies) + size
    unused_since = time.time() - _IN_USE
    for used, held, path in sorted(copies):
        # A full disk is worse than a file that is fetched again.
        if total <= bound * 0.9 or (used > unused_since and shutil.disk_usage(_folder()).free > 2 * size):
            break
        with suppress(FileNotFoundError):  # another process may be at it, too
            os.unlink(path)
        total -= held


class _Measured:
    """How much this process added since it measured the folder."""

    added = 0
    is_measured = False


_state = _Measured()
