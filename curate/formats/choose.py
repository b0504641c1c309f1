"""Which reader suits a folder or a file."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import chain, islice
from pathlib import Path

from curate.errors import FormatError, UsageError
from curate.formats import READERS, Reader, Report, parse
from curate.formats.annotations import annotation_table, aoef, detections, raven
from curate.formats.files.walk import is_audio
from curate.formats.portals import arbimon, camtrap_dp, ecosounds
from curate.formats.tables import table
from curate.formats.tables.sheets import AnySheet, open_sheet
from curate.formats.tables.stretches import is_manifest
from curate.formats.trainers import folders, opensoundscape
from curate.lookup import near_path, resolve
from curate.model import Problem, Row

#: Formats tried by ``--format auto``, with what gives each away.
_BIRDCLEF_TABLES = ("train.csv", "train_metadata.csv")
_BIRDCLEF_AUDIO = ("train_audio", "train_short_audio")
#: How a set names the tables of its parts: ``HSN_metadata_test_5s.parquet``.
_SET_TABLE = re.compile(r".+_metadata_(?:train|valid\w*|test)(?:_\d+s)?\.(?:parquet|csv)", re.IGNORECASE)

_METADATA = ("metadata.csv", "metadata.jsonl", "metadata.parquet")

#: Rows in which a first cell is looked for.
_FIRST = 100

#: Formats that are folders, by the file that describes them.
_DESCRIBED = {"croissant.json": "croissant", "datapackage.json": "camtrap-dp", "meta.xml": "darwin-core"}

#: Formats with a file for each recording, by the endings of those.
_BESIDE: dict[str, str] = {
    ".eaf": "elan",
    ".jams": "jams",
    ".svl": "sonic-visualiser",
    ".textgrid": "textgrid",
    ".data": "avianz",
}

#: Tables that are known by their columns, whatever their ending.
_BY_COLUMNS: dict[str, Callable[[list[str]], object]] = {
    "arbimon": arbimon.is_arbimon,
    "ecosounds": ecosounds.is_ecosounds,
    "detections": detections.kind_of,
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
    reader: Reader = resolve(name, READERS, kind="format")
    return reader


def format_of(path: Path, format: str) -> str:
    """Name the format of a source: the one that is asked for, or what lies there with ``auto``.

    Raises
    ------
    UsageError
        If there is nothing at `path`.
    """
    if not os.path.lexists(path):
        raise UsageError(f"no such file or folder: {path}", hint=near_path(path))
    return _guess(path) if format == "auto" else format


def read_folder(
    path: Path,
    *,
    report: Report,
    label_column: str | None = None,
    path_column: str | None = None,
    audio_folder: Path | None = None,
) -> Iterator[Row]:
    """Read a folder of recordings by class, with the tables and files of annotations that lie in it.

    Those are Raven's, those of detectors, and the files of Praat, ELAN, AviaNZ, Sonic Visualiser and JAMS.

    The folder may hold tables alone, if `audio_folder` says where the recordings lie.

    Raises
    ------
    FormatError
        If `path` is neither a folder nor an audio file.
    UsageError
        If a column is named and there are no tables.
    """
    tables: dict[Reader, list[Path]] = {
        raven.read: raven.tables_in(path),
        detections.read: detections.tables_in(path),
        **_files_beside(path),
    }
    if not any(tables.values()):
        return folders.read(
            path,
            report=report,
            label_column=label_column,
            path_column=path_column,
            audio_folder=audio_folder,
        )
    marked: list[Iterator[Row]] = []
    for read, found in tables.items():
        named = read is raven.read
        try:
            marked += (
                [
                    read(
                        path,
                        report=report,
                        label_column=label_column if named else None,
                        path_column=path_column if named else None,
                        audio_folder=audio_folder,
                    )
                ]
                if found
                else []
            )
        except FormatError as error:  # the recordings need no tables
            report(Problem("unusable", str(found[0]), error.message))
    known = {os.path.abspath(table) for found in tables.values() for table in found}

    def told(problem: Problem) -> None:
        if problem.kind != "passed-over" or problem.path not in known:
            report(problem)

    return _with_annotations(folders.read(path, report=told), chain.from_iterable(marked))


def _files_beside(folder: Path) -> dict[Reader, list[Path]]:
    """List the files below a folder that speak of one recording each, by what reads them."""
    found: dict[Reader, list[Path]] = {}
    for parent, below, files in os.walk(folder):
        below.sort()
        for name in sorted(files):
            stem, ending = os.path.splitext(name)
            form = _BESIDE.get(ending.lower())
            # Other programs write `.data`, too.
            if form is not None and not name.startswith(".") and (form != "avianz" or is_audio(stem)):
                found.setdefault(resolve(form, READERS, kind="format"), []).append(Path(parent, name))
    return found


def _with_annotations(rows: Iterator[Row], marked: Iterator[Row]) -> Iterator[Row]:
    """Give the rows their annotations; those of other files, and of other producers, follow."""
    found: dict[str, list[Row]] = {}
    for row in sorted(marked, key=lambda row: bool(row.producer)):  # people first: what they say labels
        found.setdefault(row.path, []).append(row)
    for row in rows:
        here = found.pop(row.path, [])
        if here:
            yield replace(row, annotations=here[0].annotations, producer=here[0].producer)
            yield from here[1:]
        else:
            yield row
    for others in found.values():
        yield from others


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
    ending = path.suffix.lower().lstrip(".")
    if path.name in _DESCRIBED:
        return _DESCRIBED[path.name]
    if path.suffix.lower() in _BESIDE or path.name.lower().endswith(".jsonl.gz"):
        return _BESIDE.get(path.suffix.lower(), "lhotse")
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
    if raven.is_table(path):
        return "raven"
    try:
        producer = detections.kind_of(open_sheet(path).columns)
    except FormatError:
        producer = None
    # Whether such a table names its recordings is for its reader to say.
    return "detections" if producer else "audacity"


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
    return "annotation-table" if _marks_stretches(sheet) else plain


def _marks_stretches(sheet: AnySheet) -> bool:
    """Whether a table has a stretch in each row: where it begins, and where it ends or how long it is."""
    if not annotation_table.is_annotations(sheet.columns):
        return False
    # Where a table has the length of a stretch and no end, it may be that of a recording made at that time.
    onset, end = (table.find(sheet.columns, annotation_table.TIMES[part]) for part in ("onset", "offset"))
    return end is not None or _has_numbers(sheet, onset)


def _has_numbers(sheet: AnySheet, column: str | None) -> bool:
    """Whether the first cell of a column that is not empty is a number."""
    for _, record in islice(sheet.records(lambda _: None), _FIRST):
        cell = record.get(column) if column is not None else None
        if not parse.is_nothing(cell):
            try:
                return parse.number(cell) is not None
            except ValueError:
                return False
    return False


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
        timed = [name for name in unused if annotation_table.sounds_timed(name) and _has_numbers(sheet, name)]
    except FormatError:
        return  # the reader says what is wrong
    if not timed:
        return
    raise FormatError(
        f"{path} seems to mark stretches of recordings: column '{parse.printable(timed[0])}' holds times",
        hint="call the columns file, onset, offset (in seconds) and label; if its rows are whole recordings, "
        f"say --format {format_of(path, 'auto')}",
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
    if any(_SET_TABLE.fullmatch(name) for name in names):
        return "whole-set"
    places = ["", *(name for name in names if os.path.isdir(path / name))]
    if any(os.path.isfile(path / place / name) for place in places for name in _METADATA):
        return "audiofolder"
    return "folders"
