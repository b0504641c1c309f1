"""Files of annotations that speak of one recording each, and lie next to it or bear its name.

What is common to Praat, ELAN, AviaNZ, Sonic Visualiser and JAMS: files below a folder are found, each leads
to its recording, and what it says is gathered. A file or a folder of them is written.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from curate.errors import FormatError
from curate.formats import Report
from curate.formats.annotations.annotations import Gathered, marks
from curate.formats.files.audio_paths import Finder
from curate.formats.files.output import text_file
from curate.formats.files.unique_names import by_recording
from curate.formats.files.walk import walked
from curate.formats.tables.segments import Parts
from curate.lookup import near_path
from curate.model import Problem, Row, Segment


@dataclass(frozen=True, slots=True)
class Mark:
    """A mark as a file has it.

    Parameters
    ----------
    here
        The file, and where in it.
    parts
        Its times, label and so on.
    producer
        The program that found it. Empty for people.
    """

    here: str
    parts: Parts
    producer: str = ""


@dataclass(frozen=True, slots=True)
class MarkedFile:
    """What a file says of its recording.

    Parameters
    ----------
    marks
        What is marked in it.
    names
        What the file calls the recording, the likeliest first. Without any it bears the recording's name.
    """

    marks: Sequence[Mark]
    names: tuple[str, ...] = ()


#: Reads one file.
Opener = Callable[[Path, Report], MarkedFile]


def _anything(stem: str) -> bool:  # noqa: ARG001
    """Take a file whatever it is called."""
    return True


def files_in(folder: Path, ending: str, is_one: Callable[[str], bool] = _anything) -> list[Path]:
    """List the files below a folder whose names end so, in any case of letters. Hidden ones are passed over.

    Parameters
    ----------
    is_one
        Whether a file is one of the format, by its name before the ending.
    """
    found = []
    for parent, names in walked(folder):
        found += [
            Path(parent, name)
            for name in names
            if name.lower().endswith(ending) and is_one(name[: -len(ending)])
        ]
    return found


def read_each(
    path: Path,
    ending: str,
    open_one: Opener,
    *,
    report: Report,
    audio_folder: Path | None,
    is_one: Callable[[str], bool] = _anything,
) -> Iterator[Row]:
    """Read one file, or all below a folder: a row per recording and producer.

    In a folder a file that is broken is reported, and the others are read.

    Raises
    ------
    FormatError
        If there is no such file, or one that is named cannot be read.
    """
    if not path.is_dir() and not path.is_file():
        raise FormatError(f"failed to read {path}: the file is missing", hint=near_path(path))
    if path.is_file():
        return _rows([(path, open_one(path, report))], Finder(path, audio_folder), ending, report)
    opened = _opened(files_in(path, ending, is_one), open_one, report)
    return _rows(opened, Finder(path, audio_folder), ending, report)


def _opened(files: Iterable[Path], open_one: Opener, report: Report) -> Iterator[tuple[Path, MarkedFile]]:
    for file in files:
        try:
            yield file, open_one(file, report)
        except FormatError as error:
            report(Problem("unusable", str(file), error.message))


def _rows(
    opened: Iterable[tuple[Path, MarkedFile]], finder: Finder, ending: str, report: Report
) -> Iterator[Row]:
    gathered: dict[str, Gathered] = {}
    for file, told in opened:
        folder = os.path.dirname(os.path.abspath(file))
        stem = file.name[: -len(ending)] if file.name.lower().endswith(ending) else file.name
        name, *others = _likeliest(told.names, folder) or (stem,)
        places = {}
        # Where a program alone speaks, no person has looked.
        for producer in dict.fromkeys(mark.producer for mark in told.marks) or {"": None}:
            each = gathered.setdefault(producer, Gathered(finder, report, producer=producer))
            beside = None if told.names else folder
            places[producer] = each.place(name, str(file), beside=beside, otherwise=[*others, stem])
        for mark in told.marks:
            place = places[mark.producer]
            if place is not None:
                gathered[mark.producer].add(place, mark.parts, mark.here)
    for producer in sorted(gathered):  # people first: what they say labels
        yield from gathered[producer].rows()


def _likeliest(names: Sequence[str], folder: str) -> list[str]:
    """Put first the name that leads from the file's folder to a file that is there."""
    there = [place for name in names if os.path.isfile(place := os.path.join(folder, name))]
    return [*there[:1], *names]


def write_each(
    rows: Iterable[Row],
    out: Path,
    ending: str,
    write_one: Callable[[Sequence[Row], TextIO], None],
    *,
    kind: str,
) -> int:
    """Write the marks of one recording into a file, or a folder with a file for each.

    Parameters
    ----------
    kind
        What such a file is, for the error.

    Returns
    -------
    Number of marks.

    Raises
    ------
    FormatError
        If several recordings should go into one file.
    """
    if not out.is_dir():
        return _write(list(of_one(rows, kind)), out, write_one)
    return sum(_write(each, out / f"{stem}{ending}", write_one) for stem, each in by_recording(rows, ending))


def _write(rows: Sequence[Row], out: Path, write_one: Callable[[Sequence[Row], TextIO], None]) -> int:
    with text_file(out) as handle:
        write_one(rows, handle)
    return sum(len(marks(row)) for row in rows)


def of_one(rows: Iterable[Row], kind: str) -> Iterator[Row]:
    """Pass on the rows of one recording, and refuse another.

    Raises
    ------
    FormatError
        Names both.
    """
    path = None
    for row in rows:
        if path is not None and row.path != path:
            raise FormatError(
                f"{kind} is about one recording, but there are {path} and {row.path}",
                hint="name a folder (leave out the ending): it gets a file for each recording",
            )
        path = row.path
        yield row


def all_marks(rows: Iterable[Row]) -> list[Segment]:
    """List the marks of all rows of a recording, in order of time."""
    found = (mark for row in rows for mark in marks(row))
    return sorted(found, key=lambda mark: (mark.onset, mark.offset, mark.label))


def length_of(rows: Sequence[Row]) -> float:
    """Seconds of the file that rows speak of, as far as they know it."""
    ends = [0.0, *(row.file_duration for row in rows), *(row.offset for row in rows)]
    return max(ends + [mark.offset for mark in all_marks(rows)])


def lanes(found: Iterable[Segment], *, apart: float) -> list[list[Segment]]:
    """Lay marks that overlap next to each other: in a lane, none begins before the last one ends.

    Parameters
    ----------
    found
        In order of their onsets.
    apart : seconds
        Marks in one lane touch, or lie at least so far apart.
    """
    made: list[list[Segment]] = []
    for mark in found:
        for lane in made:
            gap = mark.onset - lane[-1].offset
            if gap == 0 or gap >= apart:
                lane.append(mark)
                break
        else:
            made.append([mark])
    return made
