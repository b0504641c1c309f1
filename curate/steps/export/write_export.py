"""An export whole or not at all: a table or a folder, and the audio that belongs to it.

Everything is built beside its place and moved there at the end: the audio first, since its
folder says which tables are ours, then the tables.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from curate.engine.loop import Engine
from curate.errors import EngineError
from curate.formats.files import ledger
from curate.formats.files.layout import AudioMode, ExportLayout, Taxa, by_label
from curate.formats.files.links import Place, link_folder
from curate.formats.files.unique_names import Keys
from curate.model import Problem, Row
from curate.progress import Progress
from curate.steps.export import convert_audio
from curate.steps.export.convert_audio import Conversion, ConversionJob

#: Bytes of a name that every common file system takes.
_NAME_MAX = 255


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
    taxa
        Names of species, for names of folders.
    problems
        Takes what could not be converted, or named.
    scaled, clipped
        Take what converting did to levels, as `convert_audio.Converted`.
    nameless
        Recordings whose names no file system takes.
    """

    out: Path
    shape: ExportLayout
    holding: AudioMode
    conversion: Conversion
    noted: bool = False
    taxa: Taxa = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    scaled: list[dict[str, Any]] = field(default_factory=list)
    clipped: int = 0
    nameless: set[str] = field(default_factory=set)

    @property
    def waiting(self) -> Path:
        """Folder where converted audio waits for the export to be complete."""
        return self.out.with_name(f".{self.out.name}.converted")

    @property
    def beside(self) -> Path:
        """Folder of the audio of a table."""
        return self.out.with_name(f"{self.out.stem}_audio")

    def job(self, row: Row) -> ConversionJob | None:
        """Say what must be made for a row."""
        return convert_audio.job_for(row, self.conversion, cut=self.shape.whole)


def make(
    plan: Plan,
    rows: Callable[[bool], Iterable[Row]],
    write: Callable[..., int],
    *,
    workers: Callable[[], Engine],
    progress: Progress,
    itself: bool = False,
) -> int:
    """Convert what must be, put the audio into its place, and write the table.

    Parameters
    ----------
    rows
        Gives the rows anew each time, always the same; takes whether it is the last time.
    write
        Writes them: to a file, or into a folder.
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
    missing: set[str] | None = None
    if plan.shape.whole or plan.conversion.wanted:
        missing = _convert_all(plan, rows(False), workers, progress)
    last = rows(True)
    # Names are needed only for audio that goes somewhere: a million rows that stay need none.
    is_linked = plan.holding == "link" and missing is None
    missing = missing or set()
    if itself:
        hold = "hardlink" if plan.conversion.wanted else "copy" if plan.holding == "copy" else "symlink"
        named = _named(plan, _fitting(plan, last), missing)
        count = write((row for row, *_ in named), plan.out, hold=hold)
    elif plan.holding == "embed":
        with _folder(plan.out) as place:
            count = write(_embedded(plan, last, missing), place.part)
    elif plan.shape.is_folder(plan.out):
        with _folder(plan.out) as place:
            found = last if is_linked else _placed(plan, last, missing, place, prefix="")
            count = write(found, place.part)
    elif is_linked:
        with _tables(plan) as draft:
            count = write(last, draft)
    else:
        with _tables(plan) as draft, link_folder(plan.beside, beside=[plan.out.name]) as place:
            count = write(_placed(plan, last, missing, place, prefix=f"{plan.beside.name}/"), draft)
            _check_tables(plan, draft.parent)
    shutil.rmtree(plan.waiting, ignore_errors=True)
    return count


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
            f"workers wrote to {plan.waiting} where this process cannot see it",
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


def _embedded(plan: Plan, rows: Iterable[Row], missing: set[str]) -> Iterator[Row]:
    """Give the rows with files that can be read now; their names go with them."""
    for row, _, name, _ in _named(plan, rows, missing):
        yield replace(row, extra={**row.extra, "name": name})


def _placed(
    plan: Plan, rows: Iterable[Row], missing: set[str], place: Place, *, prefix: str
) -> Iterator[Row]:
    """Put the audio of the rows into a folder; gives them with its names, or as they are if only linked."""
    done: set[str] = set()
    for row, job, name, source in _named(plan, rows, missing):
        if job is None and plan.holding == "link":
            yield row
            continue
        inside = name.removeprefix("audio/") if prefix else name  # else a folder of audio in one of audio
        if name not in done:
            done.add(name)
            if job is not None:
                place(inside, source, "hardlink")
            elif plan.holding == "symlink":
                place(inside, os.path.realpath(source))
            else:
                place(inside, source, "copy" if plan.holding == "copy" else "hardlink")
        yield replace(row, path=prefix + inside)


def _named(
    plan: Plan, rows: Iterable[Row], missing: set[str]
) -> Iterator[tuple[Row, ConversionJob | None, str, str]]:
    """Name each row's audio in the export; rows without audio, or that the format cannot say, are left out.

    Yields
    ------
    The row of the file that is to be placed, what it was made by, its name, and where it is now.
    """
    keys = Keys()
    numbers: dict[str, int] = {}
    for row in rows:
        job = plan.job(row)
        if job is not None and job.name in missing:
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
        if name is not None and _fits(plan, row, name):
            yield there, job, name, there.path


def _fitting(plan: Plan, rows: Iterable[Row]) -> Iterator[Row]:
    """Leave out, and report, what a writer that names folders itself could not place."""
    for row in rows:
        if not row.label or _fits(plan, row, by_label(row, "", "", {}) or ""):
            yield row


def _fits(plan: Plan, row: Row, name: str) -> bool:
    """Whether a file system takes a name; reports the recording, once, where it does not."""
    long = max(name.split("/"), key=lambda part: len(os.fsencode(part)))
    if len(os.fsencode(long)) <= _NAME_MAX:
        return True
    if row.recording_id not in plan.nameless:
        plan.nameless.add(row.recording_id)
        words = f"left out: no file system takes a name of {len(os.fsencode(long))} bytes: {long[:40]}..."
        plan.problems.append(Problem("failed", row.path, words))
    return False


@contextmanager
def _tables(plan: Plan) -> Iterator[Path]:
    """Give a path to write a table to, and move it, with what its format puts beside it, into place."""
    drafts = plan.out.with_name(f".{plan.out.name}.tables")
    shutil.rmtree(drafts, ignore_errors=True)
    drafts.mkdir(parents=True)
    try:
        yield drafts / plan.out.name
        made = _check_tables(plan, drafts)
        for table in made:
            (drafts / table.name).replace(table)
    finally:
        shutil.rmtree(drafts, ignore_errors=True)
    if plan.noted:
        ledger.note(made)


def _check_tables(plan: Plan, drafts: Path) -> list[Path]:
    """List where the drafts belong; refuses places of somebody else's."""
    made = [plan.out.with_name(draft.name) for draft in sorted(drafts.iterdir())]
    for table in made:
        if table != plan.out:  # which was checked before anything was done
            ledger.check(table)
    return made
