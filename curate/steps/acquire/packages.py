"""Whole sets: fetch the files of a record, unpack what is packed, and import what lies in them."""

from __future__ import annotations

import itertools
import json
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
from curate.formatting import count
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

#: Stands beside a file that came in, so that it is not fetched again: its checksum in the first line, and in
#: the others, as JSON, what was unpacked from it.
_DONE = ".done"

#: Stands beside a packed file while its folder gets its name, and says which one.
_FOLDER = ".folder"

#: Names of files that are gone, in a message.
_SHOWN = 3

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
        _deliver(archive, folder, report)
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


def _deliver(archive: Deliverer, folder: Path, report: Report) -> None:
    """Have an archive bring its files, and unpack them; again, if something of them is gone."""
    lacking = {done: _lacking(done) for done in sorted(folder.glob(f"*{_DONE}"))}
    for done, names in lacking.items():
        _tell_lacking(done, names, report)
    if any(lacking.values()) or not (folder / _DONE).is_file():
        for path in archive.bring(folder):
            if is_packed(path):
                _unpack_or_restore(path, lacking.get(_done(path), []), report)
        (folder / _DONE).touch()


def _bring(
    http: Http, archive: Archive, file: RemoteFile, folder: Path, *, advance: Advance, report: Report
) -> int:
    """Fetch one file to its place, and count its bytes; a packed one is unpacked, and then gone."""
    name = inside(file.name)
    if name is None:
        report(Problem("failed", file.name, "its name leads out of its folder"))
        return 0
    target = folder / name
    done = _done(target)
    lacking: list[str] = []
    if done.is_file():
        fetched = done.read_text(encoding="utf-8", errors="surrogateescape").partition("\n")[0]
        is_same = not (fetched and file.checksum and fetched != file.checksum)
        lacking = _lacking(done)
        _tell_lacking(done, lacking, report, is_same=is_same)
        if not is_same:
            words = "it has other bytes at its archive now. The dataset keeps those that it was made of"
            report(Problem("changed", file.name, words))
        if not (lacking and is_same):
            advance(file.bytes or 0)
            return 0
    kinds: Literal["audio", "any"] = "audio" if is_audio(target.name) else "any"
    expect = Expectation(file.bytes, file.checksum, kinds, target.name)
    found = http.download(file.url, target, expect=expect, progress=advance, headers=archive.headers)
    os.replace(found.path, target)  # the name that tables know it by
    if is_packed(target):
        _unpack_or_restore(target, lacking, report)
    _mark_done(done, file.checksum or "")
    return found.bytes


def _done(path: Path) -> Path:
    return path.with_name(path.name + _DONE)


def _mark_done(done: Path, checksum: str, unpacked: Path | None = None) -> None:
    """Note that a file came in, and what was unpacked from it; None for what is noted of that already."""
    lines = []
    if unpacked is not None:
        lines = [json.dumps(os.path.relpath(each, done.parent)) for each in _files(unpacked)]
    elif done.is_file():
        lines = done.read_text(encoding="utf-8", errors="surrogateescape").splitlines()[1:]
    done.write_text("\n".join([checksum, *lines]), encoding="utf-8", errors="surrogateescape")


def _files(folder: Path) -> Iterator[str]:
    for where, folders, names in os.walk(folder):
        folders.sort()
        yield from (os.path.join(where, name) for name in sorted(names))


def _lacking(done: Path) -> list[str]:
    """List what came of a file and is not there, by its path from the folder of that file."""
    lines = done.read_text(encoding="utf-8", errors="surrogateescape").splitlines()[1:]
    own = done.name.removesuffix(_DONE)
    names = [json.loads(line) for line in lines] or ([] if is_packed(own) or not own else [own])
    # A table with sound inside becomes a folder.
    return [
        name
        for name in names
        if not (os.path.lexists(path := done.parent / name) or path.with_suffix("").is_dir())
    ]


def _tell_lacking(done: Path, lacking: list[str], report: Report, *, is_same: bool = True) -> None:
    if lacking:
        some = ", ".join(map(printable, lacking[:_SHOWN])) + (" ..." if len(lacking) > _SHOWN else "")
        then = "fetched again" if is_same else "its archive has others now, so nothing is fetched again"
        words = f"{count(len(lacking), 'file')} of it gone: {some}; {then}"
        report(Problem("gone", done.name.removesuffix(_DONE), words))


def _unpack_or_restore(path: Path, lacking: list[str], report: Report) -> None:
    """Unpack a file, or put back what of it is not there any more; then the packed file goes."""
    if not lacking:
        _unpack(path, report)
        return
    part = path.with_name(path.name + ".part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir()
    try:
        budget = _Budget(growth(path))
        budget.left -= unpack(path, part, at_most=budget.left).bytes
        _unpack_inside(part, path.name, lambda _: None, budget)  # all was told when it was unpacked first
        for name in lacking:
            source = part.joinpath(*Path(name).parts[1:])
            if source.is_file():
                target = path.parent / name
                target.parent.mkdir(parents=True, exist_ok=True)
                os.replace(source, target)
    finally:
        shutil.rmtree(part, ignore_errors=True)
        path.unlink()


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
    _mark_done(_done(path), "", note.with_name(note.read_text(encoding="utf-8", errors="surrogateescape")))
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
            _done(path).unlink()


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
