"""Recordings in object storage, listed where they lie: ``<label>/.../<object>`` below an address."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from pathlib import Path

from curate.errors import FormatError
from curate.formats import Report
from curate.formats.files.folder_rows import label_below, refuse_columns, row_at
from curate.formats.files.walk import ending_of, is_audio
from curate.model import Problem, Row
from curate.storage.objects import listing


def list_recordings(
    address: str,
    *,
    report: Report,
    label_column: str | None = None,
    path_column: str | None = None,
    audio_folder: Path | None = None,
) -> Iterator[Row]:
    """List recordings below an address, labelled by the first folder, or take one recording.

    Nothing is opened, so that objects without an ending are passed over.

    Raises
    ------
    FormatError
        If the address is that of one object that is no recording.
    StorageError
        If there is nothing, or it cannot be listed.
    UsageError
        If a column is named.
    """
    refuse_columns("folders", label_column, path_column, audio_folder)
    found = listing(address)
    first = next(found, None)
    if first == address and not is_audio(_name(address)):
        raise FormatError(
            f"{address}: expected an audio file",
            hint="name a folder. A table is read from this machine, and may have addresses as paths",
        )
    return (row for each in chain([first], found) if each for row in _row(address, each, report))


def _row(address: str, found: str, report: Report) -> Iterator[Row]:
    if is_audio(_name(found)):
        yield row_at(found, label_below(address, found))
    elif not _name(found).startswith("."):
        report(Problem("passed-over", found, ending_of(_name(found))))


def _name(address: str) -> str:
    return address.rpartition("/")[2]
