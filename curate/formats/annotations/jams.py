"""JAMS: JSON with annotations of one recording, each of a namespace that says what its values are.

Marks are written in the namespace ``tag_open``: any text as the value, and the score as the confidence.
What a program made is a layer of its own when it is read, under the name of the program.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, TextIO

from curate.errors import FormatError
from curate.formats import Report, parse
from curate.formats.annotations.beside import Mark, MarkedFile, all_marks, length_of, read_each, write_each
from curate.formats.files.folder_rows import refuse_columns
from curate.model import Problem, Row

ENDING = ".jams"

#: Version of the schema that is written.
VERSION = "0.3.5"

#: Where the value of an object has its label, the likeliest first (``scaper`` says label).
_LABELS = ("label", "value", "tag", "name")

#: Key of what is said of a recording beside the schema, under which its name is written.
_FILE = "file"


def read(
    path: Path,
    *,
    report: Report,
    label_column: str | None = None,
    path_column: str | None = None,
    audio_folder: Path | None = None,
) -> Iterator[Row]:
    """Read the annotations of one recording, or all below a folder.

    Parameters
    ----------
    label_column
        The one namespace that is read. Others are reported.

    Raises
    ------
    FormatError
        If there is no such file, or it holds no annotations.
    UsageError
        If a column of paths is named.
    """
    refuse_columns("jams", None, path_column)

    def open_one(file: Path, told: Report) -> MarkedFile:
        return _open(file, told, wanted=label_column)

    return read_each(path, ENDING, open_one, report=report, audio_folder=audio_folder)


def _open(path: Path, report: Report, *, wanted: str | None) -> MarkedFile:
    try:
        told = json.loads(path.read_text(encoding="utf-8-sig", errors="surrogateescape"))
    except (OSError, ValueError, RecursionError) as error:
        raise FormatError(f"failed to read {path}: {error}") from error
    told = parse.mapping(told)
    if not isinstance(told.get("annotations"), list):
        raise FormatError(f"{path} lacks the list 'annotations' of JAMS")
    marks: list[Mark] = []
    for number, annotation in enumerate(map(parse.mapping, told["annotations"]), start=1):
        namespace = parse.text(annotation.get("namespace"))
        if wanted is not None and namespace != wanted:
            report(Problem("unused-column", str(path), namespace))
            continue
        producer = _producer(parse.mapping(annotation.get("annotation_metadata")))
        without = 0
        for each in _data(annotation.get("data")):
            value = _value(each.get("value"))
            if value is None:
                without += 1
                continue
            here = f"{path}: entry {len(marks) + 1}"
            marks.append(Mark(here, _parts(each, value), producer))
        if without:
            words = f"{without:,} values of annotation {number} ({namespace}): they name nothing"
            report(Problem("left-out", str(path), words))
    file = parse.text(parse.mapping(told.get("sandbox")).get(_FILE))
    return MarkedFile(marks, (file,) if file else ())


def _data(data: object) -> list[dict[str, Any]]:
    """List the observations; a dense annotation has a list for each field."""
    if isinstance(data, dict):
        names = list(data)
        columns = [parse.items(data[name]) for name in names]
        return [dict(zip(names, cells, strict=False)) for cells in zip(*columns, strict=False)]
    return [each for each in parse.items(data) if isinstance(each, dict)]


def _value(value: object) -> str | None:
    """Read a label; None where the value names nothing: a number, a truth value, a list."""
    if isinstance(value, dict):
        value = next((value[key] for key in _LABELS if isinstance(value.get(key), str)), None)
    return value if isinstance(value, str) else None


def _parts(each: dict[str, Any], value: str) -> dict[str, tuple[str, Any]]:
    onset, length = each.get("time"), each.get("duration")
    try:
        begin, seconds = parse.number(onset), parse.number(length)
        offset: object = None if begin is None or seconds is None else round(begin + seconds, 9)
    except ValueError:
        offset = length
    score = each.get("confidence")
    return {
        "onset": ("time", onset),
        "offset": ("duration", offset),
        "label": ("value", value),
        "score": ("confidence", score),
    }


def _producer(known: dict[str, Any]) -> str:
    """Name the program that made an annotation; empty for people, and where nobody is named."""
    if parse.text(known.get("data_source")).casefold() != "program":
        return ""
    return parse.text(known.get("annotation_tools")) or "program"


def write(rows: Iterable[Row], out: Path) -> int:
    """Write the annotations of one recording, or a folder with a file for each, and return how many."""
    return write_each(rows, out, ENDING, _write, kind="a JAMS")


def _write(rows: Sequence[Row], handle: TextIO) -> None:
    length = length_of(rows)
    data = [
        {
            "time": mark.onset,
            "duration": round(mark.offset - mark.onset, 9),
            "value": parse.printable(mark.label),
            "confidence": mark.score,
        }
        for mark in all_marks(rows)
    ]
    whole = {
        "annotations": [
            {
                "namespace": "tag_open",
                "annotation_metadata": _of_annotation(),
                "sandbox": {},
                "time": 0.0,
                "duration": length,
                "data": data,
            }
        ],
        "file_metadata": {
            "title": parse.printable(rows[0].recording_id),
            "artist": parse.printable(rows[0].recordist),
            "release": "",
            "duration": length,
            "identifiers": {},
            "jams_version": VERSION,
        },
        "sandbox": {_FILE: parse.printable(rows[0].path)},
    }
    json.dump(whole, handle, ensure_ascii=False, indent=1)
    handle.write("\n")


def _of_annotation() -> dict[str, Any]:
    """Say who annotated, as far as the schema asks."""
    texts = ("annotation_tools", "annotation_rules", "validation", "corpus", "version", "data_source")
    return {
        **dict.fromkeys(texts, ""),
        "annotation_tools": "curate",
        "annotator": {},
        "curator": {"name": "", "email": ""},
    }
