"""audformat databases: a header ``db.yaml``, a table of files and a table of segments.

``audformat.Database.load`` opens the folder. The header is written as JSON, which is YAML too.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from curate.formats.annotations.annotations import marks
from curate.formats.files.output import text_file
from curate.formats.tables.csv import writer_to
from curate.model import Row

#: What is told of each file, beside its length.
_OF_FILES = ("recording_id", "scientific_name", "common_name", "recordist", "license", "url")


def write(rows: Iterable[Row], out: Path) -> int:
    """Write the database into a folder that exists; returns the number of segments."""
    labels: set[str] = set()
    licenses: set[str] = set()
    count, last = 0, ""
    with text_file(out / "db.files.csv") as files, text_file(out / "db.segments.csv") as segments:
        of_files, of_segments = writer_to(files), writer_to(segments)
        of_files.writerow(("file", "duration", *_OF_FILES))
        of_segments.writerow(("file", "start", "end", "label"))
        for row in rows:
            if row.path != last:
                last = row.path
                told = (getattr(row, name) for name in _OF_FILES)
                of_files.writerow((row.path, _time(row.file_duration or row.offset), *told))
                licenses.add(row.license)
            for mark in marks(row):
                labels.add(mark.label)
                of_segments.writerow((row.path, _time(mark.onset), _time(mark.offset), mark.label))
                count += 1
    with text_file(out / "db.yaml") as handle:
        json.dump(_header(sorted(labels), sorted(licenses - {""})), handle, ensure_ascii=False, indent=1)
        handle.write("\n")
    return count


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


def _header(labels: list[str], licenses: list[str]) -> dict[str, Any]:
    text = {name: {"dtype": "str"} for name in _OF_FILES}
    return {
        "name": "birds",
        "source": "made by curate",
        "usage": "other",
        "languages": [],
        "license": "; ".join(licenses) or "unknown",
        "schemes": {"label": {"dtype": "str", "labels": labels}, "duration": {"dtype": "time"}, **text},
        "tables": {
            "files": {
                "type": "filewise",
                "columns": {name: {"scheme_id": name} for name in ("duration", *_OF_FILES)},
            },
            "segments": {"type": "segmented", "columns": {"label": {"scheme_id": "label"}}},
        },
    }
