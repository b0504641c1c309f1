"""How paths are kept: relative inside the dataset, and as bytes where UTF-8 cannot hold them."""

from __future__ import annotations

import hashlib
import os
import re
import unicodedata
from functools import lru_cache
from pathlib import Path

from curate.storage.address import is_remote
from curate.storage.device_names import is_device_name

#: Characters of a text that `safe_name` keeps: file systems allow 255 bytes, a character takes
#: up to four, and callers add numbers and endings.
_LONGEST = 50

_UNSAFE = re.compile(r"[^\w .,+=@()-]+")


def stored(path: str, folder: Path) -> str | bytes:
    """Form in which the catalogue keeps a path: relative inside the dataset `folder`, which is absolute.

    Addresses of object storage are kept as they are.
    """
    if is_remote(path):
        return path
    inside = _inside(path, folder)
    try:
        inside.encode("utf-8")
    except UnicodeEncodeError:
        return os.fsencode(inside)
    return inside


def restored(cell: str | bytes, folder: Path) -> str:
    """Absolute path behind a stored one, if the dataset `folder` is absolute, or the address of an object."""
    if is_remote(cell):
        return str(cell)
    return os.path.join(folder, os.fsdecode(cell))


def _inside(path: str, folder: Path) -> str:
    """Give a path relative to the folder, or as it is where it leads elsewhere."""
    within = _within(folder)
    # `abspath` and `relpath` cost more than the rest, and millions of files are asked about.
    is_plain = path[:1] == "/" and "/." not in path and "//" not in path and path[-1] != "/"
    if is_plain:
        return path.removeprefix(within)
    return os.path.relpath(path, folder) if os.path.abspath(path).startswith(within) else path


@lru_cache(maxsize=8)
def _within(folder: Path) -> str:
    """Give what the paths of files in a folder begin with."""
    return os.path.join(folder, "")


def printable(text: str) -> str:
    r"""Text that UTF-8 can hold: bytes of a broken file name become ``\xff`` escapes.

    Examples
    --------
    >>> printable("caf\udce9")
    'caf\\xe9'
    """
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def safe_name(text: str) -> str:
    """Part of a path that every file system takes, unique for each text.

    A name that had to be changed gets six hexadecimal digits of its hash, so that two
    names never meet in one file.

    Examples
    --------
    >>> safe_name("Turdus rufiventris"), safe_name("song: 1/2")
    ('Turdus rufiventris', 'song_ 1_2-a689e9')
    """
    plain = unicodedata.normalize("NFC", text)
    name = _UNSAFE.sub("_", plain).strip(" ._")[:_LONGEST]
    if is_device_name(name):
        name = name.replace(".", "_")  # before its first dot the digest has to stand
    elif name and name == text:
        return name
    digest = hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:6]
    return f"{name}-{digest}" if name else digest
