"""A folder of recordings by class, with the annotations and detections that lie in it.

Annotation files are known by their content and read with the recordings. These are selection tables of
Raven, label tracks of Audacity, and tables of stretches and of detectors. The files of Praat, ELAN, AviaNZ,
Sonic Visualiser and JAMS are read, too.
Other tables that name recordings are reported, with the command that reads them. A person decides which of
two labels counts: that of the folder or that of the table.
"""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import chain, islice
from pathlib import Path

from curate.errors import FormatError
from curate.formats import READERS, Reader, Report, parse
from curate.formats.annotations import annotation_table, audacity, detections, label_studio, raven, selections
from curate.formats.annotations.annotations import with_annotations
from curate.formats.events import boris, dcase_few_shot, nips4bplus, wildtrax
from curate.formats.files.audio_paths import Finder
from curate.formats.files.export_folder import MARKER
from curate.formats.files.walk import is_audio, walked
from curate.formats.portals import arbimon, ecosounds
from curate.formats.tables import table
from curate.formats.tables.dialects import dialect
from curate.formats.tables.sheets import AnySheet, open_sheet
from curate.formats.tables.stretches import is_manifest
from curate.formats.trainers import birdclef_soundscapes, folders, opensoundscape
from curate.lookup import resolve
from curate.model import Problem, Row

#: Rows in which a table's first recording is looked for.
_FIRST = 1_000

#: Rows by which a column of recordings is known that is called as no other is.
_SAMPLE = 5

#: Bytes by which a list of tasks of Label Studio is known.
_HEAD = 20_000

#: Formats with a file for each recording, by the endings of those.
BESIDE: dict[str, str] = {
    ".eaf": "elan",
    ".jams": "jams",
    ".svl": "sonic-visualiser",
    ".textgrid": "textgrid",
    ".data": "avianz",
}

#: Of these, those that have tiers of labels to choose from.
_TIERED = frozenset({"elan", "jams", "textgrid"})

#: What knows other tables of annotations by their columns: how they name recordings is for their readers.
_KNOWN: tuple[Callable[[list[str]], bool], ...] = (
    arbimon.is_arbimon,
    birdclef_soundscapes.is_labels,
    boris.is_boris,
    ecosounds.is_ecosounds,
    label_studio.is_table,
    wildtrax.is_wildtrax,
)

_TABLES = (".csv", ".jsonl", ".ndjson", ".parquet", ".tsv")


@dataclass(slots=True)
class _Beside:
    """What lies next to recordings: tables by how they are read, and those that are reported, with why."""

    raven: list[Path] = field(default_factory=list)
    detections: list[Path] = field(default_factory=list)
    tracks: list[Path] = field(default_factory=list)
    files: dict[str, list[Path]] = field(default_factory=dict)
    stretches: list[Path] = field(default_factory=list)
    told: dict[Path, str] = field(default_factory=dict)


def read_folder(
    path: Path,
    *,
    report: Report,
    label_column: str | None = None,
    path_column: str | None = None,
    audio_folder: Path | None = None,
) -> Iterator[Row]:
    """Read a folder of recordings by class, with the tables of annotations and detections that lie in it.

    The folder may hold tables alone, if `audio_folder` says where the recordings lie.

    Raises
    ------
    FormatError
        If `path` is neither a folder nor an audio file.
    UsageError
        If a column is named, and no table or file that lies there has one to choose.
    """
    beside = _look(path, audio_folder or path)
    _tell_two_names(path, beside, report)
    named = {"label_column": label_column, "path_column": path_column}
    readers: list[tuple[Sequence[Path], Callable[[], Iterator[Row]]]] = [
        (beside.raven, lambda: raven.read(path, report=report, audio_folder=audio_folder, **named)),
        (beside.detections, lambda: detections.read(path, report=report, audio_folder=audio_folder)),
        (beside.tracks, lambda: audacity.read_tracks(beside.tracks, path, report=report)),
    ]
    for form, files in beside.files.items():
        reader: Reader = resolve(form, READERS, kind="format")
        tier = {"label_column": label_column} if form in _TIERED else {}
        readers.append((files, partial(reader, path, report=report, audio_folder=audio_folder, **tier)))
    where = audio_folder or path
    readers += [([each], partial(_stretches, each, where, report)) for each in beside.stretches]
    able = bool(beside.raven) or (path_column is None and not _TIERED.isdisjoint(beside.files))
    asked = label_column is not None or path_column is not None
    if not any(found for found, _ in readers) or (asked and not able):
        rows = folders.read(path, report=_without(beside, report), audio_folder=audio_folder, **named)
        _tell(beside, report)
        return rows
    marked: list[Iterator[Row]] = []
    for found, read in readers:
        try:
            marked += [read()] if found else []
        except FormatError as error:  # the recordings need no tables
            report(Problem("unusable", str(found[0]), error.message))
    _tell(beside, report)
    rows = folders.read(path, report=_without(beside, report))
    return with_annotations(rows, chain.from_iterable(marked))


