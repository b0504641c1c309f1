"""Words for an empty cell (NA, nan, None ...) in columns of codes, where such a word may be a code.

``NA`` is a label of whoever abbreviates *Nucifraga americana*, and the country Namibia. Whether it is one is
decided once for each column of a table, by how the table writes empty cells elsewhere, and said.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeGuard

from curate.formats import Report, parse
from curate.model import Problem

_Record = Mapping[str, Any]

#: Words that people, too, use as codes and names, in lower case.
_CODES = frozenset({"na", "none", "null"})

#: Letters that a code has at most.
_LONGEST_CODE = 5


@dataclass(frozen=True, slots=True)
class Blanks:
    """The words that stand for an empty cell, by column of codes.

    Parameters
    ----------
    words
        As they are spelt in the column.
    """

    words: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def cell(self, record: _Record, column: str | None) -> Any:  # noqa: ANN401 - whatever the table holds
        """Take a cell of a record; None where it is empty or holds a word for that."""
        if column is None:
            return None
        value = record.get(column)
        blank = self.words.get(column)
        return None if blank and isinstance(value, str) and value.strip() in blank else value


@dataclass(slots=True)
class _Seen:
    """What a column of codes holds: each word with its number, the names beside it, and all else."""

    words: dict[str, int] = field(default_factory=dict)
    beside: dict[str, set[str]] = field(default_factory=dict)
    empty: int = 0
    codes: int = 0
    others: int = 0


def survey(
    table: Path,
    records: Callable[[Report], Iterable[tuple[int, _Record]]],
    *,
    coded: Sequence[str],
    plain: Sequence[str],
    typed: Sequence[str],
    names: Sequence[str],
    report: Report,
) -> Blanks:
    """Find the words for an empty cell in a table, and report how they are read (``read-as``).

    Parameters
    ----------
    records
        Gives the records from the first; called once more only if a column holds such a word.
    coded
        Columns in which a word may be a code.
    plain
        Columns in which it never is.
    typed
        Columns of numbers and dates: an empty cell in them shows how the table writes nothing.
    names
        Columns of names that belong to a code, such as a scientific name.
    """
    if not any(_is_word(record.get(column)) for _, record in records(_ignore) for column in coded):
        return Blanks()
    seen = {column: _Seen() for column in coded}
    written: set[str] = set()  # words in columns where they can only mean nothing
    left_empty = False
    numbers = frozenset(typed)
    for _, record in records(_ignore):
        named = [parse.known(record.get(column)) for column in names]
        for column in coded:
            _note(seen[column], record.get(column), named)
        for column in plain:
            cell = record.get(column)
            if _is_word(cell):
                written.add(cell.strip())
            elif column in numbers:
                left_empty = left_empty or not parse.text(cell)
    blank: dict[str, frozenset[str]] = {}
    for column, each in seen.items():
        blank[column] = frozenset(word for word in each.words if _why_blank(word, each, written, left_empty))
        for word, number in each.words.items():
            why = _why_blank(word, each, written, left_empty)
            read = "an empty cell" if why else "a name"
            reason = why or _why_code(each, left_empty)
            report(
                Problem(
                    "read-as",
                    str(table),
                    f"column {column}: '{word}' ({number:,}) is read as {read}: {reason}",
                )
            )
    return Blanks(blank)


def _ignore(problem: Problem) -> None:
    """Pass over what the reader itself reports."""


def _is_word(value: object) -> TypeGuard[str]:
    return isinstance(value, str) and bool(value) and not value.isspace() and parse.is_nothing(value)


def _note(seen: _Seen, value: object, named: Sequence[str]) -> None:
    cell = parse.text(value)
    if not cell:
        seen.empty += 1
    elif _is_word(value):
        seen.words[cell] = seen.words.get(cell, 0) + 1
        seen.beside.setdefault(cell, set()).update(name for name in named[:1] if name)
    elif cell.isupper() and cell.isalpha() and len(cell) <= _LONGEST_CODE:
        seen.codes += 1
    else:
        seen.others += 1


def _why_blank(word: str, seen: _Seen, written: set[str], left_empty: bool) -> str:
    """Say why a word stands for nothing; empty if it is a code."""
    if word.casefold() not in _CODES:
        return "only programs write it, for nothing"
    if word in written:
        return "other columns have it for nothing, too"
    # R writes NA in every column. Python writes None in columns of text, and leaves those of numbers empty.
    if seen.empty or (left_empty and word.casefold() == "na"):
        return ""
    if len(seen.beside.get(word, ())) == 1:
        return ""
    if word.isupper() and word.isalpha() and seen.codes > 1 and not seen.others:
        return ""
    return "nothing shows that it is a name; if it is one, spell it otherwise"


def _why_code(seen: _Seen, left_empty: bool) -> str:
    if seen.empty or left_empty:
        return "the table leaves cells empty where it has nothing"
    return "the names in the column are codes" if seen.codes else "it has one name of its own beside it"
