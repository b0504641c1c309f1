"""Whole sets: fetch the files of a record, unpack what is packed, and import what lies in them."""

from __future__ import annotations

import itertools
import os
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from curate.archives import Archive, Deliverer
from curate.archives.remote import Origin, RemoteFile
from curate.catalogue import downloads
from curate.catalogue.dataset import Dataset
from curate.catalogue.paths import printable, safe_name
from curate.errors import FormatError, NetError
from curate.formats import Report
from curate.formats.choose import is_birdclef
from curate.formats.files.set_parts import are_parts, part_of
from curate.formats.files.walk import holds_audio, is_audio
from curate.formats.trainers import sound_inside, whole_set
from curate.model import Problem
from curate.net.http import Expectation, Http
from curate.net.safe_names import inside
from curate.net.unpack import growth, is_packed, unpack
from curate.progress import Advance, Progress
from curate.steps.acquire.import_ import import_
from curate.steps.acquire.import_summary import ImportSummary
from curate.steps.acquire.query_archive import QueryResult
from curate.steps.acquire.set_marks import mark
from curate.steps.common.credits import write_credits

#: Stands beside a file that came in, with its checksum, so that it is not fetched again.
_DONE = ".done"

#: Stands beside a packed file while its folder gets its name, and says which one.
_FOLDER = ".folder"

#: How many packed files may lie in each other.
_DEEPEST = 3


def bring(
    dataset: Dataset,
    archive: Archive,
    asked: QueryResult,
    *,
    http: Http,
    report: Report,
    fetched: Advance,
    progress: Progress,
) -> Path | None:
    """Fetch and unpack the files of a record. What was done in an earlier run stays.

    Parameters
    ----------
    fetched
        Called with the bytes of each file that came in.

    Returns
    -------
    The folder ``raw/<archive>/<record>``, None if the archive gave no files.
    """
    if asked.origin is None:
        return None
    if not (asked.files or isinstance(archive, Deliverer)):
        if not asked.problems:
            report(Problem("unavailable", asked.origin.number, "its file is missing"))
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
        # Packed files come last: their folders are then named past all that the record has itself.
        for file in sorted(asked.files, key=lambda each: is_packed(each.name)):
            try:
                fetched(_bring(http, archive, file, folder, advance=advance, report=report))
            except NetError as error:
                report(Problem("failed", file.name, error.message))
    return folder


def _bring(
    http: Http, archive: Archive, file: RemoteFile, folder: Path, *, advance: Advance, report: Report
) -> int:
    """Fetch one file to its place, and count its bytes; a packed one is unpacked, and then gone."""
    name = inside(file.name)
    if name is None:
        report(Problem("failed", file.name, "its name leads out of its folder"))
        return 0
    target = folder / name
    done = target.with_name(target.name + _DONE)
    if done.is_file():
        advance(file.bytes or 0)
        fetched = done.read_text(encoding="utf-8")
        if fetched and file.checksum and fetched != file.checksum:
            words = "it has other bytes at its archive now. The dataset keeps those that it was made of"
            report(Problem("changed", file.name, words))
        return 0
    kinds: Literal["audio", "any"] = "audio" if is_audio(target.name) else "any"
    expect = Expectation(file.bytes, file.checksum, kinds, target.name)
    found = http.download(file.url, target, expect=expect, progress=advance, headers=archive.headers)
    os.replace(found.path, target)  # the name that tables know it by
    if is_packed(target):
        _unpack(target, report)
    done.write_text(file.checksum or "", encoding="utf-8")
    return found.bytes


@dataclass(slots=True)
class _Budget:
    """Bytes to which a packed file may still grow, with the packed files in it; and how deep these lie."""

    left: int
    depth: int = 1


def _unpack(path: Path, report: Report, budget: _Budget | None = None) -> None:
    """Unpack a file into a folder of its own, whole or not at all; then the packed file goes."""
    budget = budget or _Budget(growth(path))
    note = path.with_name(path.name + _FOLDER)
    if not _is_unpacked(note):
        into = _free(path)
        part = into.with_name(into.name + ".part")
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir(parents=True)
        try:
            unpacked = unpack(path, part, at_most=budget.left)
            budget.left -= unpacked.bytes
            _unpack_inside(part, path.name, report, budget)
        except NetError:
            shutil.rmtree(part, ignore_errors=True)
            path.unlink()  # it would be as broken the next time
            raise
        for name, reason in unpacked.left_out:
            report(Problem("unavailable", f"{path.name}: {printable(name)}", reason))
        note.write_text(into.name, encoding="utf-8", errors="surrogateescape")
        os.replace(part, into)
    # First the mark, then the removal: a kill in between must not have the file fetched again.
    path.with_name(path.name + _DONE).touch()
    path.unlink()
    note.unlink()