def _stretches(path: Path, folder: Path, report: Report) -> Iterator[Row]:
    return annotation_table.read(path, report=report, audio_folder=folder)


def _is_of_birdnet(path: Path) -> bool:
    try:
        return selections.is_of_birdnet(open_sheet(path).columns)
    except FormatError:
        return False  # whose reader says what is wrong


def _tell_two_names(path: Path, beside: _Beside, report: Report) -> None:
    """Report that BirdNET wrote two kinds of tables: they name each species differently."""
    if not beside.detections:
        return
    if any(map(_is_of_birdnet, beside.raven)):
        words = (
            "BirdNET's selection tables have common names, and its other tables scientific ones: a species "
            "becomes two classes. Take one kind alone: --format raven or --format detections"
        )
        report(Problem("spelling", str(path), words))


def _tell(beside: _Beside, report: Report) -> None:
    for path, words in beside.told.items():
        report(Problem("unused-file", str(path), words))


def _without(beside: _Beside, report: Report) -> Report:
    """Report what is passed over, but for the tables that are read or told."""
    tables = [*beside.raven, *beside.detections, *beside.tracks, *beside.stretches, *beside.told]
    found = [*tables, *chain.from_iterable(beside.files.values())]
    known = {os.path.abspath(path) for path in found}

    def told(problem: Problem) -> None:
        if problem.kind != "passed-over" or os.path.abspath(problem.path) not in known:
            report(problem)

    return told


def _look(folder: Path, audio: Path) -> _Beside:
    """Look at the tables below a folder: each is known by what is in it."""
    exports = list(_exports_in(folder))

    def outside(tables: Iterable[Path]) -> list[Path]:
        return [path for path in tables if not any(path.is_relative_to(export) for export in exports)]

    found = _Beside(outside(selections.tables_in(folder)), outside(detections.tables_in(folder)))
    found.tracks = [each for each in outside(audacity.tracks_in(folder)) if each not in found.raven]
    found.files = _files_in(folder, exports)
    finder = Finder(folder, audio)
    known = {*found.raven, *found.detections, *found.tracks}
    for path in outside(_tables_in(folder)):
        if nips4bplus.is_one(path):
            found.files.setdefault("nips4bplus", []).append(path)
        elif path.suffix.lower() != ".json":
            if path not in known:
                _sort(path, finder, audio, found)
        elif _is_tasks(path):
            found.told[path] = f"tasks of Label Studio; to read them: {_command(path, audio)}"
    return found


def _sort(path: Path, finder: Finder, audio: Path, found: _Beside) -> None:
    """Say how a table is read, if it names a recording that is there."""
    try:
        sheet = open_sheet(path)
        columns = sheet.columns
        if is_manifest(columns) or table.is_ours(columns):
            return
        if _is_known(path, columns, audio, found):
            return
        if _is_named_after_a_recording(sheet, finder):
            words = (
                "it marks stretches and lacks a column for the file; add one, for example file, and import it"
            )
            found.told[path] = words
            return
        named_in = table.find(columns, annotation_table.FILES)
        if named_in is None:
            # Texts are of many kinds: the first column of a list would be the name of its first file.
            named_in = None if path.suffix.lower() == ".txt" else _naming_column(sheet, finder)
        elif not _names_any(sheet, finder):
            return
        if named_in is None:
            return
        labels = table.find(columns, table.LABEL_COLUMNS) or opensoundscape.is_one_hot(columns)
        if annotation_table.marks_stretches(sheet):
            found.stretches.append(path)
        elif labels and table.find(columns, table.PATH_COLUMNS):
            found.told[path] = f"a table of recordings; to read it: {_command(path, audio)}"
        else:
            found.told[path] = f"it names recordings; to read it: {_command(path, audio, sheet, named_in)}"
    except FormatError:
        return  # it counts among the files that are passed over


