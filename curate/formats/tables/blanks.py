"""Words for an empty cell (NA, nan, `None` ...) in columns of codes, where such a word may be a code.

``NA`` is a label of whoever abbreviates *Nucifraga americana*, and the country Namibia. Whether it is one is
decided once for each column of a table, by how the table writes empty cells elsewhere, and said.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeGuard

from curate.formats import Report, parse
from curate.formats.lists import looks_like_list
from curate.model import Problem

_Record = Mapping[str, Any]
#: Gives the records of a table from the first, each time it is called.
Records = Callable[[Report], Iterable[tuple[int, _Record]]]

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
    parted
        Columns whose cells hold names between ``;`` or ``|``.
    """

    words: Mapping[str, frozenset[str]] = field(default_factory=dict)
    parted: frozenset[str] = frozenset()

    def cell(self, record: _Record, column: str | None) -> Any:  # noqa: ANN401 - whatever the table holds
        """Take a cell of a record, or `None` where it is empty or holds words for that alone.

        Of a list with such a word among its names the other names are given.
        """
        if column is None:
            return None
        value = record.get(column)
        blank = self.words.get(column)
        if blank is None:
            return value
        if column in self.parted and _is_word(value):
            return None if value.strip() in blank else (value.strip(),)  # a list, lest it be read as nothing
        items = _items(value, column in self.parted)
        kept = [item for item in items if not (isinstance(item, str) and item.strip() in blank)]
        return value if len(kept) == len(items) else kept or None


@dataclass(slots=True)
class _Seen:
    """What a column of codes holds: each word with its number, the names next to it, and all else."""

    words: dict[str, int] = field(default_factory=dict)
    beside: dict[str, set[str]] = field(default_factory=dict)
    empty: int = 0
    codes: int = 0
    others: int = 0


def survey(
    table: Path,
    records: Records,
    *,
    coded: Sequence[str],
    plain: Sequence[str],
    typed: Sequence[str],
    names: Sequence[str],
    report: Report,
    parted: Collection[str] = (),
) -> Blanks:
    """Find the words for an empty cell in a table, and report how they are read (``read-as``).

    Parameters
    ----------
    records
        Gives the records from the first. Called once more only if a column holds such a word.
    coded
        Columns in which a word may be a code.
    plain
        Columns in which it never is.
    typed
        Columns of numbers and dates: an empty cell in them shows how the table writes nothing.
    names
        Columns of names that belong to a code, such as a scientific name.
    parted
        Columns of codes with several in a cell, between ``;`` or ``|``. A printed list is parted anywhere.
    """
    if not any(
        _is_word(item)
        for _, record in records(_ignore)
        for column in coded
        for item in _items(record.get(column), column in parted)
    ):
        return Blanks()
    seen = {column: _Seen() for column in coded}
    written: set[str] = set()  # words in columns where they can only mean nothing
    left_empty = False
    numbers = frozenset(typed)
    for _, record in records(_ignore):
        named = [parse.known(record.get(column)) for column in names]
        for column in coded:
            for item in _items(record.get(column), column in parted):
                _note(seen[column], item, named)
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
    return Blanks(blank, frozenset(parted))


def survey_together(
    place: Path, tables: Sequence[tuple[Records, str | None, Sequence[str]]], report: Report
) -> Blanks:
    """Find the words for an empty cell in tables that belong together, such as those of a folder.

    Parameters
    ----------
    place
        The table or folder, for the report.
    tables
        The records of each, its column of codes, and its columns of numbers, which may be empty names.
    """
    columns = tuple(dict.fromkeys(column for _, column, _ in tables if column))
    name = " or ".join(columns)
    numbers = [f"number {at}" for at in range(max((len(each) for _, _, each in tables), default=0))]

    def records(report: Report) -> Iterator[tuple[int, _Record]]:
        for read, column, columns_of_numbers in tables:
            if not column:
                continue
            for line, record in read(report):
                # A column that a table lacks is no cell that it leaves empty.
                cells = (record.get(each) if each else "0" for each in columns_of_numbers)
                yield (
                    line,
                    dict.fromkeys(numbers, "0")
                    | dict(zip(numbers, cells, strict=False))
                    | {name: record.get(column)},
                )

    coded = [name] if columns else []
    found = survey(place, records, coded=coded, plain=numbers, typed=numbers, names=[], report=report)
    return Blanks(dict.fromkeys(columns, found.words.get(name, frozenset())))


def _items(value: object, is_parted: bool) -> Sequence[object]:
    """Give the names in a list, however it is printed, or the cell itself."""
    is_printed = isinstance(value, str) and looks_like_list(value.strip())
    is_names = isinstance(value, str) and is_parted and not parse.is_nothing(value)
    if isinstance(value, list | tuple) or is_printed or is_names:
        try:
            return parse.names(value)
        except ValueError:
            pass  # told where the cell is read
    return (value,)


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
    return "the names in the column are codes" if seen.codes else "another name follows it"
