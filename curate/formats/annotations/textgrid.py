"""Praat's TextGrids: tiers of intervals with texts, in a file that bears the name of its recording.

The reader goes by Praat's own rule: what counts are the texts, numbers and flags that stand free, in their
order. All else is comment. So the long and the short form read alike, and no library was found that reads
all that Praat writes: of four, each drops, merges or refuses valid intervals that another one keeps.

The writer takes the short form, in which all four read every label. Marks that overlap lie in tiers of
their own. An interval is at least 0.01 ms long: readers drop or refuse shorter ones.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TextIO

from curate.errors import FormatError
from curate.formats import Report
from curate.formats.annotations.beside import (
    Mark,
    MarkedFile,
    all_marks,
    lanes,
    length_of,
    read_each,
    write_each,
)
from curate.formats.files.folder_rows import refuse_columns
from curate.formats.files.layout import one_line
from curate.model import Problem, Row, Segment

ENDING = ".textgrid"

#: What counts in a file: a text in quotes (doubled inside), a flag, or a number. All else is comment.
_TOKEN = re.compile(
    r'(?<!\S)(?:"(?P<text>(?:[^"]|"")*)"|(?P<flag><\w+>)|(?P<number>[-+]?\d[\d.]*(?:[eE][-+]?\d+)?)|!.*)(?!\S)'
)

#: What Praat calls its text files; old versions told the short form apart.
_KINDS = ("ooTextFile", "ooTextFile short")

#: Shortest interval, and shortest pause between two, in seconds.
_SHORTEST = 1e-5

#: Name of the tiers that are written.
TIER = "annotations"


def read(
    path: Path,
    *,
    report: Report,
    label_column: str | None = None,
    path_column: str | None = None,
    audio_folder: Path | None = None,
) -> Iterator[Row]:
    """Read a TextGrid, or all below a folder: each interval with a text is a mark.

    Parameters
    ----------
    label_column
        The one tier that is read. Others are reported. None reads all tiers of intervals.

    Raises
    ------
    FormatError
        If there is no such file, or it is no TextGrid in text form.
    UsageError
        If a column of paths is named.
    """
    refuse_columns("textgrid", None, path_column)
    return read_each(
        path, ENDING, partial(_open, tier=label_column), report=report, audio_folder=audio_folder
    )


def _open(path: Path, report: Report, *, tier: str | None) -> MarkedFile:
    tokens = _tokens(_text(path))
    try:
        kind, what = next(tokens), next(tokens)
        if kind not in _KINDS or what != "TextGrid":
            raise FormatError(f"{path}: expected a TextGrid: it holds '{what}' of kind '{kind}'")
        next(tokens), next(tokens)  # begin and end
        count = int(next(tokens)) if next(tokens) == "<exists>" else 0
        found = [_tier(tokens) for _ in range(count)]
    except (StopIteration, ValueError, TypeError, RuntimeError) as error:
        raise FormatError(f"{path}: expected a whole TextGrid") from error
    if tier is not None and tier not in [name for name, _, _ in found]:
        names = ", ".join(name for name, _, _ in found)
        raise FormatError(f"{path} lacks the tier '{tier}'", hint=f"its tiers: {names}")
    marks: list[Mark] = []
    for name, points, intervals in found:
        if tier is not None and name != tier:
            report(Problem("unused-column", str(path), name))
            continue
        if points:
            words = f"{points:,} points of tier '{name}': a point lacks a length"
            report(Problem("left-out", str(path), words))
        marks += _marks(path, name, intervals)
    return MarkedFile(marks)


def _marks(path: Path, tier: str, intervals: Sequence[tuple[float, float, str]]) -> Iterator[Mark]:
    for number, (onset, offset, text) in enumerate(intervals, start=1):
        if text.strip():
            parts = {"onset": ("xmin", onset), "offset": ("xmax", offset), "label": ("text", text)}
            yield Mark(f"{path}: tier '{tier}', interval {number}", parts)


def _text(path: Path) -> str:
    """Read a file in any of the encodings in which Praat writes."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise FormatError(f"failed to read {path}: {error.strerror}") from error
    if data.startswith(b"ooBinaryFile"):
        raise FormatError(f"{path} is a binary file of Praat", hint="in Praat: Save as text file")
    if data.startswith((codecs.BOM_UTF16_BE, codecs.BOM_UTF16_LE)):
        return data.decode("utf-16", errors="replace")
    return data.decode("utf-8-sig", errors="surrogateescape")


def _tokens(text: str) -> Iterator[str]:
    for match in _TOKEN.finditer(text):
        if match["text"] is not None:
            yield match["text"].replace('""', '"')
        elif match["flag"] or match["number"]:
            yield match["flag"] or match["number"]


def _tier(tokens: Iterator[str]) -> tuple[str, int, list[tuple[float, float, str]]]:
    """Read a tier: its name, how many points it has, or its intervals."""
    kind, name = next(tokens), next(tokens)
    next(tokens), next(tokens)  # begin and end
    count = int(next(tokens))
    if kind == "TextTier":
        for _ in range(2 * count):
            next(tokens)
        return name, count, []
    if kind != "IntervalTier":
        raise ValueError(kind)
    return name, 0, [(float(next(tokens)), float(next(tokens)), next(tokens)) for _ in range(count)]


def write(rows: Iterable[Row], out: Path) -> int:
    """Write the TextGrid of one recording, or a folder with one for each, and return the number of marks."""
    return write_each(rows, out, ".TextGrid", _write, kind="a TextGrid")


def _write(rows: Sequence[Row], handle: TextIO) -> None:
    end = length_of(rows)
    # An interval without a text says that nothing is there; and readers want one tier at least.
    found = [_snapped(mark, end) for mark in all_marks(rows) if mark.label.strip()]
    tiers = lanes(found, apart=_SHORTEST) or [[]]
    last = _number(end)
    handle.write(
        f'File type = "ooTextFile"\nObject class = "TextGrid"\n\n0\n{last}\n<exists>\n{len(tiers)}\n'
    )
    for number, tier in enumerate(tiers, start=1):
        name = TIER if number == 1 else f"{TIER} {number}"
        intervals = list(_filled(tier, end))
        handle.write(f'"IntervalTier"\n"{name}"\n0\n{last}\n{len(intervals)}\n')
        handle.writelines(
            f"{_number(onset)}\n{_number(offset)}\n{_quoted(text)}\n" for onset, offset, text in intervals
        )


def _snapped(mark: Segment, end: float) -> Segment:
    """Leave no interval that readers would drop: at the ends of the file, and of the mark itself."""
    onset = 0.0 if mark.onset < _SHORTEST else mark.onset
    offset = end if end - mark.offset < _SHORTEST else mark.offset
    if offset - onset < _SHORTEST:
        onset = min(onset, max(0.0, end - _SHORTEST))
        offset = onset + _SHORTEST
    return replace(mark, onset=onset, offset=min(offset, end) or _SHORTEST)


def _filled(tier: Sequence[Segment], end: float) -> Iterator[tuple[float, float, str]]:
    """Give the intervals of a tier, with empty ones between them: Praat wants no gap."""
    at = 0.0
    for mark in tier:
        if mark.onset > at:
            yield at, mark.onset, ""
        yield mark.onset, mark.offset, mark.label
        at = mark.offset
    if at < end:
        yield at, end, ""


def _number(seconds: float) -> str:
    """Spell a time without an exponent, which not all readers know."""
    return f"{seconds:.6f}".rstrip("0").rstrip(".")


def _quoted(text: str) -> str:
    return '"' + one_line(text).replace('"', '""') + '"'
