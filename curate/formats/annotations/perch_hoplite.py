"""Annotations for perch-hoplite: ``filename,start_time_s,end_time_s,label``, and those in its databases.

``perch_hoplite.taxonomy.annotations.read_annotations_csv`` opens the table. It parts labels at
white space, which becomes underscores inside a label. A database is a folder with `DATABASE`. The schema is
that of perch-hoplite 1.0, in which a stretch is eight bytes for each of its ends.
"""

from __future__ import annotations

import sqlite3
import struct
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path

from curate.errors import FormatError
from curate.formats import Report, parse
from curate.formats.annotations.annotations import Gathered, heard
from curate.formats.files.audio_paths import Finder
from curate.formats.files.folder_rows import refuse_columns
from curate.formats.files.layout import one_word
from curate.formats.files.output import text_file
from curate.formats.tables.csv import writer_to
from curate.formats.tables.segments import Parts
from curate.lookup import near_path
from curate.model import Problem, Row

COLUMNS = ("filename", "start_time_s", "end_time_s", "label")

#: The file of a database that holds all but its vectors.
DATABASE = "hoplite.sqlite"

#: What an annotation of each type says of its label; None where it is heard (``datatypes.LabelType``).
_SAYS = {0: "is absent here", 1: None, 2: "may be here: people are unsure"}

_ANNOTATIONS = """
    SELECT a.id, r.filename, a.offsets, a.label, a.label_type, a.provenance
    FROM annotations a JOIN recordings r ON r.id = a.recording_id
    ORDER BY a.recording_id, a.id
"""


def read(
    path: Path,
    *,
    report: Report,
    label_column: str | None = None,
    path_column: str | None = None,
    audio_folder: Path | None = None,
) -> Iterator[Row]:
    """Read the annotations of a database: a row per recording in which somebody marked something.

    Who said so becomes the note of the mark. What is not heard, or perhaps, is reported and left out.

    Raises
    ------
    FormatError
        If there is no database, or one of another schema.
    UsageError
        If a column is named.
    """
    refuse_columns("perch-hoplite", label_column, path_column)
    file = path / DATABASE if path.is_dir() else path
    if not file.is_file():
        raise FormatError(f"failed to read {file}: the file is missing", hint=near_path(file))
    gathered = Gathered(Finder(file, audio_folder), report)
    try:
        with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)) as database:
            for number, name, ends, label, kind, source in database.execute(_ANNOTATIONS):
                here = f"{file}:{number}"
                place = gathered.place(parse.text(name), here)
                if place is None:
                    continue
                if (doubt := _SAYS.get(kind, f"has the unknown type {kind}")) is not None:
                    report(Problem("left-out", here, f"'{label}' {doubt}"))
                    continue
                gathered.add(place, _parts(ends, label, source), here)
    except sqlite3.Error as error:
        hint = "databases of perch-hoplite before 1.0 are read once it has upgraded them"
        raise FormatError(
            f"failed to read {file} as a database of perch-hoplite: {error}", hint=hint
        ) from error
    return gathered.rows()


def _parts(packed: object, label: object, source: object) -> Parts:
    """Name the parts of an annotation; ends that are not two numbers are left for `segment` to refuse."""
    onset, offset = packed, None
    if isinstance(packed, bytes) and len(packed) in (8, 16):
        onset, *others = struct.unpack(f"<{len(packed) // 8}d", packed)
        offset = others[0] if others else None
    return {
        "onset": ("offsets", onset), "offset": ("offsets", offset), "label": ("label", label),
        "note": ("provenance", source),
    }  # fmt: skip


def write(rows: Iterable[Row], out: Path) -> int:
    """Write a row per annotation, or per labelled stretch, and return how many."""
    count = 0
    with text_file(out) as handle:
        writer = writer_to(handle)
        writer.writerow(COLUMNS)
        for row in rows:
            for mark, names in heard(row):
                labels = " ".join(map(one_word, names))
                writer.writerow((row.path, mark.onset, mark.offset, labels))
                count += 1
    return count
