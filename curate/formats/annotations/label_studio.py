"""Label Studio: tasks with predictions out, and the work of people back in.

A task is a recording, or a stretch that was cut out of one. (Label Studio cannot show a part of a
long file.) The ``data`` of such a task remember the file (``path``) and the start of the stretch
in it (``offset``, seconds). ``<name>_config.xml`` next to the tasks is the labelling interface.
Audio is named as Label Studio's local storage wants it (``/data/local-files/?d=...``).
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, unquote, urlsplit
from xml.sax.saxutils import quoteattr

from curate.errors import FormatError
from curate.formats import Report, parse
from curate.formats.annotations.annotations import Gathered
from curate.formats.annotations.label_studio_results import said
from curate.formats.files.audio_paths import Finder
from curate.formats.files.folder_rows import refuse_columns
from curate.formats.files.output import text_file
from curate.formats.files.walk import is_audio
from curate.formats.tables import table
from curate.formats.tables.csv import Sheet
from curate.model import Problem, Row, Segment

_LOCAL = "/data/local-files/?d="

#: Fields of a task in JSON-MIN that are no work of people: Label Studio's own, and those of `write`.
_FIELDS = frozenset({
    "agreement", "annotation_id", "annotator", "audio", "created_at", "file_upload", "id", "lead_time",
    "offset", "path", "project", "recording_id", "scientific_name", "updated_at",
})  # fmt: skip

#: Columns by which a table is known for an export.
_OF_TABLES = frozenset({"annotation_id", "annotator", "lead_time"})

#: What fields of a task may say of its recording, as `curate.formats.tables.table` calls it.
_METADATA = frozenset({
    "archive", "country", "date", "device", "elevation", "fold", "latitude", "license", "locality",
    "longitude", "recording_id", "recordist", "site", "time", "url",
})  # fmt: skip

#: Values that are named at most.
_NAMED = 5

_Object = dict[str, Any]


def read(
    path: Path,
    *,
    report: Report,
    label_column: str | None = None,
    path_column: str | None = None,
    audio_folder: Path | None = None,
) -> Iterator[Row]:
    """Read an export (JSON, JSON-MIN, CSV or TSV): a row per recording, with what people marked.

    Cancelled work is passed over, and so is a task that nobody has done. Predictions count only in
    a file without any annotations, which is one of tasks.

    Parameters
    ----------
    label_column
        The control whose choices for a whole recording are its labels. Others are reported as left out.
        JSON-MIN writes a single choice as a text, like any field of a task: texts are reported by field. A
        CSV is JSON-MIN in cells.

    Raises
    ------
    FormatError
        If the file is no list of tasks.
    UsageError
        If a column of paths is named.
    """
    refuse_columns("label-studio", None, path_column)
    finder = Finder(path, audio_folder)
    if path.suffix.lower() in (".csv", ".tsv"):
        tasks = [_task_of_row(record) for _, record in Sheet.open(path).records(report)]
        return _rows(tasks, path, Gathered(finder, report), report, label_column)
    try:
        tasks = json.loads(path.read_text(encoding="utf-8-sig", errors="surrogateescape"))
    except (OSError, ValueError, RecursionError) as error:
        raise FormatError(f"failed to read the tasks in {path}: {error}") from error
    if not isinstance(tasks, list) or not all(isinstance(task, dict) for task in tasks):
        raise FormatError(
            f"{path} lacks the list of tasks of Label Studio",
            hint="JSON of soundevent (AOEF), BatDetect2 and JAMS is read, too. Turn other JSON into a table "
            "with the columns file, onset, offset and label",
        )
    return _rows(tasks, path, Gathered(finder, report), report, label_column)


def is_table(columns: Collection[str]) -> bool:
    """Whether a table is an export of Label Studio."""
    return set(columns) >= _OF_TABLES


def _task_of_row(record: Mapping[str, Any]) -> _Object:
    """Make a task of JSON-MIN of a row. Lists and objects stand as JSON in its cells."""
    task: _Object = {}
    for column, cell in record.items():
        try:
            task[column] = json.loads(cell) if str(cell).startswith(("[", "{")) else cell
        except (ValueError, RecursionError):
            task[column] = cell
    return task


def _rows(
    tasks: Sequence[_Object], path: Path, gathered: Gathered, report: Report, label_in: str | None
) -> Iterator[Row]:
    classes: dict[str, list[str]] = {}
    plain: dict[str, list[list[str]]] = {}
    for number, task in enumerate(tasks, start=1):
        here = f"{path}: task {number}"
        done = [said(results) for results in _results(task, label_in)]
        if not done:
            continue
        data = parse.mapping(task.get("data")) or task
        name = str(data.get("path") or _file_of(_audio_in(data)))
        place = gathered.place(name, here, otherwise=_before_upload(name, task.get("file_upload")))
        try:
            start = float(data.get("offset") or 0.0)
        except (TypeError, ValueError):
            report(Problem("bad-row", here, f"column offset: expected seconds, found {data.get('offset')!r}"))
            continue
        for control, texts in _plain(task, label_in) if place is not None else ():
            plain.setdefault(control, []).append(texts)
        for one in done if place is not None else ():
            assert place is not None
            for parts in one.marks(start):
                gathered.add(place, parts, here)
            classes.setdefault(place[0], []).extend(one.whole.pop(label_in or "", ()))
            for words in one.left_out():
                report(Problem("left-out", here, words))
    _tell_plain(plain, path, report)
    for row in gathered.rows():
        first, *others = dict.fromkeys(classes.get(row.path) or [""])
        yield replace(row, label=first, secondary_labels=tuple(others))


def _results(task: _Object, label_in: str | None) -> Iterator[Sequence[object]]:
    """List what each person (or, in a file of tasks, each model) said."""
    if "data" not in task:  # JSON-MIN: the results of one person, under the names of their controls
        yield [result for control, value in task.items() for result in _minimal(control, value, label_in)]
        return
    for work in map(parse.mapping, parse.items(task.get("annotations", task.get("predictions")))):
        if work and not work.get("was_cancelled"):
            yield parse.items(work.get("result"))


#: Keys by which an object of JSON-MIN is known for a result.
_RESULTS = frozenset({"start", "choices", "taxonomy", "text", "number", "rating"})


def _minimal(control: str, value: object, label_in: str | None) -> Iterator[_Object]:
    """Give the results of one control in JSON-MIN, which keeps of each nothing but its value."""
    if control == label_in and (words := _texts(value)):  # else they may be a field of the task
        yield {"control": control, "value": {"choices": words}}
    if isinstance(value, dict) and "choices" in value:
        yield {"control": control, "value": {"choices": value["choices"]}}
    for one in parse.items(value):
        if isinstance(one, dict) and not _RESULTS.isdisjoint(one):
            yield {"control": control, "value": one}
        elif isinstance(one, list):  # a path of a taxonomy
            yield {"control": control, "value": {"taxonomy": [one]}}


def _texts(value: object) -> list[str]:
    """List the texts of a control in JSON-MIN, which writes one choice as a text."""
    each = value if isinstance(value, list) else [value]
    return [text for one in each if isinstance(one, str) and (text := parse.text(one))]


def _plain(task: _Object, label_in: str | None) -> Iterator[tuple[str, list[str]]]:
    """Give the texts in a task of JSON-MIN that may be choices, by control."""
    for control, value in task.items() if "data" not in task else ():
        if control not in _FIELDS and control != label_in and (words := _texts(value)):
            yield control, words


def _tell_plain(plain: Mapping[str, list[list[str]]], path: Path, report: Report) -> None:
    """Report texts that may be choices; what tells of a recording, such as its site, is a column not used."""
    for control, found in plain.items():
        if table.fields_in([control]).get(control) in _METADATA:
            report(Problem("unused-column", str(path), parse.printable(control)))
        else:
            report(Problem("left-out", str(path), _left_out(control, found)))


def _left_out(control: str, found: list[list[str]]) -> str:
    """Say which texts of a control were not used."""
    names = list(dict.fromkeys(word for words in found for word in words))
    listed = ", ".join(name[:60] for name in names[:_NAMED]) + (" ..." if len(names) > _NAMED else "")
    tasks = "1 task" if len(found) == 1 else f"{len(found):,} tasks"
    return f"field {control} of {tasks}: '{listed}'. --label-column {control} takes it as the label"


#: What Label Studio puts before the name of a file that was uploaded.
_UPLOADED = re.compile(r"[0-9a-f]{8}-(.+)")


def _before_upload(name: str, upload: object) -> list[str]:
    """Names that a file had before it was uploaded.

    Examples
    --------
    >>> _before_upload("/data/upload/1/0b1c2d3e-a0.wav", None)
    ['a0.wav']
    """
    names = [name, upload] if isinstance(upload, str) else [name]
    lasts = (unquote(each).rpartition("/")[2] for each in names)
    found = (match[1] for last in lasts if (match := _UPLOADED.fullmatch(last)))
    return list(dict.fromkeys([*found, *([unquote(name)] if "%" in name else [])]))


def _audio_in(data: _Object) -> str:
    """Take the audio of a task: what is called so, else the first field that names a file of sound."""
    named = (text for text in data.values() if isinstance(text, str) and is_audio(_file_of(text)))
    return str(data.get("audio") or next(named, ""))


def _file_of(audio: str) -> str:
    """Path or name behind the URL of a task's audio."""
    parts = urlsplit(audio)
    found = parse_qs(parts.query).get("d")
    return found[0] if found else parts.path


