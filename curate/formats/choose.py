"""Which reader suits a folder or a file."""

from __future__ import annotations

import os
from pathlib import Path

from curate.errors import UsageError
from curate.formats import READERS, Reader
from curate.formats.annotations import raven
from curate.lookup import near_path, resolve

#: Formats tried by ``--format auto``, with what gives each away.
_BIRDCLEF_TABLES = ("train.csv", "train_metadata.csv")
_BIRDCLEF_AUDIO = ("train_audio", "train_short_audio")
_METADATA = ("metadata.csv", "metadata.jsonl", "metadata.parquet")
_BY_ENDING = {"csv": "csv", "jsonl": "jsonl", "ndjson": "jsonl", "parquet": "parquet", "tsv": "csv"}


def reader_for(path: Path, format: str) -> Reader:
    """Choose the reader of a source.

    Parameters
    ----------
    format
        A key of `READERS`, or ``auto``, which goes by what lies at `path`.

    Raises
    ------
    UsageError
        If there is nothing at `path`, or no such format.
    """
    if not os.path.lexists(path):
        raise UsageError(f"no such file or folder: {path}", hint=near_path(path))
    name = _guess(path) if format == "auto" else format
    reader: Reader = resolve(name, READERS, kind="format")
    return reader


def is_birdclef(folder: Path) -> bool:
    """Whether a folder has the table and the audio folder of a BirdCLEF year."""
    has_audio = any((folder / name).is_dir() for name in _BIRDCLEF_AUDIO)
    return has_audio and any((folder / name).is_file() for name in _BIRDCLEF_TABLES)


def _guess(path: Path) -> str:
    folder = path if path.is_dir() else path.parent
    if (path.is_dir() or path.name in _BIRDCLEF_TABLES) and is_birdclef(folder):
        return "birdclef"
    if path.is_dir():
        return _guess_folder(path)
    name = path.name.lower()
    if path.is_file() and name.endswith(".txt"):
        return "raven" if raven.is_table(path) else "audacity"
    if path.is_file() and name.endswith((".jsonl.gz", ".json")):
        return "lhotse" if name.endswith(".gz") else "label-studio"
    ending = path.suffix.lower().lstrip(".")
    return _BY_ENDING.get(ending, "folders")


def _guess_folder(path: Path) -> str:
    """Tell manifests that are folders from folders of recordings by class."""
    # What may not be entered is no manifest; the reader tells of it.
    names = sorted(os.listdir(path)) if os.access(path, os.R_OK) else []
    if "recordings.jsonl" in names or "recordings.jsonl.gz" in names:
        return "lhotse"
    places = ["", *(name for name in names if os.path.isdir(path / name))]
    if any(os.path.isfile(path / place / name) for place in places for name in _METADATA):
        return "audiofolder"
    return "folders"
