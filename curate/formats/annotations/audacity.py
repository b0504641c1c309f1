r"""Audacity label tracks: onset, offset and label between tabs, without a header.

A line that begins with ``\`` holds the band of the label above it. A track speaks of one
recording and bears its name (``XC1.txt`` next to ``XC1.wav``). Older versions wrote decimal
commas. BirdNET's Audacity results read the same, with the confidence in a fourth cell. Their labels hold the
scientific and the common name: the scientific one is the class, as in BirdNET's CSV.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TextIO

from curate.errors import FormatError
from curate.formats import Report, parse
from curate.formats.annotations.annotations import Gathered, marks
from curate.formats.annotations.beside import of_one
from curate.formats.annotations.identifications import hears_nothing, tell_nothing_heard
from curate.formats.annotations.selections import BIRDNET
from curate.formats.files.audio_paths import Finder
from curate.formats.files.folder_rows import refuse_columns
from curate.formats.files.layout import one_cell
from curate.formats.files.origins import species
from curate.formats.files.output import text_file
from curate.formats.files.unique_names import by_recording
from curate.formats.files.walk import walked
from curate.formats.tables.csv import open_text
from curate.lookup import near_path
from curate.model import Problem, Row, Segment

_ENDINGS = (".txt", ".labels")

#: Characters of a first line that are looked at; a text may be one line of any length.
_LINE = 10_000

#: What BirdNET-Analyzer calls its label tracks.
_OF_BIRDNET = ".BirdNET.results.txt"


def read(
    path: Path,
    *,
    report: Report,
    label_column: str | None = None,
    path_column: str | None = None,
    audio_folder: Path | None = None,
) -> Iterator[Row]:
    """Read one label track, or those below a folder whose recording is there.

    Raises
    ------
    FormatError
        If there is no such file.
    UsageError
        If a column is named.
    """
    refuse_columns("audacity", label_column, path_column)
    finder = Finder(path, audio_folder)
    if not path.is_dir() and not path.is_file():
        raise FormatError(f"failed to read the label track {path}: the file is missing", hint=near_path(path))
    tracks = [path] if not path.is_dir() else list(_tracks(path, finder))
    return _rows(tracks, finder, report)


def tracks_in(folder: Path) -> list[Path]:
    """List the label tracks below a folder: texts with the name of a recording that begin as tracks do."""
    return [track for track in _tracks(folder, Finder(folder, None)) if is_track(track)]


def read_tracks(tracks: Sequence[Path], folder: Path, *, report: Report) -> Iterator[Row]:
    """Read label tracks below a folder, each next to its recording."""
    return _rows(tracks, Finder(folder, None), report)


def is_track(path: Path) -> bool:
    """Whether a text begins with a label of a track: two numbers between tabs."""
    try:
        with open_text(path) as handle:
            cells = handle.readline(_LINE).split("\t")
        return len(cells) > 1 and all(parse.seconds(cell) is not None for cell in cells[:2])
    except (FormatError, ValueError):
        return False


def _tracks(folder: Path, finder: Finder) -> Iterator[Path]:
    """Find the label tracks: texts that bear the name of a recording."""
    for parent, names in walked(folder):
        for name in names:
            if name.lower().endswith(_ENDINGS):
                match = finder.of_stem(_stem(name), parent)
                if match.path is not None or match.several:
                    yield Path(parent, name)


def _stem(name: str) -> str:
    for ending in (*_ENDINGS, ".BirdNET.results", ".labels"):
        name = name.removesuffix(ending)
    return name


def _rows(tracks: Iterable[Path], finder: Finder, report: Report) -> Iterator[Row]:
    by_producer: dict[str, Gathered] = {}
    for track in tracks:
        producer = BIRDNET if track.name.endswith(_OF_BIRDNET) else ""
        if producer not in by_producer:
            by_producer[producer] = Gathered(finder, report, producer=producer)
        gathered = by_producer[producer]
        beside = os.path.dirname(os.path.abspath(track))
        stem = _stem(track.name)
        recording = gathered.place(stem, str(track), beside=beside)
        if recording is None:
            continue
        silent = 0
        with open_text(track) as handle:
            for line, cells, band in _labels(handle):
                here = f"{track}:{line}"
                if len(cells) < 2:  # noqa: PLR2004 - onset and offset
                    expected = "expected onset, offset and label between tabs"
                    report(Problem("bad-row", here, f"{expected}, found '{cells[0][:60]}'"))
                    continue
                if producer and len(cells) > 2:  # noqa: PLR2004 - behind onset and offset
                    cells[2] = _scientific(cells[2])
                    if hears_nothing(cells[2]):
                        silent += 1
                        continue
                columns = ("onset", "offset", "label", "score")
                parts = {column: (column, cell) for column, cell in zip(columns, cells, strict=False)}
                parts |= {
                    column: (column, cell)
                    for column, cell in zip(("low_freq", "high_freq"), band, strict=False)
                }
                gathered.add(recording, parts, here)
        tell_nothing_heard(track, silent, report)
    for each in sorted(by_producer, key=bool):  # people first: what they say labels
        yield from by_producer[each].rows()


def _scientific(label: str) -> str:
    """Read BirdNET's label by its scientific name, which is the class in its other tables.

    Examples
    --------
    >>> _scientific("Strix aluco, Tawny Owl"), _scientific("Strix aluco_Tawny Owl"), _scientific("Dog, Dog")
    ('Strix aluco', 'Strix aluco', 'Dog')
    >>> _scientific("Crow, Hooded")
    'Crow, Hooded'
    """
    for between in (", ", "_"):
        first, found, second = label.strip().partition(between)
        if found and (first == second or species(first)[0] == first):
            return first
    return label


def _labels(handle: TextIO) -> Iterator[tuple[int, list[str], list[str]]]:
    """Give number and cells of each label, and the cells of its band, if the next line is one."""
    waiting: tuple[int, list[str]] | None = None
    for number, line in enumerate(handle, start=1):
        cells = line.rstrip("\r\n").split("\t")
        if cells[0] == "\\":
            if waiting is not None:
                yield (*waiting, cells[1:])
            waiting = None
        else:
            if waiting is not None:
                yield (*waiting, [])
            waiting = (number, cells) if line.strip() else None
    if waiting is not None:
        yield (*waiting, [])


def write(rows: Iterable[Row], out: Path, *, bands: str | None = None) -> int:
    """Write the labels of one recording, or a folder with a track for each.

    Parameters
    ----------
    out
        A file if it ends in ``.txt``, else a folder.
    bands
        ``all`` labels have a band with both limits, or ``none`` has one. None keeps them as they are marked.

    Returns
    -------
    Number of labels.

    Raises
    ------
    FormatError
        If several recordings should go into one file.
    """
    if out.is_dir():
        return sum(_write(each, out / f"{stem}.txt", bands) for stem, each in by_recording(rows, ".txt"))
    return _write(of_one(rows, "a label track of Audacity"), out, bands)


def _write(rows: Iterable[Row], out: Path, bands: str | None) -> int:
    count = 0
    with text_file(out) as handle:
        for row in rows:
            for mark in marks(row):
                handle.write(_line(_banded(mark, row.sr, bands)))
                count += 1
    return count


def _banded(mark: Segment, sr: int, bands: str | None) -> Segment:
    if bands is None:
        return mark
    if bands == "none":
        return replace(mark, low_freq=None, high_freq=None)
    low, high = mark.low_freq, mark.high_freq
    return replace(mark, low_freq=low or 0.0, high_freq=sr / 2 if high is None else high)


def _line(mark: Segment) -> str:
    line = f"{mark.onset:.6f}\t{mark.offset:.6f}\t{one_cell(mark.label)}\n"
    if mark.low_freq is None and mark.high_freq is None:
        return line
    # A limit that is not set is -1, as Audacity itself writes it.
    low, high = (-1.0 if limit is None else limit for limit in (mark.low_freq, mark.high_freq))
    return f"{line}\\\t{low:.6f}\t{high:.6f}\n"
