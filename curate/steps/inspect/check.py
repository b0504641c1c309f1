"""`curate check`: whether everything that the dataset counts on is still there, and whole.

Writes nothing, but for what a catalogue of an earlier version lacks. Recordings pass by a page at a
time. Of each kind of fault only the first are kept, so a million of them need no memory.
"""

from __future__ import annotations

import os
import shlex
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import chain, islice
from typing import get_args

from curate.catalogue import duplicates
from curate.catalogue.dataset import Dataset
from curate.catalogue.views import wholeness
from curate.engine.open import open_engine
from curate.errors import CatalogueBusy, CatalogueError, UsageError
from curate.formatting import Displayed
from curate.progress import Progress, silent
from curate.settings import CATALOGUE_NAME
from curate.steps.common.export_states import ExportState, judge
from curate.steps.common.failing import Failing
from curate.steps.inspect.wholeness import Expected, FileFault, Kind, examine_file

#: What a worker gets at a time, in bytes: a second's work or so.
_BUNDLE = 256e6

#: Files whose owners are looked up at once.
_PAGE = 1000

#: Files by which workers on other machines are asked, first of all, whether they see the same disks.
_TRIED = 3

#: More paths than this make no command that anybody types.
_TYPED = 3

#: Endings of what is written before it is whole.
_UNFINISHED = (".part", ".part.json")

#: And of the folders beside an export that is being made.
_DRAFTS = (".converted", ".tables")


@dataclass(slots=True)
class Wrong:
    """One kind of fault: how often, what to do next, and the first of them."""

    kind: Kind
    count: int
    next: str
    first: list[FileFault] = field(default_factory=list)


@dataclass(slots=True)
class CheckSummary(Displayed):
    """What was looked at, and what is wrong.

    Parameters
    ----------
    recordings, copies
        Raw files and clean copies that were looked at.
    bytes_read
        Of all files that were read to their end.
    waiting
        Copies that are to be made, or made again: nothing is wrong with them.
    busy
        Whether another command was writing: what it has not finished is not judged.
    damaged, damage
        Raw files of which something is lost or odd, as the catalogue knows, and the first of them; only with
        `read`. Damage that it does not know is wrong.
    exports
        Each export, and whether it still is what the ledger says. A stale one is reported and is no fault.
    wrong
        What is wrong, by kind; empty where all is well.
    """

    dataset: str = ""
    recordings: int = 0
    copies: int = 0
    bytes_read: int = 0
    waiting: int = 0
    busy: bool = False
    damaged: int = 0
    damage: list[FileFault] = field(default_factory=list)
    exports: list[ExportState] = field(default_factory=list)
    wrong: list[Wrong] = field(default_factory=list)
    elapsed_s: float = 0.0


