"""Camtrap DP, in and out: read here, written by `camtrap_package`.

An observation names its medium, or its deployment and a time. Its stretch is found by the time at which the
medium begins. What a machine classified is a layer of its own.
"""

from __future__ import annotations

import datetime as dt
import itertools
import json
import math
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from curate.errors import FormatError
from curate.formats import Report, parse
from curate.formats.annotations.annotations import Gathered
from curate.formats.files.audio_paths import Finder
from curate.formats.files.folder_rows import refuse_columns, row_at
from curate.formats.files.whereabouts import site_of
from curate.formats.portals.camtrap_package import LABEL, PACKAGE, TABLES, write_package
from curate.formats.tables import table
from curate.formats.tables.csv import Sheet
from curate.formats.tables.segments import Parts, segment
from curate.formatting import count
from curate.lookup import near_path
from curate.model import Problem, Row, Segment

#: Layer of what a machine classified and nobody names.
_MACHINE = "camtrap-dp"

#: Seconds that a medium of unknown length lasts where no other of its deployment follows.
_DAY = 86_400.0

#: Zone of times that name none: they may be compared with each other alone.
_NO_ZONE = dt.timezone(dt.timedelta(0), "none")

#: Columns that are used beside those that are written.
_USED = frozenset({"classificationMethod", "classifiedBy", "deviceID"})

#: Types of observations that name what is heard themselves.
_NAMED = frozenset({"human", "vehicle"})


def read(
    path: Path,
    *,
    report: Report,
    label_column: str | None = None,
    path_column: str | None = None,
    audio_folder: Path | None = None,
) -> Iterator[Row]:
    """Read a package, by its folder or its ``datapackage.json``: a row per recording and classifier.

    Raises
    ------
    FormatError
        If there is no description, or a table of the three is missing.
    UsageError
        If a column is named.
    """
    refuse_columns("camtrap-dp", label_column, path_column)
    place = path / PACKAGE if path.is_dir() else path
    tables = _tables(place)
    for name, sheet in tables.items():
        known = {column for column, _ in TABLES[name]} | _USED
        table.tell_unused(sheet.path, {c: c if c in known else "" for c in sheet.columns}, report)
    return _rows(tables, Finder(place, audio_folder), report)


def _tables(place: Path) -> dict[str, Sheet]:
    """Open the tables that a description names."""
    try:
        told = parse.mapping(json.loads(place.read_text(encoding="utf-8-sig", errors="surrogateescape")))
    except (OSError, ValueError, RecursionError) as error:
        raise FormatError(f"failed to read {place}: {error}", hint=near_path(place)) from error
    paths = {
        parse.text(each.get("name")): each.get("path")
        for each in map(parse.mapping, parse.items(told.get("resources")))
    }
    tables = {}
    for name in TABLES:
        inside = paths.get(name)
        if not isinstance(inside, str):
            raise FormatError(f"{place} is no Camtrap DP: it lacks the table {name}")
        tables[name] = Sheet.open(place.parent / inside)
    return tables


@dataclass(slots=True)
class _Medium:
    """An audio file of a package: the names it may have, when it begins, its length, and where it was."""

    here: str
    names: list[str]
    start: dt.datetime
    duration: float
    known: Row
    is_observed: bool = False
    is_filled: bool = False


def _rows(tables: Mapping[str, Sheet], finder: Finder, report: Report) -> Iterator[Row]:
    media = _Media(tables, report)
    gathered: dict[str, Gathered] = {}
    files: dict[str, Row] = {}
    filled = whole = 0
    for line, record in tables["observations"].records(report):
        here = f"{tables['observations'].path}:{line}"
        try:
            medium = media.of(record)
        except ValueError as error:
            report(Problem("bad-row", here, str(error)))
            continue
        if medium is None:
            continue  # it was told of, or is an image
        medium.is_observed = True
        filled += medium.is_filled and not parse.text(record.get("mediaID"))
        producer = _producer(record)
        each = gathered.setdefault(producer, Gathered(finder, report, producer=producer))
        place = each.place(medium.names[0], here, otherwise=medium.names[1:])
        if place is None:
            continue
        files[place[0]] = medium.known
        if parse.text(record.get("observationType")) != "blank":
            found = _mark(record, medium, here, report)
            if found is not None:
                whole += found.offset == math.inf
                each.put(place, found)
    _tell_taken(tables["observations"].path, filled, whole, report)
    for producer in sorted(gathered):  # people first: what they say labels
        for row in gathered[producer].rows():
            yield _with(row, files[row.path])
    yield from _unobserved(media, finder, report)


