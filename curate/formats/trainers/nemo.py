"""NeMo manifests: an object per line with ``audio_filepath``, ``offset``, ``duration`` and ``label``.

NeMo takes a relative path as one next to the manifest. Further keys (the scientific name, the
licence) are passed over by NeMo and kept by NeMo Curator.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path

from curate.errors import FormatError
from curate.formats import Report
from curate.formats.annotations.annotations import Gathered, marks
from curate.formats.files.audio_paths import Finder
from curate.formats.files.output import text_file
from curate.formats.tables import jsonl
from curate.formats.tables.table import LABEL, PATH, tell_unused
from curate.lookup import suggestion
from curate.model import Problem, Row


def read(
    path: Path,
    *,
    report: Report,
    label_column: str | None = None,
    path_column: str | None = None,
    audio_folder: Path | None = None,
) -> Iterator[Row]:
    """Read a manifest: a row per recording, with its lines as annotations.

    Raises
    ------
    FormatError
        If the first line is no object with a path.
    """
    file_in, label_in = path_column or "audio_filepath", label_column
    first = next((record for _, record in jsonl.records(path, lambda _: None)), None)
    if first is not None and file_in not in first:
        raise FormatError(
            f"{path} is no manifest of NeMo: its first line lacks the key {file_in}",
            hint=suggestion(file_in, first),
        )
    tell_unused(path, taken(path, label_column=label_in, path_column=file_in), report)
    return _rows(path, file_in, label_in, Gathered(Finder(path, audio_folder), report), report)


def taken(path: Path, *, label_column: str | None = None, path_column: str | None = None) -> dict[str, str]:
    """Say what each key of the first line is taken for, or empty where it is not used."""
    first = next((record for _, record in jsonl.records(path, lambda _: None)), {})
    label = label_column or ("label" if "label" in first else "text")
    known = {path_column or "audio_filepath": PATH, label: LABEL, "offset": "onset", "duration": "length"}
    return {key: known.get(key, "") for key in first}


def _rows(
    path: Path, file_in: str, label_in: str | None, gathered: Gathered, report: Report
) -> Iterator[Row]:
    for number, record in jsonl.records(path, report):
        here = f"{path}:{number}"
        recording = gathered.place(str(record.get(file_in) or ""), here)
        if recording is None:
            continue
        column = label_in or ("label" if "label" in record else "text")
        try:
            onset = float(record.get("offset") or 0.0)
            offset = onset + float(record["duration"])
        except (KeyError, TypeError, ValueError):
            found = f"{record.get('offset')!r} and {record.get('duration')!r}"
            report(Problem("bad-row", here, f"columns offset, duration: expected seconds, found {found}"))
            continue
        parts = {
            "onset": ("offset", onset),
            "offset": ("duration", round(offset, 6)),
            "label": (column, record.get(column)),
        }
        gathered.add(recording, parts, here)
    yield from gathered.rows()


def write(rows: Iterable[Row], out: Path) -> int:
    """Write a line per annotation, or per labelled stretch, and return how many."""
    count = 0
    encode = json.JSONEncoder(ensure_ascii=False, separators=(", ", ": ")).encode
    with text_file(out) as handle:
        for row in rows:
            for mark in marks(row):
                record = {
                    "audio_filepath": row.path,
                    "offset": mark.onset,
                    "duration": round(mark.duration, 6),
                    "label": mark.label,
                    "recording_id": row.recording_id,
                }
                handle.write(encode(record) + "\n")
                count += 1
    return count