def check(
    dataset: Dataset,
    *,
    read: bool = False,
    limit: int = 1000,
    jobs: int | None = None,
    engine: str = "local",
    progress: Progress = silent,
) -> CheckSummary:
    """Compare the files on the disk with what the catalogue knows of them, and the catalogue with itself.

    Raw files are compared by size and time of change, clean copies by size.

    Parameters
    ----------
    read
        Read every file to its end. Raw files must have the sha256 that they were imported with. They and
        the copies must decode, without damage, to the length that was noted.
    limit
        Of each kind of fault, name no more than this many; all are counted.
    jobs, engine
        Worker processes, and where they run; only with `read`.

    Raises
    ------
    UsageError
        If `limit` is below 0.
    NotInCatalogue
        If there is no dataset.
    """
    started = time.monotonic()
    if limit < 0:
        raise UsageError(f"limit must be 0 or more: got {limit}")
    summary = CheckSummary(dataset=str(dataset.folder))
    tally = _Tally(limit)
    _ = dataset.store  # a missing dataset is told as such, not as a damaged one
    summary.busy = dataset.is_being_written()
    try:
        for said in wholeness.damage(dataset.store, limit=limit):
            tally.add(_of_catalogue(dataset, said))
        recordings, size, summary.waiting = wholeness.sizes(dataset.store)
        if read:
            with progress("reading", size / 1e6, "MB") as advance, open_engine(engine, jobs=jobs) as workers:
                failing = Failing()
                expected = _expected(dataset, summary, read=True)
                first = list(islice(expected, _TRIED))
                workers.check_paths(file.path for file in first if os.access(file.path, os.R_OK))
                files = chain(first, expected)
                for outcome in workers.map(examine_file, files, size=lambda file: file.bytes / _BUNDLE):
                    failure = failing.failure_of(outcome)
                    fault = _unread(outcome.item, failure) if failure else outcome.result
                    if fault is not None and fault.kind == "raw damaged" and outcome.item.problem:
                        summary.damaged += 1
                        summary.damage += [fault] if summary.damaged <= limit else []
                    else:
                        _judge(dataset, outcome.item, fault, tally)
                    summary.bytes_read += outcome.item.bytes
                    advance(outcome.item.bytes / 1e6)
        else:
            with progress("looking", recordings, "recordings") as advance:
                for file in _expected(dataset, summary, read=False):
                    _judge(dataset, file, examine_file(file), tally)
                    # The progress counts recordings. Copies have no time of change, and add nothing.
                    advance(file.mtime_ns is not None)
        summary.exports = judge(dataset, files=True)
        for fault in chain(_strays(dataset, busy=summary.busy), _of_exports(summary.exports)):
            tally.add(fault)
        summary.wrong = list(tally.wrong(dataset))
    except CatalogueBusy:
        raise
    except CatalogueError as error:
        tally.add(_of_catalogue(dataset, error.message))
        summary.wrong = list(tally.wrong(None))
    summary.elapsed_s = time.monotonic() - started
    return summary


def _expected(dataset: Dataset, summary: CheckSummary, *, read: bool) -> Iterator[Expected]:
    """List raw files and copies; what could not even be read when it was imported is not expected."""
    for each in wholeness.files(dataset.store):
        if each.sha256 is not None:
            summary.recordings += 1
            path = dataset.path(each.path)
            yield Expected(
                each.recording,
                path,
                each.bytes,
                each.mtime_ns,
                each.sha256,
                each.frames,
                each.problem,
                read=read,
            )
        if each.copy is not None:
            summary.copies += 1
            path = dataset.path(each.copy.path)
            yield Expected(each.recording, path, each.copy.bytes or 0, frames=each.copy.frames, read=read)


def _judge(dataset: Dataset, file: Expected, fault: FileFault | None, tally: _Tally) -> None:
    """Count a fault, unless the copy was made again while it was looked at."""
    if fault is None:
        return
    if file.mtime_ns is None:
        now = wholeness.copy_of(dataset.store, file.recording)
        if now is None or now.digest is None:
            return
        if (dataset.path(now.path), now.bytes) != (file.path, file.bytes):
            return
    elif fault.kind == "raw gone" and tally.names_more(fault.kind):
        fault = replace(fault, reason=fault.reason + _instead(dataset, file))
    tally.add(fault)


def _instead(dataset: Dataset, file: Expected) -> str:
    """Say which copy, dropped for a file that is gone, is there and could stay instead.

    No run chooses it by itself: a disk that is away for a day would turn the dataset round.
    """
    for cell, duration in duplicates.dropped_for(dataset.store, file.recording):
        path = dataset.path(cell)
        if os.path.isfile(path):
            use = f"curate cut {shlex.quote(file.path)} 0 {duration:.6f}"
            return f". The same sound is in {path}, which dedupe dropped for it. To use that one: {use}"
    return ""


def _unread(file: Expected, failure: str) -> FileFault:
    """Say of a file that it killed the worker that read it, or failed in a way that nobody foresaw."""
    return FileFault("copy damaged" if file.mtime_ns is None else "raw unreadable", file.path, failure)


def _of_catalogue(dataset: Dataset, said: str) -> FileFault:
    return FileFault("catalogue damaged", str(dataset.folder / CATALOGUE_NAME), said)


