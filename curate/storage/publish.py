"""Write to object storage atomically."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from curate.errors import StorageError, UsageError
from curate.storage import objects

#: Object that is written first and removed last: where it is, a folder is not complete.
UNFINISHED = ".curate-unfinished"


@contextmanager
def publishing(address: str, near: Path) -> Iterator[Path]:
    """Give a path to write a file or folder to. If the block ends well, it is uploaded to the address.

    Files are uploaded in the order of their names, and an object only appears when it is complete. Of a
    folder, `UNFINISHED` tells until the last one is there; after an error what was uploaded is removed.

    Parameters
    ----------
    near
        Folder in which the draft lies meanwhile.

    Raises
    ------
    StorageError
        If it cannot be written.
    """
    near.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(dir=near, prefix=".publishing-"))
    try:
        target = draft / address.rpartition("/")[2]
        yield target
        _upload(draft, address)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def check_free(address: str, *, is_ours: bool) -> None:
    """Make sure that only files of ours are replaced.

    Parameters
    ----------
    is_ours
        Whether an export of this dataset is noted for the address.

    Raises
    ------
    UsageError
        If there is something.
    """
    if is_ours:
        return
    there = next(iter(_below(address)), None)
    if there is not None:
        raise UsageError(f"{there} is there already", hint="name another place, or remove it first")


def _below(address: str) -> Iterator[str]:
    try:
        yield from objects.listing(address)
    except StorageError as error:
        if not error.is_gone:
            raise


def _upload(draft: Path, address: str) -> None:
    base = address.rpartition("/")[0]
    paths = [path for path in sorted(draft.rglob("*")) if path.is_file() and path.name != ".lock"]
    names = [f"{base}/{path.relative_to(draft).as_posix()}" for path in paths]
    several = len(paths) > 1
    marker = f"{address}/{UNFINISHED}" if several else ""
    old = set(_below(address)) if several and (draft / address.rpartition("/")[2]).is_dir() else set()
    done: list[str] = []
    try:
        if marker:
            empty = draft / UNFINISHED
            empty.write_bytes(b"")
            objects.write(marker, os.fspath(empty))
        for path, name in zip(paths, names, strict=True):
            objects.write(name, os.fspath(path))
            done.append(name)
    except BaseException:
        for name in [*(name for name in done if name not in old), marker if not old else ""]:
            if name:
                objects.remove(name)
        raise
    for name in sorted(old - set(names)):
        objects.remove(name)
    if marker:
        objects.remove(marker)
