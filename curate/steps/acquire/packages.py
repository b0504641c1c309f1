"""Whole sets: fetch the files of a record, unpack what is packed, and import what lies in them."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

from curate.archives import Archive, Deliverer
from curate.archives.remote import Origin, RemoteFile
from curate.catalogue import downloads
from curate.catalogue.dataset import Dataset
from curate.catalogue.paths import printable, safe_name
from curate.errors import FormatError, NetError
from curate.formats import Report
from curate.formats.choose import is_birdclef
from curate.formats.files.walk import is_audio
from curate.formats.tables.csv import Sheet
from curate.formats.tables.table import PATH_COLUMNS, find
from curate.model import Problem
from curate.net.http import Expectation, Http
from curate.net.names import inside
from curate.net.unpack import is_packed, unpack
from curate.progress import Advance, Progress
from curate.steps.acquire.import_ import import_
from curate.steps.acquire.import_summary import ImportSummary
from curate.steps.acquire.query_archive import QueryResult
from curate.steps.common.credits import write_credits

#: Stands beside a file whose contents are unpacked, so that it is not fetched again.
_DONE = ".done"

#: End of the name of a table that is written for the import.
_LISTING = ".curate.csv"


def bring(
    dataset: Dataset, archive: Archive, asked: QueryResult, *, http: Http, report: Report, progress: Progress
) -> Path | None:
    """Fetch and unpack the files of a record; what was done in an earlier run stays.

    Returns
    -------
    The folder ``raw/<archive>/<record>``, None if the archive gave no files.
    """
    if asked.origin is None or not (asked.files or isinstance(archive, Deliverer)):
        return None
    folder = dataset.raw / archive.name / safe_name(asked.origin.number)
    folder.mkdir(parents=True, exist_ok=True)
    if isinstance(archive, Deliverer):
        if not (folder / _DONE).is_file():
            for path in archive.bring(folder):
                if is_packed(path):
                    _unpack(path, report)
            (folder / _DONE).touch()
        return folder
    total = sum(each.bytes or 0 for each in asked.files)
    with progress(f"downloading {asked.origin.number}", total, "bytes") as advance:
        for file in asked.files:
            try:
                _bring(http, archive, file, folder, advance=advance, report=report)
            except NetError as error:
                report(Problem("failed", file.name, error.message))
    return folder


def _bring(
    http: Http, archive: Archive, file: RemoteFile, folder: Path, *, advance: Advance, report: Report
) -> None:
    """Fetch one file to its place; a packed one is unpacked, and then gone."""
    name = inside(file.name)
    if name is None:
        report(Problem("failed", file.name, "its name leads out of its folder"))
        return
    target = folder / name
    done = target.with_name(target.name + _DONE)
    if done.is_file():
        advance(file.bytes or 0)
        return
    kinds: Literal["audio", "any"] = "audio" if is_audio(target.name) else "any"
    expect = Expectation(file.bytes, file.checksum, kinds, target.name)
    found = http.download(file.url, target, expect=expect, progress=advance, headers=archive.headers)
    os.replace(found.path, target)  # the name that tables know it by
    if is_packed(target):
        _unpack(target, report)
    else:
        done.touch()


def _unpack(path: Path, report: Report) -> None:
    """Unpack a file into a folder of its name, whole or not at all; then the packed file goes."""
    into = path.with_name(re.sub(r"(\.tar)?\.\w+$", "", path.name))
    part = into.with_name(into.name + ".part")
    shutil.rmtree(part, ignore_errors=True)
    if not into.is_dir():
        part.mkdir(parents=True)
        try:
            unpacked = unpack(path, part)
        except NetError:
            shutil.rmtree(part, ignore_errors=True)
            path.unlink()  # it would be as broken the next time
            raise
        for name, reason in unpacked.left_out:
            report(Problem("unavailable", f"{path.name}: {printable(name)}", reason))
        os.replace(part, into)
    path.with_name(path.name + _DONE).touch()
    path.unlink()


def register(dataset: Dataset, folder: Path, origin: Origin, *, progress: Progress) -> ImportSummary:
    """Import what lies in a folder, and say of it where it came from.

    The layout of a BirdCLEF year is read as such; a table whose file names lie anywhere in the
    folder gives labels; without either, recordings lie in folders by label.

    Raises
    ------
    FormatError
        If there are no recordings.
    """
    if not holds_audio(folder):
        raise FormatError(
            f"{origin.archive} {origin.number} holds no recordings: none in {folder}",
            hint="see on its page what it holds; --files chooses among its files",
        )
    roots = [where for where in _folders(folder) if is_birdclef(where)]
    paths = roots or list(_tables(folder)) or list(_loose(folder))
    summary = import_(dataset, paths, progress=progress)
    with dataset.writing("download", {"archive": origin.archive, "number": origin.number}):
        downloads.claim_folder(
            dataset.store,
            os.path.relpath(folder, dataset.folder),
            archive=origin.archive,
            number=origin.number,
            license=origin.license.words,
            license_url=origin.license.url,
            recordist=origin.authors,
            url=origin.url,
        )
        write_credits(dataset)
    return summary


def holds_audio(folder: Path) -> bool:
    """Whether there is a recording in a folder, however deep."""
    return any(is_audio(name) for _, _, names in os.walk(folder) for name in names)


def _folders(folder: Path) -> Iterator[Path]:
    for where, names, _ in os.walk(folder):
        names.sort()
        yield Path(where)


def _loose(folder: Path) -> Iterator[Path]:
    """List what holds recordings: each unpacked folder below which labels begin, and single files."""
    for path in sorted(folder.iterdir()):
        if path.is_dir():
            yield from _loose(path) if _is_wrapping(path) else [path]
        elif is_audio(path.name):
            yield path


def _is_wrapping(folder: Path) -> bool:
    """Whether a folder only wraps another one that holds the folders by label."""
    inside = [each for each in folder.iterdir() if not each.name.startswith((".", "__MACOSX"))]
    return len(inside) == 1 and inside[0].is_dir() and any(each.is_dir() for each in inside[0].iterdir())


def _tables(folder: Path) -> Iterator[Path]:
    """Write a listing with true paths for each table that names recordings of the folder."""
    there: dict[str, str] = {}
    for where, _, names in sorted(os.walk(folder)):
        there.update({name: os.path.join(where, name) for name in names if is_audio(name)})
    for path in sorted(folder.rglob("*")):
        if path.suffix not in {".csv", ".parquet", ".tsv"} or path.name.endswith(_LISTING):
            continue
        table = _read(path)
        if table is None:
            continue
        column = find(map(str, table.columns), PATH_COLUMNS)
        if column is None:
            continue
        table[column] = [there.get(os.path.basename(str(cell)), "") for cell in table[column]]
        table = table[table[column] != ""]
        if len(table):
            listing = path.with_name(f"{path.stem}{_LISTING}")
            texts = table.map(lambda cell: json.dumps(list(cell)) if hasattr(cell, "tolist") else cell)
            texts.to_csv(listing, index=False)
            yield listing


def _read(path: Path) -> Any:  # noqa: ANN401 - a data frame, or None
    """Read a table; one that cannot be read loses nothing: its files are imported without it."""
    import pandas as pd  # noqa: PLC0415 - only sets with tables need it

    try:
        if path.suffix == ".parquet":
            return pd.read_parquet(path)
        return pd.read_csv(path, sep=Sheet.open(path).delimiter, dtype=str, keep_default_na=False)
    except (FormatError, ValueError, OSError):
        return None
