"""Annotations of Ecosounds and A2O, the Australian Acoustic Observatory, in CSV.

The site names recordings by their numbers. A recording that was downloaded there ends with its number:
``20240921T013002+1000_Station-01_2505488.flac``. One that bears the number alone is found, too. The site
takes the number from such a name.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any

from curate.errors import FormatError
from curate.formats import Report, parse
from curate.formats.annotations.annotations import Gathered, marks
from curate.formats.files.audio_paths import Finder
from curate.formats.files.layout import ECOSOUNDS_TAG, without_tags
from curate.formats.files.origins import audio_name
from curate.formats.files.output import text_file
from curate.formats.files.walk import audio_files
from curate.formats.tables import table
from curate.formats.tables.csv import Sheet, writer_to
from curate.formats.tables.segments import Parts, segment
from curate.formatting import count
from curate.model import Problem, Row

#: Columns of the recording's number, and of its name.
_NUMBERS, _NAMES = ("audio_recording_id", "recording_id"), ("filename",)

#: Columns of each part; the first that is there counts.
_PARTS: dict[str, tuple[str, ...]] = {
    "onset": ("event_start_seconds", "start_time_seconds", "start_offset_seconds"),
    "offset": ("event_end_seconds", "end_time_seconds", "end_offset_seconds"),
    "low_freq": ("low_frequency_hertz",),
    "high_freq": ("high_frequency_hertz",),
    "score": ("score",),
}

#: Columns of tags; the first that holds any names what is heard, and the others become the note.
_NAMING = ("species_name_tags", "common_name_tags")
_TAGS = (*_NAMING, "tags", "tag", "other_tags")

#: Columns of what people say of tags: which tags, how many people confirm and deny each, and what most say.
_VERDICTS: dict[str, tuple[str, ...]] = {
    "tags": ("verifications",),
    "correct": ("verification_correct",),
    "incorrect": ("verification_incorrect",),
    "decisions": ("verification_decisions", "verification_decision"),
}

#: How the site calls a recording that is downloaded.
_FRIENDLY = re.compile(r"\d{8}T\d{6}(?:Z|[+-]\d{4})_.*_(\d+)")

#: What is written.
COLUMNS = (
    "filename", "start_time_seconds", "end_time_seconds", "low_frequency_hertz", "high_frequency_hertz",
    "tag", "score",
)  # fmt: skip


def is_ecosounds(columns: list[str]) -> bool:
    """Whether a table with these columns is one of Ecosounds."""
    named = any(table.find(columns, names) for names in (_NUMBERS, _NAMES))
    return named and all(table.find(columns, _PARTS[part]) for part in ("onset", "offset", "low_freq"))


def read(
    path: Path,
    *,
    report: Report,
    label_column: str | None = None,
    path_column: str | None = None,
    audio_folder: Path | None = None,
) -> Iterator[Row]:
    """Read a table of annotations: a row per recording.

    Parameters
    ----------
    label_column
        The column of tags that are labels.

    Raises
    ------
    FormatError
        If it is another table.
    """
    sheet = _open(path)
    columns = _columns(sheet, label_column, path_column)
    table.tell_unused(path, taken(path, label_column=label_column, path_column=path_column), report)
    where = path.parent if audio_folder is None else audio_folder
    tags = _tags_in(sheet, label_column)
    gathered = Gathered(Finder(path, audio_folder), report)
    return _rows(sheet, columns, tags, by_number=_ByNumber(where), gathered=gathered, report=report)


def taken(path: Path, *, label_column: str | None = None, path_column: str | None = None) -> dict[str, str]:
    """Say what each column is taken for, or empty where it is not used."""
    sheet = _open(path)
    columns = _columns(sheet, label_column, path_column)
    known = {column: part for part, column in columns.items() if isinstance(column, str)}
    tags = _tags_in(sheet, label_column)
    known |= dict.fromkeys(_verdict_columns(sheet).values(), "what people say of tags")
    known |= dict.fromkeys(tags[1:], "label, or note") | dict.fromkeys(tags[:1], table.LABEL)
    known[columns["file"]] = table.PATH
    return {column: known.get(column, "") for column in sheet.columns}


def _open(path: Path) -> Sheet:
    sheet = Sheet.open(path)
    if not is_ecosounds(sheet.columns):
        raise FormatError(
            f"{path}: expected annotations of Ecosounds, with the columns audio_recording_id, "
            "event_start_seconds, event_end_seconds and low_frequency_hertz",
            hint=f"columns there: {', '.join(sheet.columns)}",
        )
    return sheet


def _columns(sheet: Sheet, label_column: str | None, path_column: str | None) -> dict[str, str]:
    file_in = table.choose(sheet.columns, (*_NUMBERS, *_NAMES), path_column, sheet.path)
    table.choose(sheet.columns, _TAGS, label_column, sheet.path)  # which refuses one that is not there
    found = {part: table.find(sheet.columns, names) for part, names in _PARTS.items()}
    return {part: column for part, column in {**found, "file": file_in}.items() if column is not None}


def _tags_in(sheet: Sheet, label_column: str | None) -> list[str]:
    """List the columns of tags, the likeliest first."""
    found = [table.find(sheet.columns, [name]) for name in _TAGS]
    return list(dict.fromkeys(column for column in (label_column, *found) if column is not None))


def _verdict_columns(sheet: Sheet) -> dict[str, str]:
    found = {part: table.find(sheet.columns, names) for part, names in _VERDICTS.items()}
    return {part: column for part, column in found.items() if column is not None}


class _ByNumber:
    """Finds recordings by their numbers at Ecosounds.

    Parameters
    ----------
    folder
        Where they lie, at any depth.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @cached_property
    def _found(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for path in audio_files(os.path.abspath(self._folder), _ignore):
            stem = audio_name(path)
            match = _FRIENDLY.fullmatch(stem)
            found.setdefault(match[1] if match else stem, []).append(path)
        return found

    def __call__(self, number: str) -> list[str]:
        """List the files of a number."""
        return self._found.get(number, [])


def _ignore(problem: Problem) -> None:
    """Pass over what cannot be entered: a number that is not found there is reported."""


def _rows(
    sheet: Sheet,
    columns: Mapping[str, str],
    tags: Sequence[str],
    *,
    by_number: _ByNumber,
    gathered: Gathered,
    report: Report,
) -> Iterator[Row]:
    has_numbers = table.normal(columns["file"]) in _NUMBERS
    verdicts_in, denied = _verdict_columns(sheet), 0
    for line, record in sheet.records(report):
        here = f"{sheet.path}:{line}"
        name = parse.text(record.get(columns["file"]))
        there = by_number(name) if has_numbers else []
        if len(there) > 1:
            words = f"named in {here}; it may be {' or '.join(map(parse.printable, there[:3]))}"
            report(Problem("ambiguous", name, words))
            continue
        place = gathered.place(there[0] if there else name, here)
        if place is None:
            continue
        held = {column: texts for column in tags if (texts := _texts(record.get(column)))}
        verdicts = _verdicts(record, verdicts_in)
        labels, notes = _accepted(held, verdicts)
        denied += any(verdict == _DENIED for verdict in verdicts.values())
        parts: Parts = {
            part: (column, record.get(column)) for part, column in columns.items() if part != "file"
        }
        found = segment({**parts, "note": ("note", "; ".join(notes))}, here, report)
        for label in labels if found is not None else ():
            assert found is not None
            gathered.put(place, replace(found, label=label))
    if denied:
        words = f"{count(denied, 'event')} with a tag that people deny: marked without it"
        report(Problem("read-as", str(sheet.path), words))
    yield from gathered.rows()


#: What most people say of a tag.
_CONFIRMED, _DENIED, _DOUBTED = "confirmed", "denied", "doubted"


def _verdicts(record: Mapping[str, Any], columns: Mapping[str, str]) -> dict[str, str]:
    """Read what people say of each tag of an event. A tag that nobody has looked at is not in it.

    The words for all tags of an event stand between ``|``, in the order of the tags.
    """
    found = {}
    cells = {part: parse.text(record.get(column)).split("|") for part, column in columns.items()}
    for at, tag in enumerate(_texts(record.get(columns.get("tags", "")))):
        each = {part: texts[at].strip() for part, texts in cells.items() if at < len(texts)}
        yes, no = (int(n) if (n := each.get(part, "")).isdigit() else 0 for part in ("correct", "incorrect"))
        decision = each.get("decisions", "").casefold()
        if yes == no == 0:
            yes, no = int(decision == "correct"), int(decision == "incorrect")
        if yes or no or decision == "unsure":
            found[tag] = _CONFIRMED if yes > no else _DENIED if no > yes else _DOUBTED
    return found


def _accepted(held: Mapping[str, Sequence[str]], verdicts: Mapping[str, str]) -> tuple[list[str], list[str]]:
    """Choose the labels of an event. Its other tags, and what people say of them, are notes.

    Without any tag that people accept the label is empty. The one species name and the one common name of an
    event mean one animal: who denies the common name denies the species.

    Parameters
    ----------
    held
        The tags of each column that has some, the likeliest labels first.

    Examples
    --------
    >>> _accepted({"tags": ["bird", "cat"]}, {"cat": "denied"})
    (['bird'], ['not cat'])
    """
    names, *others = list(held.values()) or [[]]
    denied = {tag for tag, verdict in verdicts.items() if verdict == _DENIED}
    animal = [texts[0] for column, texts in held.items() if len(texts) == 1 and table.find([column], _NAMING)]
    if denied.intersection(animal):
        denied.update(name for name in animal if verdicts.get(name) != _CONFIRMED)
    labels = [name for name in names if name not in denied]
    rest = [text for texts in others for text in texts if text not in denied]
    doubted = [f"perhaps {tag}" for tag, verdict in verdicts.items() if verdict == _DOUBTED]
    refused = dict.fromkeys(tag for tag in (*names, *verdicts, *animal) if tag in denied)
    return labels or [""], [*rest, *doubted, *(f"not {tag}" for tag in refused)]


def _texts(cell: object) -> list[str]:
    """List the tags of a cell by their texts.

    Examples
    --------
    >>> _texts("63:Crickets|74:Eastern Bristlebird"), _texts("595:unsure:general"), _texts("owl")
    (['Crickets', 'Eastern Bristlebird'], ['unsure'], ['owl'])
    """
    text = parse.text(cell)
    parts = text.split("|") if text else []
    found = [match[1] for part in parts if (match := ECOSOUNDS_TAG.fullmatch(part))]
    return found if len(found) == len(parts) else [text]


def write(rows: Iterable[Row], out: Path) -> int:
    """Write a row per annotation, or per labelled stretch, and return how many.

    The site wants a band: where it is open, it reaches to the end of what the recording holds.
    """
    number = 0
    with text_file(out) as handle:
        writer = writer_to(handle)
        writer.writerow(COLUMNS)
        for row in rows:
            name = os.path.basename(row.path)
            for mark in marks(row):
                high = row.sr / 2 if mark.high_freq is None else mark.high_freq
                score = "" if mark.score is None else mark.score
                band = mark.low_freq or 0.0, high
                writer.writerow((name, mark.onset, mark.offset, *band, without_tags(mark.label), score))
                number += 1
    return number
