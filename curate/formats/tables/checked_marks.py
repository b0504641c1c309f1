"""What a second person says of the marks in APLOSE's results: corrected, confirmed or rejected.

The results of a verification have a column for each person who checked, named after that person, with
``True``, ``False`` or nothing. A correction is a row of its own: ``is_update_of_id`` names the row that it
replaces. Source: the results that https://github.com/Project-OSmOSE/APLOSE documents and writes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from curate.formats import Report, parse
from curate.formats.tables.sheets import AnySheet
from curate.formats.tables.table import find
from curate.formatting import count
from curate.model import Problem

#: Columns by which such results are known, and the names of a row's own number.
_SIGNATURE = ("annotation", "annotator", "start_datetime", "end_datetime", "is_update_of_id")
_NUMBERS = ("annotation_id", "result_id")

#: How columns of features begin, which may be true or false, too; and all others that are no person's.
_FEATURES = ("signal_", "is_")
_COLUMNS = frozenset({
    *_SIGNATURE, *_NUMBERS, "dataset", "project", "analysis", "filename", "start_time", "end_time",
    "start_frequency", "end_frequency", "min_frequency", "max_frequency", "annotator_expertise", "type",
    "confidence_indicator_label", "confidence_indicator_level", "comments", "created_at_phase",
})  # fmt: skip


class CheckedMarks:
    """Which rows of a table were checked, and how.

    Parameters
    ----------
    sheet
        The whole table: what replaces a row may stand behind it.
    """

    def __init__(self, sheet: AnySheet) -> None:
        self.people: list[str] = []
        self.replaces = self._own = ""
        self._replaced: set[str] = set()
        self._counts: Counter[str] = Counter()
        if any(find(sheet.columns, [name]) is None for name in _SIGNATURE):
            return
        self.replaces = find(sheet.columns, ["is_update_of_id"]) or ""
        self._own = find(sheet.columns, _NUMBERS) or ""
        said: dict[str, set[str]] = {
            column: set()
            for column in sheet.columns
            if column and column not in _COLUMNS and not column.startswith(_FEATURES)
        }
        for _, record in sheet.records(lambda _: None):
            self._replaced.add(_number(record, self.replaces))
            for column, words in said.items():
                words.add(_word(record, column))
        self._replaced.discard("")
        self.people = [
            name for name, words in said.items() if words - {""} and words <= {"true", "false", ""}
        ]

    @property
    def taken(self) -> dict[str, str]:
        """Say what the columns are taken for."""
        return dict.fromkeys(self.people, "verdict") | (
            {self.replaces: "correction"} if self.replaces else {}
        )

    def rejects(self, record: Mapping[str, Any]) -> bool:
        """Whether a row was replaced, or is confirmed by nobody and rejected by somebody; each is counted."""
        if self._replaced and _number(record, self._own) in self._replaced:
            self._counts["replaced by a correction: left out"] += 1
            return True
        words = {_word(record, name) for name in self.people}
        if "false" not in words:
            return False
        if "true" in words:
            self._counts["confirmed by one and rejected by another: kept"] += 1
            return False
        self._counts["rejected by who checked them: left out, and taken as looked at"] += 1
        return True

    def tell(self, path: Path, report: Report) -> None:
        """Report how many rows were left out, or are in dispute."""
        for words, rows in sorted(self._counts.items()):
            report(Problem("read-as", str(path), f"{count(rows, 'row')} {words}"))


def _word(record: Mapping[str, Any], column: str) -> str:
    return parse.text(record.get(column)).strip().casefold()


def _number(record: Mapping[str, Any], column: str) -> str:
    """Give the number of a row: pandas writes 7.0 where other rows have none."""
    return _word(record, column).removesuffix(".0") if column else ""
