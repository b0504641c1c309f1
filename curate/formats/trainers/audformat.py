"""audformat databases: a header ``db.yaml``, a table of files and a table of segments.

``audformat.Database.load`` opens the folder. The header is written as JSON, which is YAML too.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

from curate.formats.annotations.annotations import heard
from curate.formats.files.output import text_file
from curate.formats.tables.csv import writer_to
from curate.model import Row

#: What is told of each file, beside its length.
_OF_FILES = ("recording_id", "scientific_name", "common_name", "recordist", "license", "url")


def write(rows: Iterable[Row], out: Path) -> int:
    """Write the database into a folder that exists, and return the number of segments.

    A segment stands once in a table of audformat, so further labels of the same stretch have columns of
    their own: ``label_2``, ``label_3`` ... with schemes of these names.
    """
    labels: set[str] = set()
    licenses: set[str] = set()
    count, most = 0, 1
    draft = out / "db.segments.draft"
    with text_file(out / "db.files.csv") as files, text_file(draft) as segments:
        of_files, of_segments = writer_to(files), writer_to(segments)
        of_files.writerow(("file", "duration", *_OF_FILES))
        for path, group in groupby(rows, key=lambda row: row.path):
            named: dict[tuple[float, float], dict[str, None]] = {}
            first = None
            for row in group:
                first = first or row
                licenses.add(row.license)
                for mark, classes in heard(row):
                    there = named.setdefault((mark.onset, mark.offset), {})
                    there.update(dict.fromkeys(classes))
            if first is not None:
                told = (getattr(first, name) for name in _OF_FILES)
                of_files.writerow((path, _time(first.file_duration or first.offset), *told))
            for (onset, offset), names in named.items():
                of_segments.writerow((path, _time(onset), _time(offset), *names))
                labels |= names.keys()
                most = max(most, len(names))
                count += 1
    columns = ["label", *(f"label_{number}" for number in range(2, most + 1))]
    _widen(draft, out / "db.segments.csv", columns)
    with text_file(out / "db.yaml") as handle:
        header = _header(columns, sorted(labels - {""}), sorted(licenses - {""}))
        json.dump(header, handle, ensure_ascii=False, indent=1)
        handle.write("\n")
    return count


def _widen(draft: Path, out: Path, columns: Sequence[str]) -> None:
    """Write the table of segments with its header, every row as wide as that."""
    width = len(columns) + 3
    with (
        draft.open(encoding="utf-8", errors="surrogateescape", newline="") as lines,
        text_file(out) as handle,
    ):
        writer = writer_to(handle)
        writer.writerow(("file", "start", "end", *columns))
        for cells in csv.reader(lines):
            writer.writerow(cells + [""] * (width - len(cells)))
    draft.unlink()


def _time(seconds: float) -> str:
    """Spell a length as pandas does, to the microsecond.

    Examples
    --------
    >>> _time(3602.5)
    '0 days 01:00:02.500000'
    """
    micros = round(seconds * 1_000_000)
    minutes, micros = divmod(micros, 60_000_000)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    return f"{days} days {hours:02d}:{minutes:02d}:{micros // 1_000_000:02d}.{micros % 1_000_000:06d}"


def _header(columns: Sequence[str], labels: list[str], licenses: list[str]) -> dict[str, Any]:
    text = {name: {"dtype": "str"} for name in _OF_FILES}
    of_labels = {name: {"dtype": "str", "labels": labels} for name in columns}
    return {
        "name": "birds",
        "source": "made by curate",
        "usage": "other",
        "languages": [],
        "license": "; ".join(licenses) or "unknown",
        "schemes": {**of_labels, "duration": {"dtype": "time"}, **text},
        "tables": {
            "files": {
                "type": "filewise",
                "columns": {name: {"scheme_id": name} for name in ("duration", *_OF_FILES)},
            },
            "segments": {"type": "segmented", "columns": {name: {"scheme_id": name} for name in columns}},
        },
    }