def _is_known(path: Path, columns: list[str], audio: Path, found: _Beside) -> bool:
    """Whether a format knows a table by its columns: one that has a table for each recording reads it."""
    if dcase_few_shot.is_few_shot(columns):
        found.files.setdefault("dcase-few-shot", []).append(path)
        return True
    if dialect(columns).archive:  # it may name its recordings by their numbers alone
        found.told[path] = f"a table of recordings; to read it: {_command(path, audio)}"
        return True
    if any(is_one(columns) for is_one in _KNOWN):
        found.told[path] = f"a table of annotations; to read it: {_command(path, audio)}"
        return True
    return False


def _is_named_after_a_recording(sheet: AnySheet, finder: Finder) -> bool:
    """Whether a table has times and no names of files, and bears the name of a recording itself."""
    times = (table.TIMES["onset"], table.TIMES["offset"])
    if table.find(sheet.columns, annotation_table.FILES) or not all(
        table.find(sheet.columns, names) for names in times
    ):
        return False
    match = finder.of_stem(sheet.path.stem, str(sheet.path.parent))
    return match.path is not None or bool(match.several)


def _command(path: Path, audio: Path, sheet: AnySheet | None = None, named_in: str = "") -> str:
    """Write the command that reads a table, perhaps with the column of its files, as no other is called."""
    command = f"curate import {shlex.quote(str(path))} --audio-folder {shlex.quote(str(audio))}"
    if sheet is None:
        return command
    timed = all(table.find(sheet.columns, table.TIMES[part]) for part in ("onset", "offset"))
    form = " --format annotation-table" if timed else ""
    return f"{command}{form} --path-column {shlex.quote(named_in)}"


def _naming_column(sheet: AnySheet, finder: Finder) -> str | None:
    """Find the first column in which the names of recordings stand, whatever it is called."""
    records = [record for _, record in islice(sheet.records(lambda _: None), _SAMPLE)]
    for column in sheet.columns:
        cells = {cell for record in records if (cell := parse.text(record.get(column)))}
        matches = [finder.find(cell) for cell in cells]
        if cells and all(match.path is not None or match.several for match in matches):
            return column
    return None


def _names_any(sheet: AnySheet, finder: Finder) -> bool:
    column = table.find(sheet.columns, annotation_table.FILES)
    records = islice(sheet.records(lambda _: None), _FIRST)
    names = {parse.text(record.get(column)) for _, record in records} if column is not None else set()
    matches = (finder.find(name) for name in names if name)
    return any(match.path is not None or match.several for match in matches)


def _exports_in(folder: Path) -> Iterator[Path]:
    """List the folders that curate wrote: what is in them was made of recordings that lie elsewhere."""
    for parent, below, files in os.walk(folder):
        if MARKER in files and Path(parent) != folder:
            below.clear()
            yield Path(parent)


def _files_in(folder: Path, exports: Sequence[Path]) -> dict[str, list[Path]]:
    """List the files below a folder that speak of one recording each, by their format."""
    found: dict[str, list[Path]] = {}
    for parent, names in walked(folder):
        if any(Path(parent).is_relative_to(export) for export in exports):
            continue
        for name in names:
            stem, ending = os.path.splitext(name)
            form = BESIDE.get(ending.lower())
            # Other programs write `.data`, too.
            if form is not None and (form != "avianz" or is_audio(stem)):
                found.setdefault(form, []).append(Path(parent, name))
    return found


def _tables_in(folder: Path) -> Iterator[Path]:
    for parent, names in walked(folder):
        for name in names:
            if name.lower().endswith((*_TABLES, ".json", ".txt")):
                yield Path(parent, name)


def _is_tasks(path: Path) -> bool:
    """Whether a file begins as a list of tasks of Label Studio."""
    try:
        with path.open(encoding="utf-8-sig", errors="replace") as handle:
            head = handle.read(_HEAD)
    except OSError:
        return False
    is_list = head.lstrip().startswith("[")
    return is_list and any(f'"{key}"' in head for key in ("annotations", "predictions", "completed_by"))
