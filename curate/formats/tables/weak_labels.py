"""APLOSE's labels of whole files beside its boxes: ``is_box`` 0, or in newer results the type ``WEAK``.

Such a row has the times of its file, and the whole band. It says that a sound is in there, not where. APLOSE
writes one for each label that is present, also where boxes of that label say where it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from curate.formats import Report, parse
from curate.formats.tables.table import find
from curate.formatting import count
from curate.model import Problem, Segment

#: Columns by which results of APLOSE are known.
_SIGNATURE = ("annotation", "annotator", "start_datetime", "end_datetime")

_WEAK = frozenset({"0", "0.0", "false", "f", "weak"})

#: What the note of such a mark says.
NOTE = "somewhere in this stretch"

#: Where a mark belongs: a recording, and the name that the table gives it.
Place = tuple[str, str]


class WeakLabels:
    """What a table says of whole files, held back until all its boxes are read.

    Parameters
    ----------
    columns
        As spelt in the table.

    Examples
    --------
    >>> columns = ["filename", "annotation", "annotator", "start_datetime", "end_datetime", "is_box"]
    >>> WeakLabels(columns).has({"is_box": "0"}), WeakLabels(["filename", "is_box"]).has({"is_box": "0"})
    (True, False)
    """

    def __init__(self, columns: Iterable[str]) -> None:
        columns = list(columns)
        is_aplose = all(find(columns, [name]) is not None for name in _SIGNATURE)
        self.column = (find(columns, ["is_box", "type"]) or "") if is_aplose else ""
        self._held: list[tuple[Place, Segment]] = []
        self._boxes: dict[str, list[Segment]] = {}

    def has(self, record: Mapping[str, Any]) -> bool:
        """Whether a row labels a whole file."""
        return bool(self.column) and parse.text(record.get(self.column)).strip().casefold() in _WEAK

    def holds(self, place: Place, mark: Segment, record: Mapping[str, Any]) -> bool:
        """Keep the mark of a row back if it labels a whole file: its band is that of the file."""
        if not self.has(record):
            if self.column:
                self._boxes.setdefault(place[0], []).append(mark)
            return False
        note = f"{mark.note}; {NOTE}" if mark.note else NOTE
        self._held.append((place, replace(mark, low_freq=None, high_freq=None, note=note)))
        return True

    def left(self, path: Path, report: Report) -> Iterator[tuple[Place, Segment]]:
        """Give the labels that no box in their stretch repeats, and report both kinds."""
        boxed = 0
        for place, mark in self._held:
            if any(box.label == mark.label and _meet(box, mark) for box in self._boxes.get(place[0], ())):
                boxed += 1
            else:
                yield place, mark
        for rows, words in (
            (len(self._held) - boxed, "a mark over the stretch of the file, without a band"),
            (boxed, "left out, as boxes of the same label say where"),
        ):
            if rows:
                told = f"column {self.column}: {count(rows, 'label')} of whole files: {words}"
                report(Problem("read-as", str(path), parse.printable(told)))


def _meet(one: Segment, other: Segment) -> bool:
    return one.onset < other.offset and other.onset < one.offset
