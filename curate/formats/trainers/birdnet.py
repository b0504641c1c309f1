"""BirdNET-Analyzer's training folders: ``<Scientific name_Common name>/<file>``.

Several species in one recording stand in one name, between commas. ``-<name>`` says that a
species is *not* heard, and ``noise``, ``other``, ``background`` and ``silence`` that nothing is:
such recordings come without a label, keep the name in `Row.extra`, and are written as they came.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from curate.errors import FormatError
from curate.formats import Report
from curate.formats.files.folder_rows import label_below, refuse_columns, row_at
from curate.formats.files.walk import audio_files
from curate.formats.tables import csv
from curate.model import Row

#: Folders of recordings in which nothing is to be learnt.
_NO_EVENT = frozenset({"background", "noise", "other", "silence"})


def is_no_event(folder: str) -> bool:
    """Whether a folder of this name says that nothing, or not this species, is heard.

    Examples
    --------
    >>> is_no_event("Noise"), is_no_event("-Turdus merula"), is_no_event("Turdus merula")
    (True, True, False)
    """
    return folder.casefold() in _NO_EVENT or folder.startswith("-")


def read(
    path: Path,
    *,
    report: Report,
    label_column: str | None = None,
    path_column: str | None = None,
    audio_folder: Path | None = None,
) -> Iterator[Row]:
    """Read a training folder.

    Raises
    ------
    FormatError
        If it is no folder.
    UsageError
        If a column is named.
    """
    refuse_columns("birdnet", label_column, path_column, audio_folder)
    root = os.path.abspath(path)
    if not os.path.isdir(root):
        raise FormatError(
            f"{path}: expected a training folder of BirdNET", hint="expected <Scientific_Common>/<file>"
        )
    return (_row(file, label_below(root, file)) for file in audio_files(root, report, passed_over=report))


def _row(file: str, folder: str) -> Row:
    if is_no_event(folder):
        row = row_at(file, "")
        return replace(row, extra={"birdnet_folder": folder})
    first, *others = [name.strip() for name in folder.split(",") if name.strip()] or [""]
    return replace(row_at(file, first), secondary_labels=tuple(others))


def write(rows: Iterable[Row], out: Path) -> int:
    """Write the manifest of a training folder that has its audio already, and return the number of rows."""
    return csv.write(rows, out / "manifest.csv")
