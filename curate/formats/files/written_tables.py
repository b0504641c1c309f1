"""Which tables in a folder curate wrote, so that nobody else's are ever replaced.

Raven, Audacity and Label Studio save people's work under the names that we export to. A hidden
file in the folder lists our tables with their hashes, as `sha256sum` does: a table that is not
in it, or has been worked on since, is left alone.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from curate.errors import UsageError
from curate.formats.files.output import text_file
from curate.storage.files import sha256_of

#: The hidden file.
LEDGER = ".curate-tables"


def check(out: Path) -> None:
    """Refuse to replace a table that is not as we wrote it.

    Raises
    ------
    UsageError
        If something else stands there.
    """
    if not os.path.lexists(out):
        return
    if not out.is_file() or _known(out.parent).get(out.name) != sha256_of(out):
        known = out.is_file() and out.name in _known(out.parent)
        what = "was changed since curate wrote it" if known else "exists and was not made by curate"
        raise UsageError(f"{out} {what}", hint="choose another name, or move it away first")


def note(tables: Iterable[Path]) -> None:
    """Enter tables of one folder, just written."""
    for folder, names in _by_folder(tables).items():
        entries = _known(folder) | {name: sha256_of(folder / name) for name in names}
        with text_file(folder / LEDGER) as handle:
            handle.writelines(
                f"{sha256}  {name}\n" for name, sha256 in sorted(entries.items()) if (folder / name).exists()
            )


def _by_folder(tables: Iterable[Path]) -> dict[Path, list[str]]:
    folders: dict[Path, list[str]] = {}
    for table in tables:
        folders.setdefault(table.parent, []).append(table.name)
    return folders


def _known(folder: Path) -> dict[str, str]:
    ledger = folder / LEDGER
    if not ledger.is_file():
        return {}
    lines = ledger.read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    return {name: sha256 for sha256, separator, name in (line.partition("  ") for line in lines) if separator}
