"""What a local file is called in the catalogue, as nobody else has named it."""

from __future__ import annotations

import os
from pathlib import Path


def identity(path: str, root: str) -> str:
    """Name a local file: by its path below the root, else by its folder and itself.

    A table may name files anywhere; ``../../../media/owls/1.wav`` is no name to type, and tells of
    this machine.

    Examples
    --------
    >>> identity("/media/owls/1.wav", "/media"), identity("/media/owls/1.wav", "/home/ana")
    ('owls/1.wav', 'owls/1.wav')
    """
    inside = os.path.relpath(path, root)
    if not inside.startswith(os.pardir + os.sep):
        return inside
    return os.path.join(os.path.basename(os.path.dirname(path)), os.path.basename(path))


def root_of(source: Path) -> str:
    """Folder that the names of a source's files count from: itself, or that of a table or file."""
    where = os.path.abspath(source)
    return where if os.path.isdir(where) else os.path.dirname(where)
