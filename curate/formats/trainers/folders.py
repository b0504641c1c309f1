"""Folders named after classes: ``<label>/.../<file>``.

The label is the first folder below the given one. It reads the habits of people: species
as folder names (also BirdNET's), and files that keep the name their archive gave them.
"""

from __future__ import annotations

import os
import shlex
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from curate.errors import FormatError
from curate.formats import Report
from curate.formats.files.folder_rows import label_below, refuse_columns, row_at
from curate.formats.files.origins import species
from curate.formats.files.set_parts import are_folders_parts
from curate.formats.files.walk import audio_files, is_recording
from curate.formats.parse import printable
from curate.formats.tables import csv
from curate.model import Row

#: Folders that a message names.
_SHOWN = 3


def read(
    path: Path,
    *,
    report: Report,
    label_column: str | None = None,
    path_column: str | None = None,
    audio_folder: Path | None = None,
) -> Iterator[Row]:
    """Read a folder of labelled folders, or one audio file.

    Files directly in `path` are unlabelled, and so is a `path` that is one file. Folders ``train`` and
    ``test`` are the parts of a set, and its classes lie below them.

    Raises
    ------
    FormatError
        If `path` is neither a folder nor an audio file.
    UsageError
        If a column is named.
    """
    root = os.path.abspath(path)
    if not os.path.isdir(root) and not (os.path.isfile(root) and is_recording(root)):
        raise _no_recordings(root)
    refuse_columns("folders", label_column, path_column, audio_folder)
    if os.path.isdir(root):
        depth = 2 if are_folders_parts(root) else 1
        return (
            row_at(file, label_below(root, file, depth=depth))
            for file in audio_files(root, report, exports=False, passed_over=report)
        )
    return iter([row_at(root, "")])


def _no_recordings(root: str) -> FormatError:
    """Say what a file is that is no recording, and what to do with it."""
    if root.lower().endswith((".xlsx", ".xls", ".ods")):
        return FormatError(f"failed to read {printable(root)}: it is a spreadsheet", hint="save it as CSV")
    if root.lower().endswith((".7z", ".gz", ".rar", ".tar", ".tgz", ".zip")):
        return FormatError(
            f"failed to read {printable(root)}: it is packed", hint="unpack it, and import its contents"
        )
    state = "expected an audio file" if os.path.exists(root) else "does not exist"
    return FormatError(
        f"failed to read recordings from {printable(root)}: it {state}",
        hint="name a folder of recordings, such as <label>/<file>, or one recording",
    )


def doubt_of_depth(root: str, below: Mapping[str, Collection[str]], *, what: str = "classes") -> str:
    """Say that classes, or sites, may lie below the first folders, or empty if nothing speaks for it.

    They may if several first folders hold one of the same name, as seasons do. They also may if one bears the
    name of a species, and the first folder bears none.

    Parameters
    ----------
    below
        The names of folders below the first ones, with the labels above each.

    Examples
    --------
    >>> doubt_of_depth("birds", {"song": ["owl"], "Strix aluco aluco": ["Strix aluco"]})
    ''
    """
    doubted = sorted(
        name
        for name, labels in below.items()
        if len(labels) > 1 or (species(name)[0] and not any(species(label)[0] for label in labels))
    )
    if not doubted:
        return ""
    above = sorted({label for name in doubted for label in below[name]})
    return (
        f"the first folders are the {what} ({_first(above)}), and not those below ({_first(doubted)}). "
        f"If those below are, import each first folder: curate import {shlex.quote(root)}/*"
    )


def _first(names: Sequence[str]) -> str:
    """Name the first of some folders."""
    return ", ".join([*names[:_SHOWN], *(["..."] if len(names) > _SHOWN else [])])


def write(rows: Iterable[Row], out: Path) -> int:
    """Write the manifest of a folder that has its audio already, by class, and return the number of rows."""
    return csv.write(rows, out / "manifest.csv")
