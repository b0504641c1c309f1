"""What the readers of events share: the files of a format below a folder."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from curate.errors import FormatError
from curate.formats.annotations.beside import files_in
from curate.lookup import near_path


def files_of(path: Path, endings: tuple[str, ...], is_one: Callable[[Path], bool], what: str) -> list[Path]:
    """List a file that is named, or all of a format below a folder.

    Raises
    ------
    FormatError
        If there is none.
    """
    if path.is_file():
        return [path]
    found = [each for ending in endings for each in files_in(path, ending) if is_one(each)]
    if not found:
        hint = f"expected {what}" if path.is_dir() else near_path(path)
        raise FormatError(f"failed to read {path}: its files are missing", hint=hint)
    return found
