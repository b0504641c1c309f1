"""What the sources of an import are called: paths of this machine, or addresses of object storage."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from curate.storage.address import address_of, is_remote


def several(paths: str | os.PathLike[str] | Sequence[str | os.PathLike[str]]) -> list[Path | str]:
    """List the paths, for one alone as well: a text is a sequence, too, of letters. Addresses are text."""
    if isinstance(paths, str | os.PathLike):
        paths = [paths]
    return [address_of(path) or Path(path) for path in paths]


def whole_path(source: Path | str) -> str:
    """Give the absolute path of a source, or its address."""
    return str(source) if is_remote(source) else os.path.abspath(source)


def root_of(source: Path | str) -> str:
    """Folder that the names of a source's files count from: itself, or that of a table or file."""
    where = whole_path(source)
    return where if is_remote(where) or os.path.isdir(where) else os.path.dirname(where)


def identity(path: str, root: str) -> str:
    """Name a local file: by its path below the root, else by its folder and itself.

    A table may name files anywhere; ``../../../media/owls/1.wav`` is no name to type, and tells of
    this machine.

    Examples
    --------
    >>> identity("/media/owls/1.wav", "/media"), identity("/media/owls/1.wav", "/home/ana")
    ('owls/1.wav', 'owls/1.wav')
    >>> identity("/media//owls/x/../1.wav", "/media"), identity("/media/../media/1.wav", "/media")
    ('owls/1.wav', '1.wav')
    >>> identity("s3://media/2025/owls/1.wav", "s3://media/2025")
    'owls/1.wav'
    """
    if is_remote(path):
        return path.removeprefix(root + "/") if path != root else path.rpartition("/")[2]
    inside = path.removeprefix(os.path.join(root, ""))
    if inside == path or inside != os.path.normpath(inside) or inside.startswith((os.pardir, os.sep)):
        inside = os.path.relpath(path, root)
    if not inside.startswith(os.pardir + os.sep):
        return inside
    return os.path.join(os.path.basename(os.path.dirname(path)), os.path.basename(path))
