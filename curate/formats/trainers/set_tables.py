"""The tables and recordings of a whole set in its folder: which table names which recordings.

A set is known by its tables' columns: one of them labels recordings that lie in the folder, and together they
name most of them.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from curate.errors import FormatError
from curate.formats import Report, parse
from curate.formats.annotations import annotation_table, selections
from curate.formats.files.audio_paths import EXACT, FileMatch, PathIndex, parts_of
from curate.formats.files.set_parts import part_of
from curate.formats.files.walk import is_audio
from curate.formats.tables import jsonl, table
from curate.formats.tables.csv import Sheet
from curate.formats.tables.detectors import kind_of
from curate.formats.tables.sheets import open_sheet
from curate.formats.tables.stretches import is_manifest
from curate.formats.trainers import sound_inside

#: Columns that hold all classes that are heard.
MULTILABEL = ("ebird_code_multilabel", "multilabel", "label_list", "labels")

#: Columns beyond those of other tables, as the sets of Kahl et al. at Zenodo and ESC-50 have them.
LABELS = (*table.LABEL_COLUMNS, *annotation_table.LABELS, "species_ebird_code", "category")

_FILES = (*table.PATH_COLUMNS, *annotation_table.FILES)
_ENDINGS = (".csv", ".parquet", ".tsv")

#: Ending of what stands beside a file that was fetched, so that it is not fetched again.
_FETCHED = ".done"

#: How deep below its folder a set has the tables by which it is known.
_DEEPEST = 2

Record = Mapping[str, Any]


class SetFiles:
    """The recordings in a folder, by name and part."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.folder = os.path.abspath(folder)
        self.paths: list[str] = []
        self.others: list[str] = []
        self._known: set[str] = set()
        by_part: dict[str, list[str]] = {}
        for where, folders, names in os.walk(folder):
            folders.sort()
            part = part_of(os.path.relpath(where, folder))
            for name in sorted(names):
                path = os.path.abspath(os.path.join(where, name))
                if not is_audio(name):
                    self.others += [] if name.startswith(".") or name.endswith(_FETCHED) else [path]
                else:
                    self.paths.append(path)
                    self._known.add(path)
                    by_part.setdefault(part, []).append(path)
        self._index = PathIndex(self.paths)
        self._by_part = {part: PathIndex(paths) for part, paths in by_part.items()}

    def part(self, table_path: Path) -> str:
        """Name the part of which a table speaks, by its own name or by its folder's."""
        where = os.path.relpath(table_path.parent, self._folder)
        return part_of(table_path.stem) or part_of(where)

    def find(self, name: str, of: Path) -> FileMatch:
        """Find the file of a name in a table: next to it, else in its part by the longest end of the path."""
        beside = os.path.abspath(of.parent / name)
        if beside in self._known:
            return FileMatch(beside, EXACT)
        if not parts_of(name):
            return FileMatch()
        # With the folder of the table, since recorders at two sites give the same name.
        full = os.path.abspath(os.path.join(of.parent, name.replace("\\", "/")))
        index = self._by_part.get(self.part(of))
        match = index.find(full) if index is not None else FileMatch()
        return match if match.path is not None or match.several else self._index.find(full)


def tables_of(folder: Path) -> list[Path]:
    """List what may be a table of a set: tables, selections of Raven, lists of sound that was taken out."""
    return [
        path
        for path in sorted(folder.rglob("*"))
        if not path.name.startswith(".")
        and path.is_file()
        and (
            path.suffix.lower() in _ENDINGS
            or path.name == sound_inside.METADATA
            or (path.suffix.lower() == ".txt" and selections.is_table(path))
        )
    ]


def names_any(path: Path, files: SetFiles) -> bool:
    """Whether a table names a recording of a set."""
    return next(_named(path, files), None) is not None


def _named(path: Path, files: SetFiles) -> Iterator[str]:
    """Give the recordings that a table names."""
    try:
        for _, record in records(path, lambda _: None):
            name = name_in(record, path)
            match = files.find(name, path) if name else FileMatch()
            yield from match.several if match.path is None else [match.path]
    except FormatError:
        return  # its files are imported without it


def name_in(record: Record, path: Path) -> str:
    """Name the file of a row. A selection table without a column for it is named after its file."""
    column = table.find(record, _FILES)
    if column is not None:
        return parse.text(record.get(column))
    is_named = path.suffix.lower() == ".txt"  # a selection table without a column for it
    return re.sub(r"(\.Table\.\d+)?\.selections$", "", path.stem) if is_named else ""


def records(path: Path, report: Report) -> Iterator[tuple[int, dict[str, Any]]]:
    """Read the rows of a table, numbered as its format numbers them."""
    if path.suffix.lower() == ".parquet":
        yield from enumerate(sound_inside.records(path), start=1)
        return
    found = jsonl.records(path, report) if path.suffix == ".jsonl" else Sheet.open(path).records(report)
    for line, record in found:
        yield line, dict(record)


def is_ours(path: Path) -> bool:
    """Whether a table is a manifest that curate wrote. It keeps stretches, and is imported alone."""
    try:
        columns = open_sheet(path).columns
    except FormatError:
        return False
    return is_manifest(columns)


def is_set(folder: Path) -> bool:
    """Whether a folder holds a whole set: tables that label its recordings, and name most of them."""
    kinds = {path: _kind(path) for path in _near(folder)}
    labelling = [path for path, kind in kinds.items() if kind == "labels"]
    if not labelling:
        return False
    files = SetFiles(folder)
    named = _all_named(labelling, files)
    if not named or _is_most(named, files):
        return bool(named)
    marking = [path for path, kind in kinds.items() if kind == "marks"]
    return _is_most(named | _all_named(marking, files), files)


def _near(folder: Path) -> Iterator[Path]:
    """List the tables in a folder and a little below it."""
    waiting = [(folder, 0)]
    while waiting:
        place, depth = waiting.pop()
        try:
            with os.scandir(place) as found:
                entries = sorted(found, key=lambda each: each.name)
        except OSError:
            continue  # whoever reads the folder tells
        for entry in entries:
            if entry.name.startswith("."):
                continue
            if entry.name.lower().endswith(_ENDINGS) and entry.is_file():
                yield Path(entry.path)
            elif depth < _DEEPEST and entry.is_dir():
                waiting.append((Path(entry.path), depth + 1))


def _kind(path: Path) -> str:
    """Say what a table does with recordings: ``labels`` them, ``marks`` stretches in them, or nothing."""
    try:
        columns = open_sheet(path).columns
    except FormatError:
        return ""
    if is_manifest(columns) or table.find(columns, _FILES) is None or kind_of(columns):
        return ""
    if table.find(columns, MULTILABEL) is not None:
        return "labels"
    if annotation_table.is_annotations(columns):
        return "marks"
    return "labels" if table.find(columns, LABELS) is not None else ""


def _all_named(tables: Iterable[Path], files: SetFiles) -> set[str]:
    return {path for each in tables for path in _named(each, files)}


def _is_most(named: set[str], files: SetFiles) -> bool:
    return 2 * len(named) > len(files.paths)
