"""Which reader suits a folder or a file."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path

from curate.errors import FormatError, UsageError
from curate.formats import READERS, Reader, Report, parse
from curate.formats.annotations import annotation_table, aoef, audacity, detections, label_studio, selections
from curate.formats.events import boris, dcase_few_shot, nips4bplus, wildtrax
from curate.formats.files.walk import folders_in
from curate.formats.portals import arbimon, camtrap_dp, ecosounds
from curate.formats.tables import table
from curate.formats.tables.detectors import kind_of
from curate.formats.tables.sheets import open_sheet
from curate.formats.tables.stretches import is_manifest
from curate.formats.tables_beside import BESIDE, read_folder
from curate.formats.trainers import (
    birdclef_soundscapes,
    birdnet_segments,
    opensoundscape,
    set_tables,
    whole_set,
)
from curate.lookup import near_path, resolve
from curate.model import Problem, Row

#: Formats tried by ``--format auto``, with what gives each away.
_BIRDCLEF_TABLES = ("train.csv", "train_metadata.csv")
_BIRDCLEF_AUDIO = ("train_audio", "train_short_audio")
_METADATA = ("metadata.csv", "metadata.jsonl", "metadata.parquet")

#: Formats that are folders, by the file that describes them.
_DESCRIBED = {
    "croissant.json": "croissant",
    "datapackage.json": "camtrap-dp",
    "hoplite.sqlite": "perch-hoplite",
    "meta.xml": "darwin-core",
}

#: Tables that are known by their columns, whatever their ending.
_BY_COLUMNS: dict[str, Callable[[list[str]], object]] = {
    "raven": selections.is_selections,
    "arbimon": arbimon.is_arbimon,
    "birdclef-soundscapes": birdclef_soundscapes.is_labels,
    "boris": boris.is_boris,
    "dcase-few-shot": dcase_few_shot.is_few_shot,
    "ecosounds": ecosounds.is_ecosounds,
    "detections": kind_of,
    "label-studio": label_studio.is_table,
    "wildtrax": wildtrax.is_wildtrax,
}

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
    name = format_of(path, format)
    if format == "auto" and name == "folders" and path.is_dir():
        return read_folder
    if format == "auto" and name == "whole-set":
        return _read_set
    reader: Reader = resolve(name, READERS, kind="format")
    return reader


def _read_set(
    path: Path,
    *,
    report: Report,
    label_column: str | None = None,
    path_column: str | None = None,
    audio_folder: Path | None = None,
) -> Iterator[Row]:
    """Read a folder by the tables in it, and say so: its folders may be classes, too."""
    words = "a set with tables, which give the labels. --format folders reads labels from folder names"
    report(Problem("read-as", str(path), words))
    return whole_set.read(
        path, report=report, label_column=label_column, path_column=path_column, audio_folder=audio_folder
    )


def format_of(path: Path, format: str) -> str:
    """Name the format of a source: the one that is asked for, or what lies there with ``auto``.

    Raises
    ------
    UsageError
        If there is nothing at `path`.
    """
    if not os.path.lexists(path):
        raise UsageError(f"file or folder missing: {path}", hint=near_path(path))
    return _guess(path) if format == "auto" else format


def is_birdclef(folder: Path) -> bool:
    """Whether a folder has the table and the audio folder of a BirdCLEF year.

    A manifest of ours may be called as its table is, and has its audio in a folder of that name, too.
    """
    tables = [folder / name for name in _BIRDCLEF_TABLES if (folder / name).is_file()]
    has_audio = any((folder / name).is_dir() for name in _BIRDCLEF_AUDIO)
    return has_audio and any(not _is_manifest(path) for path in tables)


def _is_manifest(path: Path) -> bool:
    """Whether a table is a neutral manifest; one that cannot be read is left to the reader that is tried."""
    try:
        return is_manifest(open_sheet(path).columns)
    except FormatError:
        return False


def _guess(path: Path) -> str:
    folder = path if path.is_dir() else path.parent
    if (path.is_dir() or path.name in _BIRDCLEF_TABLES) and is_birdclef(folder):
        return "birdclef"
    if path.is_dir():
        return _guess_folder(path)
    ending = path.suffix.lower().lstrip(".")
    named = "nips4bplus" if nips4bplus.is_one(path) else _DESCRIBED.get(path.name)
    if named is not None:
        return named
    if path.suffix.lower() in BESIDE or path.name.lower().endswith(".jsonl.gz"):
        return BESIDE.get(path.suffix.lower(), "lhotse")
    if path.is_file() and ending in ("json", "txt"):
        return _guess_json(path) if ending == "json" else _guess_text(path)
    return _guess_table(path, _BY_ENDING[ending]) if ending in _BY_ENDING else "folders"


def _guess_json(path: Path) -> str:
    if detections.is_table(path):
        return "detections"
    try:
        with path.open(encoding="utf-8-sig", errors="surrogateescape") as file:
            return "aoef" if aoef.is_aoef(json.load(file)) else "label-studio"
    except (OSError, ValueError, RecursionError):
        return "label-studio"  # whose reader says what is wrong


def _guess_text(path: Path) -> str:
    """Tell tables from label tracks: spreadsheets save texts with this ending, too."""
    if selections.is_table(path):
        return "raven"
    try:
        columns = open_sheet(path).columns
    except FormatError:
        return "audacity"
    if kind_of(columns):
        # Whether such a table names its recordings is for its reader to say.
        return "detections"
    names_files = not audacity.is_track(path) and table.find(columns, annotation_table.FILES)
    return _guess_table(path, "csv") if names_files else "audacity"


def _guess_table(path: Path, plain: str) -> str:
    """Tell tables of stretches from tables of recordings; a manifest of ours has stretches, too."""
    try:
        sheet = open_sheet(path)
    except FormatError:
        return plain  # whose reader says what is wrong
    columns = sheet.columns
    if is_manifest(columns):
        return plain
    for form, knows in _BY_COLUMNS.items():
        if knows(columns):
            return form
    if plain == "jsonl" and {"audio_filepath", "duration"} <= set(columns):
        return "nemo"
    if plain == "csv" and opensoundscape.is_one_hot(columns):
        return "opensoundscape"
    return "annotation-table" if annotation_table.marks_stretches(sheet) else plain


def refuse_untold_times(path: Path, label_column: str | None, path_column: str | None) -> None:
    """Refuse a table that is read as one of recordings, and has times in columns that mean nothing there.

    The first stretch of each recording would label all of it.

    Raises
    ------
    FormatError
        Names the column, and what to do.
    """
    if path.is_dir() or format_of(path, "auto") not in _BY_ENDING.values():
        return
    try:
        sheet = open_sheet(path)
        taken = table.taken(sheet.columns, label_column=label_column, path_column=path_column)
        if table.is_ours(sheet.columns) or is_manifest(sheet.columns):
            return
        unused = (column for column, what in taken.items() if not what)
        named = filter(annotation_table.sounds_timed, unused)
        timed = [name for name in named if annotation_table.has_numbers(sheet, name)]
    except FormatError:
        return  # the reader says what is wrong
    if not timed:
        return
    ends = (table.TIMES["onset"], (*table.TIMES["offset"], *annotation_table.LENGTHS))
    way = "call the columns file, onset, offset (in seconds) and label"
    if all(table.find(sheet.columns, names) is not None for names in ends):
        way = "name its column of files: --format annotation-table --path-column COLUMN"
    raise FormatError(
        f"{path} seems to mark stretches of recordings: column '{parse.printable(timed[0])}' holds times",
        hint=f"{way}. For rows that are whole recordings, use --format {format_of(path, 'auto')}",
    )


def _guess_folder(path: Path) -> str:
    """Tell manifests that are folders from folders of recordings by class."""
    # What may not be entered is no manifest; the reader tells of it.
    names = sorted(os.listdir(path)) if os.access(path, os.R_OK) else []
    described = (form for name, form in _DESCRIBED.items() if name in names)
    for form in described:
        if form != "camtrap-dp" or camtrap_dp.is_package(path):  # packages of other kinds are many
            return form
    if "recordings.jsonl" in names or "recordings.jsonl.gz" in names:
        return "lhotse"
    places = ["", *folders_in(path)]
    if any(_names_files(path / place / name) for place in places for name in _METADATA):
        return "audiofolder"
    if birdnet_segments.is_segments(path):
        return "birdnet-segments"
    return "whole-set" if set_tables.is_set(path) else "folders"


def _names_files(metadata: Path) -> bool:
    """Whether metadata have the column by which an AudioFolder is known."""
    try:
        return metadata.is_file() and "file_name" in open_sheet(metadata).columns
    except FormatError:
        return True  # whose reader says what is wrong
    except OSError:
        return False  # what may not be entered is told by whoever reads the folder
