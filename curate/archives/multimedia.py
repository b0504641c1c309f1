"""Tables of media as archives export them: which rows are sounds, and what their columns are called here.

Darwin Core archives list media of all kinds next to the occurrences that they show
(https://rs.gbif.org/extension/gbif/1.0/multimedia.xml). iNaturalist's export has a row per
observation, with the page, a picture and a sound in columns of their own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from curate.archives import fields
from curate.formats import Report
from curate.formats.files.walk import is_audio
from curate.formats.tables import table
from curate.formats.tables.csv import Sheet
from curate.formats.tables.dialects import Dialect, dialect

#: What iNaturalist's export and Darwin Core call the columns of our tables.
_INATURALIST = {
    "iconic_taxon_name": "class_name",
    "observed_on": "date",
    "place_guess": "locality",
    "taxon_id": "inat_taxon_id",
    "user_login": "recordist",
}
_DARWIN_CORE = {"created": "date", "creator": "recordist", "rightsholder": "recordist"}

#: Vocabularies whose short names stand before the names of columns.
_VOCABULARY = re.compile(r"^(?:ac|dc|dcterms|dwc|xmp|xmpRights):", re.IGNORECASE)

#: Columns that tell the kind of a medium, by its type in Dublin Core or by its media type.
TYPES = ("type", "format", "media_type", "mediatype", "mime_type", "mimetype", "filemediatype")

#: Types in Dublin Core that may stand beside Sound (https://www.dublincore.org/specifications/dublin-core/dcmi-terms/).
_OTHER_TYPES = frozenset({"image", "interactiveresource", "movingimage", "physicalobject", "stillimage"})
_SOUNDS = frozenset({"sound", "audio"})

#: What the table of occurrences is called next to one of media: at GBIF, and in the archive of iNaturalist.
_OCCURRENCES = {"multimedia": "occurrence", "media": "observations"}

#: Columns by which media and occurrences belong together.
KEYS = ("gbifid", "coreid", "id", "occurrenceid")


def our_columns(columns: list[str]) -> dict[str, str]:
    """Give each column the name that our tables have for it, unless another column has that name.

    Examples
    --------
    >>> our_columns(["id", "observed_on", "sound_url", "user_login"])["user_login"]
    'recordist'
    >>> our_columns(["gbifID", "dc:creator"]), our_columns(["url", "creator"])
    ({'gbifID': 'gbifID', 'dc:creator': 'recordist'}, {'url': 'url', 'creator': 'creator'})
    """
    plain = {column: _VOCABULARY.sub("", column.strip()) for column in columns}
    taken = {name.lower() for name in plain.values()}
    known = _INATURALIST if {"sound_url", "observed_on"} <= taken else {}
    if taken & {"gbifid", "coreid", "accessuri", "rightsholder"}:
        known = known | _DARWIN_CORE
    named = {}
    for column, name in plain.items():
        ours = known.get(name.lower(), name)
        named[column] = name if ours != name and ours in taken else ours
        taken.add(ours)
    return named


def other_than_sound(record: Mapping[str, Any], columns: list[str]) -> str | None:
    """Name the kind of medium of a row other than sound, `None` for sound or if unknown.

    Examples
    --------
    >>> other_than_sound({"type": "StillImage"}, ["type"]), other_than_sound({"type": "song"}, ["type"])
    ('StillImage', None)
    """
    for wanted in TYPES:
        column = table.find(columns, (wanted,))
        told = (fields.text(record.get(column)) or "") if column else ""
        kind = _kind(told)
        if kind in _SOUNDS or kind.startswith("audio/"):
            return None
        if kind in _OTHER_TYPES or kind.startswith(("image/", "video/", "text/")):
            return told
    return None


def is_sound(medium: Mapping[str, Any]) -> bool | None:
    """Whether a medium is sound, by type and format, which some publishers exchange, else by its file's name.

    Examples
    --------
    >>> is_sound({"type": "audio/mpeg", "format": "Sound"}), is_sound({"type": "StillImage"})
    (True, False)
    >>> is_sound({"identifier": "https://example.org/a.MP3?1"}), is_sound({"identifier": "https://example.org/7"})
    (True, None)
    """
    kinds = [_kind(told) for each in ("type", "format") if (told := fields.text(medium.get(each)))]
    if any(kind in _SOUNDS or kind.startswith("audio/") for kind in kinds):
        return True
    if any(kind in _OTHER_TYPES or kind.startswith(("image/", "video/", "text/")) for kind in kinds):
        return False
    return True if is_audio(urlsplit(fields.text(medium.get("identifier")) or "").path) else None


def is_medium_type(told: str) -> bool:
    """Whether a cell of the column `type` says what a medium is, rather than its sounds."""
    return _kind(told) in _SOUNDS | _OTHER_TYPES


def _kind(told: str) -> str:
    """Take the last part of a type that is written as an address."""
    return told.rpartition("/")[2].lower() if told.startswith("http") else told.lower()


@dataclass(frozen=True, slots=True)
class MediaTable:
    """A table with a row per file, with our names for its columns.

    Parameters
    ----------
    path
    columns
    names
        Our name of each of its own columns.
    """

    path: Path
    columns: list[str]
    names: Mapping[str, str]
    _sheet: Sheet
    _occurrences: Sheet | None
    _dialect: Dialect

    @property
    def is_of_observations(self) -> bool:
        """Whether its licences are those of observations: at iNaturalist a sound has one of its own."""
        return {"sound_url", "user_login", "license"} <= set(self.names)

    @classmethod
    def open(cls, path: Path) -> MediaTable:
        """Read the header, and that of the table of occurrences next to it: it says what the media show.

        Raises
        ------
        FormatError
            If there is no such file, or it is empty.
        """
        sheet = Sheet.open(path)
        beside = path.with_name(f"{_OCCURRENCES.get(path.stem, '')}{path.suffix}")
        occurrences = Sheet.open(beside) if path.stem in _OCCURRENCES and beside.is_file() else None
        columns = list(dict.fromkeys([*sheet.columns, *(occurrences.columns if occurrences else ())]))
        spoken = dialect(columns)
        ours = our_columns(spoken.columns)
        names = {column: ours[name] for column, name in spoken.names.items()}
        return cls(path, list(ours.values()), names, sheet, occurrences, replace(spoken, names=names))

    def records(self, report: Report) -> Iterator[table.Record]:
        """Read the rows, each with the cells of its occurrence. Its own cells come first."""
        key = table.find(self._sheet.columns, KEYS)
        known = self._known(key, report)
        for line, record in self._sheet.records(report):
            occurrence = known.get(record[key], {}) if key else {}
            both = {
                **occurrence,
                **{column: cell for column, cell in record.items() if cell or not occurrence},
            }
            yield line, self._dialect.record(both)

    def _known(self, key: str | None, report: Report) -> dict[Any, dict[str, Any]]:
        """Read the occurrences that have media, by their ids."""
        if self._occurrences is None or key is None:
            return {}
        theirs = table.find(self._occurrences.columns, KEYS)
        if theirs is None:
            return {}
        wanted = {record[key] for _, record in self._sheet.records(lambda _: None)}
        found = {}
        for _, record in self._occurrences.records(report):
            if record[theirs] in wanted:
                species = fields.text(record.get("species"))
                # Their scientific names have authors behind them.
                name = table.find(record, ("scientificname",))
                told = {**record, **({name: species} if name and species else {})}
                # What kind of thing the occurrence is says nothing of its media.
                found[record[theirs]] = {
                    column: cell for column, cell in told.items() if column.lower() not in TYPES
                }
        return found
