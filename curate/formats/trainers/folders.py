"""Folders named after classes: ``<label>/.../<file>``.

The label is the first folder below the given one. It reads the habits of people: species
as folder names (also BirdNET's), and files that keep the name their archive gave them.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from curate.errors import FormatError, UsageError
from curate.formats import Report
from curate.formats.files.origins import origin, species
from curate.formats.files.walk import audio_files, is_audio
from curate.formats.parse import printable
from curate.model import Row


def read(
    path: Path,
    *,
    report: Report,
    label_column: str | None = None,
    path_column: str | None = None,
    audio_folder: Path | None = None,
) -> Iterator[Row]:
    """Read a folder of labelled folders, or one audio file.

    Files directly in `path` are unlabelled, and so is a `path` that is one file.

    Raises
    ------
    FormatError
        If `path` is neither a folder nor an audio file.
    UsageError
        If a column is named.
    """
    refuse_columns("folders", label_column, path_column, audio_folder)
    root = os.path.abspath(path)
    if os.path.isdir(root):
        return (row_at(file, label_below(root, file)) for file in audio_files(root, report, exports=False))
    if os.path.isfile(root) and is_audio(os.path.basename(root)):
        return iter([row_at(root, "")])
    if root.lower().endswith((".xlsx", ".xls", ".ods")):
        raise FormatError(f"cannot read {printable(root)}: it is a spreadsheet", hint="save it as CSV")
    state = "is not an audio file" if os.path.exists(root) else "does not exist"
    raise FormatError(
        f"cannot read recordings from {printable(root)}: it {state}",
        hint="name a folder of recordings, such as <label>/<file>, or one recording",
    )


def refuse_columns(
    form: str, label_column: str | None, path_column: str | None, audio_folder: Path | None = None
) -> None:
    """Refuse options that only tables have.

    Raises
    ------
    UsageError
        If a column or a folder is named.
    """
    if audio_folder is not None:
        raise UsageError(f"the format {form} has its audio in the folder itself: leave --audio-folder out")
    if label_column is not None or path_column is not None:
        raise UsageError(
            f"the format {form} has no columns to choose", hint="formats that have: csv, jsonl, parquet"
        )


def label_below(root: str, file: str) -> str:
    """Name the first folder below `root` on the way to `file`; empty if there is none."""
    head, slash, _ = file[len(os.path.join(root, "")) :].partition(os.sep)
    return printable(head) if slash else ""


def row_at(file: str, label: str) -> Row:
    """Make a row from what the names of a file and of its folder tell."""
    archive, recording_id = origin(file) or ("local", "")
    scientific_name, common_name = species(label)
    return Row(
        recording_id=recording_id,
        path=file,
        label=label,
        scientific_name=scientific_name,
        common_name=common_name,
        archive=archive,
    )


def write(rows: Iterable[Row], out: Path) -> int:
    """Write the manifest of a folder that has its audio already, by class; returns the number of rows."""
    from curate.formats.tables import csv  # noqa: PLC0415 - which reads and writes with this module's help

    return csv.write(rows, out / "manifest.csv")
