"""AviaNZ's annotations: ``<recording>.data`` next to the recording, a JSON list of metadata and segments.

A segment is ``[onset, offset, low, high, labels]``, each label with species and certainty (percent).
As in the program's own specification, a band of 0 to 0 is all of it, and ``M`` is the filter of people. What
another filter found, and nobody has made certain, is a detection.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TextIO

from curate.errors import FormatError
from curate.formats import Report, parse
from curate.formats.annotations.beside import Mark, MarkedFile, all_marks, length_of, read_each
from curate.formats.files.folder_rows import refuse_columns
from curate.formats.files.layout import LAYOUTS, without_arrow
from curate.formats.files.origins import audio_name
from curate.formats.files.output import text_file
from curate.formats.files.unique_names import by_recording
from curate.formats.files.walk import is_audio
from curate.model import Problem, Row, Segment

ENDING = ".data"

#: Layer of what its filters found.
PRODUCER = "avianz"

#: The species of what nobody knows, and the filter of people.
_UNKNOWN, _MANUAL = "Don't Know", "M"

#: Percent of what is certain, and of what older versions wrote as a question mark.
_CERTAIN, _UNSURE = 100.0, 50.0

#: Parts of a segment before its labels.
_ENDS = ("onset", "offset", "low_freq", "high_freq")


def read(
    path: Path,
    *,
    report: Report,
    label_column: str | None = None,
    path_column: str | None = None,
    audio_folder: Path | None = None,
) -> Iterator[Row]:
    """Read the annotations of one recording, or all below a folder.

    Raises
    ------
    FormatError
        If there is no such file, or it is no list of segments.
    UsageError
        If a column is named.
    """
    refuse_columns("avianz", label_column, path_column)
    return read_each(path, ENDING, _open, report=report, audio_folder=audio_folder, is_one=is_audio)


def _open(path: Path, report: Report) -> MarkedFile:
    try:
        listed = json.loads(path.read_text(encoding="utf-8-sig", errors="surrogateescape"))
    except (OSError, ValueError, RecursionError) as error:
        raise FormatError(f"failed to read {path}: {error}") from error
    if not isinstance(listed, list):
        raise FormatError(f"{path} lacks the list of segments of AviaNZ")
    marks: list[Mark] = []
    for number, segment in enumerate(listed, start=1):
        here = f"{path}: entry {number}"
        if number == 1 and (isinstance(segment, dict) or _is_old_metadata(segment)):
            continue
        if not isinstance(segment, list) or len(segment) != len(_ENDS) + 1:
            expected = "expected onset, offset, low, high and labels"
            report(Problem("bad-row", here, f"{expected}, found '{json.dumps(segment)[:60]}'"))
            continue
        band = segment[2:4]
        if _is_open(band):
            band = [None, None]
        ends = {part: (part, value) for part, value in zip(_ENDS, [*segment[:2], *band], strict=True)}
        labels = segment[4] if isinstance(segment[4], list) else [segment[4]]
        marks += [
            Mark(here, ends | parts, producer)
            for label in labels or [""]
            for parts, producer in [_said(label)]
        ]
    return MarkedFile(marks)


def _is_old_metadata(segment: object) -> bool:
    """Whether an entry is what old versions wrote of a recording: -1, a time, who marked, who checked, -1."""
    return isinstance(segment, list) and segment[:1] == [-1]


def _is_open(band: Sequence[object]) -> bool:
    """Whether limits mean the whole band: 0 to 0, or shares of it, as old versions wrote."""
    try:
        low, high = (parse.number(limit) or 0.0 for limit in band)
    except ValueError:
        return False
    return low == high == 0 or (0 < low < 1 and 0 < high <= 1)


def _said(label: object) -> tuple[dict[str, tuple[str, Any]], str]:
    """Read a label, an object or, of old versions, a text; gives its parts and who set it."""
    if not isinstance(label, dict):
        name = parse.text(label)
        label = {"species": name.removesuffix("?"), "certainty": _UNSURE if name.endswith("?") else _CERTAIN}
    name = parse.text(label.get("species"))
    genus, inside, species = name.partition(">")  # as the program spells it while it runs
    name = f"{genus} ({species})" if inside else name
    filter_ = parse.text(label.get("filter")) or _MANUAL
    certainty = label.get("certainty")
    score: object = certainty
    if isinstance(certainty, int | float):
        score = certainty / 100
    by_people = filter_ == _MANUAL or certainty == _CERTAIN
    if (by_people and certainty == _CERTAIN) or name == _UNKNOWN:
        score = None
    notes = [parse.text(label.get(key)) for key in ("note", "calltype")]
    if not by_people:
        notes.append(f"filter {filter_}")
    parts = {
        "label": ("species", "" if name == _UNKNOWN else name),
        "score": ("certainty", label.get("score", score)),
        "note": ("note", "; ".join(note for note in notes if note)),
    }
    return parts, "" if by_people else PRODUCER


def write(rows: Iterable[Row], out: Path) -> int:
    """Write the annotations of recordings into a folder, a file for each, and return how many marks.

    A file bears the name of its recording: put it next to that, as AviaNZ wants it.

    Raises
    ------
    FormatError
        If `out` is no folder that is there.
    """
    if not out.is_dir():
        raise FormatError(
            f"AviaNZ wants a folder with a file for each recording: got {out}",
            hint="name a folder (leave out the ending)",
        )
    count = 0
    for stem, each in by_recording(rows, LAYOUTS["avianz"].ending):
        ending = os.path.splitext(each[0].path)[1]
        name = stem if stem != audio_name(each[0].path) else stem + ending
        with text_file(out / f"{name}{ENDING}") as handle:
            _write(each, handle)
        count += len(all_marks(each))
    return count


def _write(rows: Sequence[Row], handle: TextIO) -> None:
    found: dict[tuple[float, float, float, float], list[Mapping[str, Any]]] = {}
    for mark in all_marks(rows):
        # Where one limit is open, the band reaches to the end of what the recording holds.
        is_open = mark.low_freq is None and mark.high_freq is None
        high = 0.0 if is_open else rows[0].sr / 2 if mark.high_freq is None else mark.high_freq
        found.setdefault((mark.onset, mark.offset, mark.low_freq or 0.0, high), []).append(_label(mark))
    meta = {"Operator": "curate", "Reviewer": "curate", "Duration": length_of(rows)}
    lines = [meta, *([*box, labels] for box, labels in found.items())]
    encode = json.JSONEncoder(ensure_ascii=False).encode
    handle.write("[" + ",\n ".join(map(encode, lines)) + "]\n")


def _label(mark: Segment) -> dict[str, Any]:
    certainty = _CERTAIN if mark.score is None else round(100 * mark.score, 6)
    label: dict[str, Any] = {"species": without_arrow(mark.label), "certainty": certainty, "filter": _MANUAL}
    if not mark.label:
        label |= {"species": _UNKNOWN, "certainty": 0}  # the only certainty that it allows
    if mark.score is not None:
        label["score"] = mark.score
    if mark.note:
        label["note"] = mark.note
    return label
