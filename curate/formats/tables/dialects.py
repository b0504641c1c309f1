"""Tables that clients of archives write: Xeno-canto's own fields, those of warbleR and suwo.

Each is read under the names that tables have here. A genus and an epithet become one name: ``merula`` alone
would be a class of its own, and of several genera.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from curate.formats import Report, parse
from curate.formats.tables.table import Record, find, normal

#: Column of the whole name, and those that already hold it.
_NAME = "scientific_name"
_NAMES = (_NAME, "scientificname", "sci_name")

#: By the columns that tell it, what each client calls our columns.
_DIALECTS: tuple[tuple[frozenset[str], dict[str, str]], ...] = (
    (  # Xeno-canto's API (https://xeno-canto.org/explore/api), as many clients write it down
        frozenset({"gen", "lic", "sp"}),
        {
            "also": "secondary_labels", "cnt": "country", "dvc": "device", "en": "common_name",
            "id": "recording_id", "lic": "license", "loc": "locality", "q": "rating", "rec": "recordist",
            "rmk": "remarks",
        },
    ),
    (  # warbleR::query_xc
        frozenset({"genus", "recording_id", "specific_epithet"}),
        {"english_name": "common_name", "quality": "rating", "vocalization_type": "sound_type"},
    ),
    (  # suwo
        frozenset({"file_url", "repository", "user_name"}),
        {"species": _NAME, "user_name": "recordist"},
    ),
)  # fmt: skip

#: Of the first two, whose numbers name the recordings.
_OF_XENO_CANTO = frozenset(marks for marks, _ in _DIALECTS[:2])

_GENUS = ("genus", "gen")
_EPITHET = ("specific_epithet", "specificepithet", "species_epithet", "epithet", "sp", "species")

_RATINGS = {"A": 5.0, "B": 4.0, "C": 3.0, "D": 2.0, "E": 1.0, "NO SCORE": ""}


@dataclass(frozen=True, slots=True)
class Dialect:
    """How the columns of a table are read here.

    Parameters
    ----------
    columns
        Under the names that they get.
    names
        The name that each of its columns gets. A genus that goes into the name has none.
    genus, epithet
        Columns that make one name together, `None` where the table has none.
    lettered
        Whether ratings are letters and lists stand between commas, as at Xeno-canto.
    archive
        Whose numbers stand in `recording_id`, or empty.
    """

    columns: list[str]
    names: Mapping[str, str]
    genus: str | None = None
    epithet: str | None = None
    lettered: bool = False
    archive: str = ""

    def record(self, record: Mapping[str, Any]) -> Mapping[str, Any]:
        """Give the cells of a row under those names."""
        found = {self.names[column]: cell for column, cell in record.items() if column in self.names}
        if self.genus is not None and self.epithet is not None:
            found[self.names[self.epithet]] = whole_name(record[self.genus], record[self.epithet])
        number = parse.text(found.get("recording_id")) if self.archive else ""
        if number.isdecimal():
            found |= {"recording_id": f"{self.archive}:{number}", "archive": self.archive}
        if self.lettered:
            if "rating" in found:
                found["rating"] = _RATINGS.get(parse.text(found["rating"]).upper(), found["rating"])
            others = parse.text(found.get("secondary_labels"))
            if others and not others.startswith(("[", "(", "{")):
                found["secondary_labels"] = others.replace(",", ";")
        return found

    def records(self, read: Callable[[Report], Iterable[Record]], report: Report) -> Iterator[Record]:
        """Read the rows of a table under those names."""
        return ((line, self.record(record)) for line, record in read(report))


def whole_name(genus: object, epithet: object) -> str:
    """Join genus and epithet, unless the second is a whole name or there is no first.

    Examples
    --------
    >>> whole_name("Turdus", "merula"), whole_name("Turdus", "Turdus merula"), whole_name("Turdus", "")
    ('Turdus merula', 'Turdus merula', 'Turdus')
    """
    first, last = parse.text(genus), parse.text(epithet)
    is_epithet = re.fullmatch(r"[a-z][\w.-]*", last) is not None
    return f"{first} {last}".strip() if is_epithet else last or first


def dialect(columns: Sequence[str]) -> Dialect:
    """Tell how the columns of a table are read.

    Examples
    --------
    >>> dialect(["id", "gen", "sp", "lic", "rec"]).columns
    ['recording_id', 'scientific_name', 'license', 'recordist']
    >>> dialect(["Genus", "Species", "file"]).columns, dialect(["path", "label"]).columns
    (['Species', 'file'], ['path', 'label'])
    """
    plain = {normal(column): column for column in reversed(columns)}
    marks, known = next((each for each in _DIALECTS if each[0] <= plain.keys()), (frozenset(), {}))
    names = {column: column for column in columns}
    for theirs, ours in known.items():
        if theirs in plain and ours not in plain:
            names[plain[theirs]] = ours
    if "recording_id" in plain and marks in _OF_XENO_CANTO:
        names[plain["recording_id"]] = "recording_id"  # whatever its case
    genus, epithet = find(columns, _GENUS), find(columns, _EPITHET)
    is_label = epithet is not None and normal(epithet) == "species"  # without its genus it says nothing
    if genus is None or epithet is None or (find(columns, _NAMES) is not None and not is_label):
        genus = epithet = None
    elif not is_label:
        names[epithet] = _NAME
    if genus is not None:
        del names[genus]
    there = [names[column] for column in columns if column in names]
    archive = "xeno-canto" if marks in _OF_XENO_CANTO else ""
    return Dialect(there, names, genus, epithet, bool(known), archive)
