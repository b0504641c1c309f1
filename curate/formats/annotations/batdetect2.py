"""Detections of batdetect2: JSON for each recording, and a table beside it.

Of time-expanded recordings its seconds and its Hz are those of the animal. They become those of the file. How
much a recording is expanded stands in the JSON alone, and batdetect2 writes both.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from curate.errors import FormatError
from curate.formats import Report, parse
from curate.formats.tables import table
from curate.formats.tables.sheets import AnySheet

_COLUMNS = (
    "file", "det_prob", "start_time", "end_time", "low_freq", "high_freq", "class", "class_prob",
)  # fmt: skip

_TIMES, _BAND = frozenset({"start_time", "end_time"}), frozenset({"low_freq", "high_freq"})


@dataclass(frozen=True)
class JsonDetections:
    """What batdetect2 writes for a recording: an object with a list of detections.

    Parameters
    ----------
    path
    columns
        As its table has them.
    found
        The detections, each with the name of its file.
    expanded
        How much slower the recording is than the animal was.
    """

    path: Path
    columns: list[str]
    found: tuple[dict[str, Any], ...]
    expanded: float = 1.0

    @classmethod
    def open(cls, path: Path) -> JsonDetections:
        """Read the file of a recording.

        Raises
        ------
        FormatError
            If it cannot be read, or has no such list.
        """
        try:
            told = json.loads(path.read_text(encoding="utf-8-sig", errors="surrogateescape"))
        except (OSError, ValueError, RecursionError) as error:
            raise FormatError(f"failed to read {path}: {error}") from error
        listed = parse.mapping(told).get("annotation")
        if not isinstance(listed, list):
            raise FormatError(f"{path} lacks the list 'annotation' of BatDetect2")
        named = {"file": parse.mapping(told).get("id", "")}
        found = tuple(parse.mapping(each) | named for each in listed)
        return cls(path, list(_COLUMNS), found, _factor(parse.mapping(told).get("time_exp")))

    def records(self, report: Report) -> Iterator[table.Record]:  # noqa: ARG002 - as other tables have it
        """Give each detection, with its number."""
        yield from enumerate(self.found, start=1)


@dataclass(frozen=True)
class InFile:
    """A table of batdetect2 in seconds and Hz of the file.

    Parameters
    ----------
    sheet
        As batdetect2 wrote it.
    """

    sheet: AnySheet

    @property
    def path(self) -> Path:
        """The file."""
        return self.sheet.path

    @property
    def columns(self) -> list[str]:
        """Names of the columns, as they are spelt."""
        return self.sheet.columns

    @cached_property
    def _factor(self) -> float:
        if isinstance(self.sheet, JsonDetections):
            return self.sheet.expanded
        beside = self.path.with_suffix(".json")
        try:
            return JsonDetections.open(beside).expanded if beside.is_file() else 1.0
        except FormatError:
            return 1.0  # its own reader tells of it

    def records(self, report: Report) -> Iterator[table.Record]:
        """Read the detections."""
        for line, record in self.sheet.records(report):
            if self._factor == 1:
                yield line, record
            else:
                yield line, {column: self._scaled(column, cell) for column, cell in record.items()}

    def _scaled(self, column: str, cell: object) -> object:
        """Turn a time or a frequency into that of the file; what is no number is told where it is read."""
        try:
            number = parse.number(cell) if table.normal(column) in _TIMES | _BAND else None
        except ValueError:
            return cell
        if number is None:
            return cell
        is_time = table.normal(column) in _TIMES
        return round(number * self._factor, 9) if is_time else round(number / self._factor, 6)


def _factor(cell: object) -> float:
    """Read how much a recording is expanded; 1 where nothing or nonsense is said of it."""
    try:
        found = parse.number(cell)
    except ValueError:
        return 1.0
    return found if found is not None and found > 0 else 1.0
