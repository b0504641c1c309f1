"""BORIS: events of behaviour, exported as a table, aggregated (a row per event) or in single moments.

An aggregated event has ``Start (s)`` and ``Stop (s)``. In the other table a behaviour with a length has two
rows, ``START`` and ``STOP``. Older versions write lines about the observation before the header. Times count
from the start of the observation, to which ``Time offset (s)`` was added.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from curate.errors import FormatError
from curate.formats import Report, parse
from curate.formats.annotations.annotations import Gathered
from curate.formats.events.event_files import files_of
from curate.formats.files.audio_paths import Finder
from curate.formats.tables import table
from curate.formats.tables.csv import DELIMITERS, Sheet, open_text
from curate.formats.tables.segments import segment
from curate.model import Problem, Row

_BEHAVIOUR = "behavior"

#: Where the recording is named, in the order in which versions came.
_MEDIA = ("media_file_path", "media_file_name", "media_file", "source")

#: What goes into the note of a mark.
_NOTES = ("subject", "behavioral_category", "modifiers", "comment", "comment_start")

#: Lines in which the header is looked for.
_PREAMBLE = 200

#: How BORIS numbers the players of an observation.
_PLAYER = re.compile(r"(?:player )?#\d+:\s*", re.IGNORECASE)

_NOBODY = "no focal subject"

_WHAT = "a table of BORIS with the columns Behavior, and Start (s) and Stop (s), or Time and Behavior type"


def is_boris(columns: Collection[str]) -> bool:
    """Whether a table with these columns is one of BORIS.

    Examples
    --------
    >>> is_boris(["Observation id", "Source", "Subject", "Behavior", "Start (s)", "Stop (s)"])
    True
    >>> is_boris(["file", "Behavior", "start", "stop"])
    False
    """
    names = {table.normal(column) for column in columns}
    is_timed = names >= {"start_s", "stop_s"} or (
        "time" in names and bool(names & {"behavior_type", "status"})
    )
    return _BEHAVIOUR in names and is_timed and not names.isdisjoint(_MEDIA)


def read(
    path: Path,
    *,
    report: Report,
    label_column: str | None = None,
    path_column: str | None = None,
    audio_folder: Path | None = None,
) -> Iterator[Row]:
    """Read a table, or all below a folder: a row for each recording. The behaviour is the label.

    Parameters
    ----------
    label_column
        Another column for the label, such as ``Subject``.
    path_column
        Another column for the recording.

    Raises
    ------
    FormatError
        If it is another table, or there is none, or it lacks a column that is named.
    """
    files = files_of(path, (".csv", ".tsv"), _is_one, _WHAT)
    opened = [_open(each) for each in files]
    for each in opened:
        for asked in filter(None, (label_column, path_column)):
            table.choose(each.columns, (), asked, each.path)
    wanted = _Wanted(table.normal(label_column or _BEHAVIOUR), path_column and table.normal(path_column))
    return _rows(opened, wanted, Finder(path, audio_folder), report)


@dataclass(frozen=True, slots=True)
class _Wanted:
    label: str
    media: str | None


def _is_one(path: Path) -> bool:
    try:
        return bool(_open(path).columns)
    except FormatError:
        return False


def _open(path: Path) -> Sheet:
    """Read the header, also behind what older versions write before it."""
    sheet = Sheet.open(path)
    if is_boris(sheet.columns):
        return sheet
    with open_text(path) as lines:
        for skipped, line in zip(range(_PREAMBLE), lines, strict=False):
            for delimiter in DELIMITERS:
                columns = [name.strip() for name in line.split(delimiter)]
                if is_boris(columns):
                    return Sheet(path, delimiter, columns, skipped)
    raise FormatError(f"{path} is no table of BORIS", hint=f"expected {_WHAT}")


def _rows(tables: list[Sheet], wanted: _Wanted, finder: Finder, report: Report) -> Iterator[Row]:
    gathered = Gathered(finder, report)
    for each in tables:
        begun: dict[tuple[str, ...], tuple[str, str]] = {}
        for line, cells in each.records(report):
            here = f"{each.path}:{line}"
            record = {table.normal(column): parse.text(cell) for column, cell in cells.items()}
            names = _media(record, wanted)
            if len(names) != 1:
                words = f"expected one recording, found {len(names)}: nobody can tell in which an event is"
                report(Problem("bad-row", here, words))
                continue
            place = gathered.place(names[0], here, near=str(each.path.parent))
            ends = (
                _ends(record, (names[0], *_key(record)), here, begun, report) if place is not None else None
            )
            if place is None or ends is None:
                continue
            parts = {
                "label": (wanted.label, record.get(wanted.label, "")),
                "note": ("", _note(record, wanted)),
            }
            found = segment(ends | parts, here, report)
            if found is not None:
                gathered.put(place, found)
        for at, (here, _) in begun.items():
            report(Problem("bad-row", here, f"'{parse.printable(at[2])}' starts here and never stops"))
    yield from gathered.rows()


def _note(record: Mapping[str, str], wanted: _Wanted) -> str:
    """Say what else a row tells, and the behaviour where something else is the label."""
    names = [name for name in (*_NOTES, _BEHAVIOUR) if name != wanted.label]
    told = ((name, parse.known(record.get(name, ""))) for name in names)
    words = (f"subject: {text}" if name == "subject" else text for name, text in told if text)
    return "; ".join(each for each in words if not each.casefold().endswith(_NOBODY))


def _media(record: Mapping[str, str], wanted: _Wanted) -> list[str]:
    cell = next(
        (text for name in ((wanted.media,) if wanted.media else _MEDIA) if (text := record.get(name, ""))), ""
    )
    return [name for part in re.split(r"[;|]", cell) if (name := _PLAYER.sub("", part).strip())]


def _key(record: Mapping[str, str]) -> tuple[str, str]:
    return record.get("subject", ""), record.get(_BEHAVIOUR, "")


def _ends(
    record: Mapping[str, str],
    key: tuple[str, ...],
    here: str,
    begun: dict[tuple[str, ...], tuple[str, str]],
    report: Report,
) -> dict[str, tuple[str, object]] | None:
    """Find both ends of an event; None for one that begins here, or has no length."""
    offset = record.get("time_offset_s", "")
    if "start_s" in record:
        times = record["start_s"], record.get("stop_s", "")
        kind = "POINT" if times[0] == times[1] else ""
    else:
        kind = record.get("behavior_type", record.get("status", "")).strip().upper()
        times = "", record.get("time", "")
    if kind == "START":
        if key in begun:
            report(
                Problem("bad-row", begun[key][0], f"'{parse.printable(key[2])}' starts twice before it stops")
            )
        begun[key] = here, times[1]
        return None
    if kind == "STOP":
        if key not in begun:
            report(Problem("bad-row", here, f"'{parse.printable(key[2])}' stops here and never started"))
            return None
        times = begun.pop(key)[1], times[1]
    elif kind:
        report(
            Problem("bad-row", here, f"'{parse.printable(key[2])}' is a moment without a length: left out")
        )
        return None
    columns = ("Start (s)", "Stop (s)") if "start_s" in record else ("Time", "Time")
    onset, end = (_since(time, offset) for time in times)
    return {"onset": (columns[0], onset), "offset": (columns[1], end)}


def _since(cell: str, offset: str) -> object:
    """Count a time from the start of the recording; what is no number is told where it is read."""
    try:
        time, before = parse.seconds(cell), parse.seconds(offset)
    except ValueError:
        return cell
    return None if time is None else round(time - (before or 0.0), 6)
