"""Stretches of recordings, as a neutral manifest keeps them: one or more rows for a file.

A manifest that is imported again must not bring back what was cut out of its recordings. So its
rows for a file say together what of it to keep. They may lie anywhere in the table.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from curate.formats import Report
from curate.formats.tables.segments import segment
from curate.intervals import Interval
from curate.model import MANIFEST_COLUMNS


def is_manifest(columns: Collection[str]) -> bool:
    """Whether a table has all columns of the neutral manifest, whatever it has besides."""
    return set(columns) >= set(MANIFEST_COLUMNS)


class Stretches:
    """What the rows of a manifest keep of each file, gathered before the first is used."""

    def __init__(self) -> None:
        self._of: dict[str, list[Interval]] = {}

    def add(self, path: str, record: Mapping[str, Any], here: str, report: Report) -> None:
        """Note the stretch of a row, or report what is wrong with its times."""
        parts = {name: (name, record.get(name)) for name in ("onset", "offset")}
        found = segment(parts, here, report)
        if found is not None:
            self._of.setdefault(path, []).append((found.onset, found.offset))

    def of(self, path: str) -> tuple[Interval, ...]:
        """List the stretches of a file in the order of the table, or none if all of its rows were wrong."""
        return tuple(self._of.get(path, ()))
