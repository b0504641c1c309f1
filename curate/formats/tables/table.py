"""Any table with a row per recording: which column means what.

`csv`, `jsonl` and `parquet` bring the records. What their columns mean is decided here, by
name. Column names are compared by their letters and digits alone, without case. Columns that mean
nothing here are reported. What the audio file itself says (duration, sampling rate) is left to whoever
opens the file. `recording_rows` makes rows of the records.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from curate.errors import FormatError
from curate.formats import Report, parse
from curate.formats.files.origins import archive_from
from curate.formats.tables.blanks import Blanks
from curate.lookup import suggestion
from curate.model import MANIFEST_COLUMNS, Problem

#: A record and its place in the file, counted as an editor or the format counts.
Record = tuple[int, Mapping[str, Any]]

#: Columns that may hold the path, the likeliest first.
PATH_COLUMNS = (
    "path", "filepath", "file_path", "filename", "file_name", "file",
    "audio", "audio_file", "audio_path", "audio_filepath", "sound_files", "sfile",
)  # fmt: skip

#: Columns that may hold the label, the likeliest first.
LABEL_COLUMNS = (
    "label", "primary_label", "species", "species_code", "ebird_code", "class", "scientific_name",
    "labels", "common_name", "vernacular_name",
)  # fmt: skip

#: Columns that may hold where a stretch begins and ends, in seconds.
TIMES: dict[str, tuple[str, ...]] = {
    "onset": (
        "onset", "onset_s", "start_time_s", "start_time", "start_(s)", "start", "begin_time_(s)",
        "begin_time", "begin_s", "begin", "time_start", "time_start_s", "t_start", "t_min", "min_t",
        "start_sec", "start_seconds", "segment_start", "x1",
    ),
    "offset": (
        "offset", "offset_s", "end_time_s", "end_time", "end_(s)", "end", "end_time_(s)", "stop", "stop_s",
        "stop_time", "time_end", "time_end_s", "time_stop", "t_end", "t_max", "max_t", "end_sec",
        "end_seconds", "segment_end", "x2",
    ),
}  # fmt: skip

_Converter = Callable[[object], Any]

#: Fields of a row: how a cell is read, and the columns that may hold it.
FIELDS: dict[str, tuple[_Converter, tuple[str, ...]]] = {
    "recording_id": (parse.known, ("recording_id",)),
    "secondary_labels": (parse.names, ("secondary_labels", "ebird_code_secondary")),
    "scientific_name": (parse.known, ("scientific_name",)),
    "common_name": (parse.known, ("common_name", "vernacular_name")),
    "class_name": (parse.known, ("class_name",)),
    "fold": (parse.whole_number, ("fold",)),
    "weight": (parse.number, ("weight",)),
    "copies": (parse.whole_number, ("copies",)),
    "rating": (parse.rating, ("rating",)),
    "archive": (lambda cell: archive_from(parse.known(cell)), ("archive", "collection")),
    "recordist": (parse.known, ("recordist", "author", "recorded_by")),
    "license": (parse.known, ("license", "licence")),
    "url": (parse.known, ("url",)),
    "latitude": (parse.latitude, ("latitude", "lat", "decimal_latitude")),
    "longitude": (parse.longitude, ("longitude", "lon", "lng", "long", "decimal_longitude")),
    "date": (parse.date_of_table, ("date", "event_date")),
}

#: Catalogue columns beyond the fields of a row, kept in `Row.extra`.
EXTRAS: dict[str, tuple[_Converter, tuple[str, ...]]] = {
    "sound_type": (lambda cell: "; ".join(filter(parse.known, parse.names(cell))), ("sound_type", "type")),
    "time": (parse.known, ("time", "event_time")),
    "country": (parse.text, ("country",)),
    "locality": (parse.known, ("locality", "location", "site")),
    "site": (
        parse.known,
        ("site", "site_id", "site_name", "station", "location_id", "deployment_id"),
    ),
    "elevation": (parse.known, ("elevation", "altitude", "alt")),
    "remarks": (parse.known, ("remarks", "notes")),
    "sex": (parse.known, ("sex",)),
    "stage": (parse.known, ("stage",)),
    "device": (parse.known, ("device",)),
    "inat_taxon_id": (parse.known, ("inat_taxon_id",)),
    "obscured": (parse.hidden_place, ("obscured", "coordinates_obscured", "informationwithheld")),
}


#: Fields in which a word for nothing, such as NA, may be a code: of a class, or of Namibia.
CODED = ("secondary_labels", "country")

#: Fields whose empty cells tell how a table writes them: what is in them is a number or a date.
TYPED = ("fold", "weight", "copies", "rating", "latitude", "longitude", "date", "time", "elevation")

#: Fields that are kept of our own exports alone; `curate split --from` takes the folds of other tables.
ASSIGNED = ("fold", "weight", "copies")

#: Columns by which our exports are known beside the manifest: AudioFolder, Croissant.
_OURS = frozenset({"recording_id", "source_onset", "source_offset", *ASSIGNED})

#: Column of annotations, as our exports for Hugging Face hold them.
ANNOTATIONS = "annotations"

#: What columns are said to be taken for.
PATH, LABEL = "path of the audio", "label"


@lru_cache(maxsize=4096)
def normal(column: str) -> str:
    """Spell a column's name by its letters and digits, in lower case.

    Examples
    --------
    >>> normal("Begin Time (s)"), normal("Begin.Time..s."), normal("label:species")
    ('begin_time_s', 'begin_time_s', 'label_species')
    """
    return re.sub(r"[\W_]+", "_", column.strip().casefold()).strip("_")


def find(columns: Iterable[str], wanted: Sequence[str]) -> str | None:
    """Find the first of the `wanted` names among `columns`, as it is spelt there.

    A name that is written in one word counts where none is written as wanted.

    Examples
    --------
    >>> find(["Filename", "StartTime"], ["start_time"]), find(["StartTime", "start time"], ["start_time"])
    ('StartTime', 'start time')
    """
    spelt: dict[str, str] = {}
    joined: dict[str, str] = {}
    for column in columns:
        name = normal(column)
        spelt.setdefault(name, column)
        joined.setdefault(name.replace("_", ""), column)
    for name in map(normal, wanted):
        if found := spelt.get(name) or joined.get(name.replace("_", "")):
            return found
    return None


def find_filled(
    columns: Iterable[str],
    wanted: Sequence[str],
    records: Callable[[Report], Iterable[tuple[int, Mapping[str, Any]]]],
) -> str | None:
    """Find the first of the `wanted` columns that holds anything, else the first that is there.

    Programs write a column of labels whether or not it is used, and people fill another one.

    Parameters
    ----------
    records
        Gives the records of the table from the first. It is read as far as the likeliest column is empty.
    """
    columns = list(columns)
    there = list(dict.fromkeys(column for name in wanted if (column := find(columns, [name])) is not None))
    if len(there) < 2:  # noqa: PLR2004 - there is nothing to choose
        return next(iter(there), None)
    filled: set[str] = set()
    for _, record in records(lambda _: None):
        filled.update(column for column in there if not parse.is_nothing(record.get(column)))
        if there[0] in filled:
            break
    return next((column for column in there if column in filled), there[0])


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
        raise FormatError(f"{table} lacks the column '{asked}'", hint=suggestion(asked, columns))
    return asked


class Meaning:
    """What the columns of one table stand for.

    Parameters
    ----------
    columns
        As spelt in the table.
    table
        Named in what is reported.
    blanks
        Words for an empty cell in columns of codes.
    """

    def __init__(self, columns: Sequence[str], table: Path, blanks: Blanks | None = None) -> None:
        self._table = table
        self._blanks = blanks or Blanks()
        self._fields = _present(FIELDS, columns)
        self._extras = _present(EXTRAS, columns)

    def fields(self, record: Mapping[str, Any], line: int, report: Report) -> dict[str, Any]:
        """Read the fields that a record knows, as keywords for `Row`, `extra` among them.

        A cell that cannot be read is reported (``bad-row``) and its field left out.
        """

        def known(part: list[tuple[str, str, _Converter]]) -> Iterator[tuple[str, Any]]:
            for field, column, convert in part:
                try:
                    value = convert(self._blanks.cell(record, column))
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


def fields_in(columns: Sequence[str]) -> dict[str, str]:
    """Name the field that each column is taken for, of those that are."""
    return {column: field for part in (FIELDS, EXTRAS) for field, column, _ in _present(part, columns)}


def taken(columns: Sequence[str], *, label_column: str | None, path_column: str | None) -> dict[str, str]:
    """Say what each column of a table of recordings is taken for, or empty where it is not used."""
    known = fields_in(columns)
    if is_ours(columns):
        there = [column for column in MANIFEST_COLUMNS if column in columns]
        known |= {column: known.get(column, "the export's own") for column in there}
    else:
        known = {column: "" if field in ASSIGNED else field for column, field in known.items()}
    for column in columns:
        if normal(column) == ANNOTATIONS:
            known[column] = "annotations"
    path = path_column or find(columns, PATH_COLUMNS)
    label = label_column or find(columns, LABEL_COLUMNS)
    known |= {column: what for column, what in ((path, PATH), (label, LABEL)) if column}
    return {column: known.get(column, "") for column in columns}


def is_ours(columns: Collection[str]) -> bool:
    """Whether a table is an export of curate's, so that its folds and weights are those of a dataset."""
    return set(columns) >= _OURS


def tell_repeated(table: Path, columns: Sequence[str], report: Report) -> None:
    """Report the columns of whose name another one stands before them: that one counts."""
    for at, column in enumerate(columns):
        if column and column in columns[:at]:
            report(Problem("unused-column", str(table), parse.printable(f"{column}, a second time,")))


def tell_unused(table: Path, taken: Mapping[str, str], report: Report) -> None:
    """Report the columns that are taken for nothing."""
    for column, what in taken.items():
        if not what:
            report(Problem("unused-column", str(table), parse.printable(column) or "(without a name)"))
