"""A table that is written beside its place, and moved there when it is whole."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from curate.formats.files import written_tables


@contextmanager
def drafted(out: Path, *, noted: bool) -> Iterator[Path]:
    """Give a path to write a table to, and move it, with what its format puts next to it, into place.

    Parameters
    ----------
    noted
        Whether the tables go into the ledger of their folder.

    Raises
    ------
    UsageError
        If something of somebody else's stands where one of them belongs.
    """
    drafts = out.with_name(f".{out.name}.tables")
    shutil.rmtree(drafts, ignore_errors=True)
    drafts.mkdir(parents=True)
    try:
        yield drafts / out.name
        made = check_drafts(out, drafts)
        for table in made:
            (drafts / table.name).replace(table)
    finally:
        shutil.rmtree(drafts, ignore_errors=True)
    if noted:
        written_tables.note(made)


def check_drafts(out: Path, drafts: Path) -> list[Path]:
    """List where the drafts belong; refuses places of somebody else's."""
    made = [out.with_name(draft.name) for draft in sorted(drafts.iterdir())]
    for table in made:
        if table != out:  # which was checked before anything was done
            written_tables.check(table)
    return made
