"""An export written atomically: a table or a folder, and the audio that belongs to it.

Everything is built next to its place and moved there at the end: the audio first, since its
folder says which tables are ours, then the tables.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from curate.engine.loop import Engine
from curate.errors import EngineError, FormatError, UsageError
from curate.formats.files.export_folder import Place, link_folder
from curate.formats.files.layout import AudioMode, ExportLayout, Taxa, by_label
from curate.formats.files.origins import audio_name
from curate.formats.files.unique_names import NAME_MAX, Keys, is_too_long
from curate.formats.tables.manifest import Column
from curate.lookup import resolve
from curate.model import Problem, Row
from curate.progress import Progress
from curate.steps.export import convert_audio
from curate.steps.export.convert_audio import Conversion, ConversionJob
from curate.steps.export.table_drafts import check_drafts, drafted
from curate.storage.address import is_remote
from curate.storage.copies import local


@dataclass(slots=True)
class Plan:
    """How an export holds its audio.

    Parameters
    ----------
    out, shape
        Where it goes, and what its format looks like.
    holding
        How it holds audio that needs no conversion.
    noted
        Whether the tables go into the ledger of their folder; the neutral ones know themselves.
    keep_names
        Whether audio keeps its names to the letter, in a folder for each site.
    taxa
        Names of species, for names of folders.
    samples
        Of the whole set, by their coding.
    problems
        Takes what could not be converted, or named.
    scaled, clipped
        Take what converting did to levels, as `convert_audio.Converted`.
    nameless
        Recordings whose names no file system takes.
    shortened
        Paths of recordings whose own file in the export has a shortened name.
    unplaced
        Counts the rows for which the format has no place, such as those without a class in folders by class.
    """

    out: Path
    shape: ExportLayout
    holding: AudioMode
    conversion: Conversion
    noted: bool = False
    keep_names: bool = False
    taxa: Taxa = field(default_factory=dict)
    samples: Mapping[str, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    scaled: list[dict[str, Any]] = field(default_factory=list)
    clipped: int = 0
    nameless: set[str] = field(default_factory=set)
    shortened: set[str] = field(default_factory=set)
    unplaced: int = 0

    @property
    def waiting(self) -> Path:
        """Folder where converted audio waits for the export to be complete."""
        return self.out.with_name(f".{self.out.name}.converted")

    @property
    def beside(self) -> Path:
        """Folder of the audio of a table."""
        return self.out.with_name(f"{self.out.stem}_audio")

    @property
    def converts(self) -> bool:
        """Whether audio may be converted. Otherwise all files go out as they are."""
        return self.shape.whole or self.conversion.wanted

    @property
    def is_link(self) -> bool:
        """Whether it is a table that refers to audio where it lies."""
        return self.holding == "link" and not self.converts and not self.shape.is_folder(self.out)

    def has_place(self, row: Row) -> bool:
        """Whether the format has a place for a row. Other rows are counted."""
        has_place = self.shape.name(row, "", "", self.taxa) is not None
        self.unplaced += not has_place
        return has_place

    def job(self, row: Row) -> ConversionJob | None:
        """Say what must be made for a row."""
        if not self.converts:
            return None
        return convert_audio.job_for(row, self.conversion, cut=self.shape.whole)

    def bytes_of(self, row: Row) -> float:
        """Tell about how large the audio file of a row will be. Links take 0 bytes."""
        job = self.job(row)
        if job is not None:
            return job.bytes(self.samples)
        if self.holding not in ("copy", "embed") or not os.path.isfile(row.path):
            return 0.0
        return os.path.getsize(row.path)


@dataclass(frozen=True, slots=True)
class _Named:
    """A row, the row of the file that is placed for it, what that is made by, and its name in the export."""

    row: Row
    there: Row
    job: ConversionJob | None
    name: str


def make(
    plan: Plan,
    rows: Callable[[bool], Iterable[Row]],
    write: Callable[..., int],
    *,
    counted: Callable[[Iterable[Row]], Iterator[Row]],
    workers: Callable[[], Engine],
    progress: Progress,
    itself: bool = False,
) -> int:
    """Convert what must be, put the audio into its place, and write the table.

    Parameters
    ----------
    rows
        Gives the rows again each time, always the same; takes whether it is the last time.
    write
        Writes them: to a file, or into a folder.
    counted
        Counts the rows that are written, and passes each on.
    workers
        Opens the engine; called only if there is something to convert.
    itself
        Whether the writer puts the audio into its place.

    Returns
    -------
    What `write` returned.

    Raises
    ------
    UsageError
        If something of somebody else's stands where the export belongs.
    """
    missing = _convert_all(plan, rows(False), workers, progress) if plan.converts else None
    try:
        return _write(plan, rows(True), missing, write, counted=counted, itself=itself)
    except (FormatError, UsageError):
        # What stopped otherwise goes on with what is ready, so that stays.
        shutil.rmtree(plan.waiting, ignore_errors=True)
        raise


def _write(
    plan: Plan,
    last: Iterable[Row],
    missing: set[str] | None,
    write: Callable[..., int],
    *,
    counted: Callable[[Iterable[Row]], Iterator[Row]],
    itself: bool,
) -> int:
    """Write the table, and put what was converted into its place; `missing` could not be."""
    # Names are needed only for audio that goes somewhere: a million rows that stay need none.
    is_linked = plan.holding == "link" and missing is None
    missing = missing or set()
    tables = drafted(plan.out, noted=plan.noted)
    if is_linked and not itself:
        linked = counted(last)
        with _folder(plan.out) if plan.shape.is_folder(plan.out) else tables as place:
            return write(_named_after(plan, linked), place.part if isinstance(place, Place) else place)
    fitting = _fitting(plan, last) if itself else last
    named = _counted(_named(plan, fitting, missing), counted)
    if itself:
        hold = "hardlink" if plan.conversion.wanted else "copy" if plan.holding == "copy" else "symlink"
        count = write(_on_disk(named, hold), plan.out, hold=hold)
    elif plan.holding == "embed":
        with _folder(plan.out) as place:
            count = write(_embedded(named), place.part)
    elif plan.shape.is_folder(plan.out):
        with _folder(plan.out) as place:
            prefix = f"{plan.out}/" if plan.shape.absolute else ""
            count = write(_named_after(plan, _placed(plan, named, place, prefix=prefix)), place.part)
    else:
        with tables as draft, link_folder(plan.beside, beside=[plan.out.name]) as place:
            prefix = f"{plan.beside if plan.shape.absolute else plan.beside.name}/"
            count = write(_placed(plan, named, place, prefix=prefix, flat=True), draft)
            # Before the audio goes into place, which leaving this block does first. Refusing changes nothing.
            check_drafts(plan.out, draft.parent)
    shutil.rmtree(plan.waiting, ignore_errors=True)
    return count


def make_table(plan: Plan, blocks: Iterable[Sequence[Column]], form: str) -> int:
    """Write a neutral table that refers to audio where it lies, from blocks of its rows as columns."""
    write: Callable[..., int] = resolve(f"curate.formats.tables.{form}:write_columns", {}, kind="format")
    with drafted(plan.out, noted=plan.noted) as place:
        return write(blocks, place)


def _convert_all(
    plan: Plan, rows: Iterable[Row], workers: Callable[[], Engine], progress: Progress
) -> set[str] | None:
    """Convert the audio; gives the names of files that could not be made, None if there are none to make."""
    jobs = {}
    for row in rows:
        job = plan.job(row)
        if job is not None:
            jobs[job.name] = job
    if not jobs:
        return None
    total = sum(job.duration for job in jobs.values())
    plan.waiting.parent.mkdir(parents=True, exist_ok=True)
    made = jobs.values()
    done = convert_audio.convert(made, plan.waiting, total=total, workers=workers(), progress=progress)
    plan.problems += done.problems
    plan.scaled += done.scaled
    plan.clipped += done.clipped
    missing = {name for name in jobs if not (plan.waiting / name).exists()}
    if missing and not plan.problems:
        raise EngineError(
            f"workers wrote to {plan.waiting} where this process fails to see it",
            hint="write to a disk that all workers mount under the same path",
        )
    return missing


@contextmanager
def _folder(folder: Path) -> Iterator[Place]:
    folder.parent.mkdir(parents=True, exist_ok=True)
    with link_folder(folder) as place:
        yield place


def _converted(plan: Plan, row: Row, job: ConversionJob) -> Row:
    """Make the row of a converted file."""
    path = str(plan.waiting / job.name)
    if not (plan.shape.whole and convert_audio.is_part(row)):
        return replace(row, path=path, sr=job.sr, channels=job.channels)
    marks = row.annotations
    if marks is not None:
        marks = tuple(
            replace(mark, onset=round(mark.onset - row.onset, 6), offset=round(mark.offset - row.onset, 6))
            for mark in marks
        )
    return replace(
        row,
        path=path,
        onset=0.0,
        offset=job.duration,
        duration=job.duration,
        file_duration=job.duration,
        sr=job.sr,
        channels=job.channels,
        annotations=marks,
        extra={**row.extra, "cut_from": row.path, "cut_at": repr(row.onset)},
    )


def _on_disk(named: Iterable[_Named], hold: str) -> Iterator[Row]:
    """Give the rows with files that can be held."""
    for each in named:
        if is_remote(each.there.path) and hold != "copy":
            raise UsageError(
                f"{each.there.path} is in object storage: failed to link to it",
                hint="use --audio-mode copy",
            )
        yield replace(each.there, path=str(local(each.there.path)))


def _embedded(named: Iterable[_Named]) -> Iterator[Row]:
    """Give the rows with files that can be read now; their names go with them."""
    for each in named:
        path = str(local(each.there.path))
        yield replace(each.there, path=path, extra={**each.there.extra, "name": each.name})


def _placed(
    plan: Plan, named: Iterable[_Named], place: Place, *, prefix: str, flat: bool = False
) -> Iterator[Row]:
    """Put the audio of the rows into a folder; gives them with its names, or as they are if only linked.

    Parameters
    ----------
    prefix
        Stands before the names.
    flat
        Whether the folder holds nothing but audio, and needs no folder ``audio`` in it.
    """
    done: set[str] = set()
    for each in named:
        if each.job is None and plan.holding == "link":
            yield each.there
            continue
        inside = each.name.removeprefix("audio/") if flat else each.name
        source = each.there.path
        if each.name not in done:
            done.add(each.name)
            if is_remote(source):
                place(inside, str(local(source)), "copy")
            elif each.job is not None:
                place(inside, source, "hardlink")
            elif plan.holding == "symlink":
                place(inside, os.path.realpath(source))
            else:
                place(inside, source, "copy" if plan.holding == "copy" else "hardlink")
        yield replace(each.there, path=prefix + inside)


def _named_after(plan: Plan, rows: Iterable[Row]) -> Iterator[Row]:
    """Note the recordings after which the writer cannot name a file."""
    has_files = plan.shape.ending and plan.shape.is_folder(plan.out)
    for row in rows:
        if has_files and is_too_long(audio_name(row.path) + plan.shape.ending):
            plan.shortened.add(row.path)
        yield row


def _counted(named: Iterable[_Named], counted: Callable[[Iterable[Row]], Iterator[Row]]) -> Iterator[_Named]:
    """Let the rows of named audio be counted, one by one as they pass."""
    current: list[_Named] = []

    def rows() -> Iterator[Row]:
        for each in named:
            current.append(each)
            yield each.row

    # `counted` gives each row on before it takes the next, so the row taken last is the one at hand.
    for _ in counted(rows()):
        yield current.pop()


def _named(plan: Plan, rows: Iterable[Row], missing: set[str]) -> Iterator[_Named]:
    """Name each row's audio in the export; what could not be made, or has no place, is left out."""
    keys = Keys(keep=plan.keep_names)
    numbers: dict[str, int] = {}
    for row in rows:
        job = plan.job(row)
        if (job is not None and job.name in missing) or not plan.has_place(row):
            continue
        key = keys.of(row)
        if plan.shape.whole and convert_audio.is_part(row):
            # Several stretches of one recording: each has its onset, in milliseconds, in its name.
            key = f"{key}_{round(row.onset * 1000):08d}"
        if plan.shape.whole:
            numbers[key] = numbers.get(key, 0) + 1
            key = key if numbers[key] == 1 else f"{key}_{numbers[key]}"
        there = row if job is None else _converted(plan, row, job)
        name = plan.shape.name(there, key, os.path.splitext(there.path)[1].lower(), plan.taxa)
        assert name is not None
        if _fits(plan, row, name):
            yield _Named(row, there, job, name)


def _fitting(plan: Plan, rows: Iterable[Row]) -> Iterator[Row]:
    """Leave out, and report, what a writer that names folders itself could not place."""
    for row in rows:
        if not row.label or _fits(plan, row, by_label(row, "", "", {}) or ""):
            yield row


def _fits(plan: Plan, row: Row, name: str) -> bool:
    """Whether a file system takes a name; reports the recording, once, where it does not."""
    long = max(name.split("/"), key=lambda part: len(os.fsencode(part)))
    if len(os.fsencode(long)) <= NAME_MAX:
        return True
    if row.recording_id not in plan.nameless:
        plan.nameless.add(row.recording_id)
        words = f"left out: no file system takes a name of {len(os.fsencode(long))} bytes: {long[:40]}..."
        plan.problems.append(Problem("failed", row.path, words))
    return False