def write(rows: Iterable[Row], out: Path) -> int:
    """Write a task per row, and the labelling interface, and return how many tasks there are.

    Annotations become predictions, for people to correct. The rows are whole files.
    """
    labels: set[str] = set()
    count = 0
    encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
    with text_file(out) as handle:
        handle.write("[")
        for row in rows:
            labels |= {row.label, *row.secondary_labels, *(mark.label for mark in row.annotations or ())}
            handle.write(("," if count else "") + "\n" + encode(_task(row)))
            count += 1
        handle.write("\n]\n")
    with text_file(config_beside(out)) as handle:
        handle.write(_config(sorted(labels - {""})))
    return count


def config_beside(out: Path) -> Path:
    """Place of the labelling interface."""
    return out.with_name(f"{out.stem}_config.xml")


def _task(row: Row) -> _Object:
    data = {
        "audio": _LOCAL + quote(os.fsencode(row.path.lstrip("/"))),
        "recording_id": row.recording_id,
        "path": row.extra.get("cut_from", row.path),
        "offset": float(row.extra.get("cut_at", 0.0)),
        "label": row.label,
        "scientific_name": row.scientific_name,
    }
    if row.annotations is None:
        return {"data": data}
    results = [_result(row, mark, number) for number, mark in enumerate(row.annotations, start=1)]
    return {"data": data, "predictions": [{"model_version": "curate", "result": results}]}


def _result(row: Row, mark: Segment, number: int) -> _Object:
    found: _Object = {
        "id": f"r{number}",
        "from_name": "label",
        "to_name": "audio",
        "type": "labels",
        "original_length": row.file_duration,
        "origin": "prediction",
        "value": {"start": mark.onset, "end": mark.offset, "channel": 0, "labels": [mark.label]},
    }
    if mark.score is not None:
        found["score"] = mark.score
    if mark.low_freq is not None or mark.high_freq is not None:
        found["meta"] = {"low_freq": mark.low_freq, "high_freq": mark.high_freq}
    return found


def _config(labels: Sequence[str]) -> str:
    choices = "\n".join(f"    <Label value={quoteattr(label)}/>" for label in labels)
    return (
        '<View>\n  <Labels name="label" toName="audio">\n'
        + choices
        + '\n  </Labels>\n  <Audio name="audio" value="$audio" splitchannels="false"/>\n</View>\n'
    )
