"""Any table with a row per recording: which column means what.

`csv`, `jsonl` and `parquet` bring the records; what their columns mean is decided here, by
name. Column names are compared without case, and with spaces and hyphens as underscores.
What the audio file itself says (duration, sampling rate) is left to whoever opens the file. The
rows of a neutral manifest say together which stretches of a file are kept; other tables speak of
whole recordings.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from curate.errors import FormatError
from curate.formats import Report, parse
from curate.formats.files.origins import archive_from, origin
from curate.formats.tables.stretches import Stretches, is_manifest
from curate.lookup import suggestion
from curate.model import Problem, Row

#: A record and its place in the file, counted as an editor or the format counts.
Record = tuple[int, Mapping[str, Any]]

#: Columns that may hold the path, the likeliest first.
PATH_COLUMNS = (
    "path", "filepath", "file_path", "filename", "file_name", "file",
    "audio", "audio_file", "audio_path", "audio_filepath",
)  # fmt: skip

#: Columns that may hold the label, the likeliest first.
LABEL_COLUMNS = (
    "label", "primary_label", "species", "species_code", "ebird_code", "class", "scientific_name",
)  # fmt: skip

_Converter = Callable[[object], Any]

#: Fields of a row: how a cell is read, and the columns that may hold it.
FIELDS: dict[str, tuple[_Converter, tuple[str, ...]]] = {
    "recording_id": (parse.text, ("recording_id",)),
    "secondary_labels": (parse.names, ("secondary_labels", "ebird_code_secondary")),
    "scientific_name": (parse.text, ("scientific_name", "scientificname")),
    "common_name": (parse.text, ("common_name", "vernacular_name", "vernacularname")),
    "class_name": (parse.text, ("class_name",)),
    "fold": (parse.whole_number, ("fold",)),
    "weight": (parse.number, ("weight",)),
    "copies": (parse.whole_number, ("copies",)),
    "rating": (parse.number, ("rating",)),
    "archive": (lambda cell: archive_from(parse.text(cell)), ("archive", "collection")),
    "recordist": (parse.text, ("recordist", "author", "recorded_by", "recordedby")),
    "license": (parse.text, ("license", "licence")),
    "url": (parse.text, ("url",)),
    "latitude": (parse.number, ("latitude", "lat", "decimal_latitude", "decimallatitude")),
    "longitude": (parse.number, ("longitude", "lon", "lng", "long", "decimal_longitude", "decimallongitude")),
    "date": (parse.iso_date, ("date", "event_date", "eventdate")),
}

#: Catalogue columns beyond the fields of a row, kept in `Row.extra`.
EXTRAS: dict[str, tuple[_Converter, tuple[str, ...]]] = {
    "sound_type": (lambda cell: "; ".join(parse.names(cell)), ("sound_type", "type")),
    "time": (parse.text, ("time", "event_time", "eventtime")),
    "country": (parse.text, ("country",)),
    "locality": (parse.text, ("locality", "location", "site")),
    "site": (
        parse.text,
        (
            "site",
            "site_id",
            "site_name",
            "station",
            "location_id",
            "locationid",
            "deployment_id",
            "deploymentid",
        ),
    ),
    "elevation": (parse.text, ("elevation", "altitude", "alt")),
    "remarks": (parse.text, ("remarks", "notes")),
    "sex": (parse.text, ("sex",)),
    "stage": (parse.text, ("stage",)),
    "device": (parse.text, ("device",)),
    "inat_taxon_id": (parse.text, ("inat_taxon_id",)),
}


def find(columns: Iterable[str], wanted: Sequence[str]) -> str | None:
    """Find the first of the `wanted` names among `columns`, as it is spelt there."""
    spelt = {column.strip().lower().replace(" ", "_").replace("-", "_"): column for column in columns}
    return next((spelt[name] for name in wanted if name in spelt), None)


def choose(columns: Sequence[str], wanted: Sequence[str], asked: str | None, table: Path) -> str | None:
    """Take the column that was asked for, else the first of those wanted that is there.

    Raises
    ------
    FormatError
        If the column that was asked for is not there.
    """
    if asked is None:
        return find(columns, wanted)
    if asked not in columns:
        raise FormatError(f"{table} has no column '{asked}'", hint=suggestion(asked, columns))
    return asked


class Meaning:
    """What the columns of one table stand for.

    Parameters
    ----------
    columns
        As spelt in the table.
    table
        Named in what is reported.
    """

    def __init__(self, columns: Sequence[str], table: Path) -> None:
        self._table = table
        self._fields = _present(FIELDS, columns)
        self._extras = _present(EXTRAS, columns)

    def fields(self, record: Mapping[str, Any], line: int, report: Report) -> dict[str, Any]:
        """Read the fields that a record knows, as keywords for `Row`, `extra` among them.

        A cell that cannot be read is reported (``bad-row``) and its field left out.
        """

        def known(part: list[tuple[str, str, _Converter]]) -> Iterator[tuple[str, Any]]:
            for field, column, convert in part:
                try:
                    value = convert(record.get(column))
                except ValueError as error:
                    report(Problem("bad-row", f"{self._table}:{line}", f"column {column}: {error}"))
                    continue
                if value is not None and value != "":
                    yield field, value

        return {**dict(known(self._fields)), "extra": dict(known(self._extras))}


def _present(
    part: dict[str, tuple[_Converter, tuple[str, ...]]], columns: Sequence[str]
) -> list[tuple[str, str, _Converter]]:
    found = ((field, find(columns, wanted), convert) for field, (convert, wanted) in part.items())
    return [(field, column, convert) for field, column, convert in found if column is not None]


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
    """Read recordings from the records of a table; a relative path starts at its folder, or the one named.

    A second row for a file is passed over; it is reported unless its label is the same.

    Parameters
    ----------
    records
        Gives the records from the first, each time it is called; takes what cannot be read.

    Raises
    ------
    FormatError
        If no column holds the path, or one that was asked for is not there.
    """
    if choose(columns, PATH_COLUMNS, path_column, table) is None:
        raise FormatError(
            f"{table} has no column for the path of the audio: expected one of {', '.join(PATH_COLUMNS)}",
            hint=f"name it with --path-column; columns there: {', '.join(columns) or 'none'}",
        )
    choose(columns, LABEL_COLUMNS, label_column, table)
    folder = os.path.abspath(table.parent if audio_folder is None else audio_folder)
    asked = label_column, path_column
    return _rows(table, records, report, folder, asked=asked, kept=is_manifest(columns))


def _rows(
    table: Path,
    records: Callable[[Report], Iterable[Record]],
    report: Report,
    folder: str,
    *,
    asked: tuple[str | None, str | None],
    kept: bool,
) -> Iterator[Row]:
    label_column, path_column = asked
    stretches = _stretches(table, records, report, folder, path_column) if kept else None
    labels: dict[str, str] = {}
    meanings: dict[tuple[str, ...], tuple[Meaning, str | None, str | None]] = {}
    for line, record in records(report):
        columns = tuple(record)
        if columns not in meanings:
            path_in = path_column or find(columns, PATH_COLUMNS)
            meanings[columns] = Meaning(columns, table), path_in, label_column or find(columns, LABEL_COLUMNS)
        meaning, path_in, label_in = meanings[columns]
        path = _path(record, path_in, folder)
        if path is None:
            report(Problem("bad-row", f"{table}:{line}", f"column {path_in or 'path'}: expected a file"))
            continue
        there = None if stretches is None else stretches.of(path)
        if there == ():
            continue
        label = parse.text(record.get(label_in)) if label_in else ""
        if path in labels:
            if labels[path] != label:
                reason = f"a second row for {path}, as '{label}' after '{labels[path]}'"
                report(Problem("bad-row", f"{table}:{line}", reason))
            continue
        labels[path] = label
        if os.path.isfile(path):
            known = meaning.fields(record, line, report) | {"stretches": there}
            yield row(path, label, known, elsewhere="local")
        elif os.path.exists(path):
            report(Problem("not-a-file", path, f"named in {table}:{line}"))
        else:
            report(Problem("row-without-file", path, f"named in {table}:{line}"))


def _path(record: Mapping[str, Any], path_in: str | None, folder: str) -> str | None:
    name = record.get(path_in) if path_in else None
    if not isinstance(name, str) or not name.strip() or "\0" in name:
        return None
    return os.path.abspath(os.path.join(folder, name))


def _stretches(
    table: Path,
    records: Callable[[Report], Iterable[Record]],
    report: Report,
    folder: str,
    path_column: str | None,
) -> Stretches:
    """Go through a manifest once for what it keeps of each file, which may have rows anywhere in it."""
    found = Stretches()
    for line, record in records(lambda _: None):
        path = _path(record, path_column or "path", folder)
        if path is not None:
            found.add(path, record, f"{table}:{line}", report)
    return found


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
