"""Recordings that another set has: a competition's table, an evaluation set, another dataset."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from curate.archives.identity import identity_from_name, identity_of
from curate.archives.remote import Identity
from curate.catalogue import downloads
from curate.catalogue.dataset import Dataset
from curate.errors import UsageError
from curate.formats.csv import Sheet
from curate.formats.table import find

_IDS = ("recording_id", "id", "xc_id")
_NAMES = ("filename", "path", "filepath", "file_path", "file_name", "file", "source_path", "audio")
_URLS = ("url", "file_url", "source_url")


def identities_in(sources: Sequence[str | os.PathLike[str]]) -> frozenset[Identity]:
    """List which archives' recordings some tables and datasets hold.

    Parameters
    ----------
    sources
        CSV tables with a column of ids, file names or URLs, or dataset folders.

    Raises
    ------
    UsageError
        If there is no such file, or nothing in it could be recognised: then nothing would be left out.
    """
    found: set[Identity] = set()
    for source in [sources] if isinstance(sources, str | os.PathLike) else sources:
        path = Path(source)
        before = len(found)
        if path.is_dir() and Dataset(path).exists:
            with Dataset(path) as dataset:
                found.update((archive, number) for archive, number, _ in downloads.identities(dataset.store))
        elif path.is_file():
            sheet = Sheet.open(path)
            for _, record in sheet.records(lambda _problem: None):
                found.update(_named(sheet.columns, record))
        else:
            raise UsageError(f"no such table or dataset: {path}")
        if len(found) == before:
            raise UsageError(
                f"{path} names no recording of any archive",
                hint="expected ids such as xeno-canto:694038, file names such as XC694038.ogg, or URLs",
            )
    return frozenset(found)


def _named(columns: Sequence[str], record: Mapping[str, object]) -> Iterator[Identity]:
    for wanted in (_IDS, _NAMES, _URLS):
        column = find(columns, wanted)
        cell = str(record.get(column) or "").strip() if column else ""
        if not cell:
            continue
        archive, colon, number = cell.partition(":")
        if wanted is _IDS and colon:
            yield archive, number
        found = identity_of(cell) if wanted is _URLS else identity_from_name(cell)
        if found is not None:
            yield found
