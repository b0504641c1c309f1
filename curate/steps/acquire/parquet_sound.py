"""Import of Parquet with the sound inside: it becomes files in ``raw/``, since a recording is a file."""

from __future__ import annotations

import hashlib
import os
from collections import Counter
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

from curate.catalogue.dataset import Dataset
from curate.catalogue.paths import safe_name, stored
from curate.formats import Reader, Report
from curate.formats.choose import format_of
from curate.formats.files.set_parts import are_folders_parts
from curate.formats.trainers import sound_inside, whole_set
from curate.model import Problem, Row
from curate.steps.acquire.set_marks import mark


class ParquetSound:
    """Reads sources that hold sound, and remembers where it was put.

    Parameters
    ----------
    dataset
        Where the sound goes.
    dry_run
        Only count what is in it.
    """

    def __init__(self, dataset: Dataset, *, dry_run: bool) -> None:
        self._dataset = dataset
        self._dry_run = dry_run
        self._folders: dict[Path, str] = {}

    def reader(self, path: Path, format: str, other: Reader) -> Reader:
        """Choose who reads a source: `other`, unless it holds sound."""
        name = format_of(path, format)
        if name == "whole-set" or (name == "folders" and are_folders_parts(os.fspath(path))):
            self._folders[Path(os.path.abspath(path))] = path.name
        if name == "whole-set":
            return other
        tables = sound_inside.tables_in(path) if format == "auto" and path.exists() else []
        if not tables:
            return other

        def read(
            path: Path,
            *,
            report: Report,
            label_column: str | None = None,
            path_column: str | None = None,
            audio_folder: Path | None = None,
        ) -> Iterator[Row]:
            inside = self._rows(path, tables, report, label_column)
            if path.is_file():
                return inside
            taken = {os.path.abspath(table) for table in tables}

            def told(problem: Problem) -> None:
                if problem.kind != "passed-over" or os.path.abspath(problem.path) not in taken:
                    report(problem)

            beside = other(
                path,
                report=told,
                label_column=label_column,
                path_column=path_column,
                audio_folder=audio_folder,
            )
            return chain(inside, beside)

        return read

    def mark(self) -> Counter[str]:
        """Note of recordings of sets to which parts they belong, and count these."""
        parts: Counter[str] = Counter()
        for folder, name in self._folders.items():
            inside = os.fsdecode(stored(str(folder), self._dataset.folder))
            parts += mark(self._dataset.store, inside, name)
        return parts

    def _rows(
        self, path: Path, tables: list[Path], report: Report, label_column: str | None
    ) -> Iterator[Row]:
        if self._dry_run:
            for table in tables:
                yield from (
                    Row(path=f"{table}:{number}") for number, _ in enumerate(sound_inside.records(table))
                )
            return
        # Two exports of one name are two folders.
        digest = hashlib.sha256(os.fsencode(os.path.abspath(path))).hexdigest()[:8]
        folder = self._dataset.raw / "parquet" / f"{safe_name(path.stem)}-{digest}"
        for table in tables:
            name = os.path.relpath(table, path) if path.is_dir() else table.name
            place = folder / os.path.splitext(name)[0]
            if not _is_taken_out(table, place):
                sound_inside.take_out(table, place, report)
        self._folders[folder] = path.name
        yield from whole_set.read(folder, report=report, label_column=label_column)


def _is_taken_out(table: Path, place: Path) -> bool:
    """Whether the sound of a table was taken out since it was last changed."""
    listing = place / sound_inside.METADATA
    return listing.is_file() and listing.stat().st_mtime_ns > table.stat().st_mtime_ns
