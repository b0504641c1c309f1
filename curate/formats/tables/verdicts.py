"""What a person says of a row of a table of annotations: a detection that is rejected is no annotation.

DeepSqueak keeps rejected calls in its tables, with 0 in the column ``Accepted``. Other people add a column of
their own. Words such as FALSE in a column ``Verified`` or ``Confirmed`` may mean that nobody has looked yet:
there only a word that rejects counts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from curate.formats import Report, parse
from curate.formats.tables.table import find
from curate.formatting import count
from curate.model import Problem

#: Columns in which no means that a person rejects the row.
_DECIDED = ("accepted", "is_accepted", "valid", "correct", "is_correct")

#: Columns in which no may mean that nobody looked.
_LOOKED = (
    "verified", "is_verified", "confirmed", "is_confirmed", "validated", "validation", "verification",
    "verdict", "review", "review_status", "reviewed", "status", "decision",
)  # fmt: skip

_NO = frozenset({"0", "0.0", "false", "f", "no", "n"})

#: Words that reject a row whatever the column is called.
_REJECTED = frozenset({
    "absent", "discarded", "false positive", "false_positive", "fp", "incorrect", "invalid", "not present",
    "reject", "rejected", "wrong",
})  # fmt: skip


class Verdicts:
    """The columns of a table in which people judge its rows.

    Parameters
    ----------
    columns
        As spelt in the table.
    taken
        Columns that stand for something else, such as the label.

    Examples
    --------
    >>> deepsqueak = Verdicts(["File", "Label", "Accepted"])
    >>> deepsqueak.rejects({"Accepted": "0"}), deepsqueak.rejects({"Accepted": "1"})
    (True, False)
    >>> Verdicts(["Verified"]).rejects({"Verified": "FALSE"})
    False
    """

    def __init__(self, columns: Iterable[str], taken: Iterable[str] = ()) -> None:
        columns, used = list(columns), set(taken)
        self._words = {
            column: words
            for names, words in ((_LOOKED, _REJECTED), (_DECIDED, _REJECTED | _NO))
            for name in names
            if (column := find(columns, [name])) is not None and column not in used
        }
        self._rejected = Counter[str]()

    def rejects(self, record: Mapping[str, Any]) -> bool:
        """Whether a person rejects a row, which is counted."""
        for column, words in self._words.items():
            if parse.text(record.get(column)).strip().casefold() in words:
                self._rejected[column] += 1
                return True
        return False

    def tell(self, path: Path, report: Report) -> None:
        """Report how many rows are rejected, and in which column."""
        for column, rows in self._rejected.items():
            words = f"column {column} rejects {count(rows, 'row')}: left out, and taken as looked at"
            report(Problem("read-as", str(path), parse.printable(words)))


def judged(columns: Iterable[str]) -> dict[str, str]:
    """Say what the columns are taken for in which each cell accepts or rejects a row."""
    columns = list(columns)
    return {column: "verdict" for name in _DECIDED if (column := find(columns, [name])) is not None}
