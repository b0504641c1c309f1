"""NIPS4Bplus: for each recording a table without a header: start, length and what is heard.

``annotation_train001.csv`` is about ``nips4b_birds_trainfile001.wav`` (Morfi et al. 2019, PeerJ Computer
Science 5:e223). A table without a row says that nothing was heard. `Unknown` is a mark without a label.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from curate.formats import Report, parse
from curate.formats.annotations.annotations import Gathered
from curate.formats.events.event_files import files_of
from curate.formats.files.audio_paths import Finder
from curate.formats.files.folder_rows import refuse_columns
from curate.formats.tables.csv import open_text
from curate.formats.tables.segments import segment
from curate.model import Problem, Row

_NAME = re.compile(r"annotation_(train|test)(\d{3})\.csv", re.IGNORECASE)

_CELLS = 3


def is_one(path: Path) -> bool:
    """Whether a table of this name belongs to the set.

    Examples
    --------
    >>> is_one(Path("annotation_train001.csv")), is_one(Path("train001.csv"))
    (True, False)
    """
    return _NAME.fullmatch(path.name) is not None


def read(
    path: Path,
    *,
    report: Report,
    label_column: str | None = None,
    path_column: str | None = None,
    audio_folder: Path | None = None,
) -> Iterator[Row]:
    """Read a table, or all below a folder: a row for each recording.

    Raises
    ------
    FormatError
        If there is no such table.
    UsageError
        If a column is named.
    """
    refuse_columns("nips4bplus", label_column, path_column)
    return _rows(
        files_of(path, (".csv",), is_one, "annotation_train001.csv"), Finder(path, audio_folder), report
    )


def _rows(files: Sequence[Path], finder: Finder, report: Report) -> Iterator[Row]:
    gathered = Gathered(finder, report)
    for path in files:
        found = _NAME.fullmatch(path.name)
        if found is None:
            report(Problem("unusable", str(path), "expected a name such as annotation_train001.csv"))
            continue
        audio = f"nips4b_birds_{found[1].lower()}file{found[2]}.wav"
        place = gathered.place(audio, str(path), near=str(path.parent))
        if place is None:
            continue
        with open_text(path) as lines:
            for number, cells in enumerate(csv.reader(lines), start=1):
                if cells:
                    _add(gathered, place, cells, f"{path}:{number}", report)
    yield from gathered.rows()


def _add(gathered: Gathered, place: tuple[str, str], cells: list[str], here: str, report: Report) -> None:
    if len(cells) != _CELLS:
        words = f"expected start, length and what is heard, found {len(cells)} cells"
        report(Problem("bad-row", here, words))
        return
    onset, length, label = cells
    try:
        begin, seconds = parse.seconds(onset), parse.seconds(length)
    except ValueError as error:
        report(Problem("bad-row", here, str(error)))
        return
    end = None if begin is None or seconds is None else round(begin + seconds, 6)
    said = "note" if label.strip().casefold() == "unknown" else "label"
    parts = {"onset": ("start", begin), "offset": ("length", end), said: ("", label)}
    mark = segment(parts, here, report)
    if mark is not None:
        gathered.put(place, mark)
