"""GBIF, API v1: sounds of the occurrences in any of its datasets.

Much of it is Xeno-canto's and iNaturalist's (https://techdocs.gbif.org/en/openapi/): such a
recording keeps the identity that its own archive gave it, and GBIF's is noted next to it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar
from urllib.parse import unquote, urlsplit

from curate.archives import Ask, ResultPage, Search, asked_for, fields
from curate.archives.bounding_box import corners
from curate.archives.identity import identity_from_name, identity_of
from curate.archives.json_answers import as_object, list_in, listed, refused
from curate.archives.licenses import NO_LICENSE, License, normalise
from curate.archives.multimedia import is_sound
from curate.archives.remote import Identity, RemoteRecording
from curate.archives.taxa import unknown, wanted
from curate.errors import CurateError, NetError, UsageError
from curate.formats.parse import hidden_place
from curate.model import Problem, Taxon
from curate.net.limits import Limit
from curate.net.records import HttpAnswer

SERVER = "https://api.gbif.org"

#: The most that the API gives in a page, and in all pages of one search.
_PER_PAGE = 300
_WINDOW = 100_000

#: Ranks whose names have two words or more; an aggregate holds the siblings of a species.
_LOW = frozenset(
    {"FORM", "INFRASPECIFIC_NAME", "SPECIES", "SPECIES_AGGREGATE", "SUBSPECIES", "UNRANKED", "VARIETY"}
)

_HOME = {
    "xeno-canto": "https://xeno-canto.org/{}",
    "csa": "https://colecciones.humboldt.org.co/rec/sonidos/IAvH-CSA-{}/",
}
#: Numbers of a record's taxon at the ranks of species and below.
_KEYS = ("taxonKey", "acceptedTaxonKey", "speciesKey")

_MORE = (
    "datasetKey",
    "occurrenceID",
    "catalogNumber",
    "eventID",
    "behavior",
    "coordinateUncertaintyInMeters",
)


class Gbif:
    """Ask GBIF.

    Parameters
    ----------
    taxon, taxa
        See `taxa.wanted`. Only an exact match is taken.
    dataset_key
        Of one dataset: ``b1047888-ae52-4179-9dd5-5448ea342a24`` is Xeno-canto's.
    country
        Two letters, ISO 3166-1.
    box
        ``LAT_MIN,LON_MIN,LAT_MAX,LON_MAX`` in degrees.
    server
        Another server that speaks the same.

    Raises
    ------
    UsageError
        If nothing is asked for, or a part of the question cannot be asked so.
    """

    name: ClassVar[str] = "gbif"
    limits: ClassVar[Mapping[str, Limit]] = {}
    rated: ClassVar[bool] = False
    secret: Mapping[str, str] = {}
    headers: Mapping[str, str] = {}

    def __init__(
        self,
        *,
        taxon: Sequence[str] = (),
        taxa: str | os.PathLike[str] | None = None,
        dataset_key: str | None = None,
        country: str | None = None,
        box: str | None = None,
        server: str = SERVER,
    ) -> None:
        self.problems: list[Problem] = []
        self._taxa = wanted(taxon, taxa, self.problems.append)
        self._api = f"{server.rstrip('/')}/v1"
        self._narrower = _narrower(dataset_key, country, box)
        if not self._taxa and not self._narrower:
            hint = "name --taxon, --taxa, --dataset-key, --country or --box"
            raise UsageError("the query for GBIF is empty", hint=hint)

    def searches(self) -> Iterator[Search]:
        """List one question per taxon, or one in all. Names are matched first."""
        if not self._taxa:
            yield Search(self._narrower.get("datasetKey", "all"), self._occurrences())
        for taxon in self._taxa:
            params = {"name": taxon.scientific_name, "verbose": "true"}
            if taxon.class_name:
                params["class"] = taxon.class_name
            yield Search(taxon.scientific_name, Ask(f"{self._api}/species/match", params, "names"), taxon)

    def _occurrences(self, taxon_key: str = "", offset: int = 0) -> Ask:
        params = {
            "mediaType": "Sound",
            **({"taxonKey": taxon_key} if taxon_key else {}),
            **self._narrower,
            "limit": str(min(_PER_PAGE, _WINDOW - offset)),
            "offset": str(offset),
        }
        return Ask(f"{self._api}/occurrence/search", params, start=offset)

    def read(self, search: Search, ask: Ask, body: bytes) -> ResultPage:
        """Read a page of occurrences, or the match of a name."""
        answer = as_object(body, "GBIF")
        if ask.purpose == "names":
            assert search.taxon is not None
            return self._matched(search.taxon, answer)
        results = list_in(answer, "results", "GBIF")
        problems: list[Problem] = []
        found: list[RemoteRecording] = []
        for result in results:
            sounds = list(self._recordings(result, problems))
            other = _other_species(search.taxon, ask.params.get("taxonKey"), result)
            found += asked_for.taken(sounds, other, _unasked(ask.params, result), problems)
        total = fields.whole(answer.get("count"))
        following = None
        if results and not answer.get("endOfRecords"):
            # The server may give less than was asked for; its own limit says how far it went.
            offset = ask.start + (fields.whole(answer.get("limit")) or len(results))
            if offset < _WINDOW:
                following = self._occurrences(ask.params.get("taxonKey", ""), offset)
            else:
                words = f"GBIF lists {_WINDOW:,} of {total or 0:,} records; narrow it down by country or box"
                problems.append(Problem("unlisted", search.name, words))
                total = None
        ids = tuple(str(result.get("key")) for result in results)
        return ResultPage(found, problems=problems, following=following, total=total, records=ids)

    def _matched(self, taxon: Taxon, match: Mapping[str, Any]) -> ResultPage:
        """Take an exact match: a higher taxon was not asked for, and a similar name may be another animal."""
        name = taxon.scientific_name
        if "matchType" not in match:
            raise NetError(
                f"GBIF's answer lacks the match of {name}", hint="run the same command again later"
            )
        key = match.get("acceptedUsageKey") or match.get("usageKey")
        if match.get("matchType") == "EXACT" and key is not None:
            rank = fields.text(match.get("rank")) or ""
            if rank and not _fits(name, rank):
                words = f"GBIF has it, but as a {rank.lower()}: name the species, or the higher taxon"
                return ResultPage(problems=[Problem("unknown-taxon", name, words)])
            rivals = _rivals(match, taxon.class_name)
            if rivals:
                rivals = [f"{match.get('kingdom', 'taxon')} {match.get('usageKey')}", *rivals]
                words = f"GBIF has {len(rivals)} taxa of this name ({', '.join(rivals)}): give the class_name"
                return ResultPage(problems=[Problem("unknown-taxon", name, words)])
            accepted = fields.text(match.get("species"))
            told = []
            if match.get("synonym"):
                words = f"GBIF reads it as {accepted or f'taxon {key}'}, and lists recordings of that taxon"
                told = [Problem("renamed-taxon", name, words)]
            return ResultPage(problems=told, following=self._occurrences(str(key)))
        near = [match, *listed(match.get("alternatives"))]
        names = [str(each.get("canonicalName")) for each in near if each.get("canonicalName")]
        return ResultPage(problems=[unknown(taxon, "GBIF", names)])

    def _recordings(self, record: Mapping[str, Any], problems: list[Problem]) -> Iterator[RemoteRecording]:
        """List the sounds of an occurrence; pictures next to them are passed over."""
        key = str(record.get("key") or record.get("gbifID"))
        page = f"https://www.gbif.org/occurrence/{key}"
        media = listed(record.get("media"))
        sounds = [each for each in media if is_sound(each)]
        if not sounds and any(is_sound(each) is None for each in media):
            problems.append(Problem("unavailable", page, "none of its media says that it is sound"))
        files = {fields.absolute(each.get("identifier")) for each in sounds} - {None}
        seen = set()
        for number, medium in enumerate(sounds, start=1):
            file_url = fields.absolute(medium.get("identifier"))
            if file_url is None:
                problems.append(Problem("unavailable", page, "its sound lacks a file"))
                continue
            if file_url in seen:  # listed twice, as two extensions of its data set name it
                continue
            seen.add(file_url)
            mine = ("gbif", key if number == 1 else f"{key}-{number}")
            yield _recording(record, medium, file_url, mine, alone=len(files) == 1)

    def refused(self, answer: HttpAnswer) -> CurateError:
        """Say what is wrong with the question. GBIF answers in plain text."""
        return refused(answer, "GBIF")


def _other_species(taxon: Taxon | None, key: str | None, record: Mapping[str, Any]) -> str | None:
    """Say that a record is of another species than the one that was asked for, `None` if it is not.

    Its label would be wrong without a word if a server passed over the number of the taxon.
    """
    if taxon is None or key is None or len(taxon.scientific_name.split()) != 2:  # noqa: PLR2004
        return None  # a higher taxon, or one below a species: a record tells not all of these
    numbers = {str(record[name]) for name in _KEYS if record.get(name) is not None}
    if not numbers or key in numbers:
        return None
    found = fields.text(record.get("scientificName")) or "another taxon"
    return f"it is of {found}, not of {taxon.scientific_name}"


def _unasked(asked: Mapping[str, str], record: Mapping[str, Any]) -> str | None:
    """Say what a record is if another was asked for. What was looked for in vain is no sound of a species."""
    found: list[str | None] = []
    if str(record.get("occurrenceStatus")).upper() == "ABSENT":
        found.append("it tells that its species is absent")
    for name, what in (("country", "it is from"), ("datasetKey", "it is of the data set")):
        told = record.get("countryCode" if name == "country" else name)
        if name in asked:
            found.append(asked_for.among((asked[name],), told, what))
    if "decimalLatitude" in asked:
        (south, north), (west, east) = (
            asked[f"decimal{side}"].split(",") for side in ("Latitude", "Longitude")
        )
        place = (
            fields.degrees(record.get("decimalLatitude"), 90),
            fields.degrees(record.get("decimalLongitude"), 180),
        )
        found.append(asked_for.off(f"{south},{west},{north},{east}", *place))
    return next(filter(None, found), None)


def _rivals(match: Mapping[str, Any], class_name: str) -> list[str]:
    """List other accepted taxa of the very same name, rank, and class, by their kingdoms and numbers."""
    same = ("canonicalName", "rank", "matchType", "status")
    return [
        f"{each.get('kingdom', 'taxon')} {each.get('usageKey')}"
        for each in listed(match.get("alternatives"))
        if match.get("status") == "ACCEPTED"
        and all(each.get(part) == match.get(part) for part in same)
        and each.get("usageKey") != match.get("usageKey")
        and (not class_name or each.get("class") == class_name)
    ]


def _fits(name: str, rank: str) -> bool:
    """Whether a taxon has the rank of a name: two words are a species, one is a higher taxon."""
    words = len(name.split())
    if words == 2:  # noqa: PLR2004 - genus and epithet
        return rank == "SPECIES"
    return (rank in _LOW - {"SPECIES", "SPECIES_AGGREGATE"}) if words > 1 else rank not in _LOW


def _narrower(dataset_key: str | None, country: str | None, box: str | None) -> dict[str, str]:
    found = {}
    if dataset_key is not None:
        if not re.fullmatch(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", dataset_key):
            hint = "it is in the address of the data set's page"
            raise UsageError(f"'{dataset_key}' is no dataset key of GBIF", hint=hint)
        found["datasetKey"] = dataset_key
    if country is not None:
        if not re.fullmatch(r"[A-Za-z]{2}", country):
            raise UsageError(f"'{country}' must be a country code", hint="expected two letters, such as CO")
        found["country"] = country.upper()
    if box is not None:
        south, west, north, east = corners(box)
        found |= {"decimalLatitude": f"{south:g},{north:g}", "decimalLongitude": f"{west:g},{east:g}"}
    return found


def _recording(
    record: Mapping[str, Any], medium: Mapping[str, Any], file_url: str, mine: Identity, *, alone: bool
) -> RemoteRecording:
    origin = identity_of(file_url) or _catalogued(record, alone=alone)
    archive, archive_id = origin or mine
    home = _HOME[archive].format(archive_id) if archive in _HOME else None
    page = home or _page(medium, record) or f"https://www.gbif.org/occurrence/{record.get('key')}"
    name = fields.text(record.get("species")) or _name(record)
    rank = fields.text(record.get("taxonRank"))
    extra = {key: text for key in _MORE if (text := fields.text(record.get(key)))}
    extra |= {"obscured": hidden} if (hidden := hidden_place(record.get("informationWithheld"))) else {}
    return RemoteRecording(
        archive=archive,
        archive_id=archive_id,
        url=page,
        file_urls=(file_url,),
        file_name=unquote(urlsplit(file_url).path.rpartition("/")[2]) or None,
        scientific_name=name,
        common_name=fields.text(record.get("vernacularName")),
        rank=rank.lower() if rank else None,
        class_name=fields.text(record.get("class")),
        recordist=next(filter(None, map(fields.text, _people(record, medium))), None),
        license=_license(medium, record),
        sound_type=fields.text(record.get("behavior")),
        sex=fields.text(record.get("sex")),
        stage=fields.text(record.get("lifeStage")),
        date=fields.date(record.get("eventDate")),
        time=fields.clock(record.get("eventTime")) or _time_in(record.get("eventDate")),
        latitude=fields.degrees(record.get("decimalLatitude"), 90),
        longitude=fields.degrees(record.get("decimalLongitude"), 180),
        elevation=fields.text(record.get("elevation")),
        locality=fields.text(record.get("locality")),
        country=fields.text(record.get("country")),
        remarks=fields.text(medium.get("description")) or fields.text(record.get("occurrenceRemarks")),
        references=(mine,) if origin else (),
        extra=extra,
    )


def _name(record: Mapping[str, Any]) -> str | None:
    """Name a record that is of no one species: a hybrid by its parents, an aggregate as such, else the genus.

    Examples
    --------
    >>> _name({"scientificName": "Anas platyrhynchos \u00d7 rubripes", "genus": "Anas"})
    'Anas platyrhynchos \u00d7 rubripes'
    """
    said = fields.text(record.get("scientificName")) or ""
    name = said if "\u00d7" in said or " x " in said else fields.binomial(said)
    if name and record.get("taxonRank") == "SPECIES_AGGREGATE":
        name = f"{name} aggregate"
    return name or fields.text(record.get("genus"))


def _time_in(date: object) -> str | None:
    """Read the time behind a date. Midnight is what GBIF has where it knows the day alone.

    Examples
    --------
    >>> [_time_in(f"2021-12-23{end}") for end in ("T10:05:00", "T00:00:00", "", "T10:05/2021-12-23T11:05")]
    ['10:05', None, None, '10:05']
    """
    found = re.match(r"\d{4}-\d\d-\d\d[T ](\d\d:\d\d(?::\d\d)?)", fields.text(date) or "")
    return None if found is None or not found[1].strip("0:") else fields.clock(found[1])


def _catalogued(record: Mapping[str, Any], *, alone: bool) -> Identity | None:
    """Tell the recording from the number of its specimen: ``XC694038``, ``IAvH-CSA-123``."""
    number = fields.text(record.get("catalogNumber")) or ""
    # With several sounds in a record, the number would give all of them one identity.
    return identity_from_name(number.removeprefix("IAvH-")) if alone else None


def _page(medium: Mapping[str, Any], record: Mapping[str, Any]) -> str | None:
    for value in (medium.get("references"), record.get("references"), record.get("occurrenceID")):
        url = fields.absolute(value)
        if url and url.startswith(("http://", "https://")):
            return url
    return None


def _people(record: Mapping[str, Any], medium: Mapping[str, Any]) -> tuple[object, ...]:
    return (
        medium.get("creator"),
        record.get("recordedBy"),
        medium.get("rightsHolder"),
        record.get("rightsHolder"),
    )


def _license(medium: Mapping[str, Any], record: Mapping[str, Any]) -> License:
    """Take the medium's licence; the record's only where the medium has none."""
    stated = normalise(fields.text(medium.get("license")))
    return stated if stated != NO_LICENSE else normalise(fields.text(record.get("license")))