def _tell_taken(path: Path, filled: int, whole: int, report: Report) -> None:
    """Report what the times of observations were taken for."""
    if filled:
        words = f"{count(filled, 'observation')} without a medium: the last one that began before was taken"
        report(Problem("read-as", str(path), words))
    if whole:
        words = f"{count(whole, 'observation')} at the very start of a medium, without a length: all of it"
        report(Problem("read-as", str(path), words))


def _mark(record: Mapping[str, Any], medium: _Medium, here: str, report: Report) -> Segment | None:
    """Read an observation as a mark in its medium."""
    is_whole = _is_of_whole(record, medium)
    found = segment(_parts(record, medium, is_whole=is_whole), here, report)
    return replace(found, offset=math.inf) if found is not None and is_whole else found


def _is_of_whole(record: Mapping[str, Any], medium: _Medium) -> bool:
    """Whether an observation is about all of its medium: one of a medium may have the time of that alone."""
    if parse.text(record.get("observationLevel")) != "media":
        return False
    return all(_moment(record, column) == medium.start for column in ("eventStart", "eventEnd"))


def _parts(record: Mapping[str, Any], medium: _Medium, *, is_whole: bool) -> Parts:
    label, note = _said(record)
    ends = (_moment(record, column) - medium.start for column in ("eventStart", "eventEnd"))
    onset, offset = (round(end.total_seconds(), 6) for end in ends)
    offset = onset + 1 if is_whole else offset  # whose end is known where the file is opened
    columns = {
        "score": "classificationProbability",
        "low_freq": "frequencyLow",
        "high_freq": "frequencyHigh",
    }
    return {
        "onset": ("eventStart", onset),
        "offset": ("eventEnd", offset),
        "label": ("scientificName", label),
        "note": ("observationComments", note),
        **{part: (column, record.get(column)) for part, column in columns.items()},
    }


def _unobserved(media: _Media, finder: Finder, report: Report) -> Iterator[Row]:
    """Give the recordings of which no observation speaks."""
    for medium in media.by_number.values():
        if medium.is_observed:
            continue
        found = [match for name in medium.names if (match := finder.find(name)).path is not None]
        if not found:
            report(finder.find(medium.names[0]).problem(medium.names[0], medium.here))
        for match in found[:1]:
            assert match.path is not None
            yield _with(row_at(match.path, ""), medium.known)


def _with(row: Row, known: Row) -> Row:
    """Add to a row what the package knows of its file."""
    return replace(
        row,
        latitude=known.latitude,
        longitude=known.longitude,
        date=known.date,
        recordist=known.recordist,
        extra=known.extra,
    )


class _Media:
    """The audio files of a package, by their numbers and by their deployments.

    Parameters
    ----------
    report
        Takes what cannot be used, and how many media are images.
    """

    def __init__(self, tables: Mapping[str, Sheet], report: Report) -> None:
        self._deployments = {
            parse.text(record.get("deploymentID")): record
            for _, record in tables["deployments"].records(report)
        }
        self.by_number: dict[str, _Medium] = {}
        self._by_deployment: dict[str, list[_Medium]] = {}
        self._others: set[str] = set()
        images = 0
        path = tables["media"].path
        for line, record in tables["media"].records(report):
            number = parse.text(record.get("mediaID"))
            self._others.add(number)
            if parse.text(record.get("fileMediatype")).startswith("image"):
                images += 1
                continue
            try:
                medium = self._medium(record, f"{path}:{line}")
            except ValueError as error:
                report(Problem("bad-row", f"{path}:{line}", str(error)))
                continue
            self.by_number[number] = medium
            self._by_deployment.setdefault(parse.text(record.get("deploymentID")), []).append(medium)
        if images:
            report(Problem("left-out", str(path), f"{images:,} images"))
        for each in self._by_deployment.values():
            _fill_durations(each)

    def _medium(self, record: Mapping[str, Any], here: str) -> _Medium:
        start = _moment(record, "timestamp")
        deployment = self._deployments.get(parse.text(record.get("deploymentID")))
        if deployment is None:
            cell = parse.text(record.get("deploymentID"))
            raise ValueError(f"column deploymentID: expected that of a deployment, found '{cell}'")
        path, name = (parse.text(record.get(column)) for column in ("filePath", "fileName"))
        if "://" in path:  # lies elsewhere: by its name it may be here, too
            path = name or path.rpartition("/")[2]
        names = list(dict.fromkeys(filter(None, (path, name))))
        if not names:
            raise ValueError("column filePath: expected the path of a file, found ''")
        duration = parse.number(record.get("duration")) or 0.0
        return _Medium(here, names, start, duration, _known(deployment, start))

    def of(self, record: Mapping[str, Any]) -> _Medium | None:
        """Find the medium of an observation: the one it names, or that of its deployment at that time.

        None stands for a medium that is in the table, but is no audio or cannot be used.

        Raises
        ------
        ValueError
            If there is none, or there are several at that time. Also if a time is none.
        """
        at, end = _moment(record, "eventStart"), _moment(record, "eventEnd")
        number = parse.text(record.get("mediaID"))
        if number in self.by_number:
            _check_zones(self.by_number[number], at, end)
            return self.by_number[number]
        if number in self._others:
            return None
        if number:
            raise ValueError(f"column mediaID: expected that of a medium, found '{number}'")
        there = self._by_deployment.get(parse.text(record.get("deploymentID")), [])
        found = [each for each in there if 0 <= (at - each.start).total_seconds() < each.duration]
        if len(found) != 1:
            what = f"{len(found)} media" if found else "no medium"
            raise ValueError(f"column mediaID: expected one, and {what} of the deployment is of that time")
        _check_zones(found[0], at, end)
        return found[0]


