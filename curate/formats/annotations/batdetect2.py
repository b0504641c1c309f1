"""Detections of batdetect2 in JSON: one file for each recording."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from curate.errors import FormatError
from curate.formats import Report, parse
from curate.formats.tables import table

_COLUMNS = (
    "file", "det_prob", "start_time", "end_time", "low_freq", "high_freq", "class", "class_prob",
)  # fmt: skip


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
    """

    path: Path
    columns: list[str]
    found: tuple[dict[str, Any], ...]

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
        return cls(path, list(_COLUMNS), found)

    def records(self, report: Report) -> Iterator[table.Record]:  # noqa: ARG002 - as other tables have it
        """Give each detection, with its number."""
        yield from enumerate(self.found, start=1)
