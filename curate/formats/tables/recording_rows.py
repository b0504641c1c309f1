"""Rows of recordings out of the records of any table: where the file lies, and what the cells say.

A second row for a file adds its secondary labels, and its licence if that allows less. The rows of a neutral
manifest say together which stretches of a file are kept. Other tables speak of whole recordings.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from curate.errors import FormatError
from curate.formats import Report, parse
from curate.formats.files.named_files import NamedFiles
from curate.formats.files.origins import origin
from curate.formats.tables.blanks import Blanks, survey
from curate.formats.tables.segments import order, segment
from curate.formats.tables.stretches import Stretches, is_manifest
from curate.formats.tables.table import (
    ANNOTATIONS,
    ASSIGNED,
    CODED,
    FIELDS,
    LABEL_COLUMNS,
    PATH_COLUMNS,
    TYPED,
    Meaning,
    Record,
    choose,
    fields_in,
    find,
    find_filled,
    is_ours,
    taken,
    tell_repeated,
    tell_unused,
)
from curate.license_words import freedom
from curate.model import Problem, Row, Segment


def rows(
    table: Path,
    columns: Sequence[str],
    records: Callable[[Report], Iterable[Record]],
    *,
    report: Report,
    label_column: str | None,
    path_column: str | None,
    audio_folder: Path | None = None,
) -> Iterator[Row]:
    """Read recordings from the records of a table. A relative path starts at its folder, or the one named.

    A second row for a file adds its secondary labels, and its licence if that allows less. What else differs
    is reported.

    Parameters
    ----------
    records
        Gives the records from the first, each time it is called. Takes what cannot be read.

    Raises
    ------
    FormatError
        If no column holds the path, or one that was asked for is not there.
    """
    if choose(columns, PATH_COLUMNS, path_column, table) is None:
        raise FormatError(
            f"{table} lacks a column for the path of the audio: expected one of {', '.join(PATH_COLUMNS)}",
            hint=f"name it with --path-column. Columns there: {', '.join(columns) or 'none'}",
        )
    choose(columns, LABEL_COLUMNS, label_column, table)
    label_column = label_column or filled_label(columns, records)
    tell_repeated(table, columns, report)
    tell_unused(table, taken(columns, label_column=label_column, path_column=path_column), report)
    reading = _Reading(
        table,
        columns,
        records,
        report,
        label_column=label_column,
        path_column=path_column,
        audio_folder=audio_folder,
    )
    return reading.rows()


def filled_label(columns: Sequence[str], records: Callable[[Report], Iterable[Record]]) -> str | None:
    """Name the column of labels where another one counts than the likeliest, which nobody filled."""
    if is_ours(columns) or is_manifest(columns):
        return None
    found = find_filled(columns, LABEL_COLUMNS, records)
    return None if found == find(columns, LABEL_COLUMNS) else found


#: Codes of eBird and of banders, and numbers of taxa.
_CODE = re.compile(r"[a-z]{3,6}\d{1,2}|[A-Z]{4,6}|\d{3,}")

#: What a further row for a file adds, or what is compared elsewhere.
_JOINED = ("secondary_labels", "recording_id", "extra", *ASSIGNED)


class _Reading:
    """One pass over a table of recordings, with all that it needs to know."""

    def __init__(
        self,
        table: Path,
        columns: Sequence[str],
        records: Callable[[Report], Iterable[Record]],
        report: Report,
        *,
        label_column: str | None,
        path_column: str | None,
        audio_folder: Path | None,
    ) -> None:
        self._table = table
        self._columns = columns
        self._records = records
        self._report = report
        self._asked = label_column, path_column
        self._files = NamedFiles(table, audio_folder, report)
        self._classes: set[str] = set()

    def rows(self) -> Iterator[Row]:
        label_column, path_column = self._asked
        blanks = self._blanks()
        self._files.resolve(self._names())
        stretches = self._stretches() if is_manifest(self._columns) else None
        held: dict[str, Row] = {}  # what a later row may add to
        seen: dict[str, tuple[str, int | None]] = {}
        meanings: dict[tuple[str, ...], tuple[Meaning, str | None, str | None]] = {}
        for line, record in self._records(self._report):
            columns = tuple(record)
            if columns not in meanings:
                path_in = path_column or find(columns, PATH_COLUMNS)
                label_in = label_column or find(columns, LABEL_COLUMNS)
                meanings[columns] = Meaning(columns, self._table, blanks), path_in, label_in
            meaning, path_in, label_in = meanings[columns]
            here = f"{self._table}:{line}"
            name = _name(record, path_in)
            if name is None:
                self._report(Problem("bad-row", here, f"column {path_in or 'path'}: expected a file"))
                continue
            path = self._files.path(name, here)
            if path is None:
                continue
            there = None if stretches is None else stretches.of(path)
            if there == ():
                continue
            label, *others = self._labels(blanks.cell(record, label_in), label_in, here)
            if path in seen:
                self._compare(path, label, record, seen[path], here)
                also = others if label == seen[path][0] else None
                self._join(held, path, partial(self._fields, meaning, record, line), also, here)
                continue
            known = self._fields(meaning, record, line) | {"stretches": there}
            if not is_ours(columns):
                known = {field: value for field, value in known.items() if field not in ASSIGNED}
            seen[path] = label, known.get("fold")
            if others:
                known["secondary_labels"] = (*others, *known.get("secondary_labels", ()))
            made = row(path, label, known | self._marked(record, here), elsewhere="local")
            # Only files with several rows are held back, so that a large table streams.
            if stretches is None and path in self._files.repeated:
                held[path] = made
            else:
                yield made
        yield from held.values()

    def _fields(self, meaning: Meaning, record: Mapping[str, Any], line: int) -> dict[str, Any]:
        """Read the fields of a record; classes between commas are parted where all of them are known."""
        known = meaning.fields(record, line, self._report)
        if "secondary_labels" in known and not is_ours(self._columns):
            parted = (part for name in known["secondary_labels"] for part in self._parted(name))
            known["secondary_labels"] = tuple(dict.fromkeys(parted))
        return known

    def _parted(self, name: str) -> Sequence[str]:
        """Part a name at commas, or else at blanks, if that gives classes of the table, or codes."""
        if name in self._classes:
            return (name,)
        parts = [part.strip() for part in name.split(",")] if "," in name else name.split()
        are_classes = self._classes.issuperset(parts)
        return parts if are_classes or ("," in name and all(map(_CODE.fullmatch, parts))) else (name,)

    def _names(self) -> Iterator[tuple[str, str]]:
        """Give the names of files, each with its row, and note the classes of the table."""
        label_in = self._asked[0] or find(self._columns, LABEL_COLUMNS)
        has_others = find(self._columns, FIELDS["secondary_labels"][1]) is not None
        for line, record in self._records(_ignore):
            if label_in is not None and has_others:
                self._classes.add(parse.text(record.get(label_in)))
            name = _name(record, self._asked[1] or find(record, PATH_COLUMNS))
            if name is not None:
                yield name, f"{self._table}:{line}"

    def _join(
        self,
        held: dict[str, Row],
        path: str,
        fields: Callable[[], dict[str, Any]],
        others: Sequence[str] | None,
        here: str,
    ) -> None:
        """Add what a further row says: its secondary labels, and its licence if that allows less.

        All else of it is left out. What differs is reported.

        Parameters
        ----------
        held
            The first rows of files that may have more. Of a manifest, none.
        fields
            Reads the fields of the row.
        others
            Labels of the row next to the first of them. None if it has another label.
        """
        first = held.get(path)
        if first is None:
            return
        known = fields()
        also = () if others is None else (*others, *known.get("secondary_labels", ()))
        there = (first.label, *first.secondary_labels)
        more = tuple(name for name in dict.fromkeys(also) if name not in there)
        license = max(filter(None, (first.license, known.get("license", ""))), key=freedom, default="")
        told = []
        for name, value in (known | known["extra"]).items():
            before = first.extra.get(name, getattr(first, name, ""))
            if name in _JOINED or value == before:
                continue
            counts = f"'{license}' counts" if name == "license" else "the first counts"
            told.append(f"{name} '{value}' after '{parse.text(before)}': {counts}")
        if more:
            told.append(f"secondary labels {', '.join(more)}: added")
        if told:
            reason = f"a second row for {first.path}, with {'; '.join(told)}"
            self._report(Problem("bad-row", here, parse.printable(reason)))
        held[path] = replace(first, license=license, secondary_labels=(*first.secondary_labels, *more))

    def _labels(self, cell: object, label_in: str | None, here: str) -> tuple[str, ...]:
        try:
            return parse.labels(cell) or ("",)
        except ValueError as error:
            self._report(Problem("bad-row", here, f"column {label_in}: {error}"))
            return ("",)

    def _compare(
        self, path: str, label: str, record: Mapping[str, Any], before: tuple[str, int | None], here: str
    ) -> None:
        """Report a further row for a file that says something else than the first."""
        if label != before[0]:
            reason = f"a second row for {path}, as '{label}' after '{before[0]}'"
            self._report(Problem("bad-row", here, reason))
            return
        fold = find(record, FIELDS["fold"][1])
        try:
            again = parse.whole_number(record.get(fold)) if fold else None
        except ValueError:
            again = None
        if again is not None and again != before[1]:
            reason = f"a second row for {path}, in fold {again} after {before[1]}"
            self._report(Problem("bad-row", here, reason))

    def _marked(self, record: Mapping[str, Any], here: str) -> dict[str, Any]:
        column = find(record, [ANNOTATIONS])
        found = None if column is None else annotations_in(record[column], here, self._report)
        return {} if found is None else {"annotations": found}

    def _stretches(self) -> Stretches:
        """Go through a manifest once for what it keeps of each file, which may have rows anywhere in it."""
        found, soft = Stretches(), 0
        for line, record in self._records(_ignore):
            soft += bool(record.get("soft_labels"))
            name = _name(record, self._asked[1] or "path")
            path = None if name is None else self._files.known(name)
            if path is not None:
                found.add(path, record, f"{self._table}:{line}", self._report)
        if soft:  # they belong to a round, and not to the recording
            words = f"soft_labels, filled in {soft:,} rows,"
            self._report(Problem("unused-column", str(self._table), words))
        return found

    def _blanks(self) -> Blanks:
        if is_ours(self._columns):
            return Blanks()  # our own exports leave a cell empty where there is nothing
        known = fields_in(self._columns)
        label = self._asked[0] or find(self._columns, LABEL_COLUMNS)
        coded = [column for column, field in known.items() if field in CODED]
        return survey(
            self._table,
            self._records,
            coded=[*([label] if label else []), *(column for column in coded if column != label)],
            plain=[column for column, field in known.items() if field not in CODED and column != label],
            typed=[column for column, field in known.items() if field in TYPED],
            names=[
                c for c, field in known.items() if field in ("scientific_name", "common_name") and c != label
            ],
            report=self._report,
            parted=[column for column in coded if known[column] == "secondary_labels" and column != label],
        )


def _ignore(problem: Problem) -> None:
    """Pass over what is reported when the records are used."""


def _name(record: Mapping[str, Any], path_in: str | None) -> str | None:
    name = record.get(path_in) if path_in else None
    if isinstance(name, dict):  # as data sets for Hugging Face have it
        name = name.get("path")
    if not isinstance(name, str) or parse.is_nothing(name) or "\0" in name:
        return None
    return name


def annotations_in(cell: object, here: str, report: Report) -> tuple[Segment, ...] | None:
    """Read annotations as our exports hold them: objects with the fields of a segment, or `None` without any.

    In a table of text they are JSON.
    """
    if isinstance(cell, str) and cell.strip().startswith("["):
        try:
            cell = json.loads(cell)
        except (ValueError, RecursionError):
            report(Problem("bad-row", here, f"column {ANNOTATIONS}: expected a list of objects"))
    if not isinstance(cell, list):
        return None
    names = ("onset", "offset", "label", "score", "low_freq", "high_freq", "note")
    parts = ({name: (name, parse.mapping(each).get(name)) for name in names} for each in cell)
    found = (segment(each, here, report) for each in parts)
    return tuple(sorted({mark for mark in found if mark is not None}, key=order))


def row(path: str, label: str, fields: dict[str, Any], *, elsewhere: str) -> Row:
    """Make a row, taking archive and id from the file's name where the table has none.

    Parameters
    ----------
    elsewhere
        The archive if neither tells.
    """
    archive, recording_id = origin(path) or (elsewhere, "")
    fields.setdefault("archive", archive)
    if ":" not in fields.get("recording_id", ""):
        fields["recording_id"] = recording_id if fields["archive"] == archive else ""
    return Row(path=path, label=label, **fields)
