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

from curate.engine import Engine
from curate.errors import UsageError
from curate.formats import ledger
from curate.formats.keys import Keys
from curate.formats.links import Place, link_folder
from curate.formats.shapes import HOLDINGS, Holding, Shape, Taxa
from curate.model import Problem, Row
from curate.progress import Progress
from curate.steps import _convert
from curate.steps._convert import Conversion, Job
from curate.steps._kept import AUDIO_CHOICES, AudioChoice


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
        Takes what could not be converted.
    """

    out: Path
    shape: Shape
    holding: Holding
    conversion: Conversion
    noted: bool = False
    taxa: Taxa = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    @property
    def waiting(self) -> Path:
        """Folder where converted audio waits for the export to be complete."""
        return self.out.with_name(f".{self.out.name}.converted")

    @property
    def beside(self) -> Path:
        """Folder of the audio of a table."""
        return self.out.with_name(f"{self.out.stem}_audio")

    def job(self, row: Row) -> Job | None:
        """Say what must be made for a row."""
        return _convert.job_for(row, self.conversion, cut=self.shape.whole)


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
    missing: set[str] = set()
    if plan.shape.whole or plan.conversion.wanted:
        missing = _convert_all(plan, rows(False), workers, progress)
    last = rows(True)
    if itself:
        hold = "hardlink" if plan.conversion.wanted else "copy" if plan.holding == "copy" else "symlink"
        count = write((row for row, *_ in _named(plan, last, missing)), plan.out, hold=hold)
    elif plan.holding == "embed":
        with _folder(plan.out) as place:
            count = write(_embedded(plan, last, missing), place.part)
    elif plan.shape.is_folder(plan.out):
        with _folder(plan.out) as place:
            count = write(_placed(plan, last, missing, place, prefix=""), place.part)
    else:
        count = _table(plan, last, missing, write)
    shutil.rmtree(plan.waiting, ignore_errors=True)
    return count


def _convert_all(
    plan: Plan, rows: Iterable[Row], workers: Callable[[], Engine], progress: Progress
) -> set[str]:
    """Convert the audio; gives the names of files that could not be made."""
    jobs = {}
    for row in rows:
        job = plan.job(row)
        if job is not None:
            jobs[job.name] = job
    if not jobs:
        return set()
    total = sum(job.duration for job in jobs.values())
    plan.waiting.parent.mkdir(parents=True, exist_ok=True)
    plan.problems += _convert.convert(
        jobs.values(), plan.waiting, total=total, workers=workers(), progress=progress
    )
    return {name for name in jobs if not (plan.waiting / name).exists()} if plan.problems else set()


@contextmanager
def _folder(folder: Path) -> Iterator[Place]:
    folder.parent.mkdir(parents=True, exist_ok=True)
    with link_folder(folder) as place:
        yield place


def _converted(plan: Plan, row: Row, job: Job) -> Row:
    """Make the row of a converted file."""
    path = str(plan.waiting / job.name)
    if not (plan.shape.whole and _convert.is_part(row)):
        return replace(row, path=path, sr=job.sr, channels=job.channels)
    marks = row.annotations
    if marks is not None:
        marks = tuple(
            replace(mark, onset=mark.onset - row.onset, offset=mark.offset - row.onset) for mark in marks
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


def _named(plan: Plan, rows: Iterable[Row], missing: set[str]) -> Iterator[tuple[Row, Job | None, str, str]]:
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
        if plan.shape.whole and _convert.is_part(row):
            # Several stretches of one recording: each has its onset, in milliseconds, in its name.
            key = f"{key}_{round(row.onset * 1000):08d}"
        if plan.shape.whole:
            numbers[key] = numbers.get(key, 0) + 1
            key = key if numbers[key] == 1 else f"{key}_{numbers[key]}"
        there = row if job is None else _converted(plan, row, job)
        name = plan.shape.name(there, key, os.path.splitext(there.path)[1].lower(), plan.taxa)
        if name is not None:
            yield there, job, name, there.path


def _table(plan: Plan, rows: Iterable[Row], missing: set[str], write: Callable[..., int]) -> int:
    """Write a table, what its format puts beside it, and a folder with the audio that it names, if any."""
    out = plan.out
    drafts = out.with_name(f".{out.name}.tables")
    shutil.rmtree(drafts, ignore_errors=True)
    drafts.mkdir(parents=True)
    try:
        if plan.holding == "link" and not plan.waiting.exists():
            count = write((row for row, *_ in _named(plan, rows, missing)), drafts / out.name)
        else:
            with link_folder(plan.beside, beside=[out.name]) as place:
                named = _placed(plan, rows, missing, place, prefix=f"{plan.beside.name}/")
                count = write(named, drafts / out.name)
        made = [out.with_name(draft.name) for draft in sorted(drafts.iterdir())]
        for table in made:
            if table != out:  # what stands there already was checked for the table alone
                ledger.check(table)
        for table in made:
            (drafts / table.name).replace(table)
    finally:
        shutil.rmtree(drafts, ignore_errors=True)
    if plan.noted:
        ledger.note(made)
    return count


def audio_words(audio: str) -> tuple[AudioChoice, Holding | None]:
    """Read which audio is wanted and how an export holds it, from one word or two.

    Raises
    ------
    UsageError
        If a word is unknown, or there are two of a kind.

    Examples
    --------
    >>> audio_words("auto"), audio_words("copy"), audio_words("raw,symlink")
    (('auto', None), ('auto', 'copy'), ('raw', 'symlink'))
    """
    choice: AudioChoice | None = None
    holding: Holding | None = None
    for word in audio.split(","):
        if word in AUDIO_CHOICES and choice is None:
            choice = next(each for each in AUDIO_CHOICES if each == word)
        elif word in HOLDINGS and holding is None:
            holding = next(each for each in HOLDINGS if each == word)
        else:
            raise UsageError(
                f"no audio choice '{audio}'",
                hint=f"one of {', '.join(AUDIO_CHOICES)}; one of {', '.join(HOLDINGS)}; or both: raw,copy",
            )
    return choice or "auto", holding


def check_holding(name: str, shape: Shape, asked: Holding | None) -> Holding:
    """Choose how an export holds its audio.

    Raises
    ------
    UsageError
        If the format cannot do what is asked.
    """
    holding = asked or shape.audio
    if (holding == "embed") != (shape.audio == "embed"):
        verb = "holds audio inside its files" if shape.audio == "embed" else "cannot hold audio inside"
        raise UsageError(
            f"the format {name} {verb}", hint="formats with --audio embed: huggingface, webdataset"
        )
    if holding == "link" and shape.inside:
        raise UsageError(
            f"the format {name} needs its audio in the folder", hint="use --audio symlink, hardlink or copy"
        )
    return holding