def _is_unpacked(note: Path) -> bool:
    """Whether an earlier run was stopped after the folder that a note names got its name."""
    try:
        name = note.read_text(encoding="utf-8", errors="surrogateescape")
    except FileNotFoundError:
        return False
    into = note.with_name(name) if name else note
    return into.is_dir() and not into.with_name(into.name + ".part").exists()


def _free(path: Path) -> Path:
    """Choose a folder for what is packed in a file: of its name, and of no other file or folder.

    A record may have ``frogs.zip`` beside ``frogs.tar.gz`` or ``frogs/``.
    """
    long = path.name.replace(".", "-")
    names = itertools.chain(
        (re.sub(r"(\.tar)?\.\w+$", "", path.name), long), (f"{long}-{n}" for n in itertools.count(2))
    )
    return next(into for name in names if not os.path.lexists(into := path.with_name(name)))


def _unpack_inside(folder: Path, outer: str, report: Report, budget: _Budget) -> None:
    """Unpack what is packed in a packed file; a broken one is reported, and costs the others nothing."""
    for path in sorted(each for each in folder.rglob("*") if each.is_file() and is_packed(each)):
        name = f"{outer}: {printable(str(path.relative_to(folder)))}"
        if budget.depth >= _DEEPEST:
            report(
                Problem("unavailable", name, f"it is packed more than {_DEEPEST} times, and left as it is")
            )
            continue
        inner = _Budget(budget.left, budget.depth + 1)
        try:
            _unpack(path, report, inner)
        except NetError as error:
            report(Problem("failed", name, error.message))
        else:
            budget.left = inner.left
            path.with_name(path.name + _DONE).unlink()


def _take_sound_out(folder: Path, report: Report) -> None:
    """Take the sound out of tables that hold it, into a folder of the table's name; then the table goes."""
    for path in sound_inside.tables_in(folder):
        try:
            sound_inside.take_out(path, path.with_suffix(""), report)
        except FormatError as error:
            report(Problem("failed", str(path), error.message))
        else:
            path.unlink()


def register(dataset: Dataset, folder: Path, origin: Origin, *, progress: Progress) -> ImportSummary:
    """Import what lies in a folder, and say of it where it came from.

    The layout of a BirdCLEF year is read as such. A table whose file names lie anywhere in the
    folder gives labels. Without either, recordings lie in folders by label.

    Raises
    ------
    FormatError
        If there are no recordings.
    """
    summary = ImportSummary()
    _take_sound_out(folder, summary.report)
    if not holds_audio(folder):
        raise FormatError(
            f"{origin.archive} {origin.number} lacks recordings: {folder}",
            hint="see its page for the files. Choose some with --files",
        )
    roots = [where for where in _folders(folder) if is_birdclef(where)]
    if roots or not whole_set.tables_in(folder):
        imported = import_(dataset, roots or list(_loose(folder)), progress=progress)
        is_marked = False
    else:
        imported = import_(dataset, folder, format="whole-set", progress=progress)
        is_marked = True
    for problem in summary.problems:
        imported.report(problem)
    inside = os.path.relpath(folder, dataset.folder)
    with dataset.writing("download", {"archive": origin.archive, "number": origin.number}):
        if not is_marked:
            imported.parts = mark(dataset.store, inside, origin.title or origin.number)
        downloads.claim_folder(
            dataset.store,
            inside,
            archive=origin.archive,
            number=origin.number,
            license=origin.license.words,
            license_url=origin.license.url,
            recordist=origin.authors,
            url=origin.url,
        )
        write_credits(dataset)
    return imported


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
    """Whether a folder only wraps the one that holds the folders by label, or the parts of the set."""
    inside = [each for each in folder.iterdir() if not each.name.startswith((".", "__MACOSX"))]
    if not all(each.is_dir() for each in inside) or not any(
        below.is_dir() for each in inside for below in each.iterdir()
    ):
        return False
    parts = [part_of(each.name) for each in inside]
    return len(inside) == 1 or (all(parts) and are_parts(parts))
