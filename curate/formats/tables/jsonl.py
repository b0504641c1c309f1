"""Tables as JSON lines: an object per line, a line per recording.

Written is the neutral manifest, with lists as lists and None as null. A line whose text is
not UTF-8 (the name of a file may be any bytes) is written with escapes, which keep the bytes.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from curate.errors import FormatError
from curate.formats import Report
from curate.formats.files.output import whole_file
from curate.formats.tables import manifest, recording_rows, table
from curate.formats.tables.csv import open_text
from curate.model import MANIFEST_COLUMNS, Problem, Row


def read(
    path: Path,
    *,
    report: Report,
    label_column: str | None = None,
    path_column: str | None = None,
    audio_folder: Path | None = None,
) -> Iterator[Row]:
    """Read objects with a key for the path of the audio (see `table` for the names).

    The first line decides whether the table can be read. Later lines may have other keys,
    and lines that are no object are reported.

    Raises
    ------
    FormatError
        If the table is missing, or its first line is no object or names no file.
    """
    sheet = JsonLinesSheet.open(path)
    return recording_rows.rows(
        path,
        sheet.columns,
        sheet.records,
        report=report,
        label_column=label_column,
        path_column=path_column,
        audio_folder=audio_folder,
    )


@dataclass(frozen=True)
class JsonLinesSheet:
    """A table of JSON lines whose first has been read.

    Parameters
    ----------
    path
        The file.
    columns
        Keys of the first object.
    """

    path: Path
    columns: list[str]

    @classmethod
    def open(cls, path: Path) -> JsonLinesSheet:
        """Read the keys of the first line.

        Raises
        ------
        FormatError
            If there is no such file, or its first line is no object.
        """
        with open_text(path) as handle:
            first = _object(handle.readline())
        if first is None:
            raise FormatError(f"failed to read {path}: its first line must be a JSON object")
        return cls(path, list(first))

    def records(self, report: Report) -> Iterator[table.Record]:
        """Read the objects with their lines. What is none is reported."""
        return records(self.path, report)


def _object(line: str) -> dict[str, object] | None:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def records(path: Path, report: Report) -> Iterator[table.Record]:
    """Read the objects of a file with their lines. What is none is reported."""
    with open_text(path) as handle:
        for number, line in enumerate(handle, start=1):
            record = _object(line)
            if record is not None:
                yield number, record
            elif line.strip():
                report(Problem("bad-row", f"{path}:{number}", "it must be a JSON object"))


def read_manifest(path: Path) -> Iterator[Row]:
    """Read back what `write` wrote, exactly. The audio is not looked at.

    Raises
    ------
    FormatError
        If the table is not a manifest. Names the line.
    """
    with open_text(path) as handle:
        for number, line in enumerate(handle, start=1):
            record = _object(line)
            if record is None:
                raise FormatError(f"{path}:{number} must be a JSON object")
            manifest.check_columns(list(record), path)
            yield manifest.row_from_values(record.values())


def write(rows: Iterable[Row], out: Path, *, columns: Sequence[str] = ()) -> int:
    """Write the neutral manifest.

    Parameters
    ----------
    columns
        Keys of `Row.extra` that are fields behind its own.

    Raises
    ------
    FormatError
        If a number is not finite: JSON has no word for it.
    """
    count = 0
    with whole_file(out) as part, part.open("wb") as handle:
        for count, row in enumerate(rows, start=1):  # noqa: B007 - the count is the answer
            try:
                handle.write(_line(row, columns))
            except ValueError as error:
                raise FormatError(f"failed to write {row.path!r} to {out}: {error}") from error
    return count


_plain = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode
_escaped = json.JSONEncoder(ensure_ascii=True, allow_nan=False, separators=(",", ":")).encode


def _line(row: Row, columns: Sequence[str]) -> bytes:
    record = dict(zip(MANIFEST_COLUMNS, manifest.values(row), strict=True))
    record |= zip(columns, manifest.more(row, columns), strict=True)
    try:
        return _plain(record).encode() + b"\n"
    except UnicodeEncodeError:
        return _escaped(record).encode() + b"\n"
