"""Hugging Face's AudioFolder: ``<split>/metadata.jsonl`` next to the audio of the split.

``datasets.load_dataset("audiofolder", data_dir=...)`` opens it. JSON lines keep labels that are
digits as text, and lists as lists, where CSV would not.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any, TextIO

from curate.formats import Report
from curate.formats.files.folder_rows import refuse_columns
from curate.formats.files.output import text_file
from curate.formats.tables import csv, jsonl, parquet
from curate.formats.trainers import card, folders
from curate.model import Row

_READERS = {".csv": csv.read, ".jsonl": jsonl.read, ".parquet": parquet.read}

#: Fields of a row that go into the metadata.
COLUMNS = (
    "label", "secondary_labels", "scientific_name", "common_name", "class_name", "recording_id", "duration",
    "sr", "fold", "weight", "copies", "rating", "archive", "recordist", "license", "url", "latitude",
    "longitude", "date", "source_onset", "source_offset",
)  # fmt: skip


def read(
    path: Path,
    *,
    report: Report,
    label_column: str | None = None,
    path_column: str | None = None,
    audio_folder: Path | None = None,
) -> Iterator[Row]:
    """Read the metadata of all splits. Without any, the folders by class.

    Raises
    ------
    FormatError
        If metadata name no files.
    UsageError
        If `path` has no metadata and a column is named.
    """
    found = sorted(each for ending in _READERS for each in path.rglob(f"metadata{ending}"))
    if not found:
        return folders.read(
            path,
            report=report,
            label_column=label_column,
            path_column=path_column,
            audio_folder=audio_folder,
        )
    refuse_columns("audiofolder", None, None, audio_folder)
    listings = [
        (
            table,
            _READERS[table.suffix](
                table, report=report, label_column=label_column, path_column=path_column or "file_name"
            ),
        )
        for table in found
    ]
    return (
        replace(row, extra={**row.extra, "split": table.parent.name}) if table.parent != path else row
        for table, rows in listings
        for row in rows
    )


def metadata(row: Row) -> dict[str, Any]:
    """Name what is reported of a row, the same keys for each."""
    record = {column: getattr(row, column) for column in COLUMNS}
    record["label"] = row.label or None  # an empty text would be a class of its own
    record["secondary_labels"] = list(row.secondary_labels)
    if row.annotations is not None:
        record["annotations"] = [
            {
                "onset": mark.onset,
                "offset": mark.offset,
                "label": mark.label,
                "score": mark.score,
                "low_freq": mark.low_freq,
                "high_freq": mark.high_freq,
                "note": mark.note,
            }
            for mark in row.annotations
        ]
    return record


def write(rows: Iterable[Row], out: Path) -> int:
    """Write the metadata of a folder that has its audio already, and a card, and return the number of rows.

    Parameters
    ----------
    rows
        Their paths are names below the folder, the split first.
    """
    encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
    about = card.Card()
    count = 0
    splits: dict[str, TextIO] = {}
    with ExitStack() as stack:
        for row in rows:
            split, _, name = row.path.partition("/")
            if split not in splits:
                splits[split] = stack.enter_context(text_file(out / split / "metadata.jsonl"))
            splits[split].write(encode({"file_name": name, **metadata(row)}) + "\n")
            about.add(row)
            count += 1
    about.write(out / "README.md", configs=[(split, f"{split}/**") for split in sorted(splits)])
    return count
