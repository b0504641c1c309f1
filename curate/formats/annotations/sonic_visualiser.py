"""Layers of Sonic Visualiser (``.svl``): boxes in time and frequency, or regions in time, in XML.

Sonic Visualiser counts in samples. A layer bears the name of its recording. Without any band the marks are
written as regions. Otherwise they are boxes, and one without a band reaches over all of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, TextIO
from xml.etree.ElementTree import Element

from curate.formats import Report, parse
from curate.formats.annotations.beside import Mark, MarkedFile, all_marks, length_of, read_each, write_each
from curate.formats.files.folder_rows import refuse_columns
from curate.formats.files.xml import attribute, root_of
from curate.model import Problem, Row, Segment

ENDING = ".svl"

#: Rate that is assumed where a layer, or a row, names none, Hz.
_SR = 44100


def read(
    path: Path,
    *,
    report: Report,
    label_column: str | None = None,
    path_column: str | None = None,
    audio_folder: Path | None = None,
) -> Iterator[Row]:
    """Read a layer, or all below a folder: each point with a duration is a mark.

    Raises
    ------
    FormatError
        If there is no such file, or it is no layer.
    UsageError
        If a column is named.
    """
    refuse_columns("sonic-visualiser", label_column, path_column)
    return read_each(path, ENDING, _open, report=report, audio_folder=audio_folder)


def _open(path: Path, report: Report) -> MarkedFile:
    root = root_of(path, "sv", "layer of Sonic Visualiser")
    datasets = {each.get("id"): each.findall("point") for each in root.iterfind("data/dataset")}
    marks: list[Mark] = []
    for model in root.iterfind("data/model"):
        points = datasets.pop(model.get("dataset"), []) if model.get("dataset") else []
        timed = [each for each in points if each.get("duration") is not None]
        if len(timed) < len(points):
            words = f"{len(points) - len(timed):,} points of a layer of {model.get('subtype') or 'instants'}"
            report(Problem("left-out", str(path), f"{words}: a point lacks a length"))
        for number, point in enumerate(timed, start=len(marks) + 1):
            marks.append(Mark(f"{path}: point {number}", _parts(point, model)))
    return MarkedFile(marks)


def _parts(point: Element, model: Element) -> dict[str, tuple[str, Any]]:
    parts: dict[str, tuple[str, Any]] = {"label": ("label", point.get("label") or "")}
    sr = _number(model.get("sampleRate"))
    sr = sr if isinstance(sr, float) and sr > 0 else float(_SR)
    onset, length = _number(point.get("frame")), _number(point.get("duration"))
    parts["onset"] = "frame", onset / sr if isinstance(onset, float) else onset
    parts["offset"] = "duration", length
    if isinstance(onset, float) and isinstance(length, float):
        parts["offset"] = "duration", (onset + length) / sr
    if model.get("subtype") == "box":
        low, height = _number(point.get("value")), _number(point.get("extent"))
        if not isinstance(low, float) or not isinstance(height, float):
            parts |= {"low_freq": ("value", low), "high_freq": ("extent", height)}
        elif not (low <= 0 and height >= sr / 2):  # all of the band is none
            parts |= {"low_freq": ("value", low), "high_freq": ("extent", low + height)}
    return parts


def _number(value: str | None) -> float | str | None:
    """Read a number; what is none is reported where the parts of a mark are read."""
    try:
        return parse.number(value)
    except ValueError:
        return value


def write(rows: Iterable[Row], out: Path) -> int:
    """Write the layer of one recording, or a folder with one for each, and return the number of marks."""
    return write_each(rows, out, ENDING, _write, kind="a layer of Sonic Visualiser")


def _write(rows: Sequence[Row], handle: TextIO) -> None:
    sr = rows[0].sr or _SR
    found = all_marks(rows)
    boxes = any(mark.low_freq is not None or mark.high_freq is not None for mark in found)
    kind, name, units = ("box", "Boxes", "Hz") if boxes else ("region", "Regions", "")
    end = round(length_of(rows) * sr)
    handle.write('<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE sonic-visualiser>\n<sv>\n  <data>\n')
    handle.write(
        f'    <model id="1" name="" sampleRate="{sr}" start="0" end="{end}" type="sparse" '
        f'dimensions="{2 if boxes else 3}" resolution="1" notifyOnAdd="true" dataset="0" subtype="{kind}" '
        f'minimum="0" maximum="{sr / 2:g}" units="{units}" />\n'
        f'    <dataset id="0" dimensions="{2 if boxes else 3}">\n'
    )
    handle.writelines(_point(mark, sr, boxes=boxes) for mark in found)
    handle.write("    </dataset>\n  </data>\n  <display>\n")
    handle.write(
        f'    <layer id="2" type="{"boxes" if boxes else "regions"}" name="{name}" model="1" '
        'verticalScale="0" colourName="Green" colour="#008000" darkBackground="false" />\n'
        "  </display>\n</sv>\n"
    )


def _point(mark: Segment, sr: int, *, boxes: bool) -> str:
    onset = round(mark.onset * sr)
    length = max(1, round(mark.offset * sr) - onset)
    low = mark.low_freq or 0.0
    high = sr / 2 if mark.high_freq is None else mark.high_freq
    band = f'value="{low:.12g}" duration="{length}" extent="{high - low:.12g}"'
    band = band if boxes else f'value="0" duration="{length}"'
    return f'      <point frame="{onset}" {band} label={attribute(mark.label)} />\n'
