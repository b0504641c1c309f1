"""Clips that BirdNET cut out of recordings, in folders by species. Their names tell the score.

BirdNET-Analyzer writes ``<species>/<score>_<number>_<recording>_<start>s_<end>s.wav``, BirdNET-Pi
``By_Date/<date>/<species>/<species>-<percent>-<date>-birdnet-<time>.mp3``. A clip is a recording of its own.
What BirdNET heard in it is a detection over all of it, in the layer of the program, and no label.
"""

from __future__ import annotations

import math
import os
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from curate.errors import FormatError
from curate.formats import Report
from curate.formats.annotations.annotations import annotated
from curate.formats.annotations.selections import BIRDNET
from curate.formats.files.folder_rows import refuse_columns, row_at
from curate.formats.files.origins import audio_name
from curate.formats.files.walk import audio_files
from curate.model import Problem, Row, Segment

#: Layer of what BirdNET-Pi heard.
PI = "birdnet-pi"

_ANALYZER = re.compile(r"(?P<score>[01]\.\d+)_\d+_(?P<source>.+)_(?P<start>[\d.]+)s_(?P<end>[\d.]+)s")
_PI = re.compile(
    r".+-(?P<percent>\d{1,3})-(?P<date>\d{4}-\d\d-\d\d)-birdnet-(?:RTSP_\d+-)?(?P<time>\d\d[:.]\d\d[:.]\d\d)"
)


def read(
    path: Path,
    *,
    report: Report,
    label_column: str | None = None,
    path_column: str | None = None,
    audio_folder: Path | None = None,
) -> Iterator[Row]:
    """Read a folder of clips: a recording for each, with one detection. Other audio is reported.

    Raises
    ------
    FormatError
        If it is no folder.
    UsageError
        If a column is named.
    """
    refuse_columns("birdnet-segments", label_column, path_column, audio_folder)
    if not path.is_dir():
        raise FormatError(f"{path}: expected a folder of BirdNET's clips", hint="expected <species>/<clip>")
    return _rows(os.path.abspath(path), report)


def _rows(root: str, report: Report) -> Iterator[Row]:
    for file in audio_files(root, report, passed_over=report):
        row = _clip(file)
        if row is None:
            report(Problem("left-out", file, "its name differs from those of BirdNET's clips"))
        else:
            yield row


def _clip(file: str) -> Row | None:
    """Read the name of a clip; None if it is another file."""
    stem = audio_name(file)
    species = os.path.basename(os.path.dirname(file))
    match = _ANALYZER.fullmatch(stem)
    if match:
        note = f"from {match['source']}, {match['start']} s to {match['end']} s"
        return _detected(file, species, float(match["score"]), BIRDNET, note)
    match = _PI.fullmatch(stem)
    if match is None:
        return None
    row = _detected(file, species.replace("_", " "), int(match["percent"]) / 100, PI)
    return replace(row, date=match["date"], extra={"time": match["time"].replace(".", ":")})


def _detected(file: str, label: str, score: float, producer: str, note: str = "") -> Row:
    known = row_at(file, label)  # which parts the name of the folder into scientific and common name
    name = known.scientific_name or label
    return annotated(file, [Segment(0.0, math.inf, name, min(1.0, score), note=note)], producer=producer)


def is_segments(folder: Path) -> bool:
    """Whether the first audio file below a folder is a clip of BirdNET's."""
    first = next(audio_files(os.path.abspath(folder), lambda _: None), None)
    return first is not None and _clip(first) is not None