def _check_zones(medium: _Medium, *times: dt.datetime) -> None:
    """Refuse times that name a zone where their medium names none, or the other way round."""
    for column, time in zip(("eventStart", "eventEnd"), times, strict=True):
        if (time.tzinfo is _NO_ZONE) != (medium.start.tzinfo is _NO_ZONE):
            lacking = "the time of the medium" if time.tzinfo is not _NO_ZONE else f"'{time:%H:%M:%S}'"
            raise ValueError(
                f"column {column}: expected a zone as in the time of the medium; {lacking} has none"
            )


def _fill_durations(media: Sequence[_Medium]) -> None:
    """Let media of unknown length last until the next one of their deployment begins.

    Camtrap DP itself has no durations. Whoever reads a file finds where it ends, and tells what lies behind.
    """
    starts = sorted({each.start for each in media})
    gaps = {now: (later - now).total_seconds() for now, later in itertools.pairwise(starts)}
    for each in media:
        if not each.duration:
            each.is_filled, each.duration = True, gaps.get(each.start, max(gaps.values(), default=_DAY))


def _known(record: Mapping[str, Any], start: dt.datetime) -> Row:
    """Say what a deployment and the start of a medium tell of a recording."""
    extra = {
        "time": start.strftime("%H:%M:%S") + _zone(start),
        "site": parse.text(record.get("locationName")) or parse.text(record.get("deploymentID")),
        "device": parse.text(record.get("deviceModel")),
    }
    row = Row(
        latitude=parse.latitude(record.get("latitude")),
        longitude=parse.longitude(record.get("longitude")),
        date=f"{start:%Y-%m-%d}",
    )
    if extra["site"] == site_of(row):  # the position, where the site had no name
        del extra["site"]
    return replace(row, extra={name: value for name, value in extra.items() if value})


def _zone(moment: dt.datetime) -> str:
    return "" if moment.tzinfo is _NO_ZONE else moment.isoformat()[-6:].replace("+00:00", "Z")


def _moment(record: Mapping[str, Any], column: str) -> dt.datetime:
    cell = parse.text(record.get(column))
    try:
        found = dt.datetime.fromisoformat(cell)
    except ValueError:
        raise ValueError(f"column {column}: expected a time in ISO 8601, found '{cell}'") from None
    # The standard wants a zone; where there is none in all three columns, their differences still hold.
    return found if found.tzinfo is not None else found.replace(tzinfo=_NO_ZONE)


def _producer(record: Mapping[str, Any]) -> str:
    """Name the machine that classified; empty for people."""
    if parse.text(record.get("classificationMethod")) != "machine":
        return ""
    return parse.text(record.get("classifiedBy")) or _MACHINE


def _said(record: Mapping[str, Any]) -> tuple[str, str]:
    """Read the class of an observation, and its tags and comments as a note."""
    kind = parse.text(record.get("observationType"))
    tags = [tag for part in parse.text(record.get("observationTags")).split(" | ") if (tag := part.strip())]
    label = next((tag.removeprefix(LABEL) for tag in tags if tag.startswith(LABEL)), "")
    label = label or parse.text(record.get("scientificName")) or (kind if kind in _NAMED else "")
    notes = [tag for tag in tags if not tag.startswith(LABEL)]
    return label, "; ".join(filter(None, [*notes, parse.text(record.get("observationComments"))]))


def write(rows: Iterable[Row], out: Path) -> int:
    """Write a package into a folder that has its audio, and return the number of observations."""
    return write_package(rows, out)


def is_package(folder: Path) -> bool:
    """Whether a folder holds a package."""
    names = (PACKAGE, "observations.csv", "media.csv")
    return all(os.path.isfile(folder / name) for name in names)