def _strays(dataset: Dataset, *, busy: bool) -> Iterator[FileFault]:
    """Find files of no use: copies that belong to nobody, and what a killed command left half-written."""
    page: list[str] = []
    for path in _files_below(dataset.clean):
        if path.endswith(_UNFINISHED):
            if not busy:
                yield FileFault("leftover", path, "a copy that was never finished")
            continue
        page.append(path)
        if len(page) == _PAGE:
            yield from _orphans(dataset, page)
            page.clear()
    yield from _orphans(dataset, page)
    if busy:
        return
    for path in _files_below(dataset.raw):
        if path.endswith(_UNFINISHED):
            yield FileFault("leftover", path, "a download that was never finished")
    with os.scandir(dataset.folder) as entries:
        for entry in sorted(entries, key=lambda each: each.name):
            is_draft = entry.name.startswith(".") and entry.name.endswith(_DRAFTS)
            if is_draft or entry.name.endswith(_UNFINISHED):
                yield FileFault("leftover", entry.path, "an export that was never finished")


def _of_exports(found: list[ExportState]) -> Iterator[FileFault]:
    """Tell of exports that are not as curate wrote them, or that name what is gone."""
    kinds: dict[str, Kind] = {"altered": "export altered", "broken": "export broken"}
    for each in found:
        if each.state in kinds:
            yield FileFault(kinds[each.state], each.path, each.reason)


def _orphans(dataset: Dataset, page: list[str]) -> Iterator[FileFault]:
    names = {os.fsencode(path).decode(errors="backslashreplace"): path for path in page}
    inside = {
        os.path.relpath(name, dataset.folder).replace(os.sep, "/"): path for name, path in names.items()
    }
    for name in wholeness.unowned(dataset.store, list(inside)):
        yield FileFault("orphan", inside[name], "no recording has this copy")


def _files_below(folder: os.PathLike[str]) -> Iterator[str]:
    """Walk the files below a folder in order; hidden ones are the system's."""
    for where, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(names):
            if not name.startswith("."):
                yield os.path.join(where, name)


class _Tally:
    """Counts faults by kind, and keeps the first of each."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._counts: dict[Kind, int] = {}
        self._first: dict[Kind, list[FileFault]] = {}

    def add(self, fault: FileFault) -> None:
        """Count one."""
        self._counts[fault.kind] = self._counts.get(fault.kind, 0) + 1
        if self.names_more(fault.kind):
            self._first.setdefault(fault.kind, []).append(fault)

    def names_more(self, kind: Kind) -> bool:
        """Whether another fault of a kind would be named, and not only counted."""
        # At least one, whatever the limit: the next command to type names it.
        return len(self._first.get(kind, ())) < max(self._limit, 1)

    def wrong(self, dataset: Dataset | None) -> Iterator[Wrong]:
        """Tell all kinds that there are, and what to do about each."""
        for kind in get_args(Kind):
            if kind in self._counts:
                first = self._first[kind]
                yield Wrong(kind, self._counts[kind], _next(kind, first[0], dataset), first[: self._limit])


def _next(kind: Kind, first: FileFault, dataset: Dataset | None) -> str:
    """Say what a person can type; an example names the first file."""
    file = shlex.quote(first.path)
    again = "curate import FOLDER"
    if kind in ("raw changed", "raw touched", "raw unlike") and dataset is not None:
        imported = wholeness.import_paths(dataset.store)
        if 0 < len(imported) <= _TYPED:
            again = f"curate import {shlex.join(imported)}"
    words: dict[Kind, str] = {
        "catalogue damaged": f"put a backup back; or: sqlite3 {file} .recover | sqlite3 recovered.db",
        "raw gone": "put them back; or, where they moved: curate import FOLDER",
        "raw changed": f"put the originals back; or accept them: {again} --replace-changed",
        "raw touched": f"compare their bytes, and note the new time: {again}",
        "raw damaged": "fetch or copy them again. Or note the loss: curate scan, then curate trim",
        "raw unlike": f"measure them again: touch {file}, {again}",
        "raw unreadable": f"look at rights and disk: ls -l {file}",
        "copy gone": "curate render",
        "copy changed": "curate render",
        "copy damaged": f"remove them, then make them again: rm {file}; curate render",
        "export altered": "write them again, or leave them: curate has forgotten them",
        "export broken": "write them again: curate render, then curate manifest",
        "orphan": f"remove them: rm {file}",
        "leftover": f"let the command that wrote them finish, or remove them: rm -r {file}",
    }
    return words[kind]
