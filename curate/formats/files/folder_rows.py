"""Rows made from the names of folders and files: the folder is the label, the file tells the archive's id."""

from __future__ import annotations

import os
from pathlib import Path

from curate.errors import UsageError
from curate.formats.files.origins import origin, species
from curate.formats.parse import printable
from curate.model import Row


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
            f"the format {form} has fixed columns", hint="formats that have: csv, jsonl, parquet"
        )


def label_below(root: str, file: str, *, depth: int = 1) -> str:
    """Name the first folder below `root` on the way to `file`, or a deeper one, or empty if missing."""
    folders = file[len(os.path.join(root, "")) :].split(os.sep)[:-1]
    return printable(folders[depth - 1]) if len(folders) >= depth else ""


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
