"""iNaturalist, API v1: observations with sounds, walked by id.

Pages by number end at 10,000 records, so each question asks for what comes after the last id
(https://api.inaturalist.org/v1/docs/). A sound's licence is its own, not the observation's.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

from curate.archives import Ask, ResultPage, Search, asked_for, fields, inat_taxa
from curate.archives.bounding_box import corners
from curate.archives.json_answers import as_object, list_in, listed, refused
from curate.archives.licenses import RESERVED, License, normalise
from curate.archives.remote import RemoteRecording
from curate.archives.taxa import wanted
from curate.errors import CurateError, UsageError
from curate.formats.parse import mapping
from curate.lookup import suggestion
from curate.model import Problem
from curate.net.limits import Limit
from curate.net.records import HttpAnswer

SERVER = "https://api.inaturalist.org"

#: The most that the API gives in a page.
_PER_PAGE = 200

#: Taxa of a page of names, and pages that are looked through: a short name is a part of many.
_NAMES = 30
_NAME_PAGES = 10

_GRADES = ("casual", "needs_id", "research")


class INaturalist:
    """Ask iNaturalist.

    Parameters
    ----------
    taxon, taxa
        See `taxa.wanted`. A table's column ``inat_taxon_id`` is used where there is one. A genus or
        higher taxon includes what is below it. Of a species, its siblings in a complex are left out.
    place
        Number of a place at iNaturalist. Several with commas.
    quality_grade
        research, needs_id or casual. Several with commas.
    box
        ``LAT_MIN,LON_MIN,LAT_MAX,LON_MAX`` in degrees.
    since
        Uploaded on this date or later: ``2025-01-31``.
    server
        Another server that speaks the same.

    Raises
    ------
    UsageError
        If nothing is asked for, or a part of the question cannot be asked so.
    """

    name: ClassVar[str] = "inaturalist"
    # At most 60 requests a minute, and 5 GB of media an hour, 24 GB a day
    # (https://www.inaturalist.org/pages/api+recommended+practices).
    limits: ClassVar[Mapping[str, Limit]] = {
        "api.inaturalist.org": Limit(requests=1.0, burst=3),
        "static.inaturalist.org": Limit(requests=4.0, burst=4, bytes=5e9 / 3600, day=24e9),
    }
    rated: ClassVar[bool] = False
    secret: Mapping[str, str] = {}
    headers: Mapping[str, str] = {}

    def __init__(
        self,
        *,
        taxon: Sequence[str] = (),
        taxa: str | os.PathLike[str] | None = None,
        place: str | None = None,
        quality_grade: str | None = None,
        box: str | None = None,
        since: str | None = None,
        server: str = SERVER,
    ) -> None:
        self.problems: list[Problem] = []
        self._taxa = wanted(taxon, taxa, self.problems.append)
        self._api = f"{server.rstrip('/')}/v1"
        self._narrower = _narrower(place, quality_grade, box, since)
        if not self._taxa and not {"place_id", "swlat"} & self._narrower.keys():
            raise UsageError(
                "the query for iNaturalist is empty", hint="name --taxon, --taxa, --place or --box"
            )

    def searches(self) -> Iterator[Search]:
        """List one question per taxon, or one in all. Names are looked up first."""
        if not self._taxa:
            yield Search(self._narrower.get("place_id", "box"), self._observations())
        for taxon in self._taxa:
            if taxon.inat_taxon_id.isdecimal():
                ask = self._observations(taxon.inat_taxon_id)
            else:
                query = {"q": taxon.scientific_name, "per_page": str(_NAMES)}
                rank = inat_taxa.rank_of(taxon.scientific_name)
                query |= {"rank": rank} if rank else {}
                ask = Ask(f"{self._api}/taxa", query, "names")
            yield Search(taxon.scientific_name, ask, taxon)

    def _observations(self, taxon_id: str = "", above: int = 0) -> Ask:
        params = {
            "sounds": "true",
            **({"taxon_id": taxon_id} if taxon_id else {}),
            **self._narrower,
            "order_by": "id",
            "order": "asc",
            "per_page": str(_PER_PAGE),
            "id_above": str(above),
        }
        return Ask(f"{self._api}/observations", params)

    def read(self, search: Search, ask: Ask, body: bytes) -> ResultPage:
        """Read a page of observations, or the taxa of a name."""
        answer = as_object(body, "iNaturalist")
        results = list_in(answer, "results", "iNaturalist")
        if ask.purpose == "names":
            assert search.taxon is not None
            taxon_id, told = inat_taxa.chosen(search.taxon, results)
            if not taxon_id and not inat_taxa.named(search.taxon, results):
                asked, total = (
                    int(ask.params.get("page", "1")),
                    fields.whole(answer.get("total_results")) or 0,
                )
                if results and asked < _NAME_PAGES and asked * _NAMES < total:
                    params = {**ask.params, "page": str(asked + 1)}
                    return ResultPage(following=Ask(ask.url, params, ask.purpose))
            following = self._observations(taxon_id) if taxon_id else None
            return ResultPage(problems=[told] if told else [], following=following)
        problems: list[Problem] = []
        taxon_id = ask.params.get("taxon_id", "")
        name = search.taxon.scientific_name if search.taxon else ""
        found: list[RemoteRecording] = []
        for result in results:
            sounds = list(_recordings(result, problems))
            other = inat_taxa.against(name, taxon_id, mapping(result.get("taxon")))
            found += asked_for.taken(sounds, other, _unasked(ask.params, result), problems)
        ids = [number for result in results if (number := fields.whole(result.get("id"))) is not None]
        following = None
        left = fields.whole(answer.get("total_results"))  # above the last id
        if ids and (left is None or left > len(results)):
            following = self._observations(taxon_id, max(ids))
        elif left and not ids:
            words = f"iNaturalist reports {left:,} more observations, but its list is empty"
            problems.append(Problem("unlisted", search.name, words))
        elif search.taxon and not ids and ask.params.get("id_above") == "0":
            words = f"iNaturalist has no observations with sounds of taxon {taxon_id} on these terms"
            problems.append(Problem("nothing-found", search.name, words))
        return ResultPage(found, problems=problems, following=following, records=tuple(map(str, ids)))

    def refused(self, answer: HttpAnswer) -> CurateError:
        """Say what is wrong with the question."""
        return refused(answer, "iNaturalist")


def _narrower(place: str | None, grade: str | None, box: str | None, since: str | None) -> dict[str, str]:
    found = {}
    if place is not None:
        if not re.fullmatch(r"\d+(,\d+)*", place):
            hint = "the number is in the address of the place's page"
            raise UsageError(f"'{place}' must be the number of a place", hint=hint)
        found["place_id"] = place
    if grade is not None:
        for each in grade.split(","):
            if each not in _GRADES:
                raise UsageError(
                    f"unknown quality grade of iNaturalist: '{each}'", hint=suggestion(each, _GRADES)
                )
        found["quality_grade"] = grade
    if box is not None:
        south, west, north, east = corners(box)
        found |= {"swlat": f"{south:g}", "swlng": f"{west:g}", "nelat": f"{north:g}", "nelng": f"{east:g}"}
    if since is not None:
        found["created_d1"] = asked_for.day(since)
    return found


def _unasked(asked: Mapping[str, str], observation: Mapping[str, Any]) -> str | None:
    """Say what an observation is if another was asked for. A hidden place is known to the server alone."""
    found = []
    if "quality_grade" in asked:
        grades = asked["quality_grade"].split(",")
        found.append(asked_for.among(grades, observation.get("quality_grade"), "its quality grade is"))
    if "created_d1" in asked:
        uploaded = fields.date(observation.get("created_at"))
        found.append(asked_for.earlier(asked["created_d1"], uploaded))
    if not observation.get("obscured"):
        places = {str(each) for each in observation.get("place_ids") or ()}
        if "place_id" in asked and places and places.isdisjoint(asked["place_id"].split(",")):
            found.append(f"it lies outside of place {asked['place_id']}")
        if "swlat" in asked:
            box = ",".join(asked[corner] for corner in ("swlat", "swlng", "nelat", "nelng"))
            found.append(asked_for.off(box, *_place(observation)))
    return next(filter(None, found), None)


def _recordings(observation: Mapping[str, Any], problems: list[Problem]) -> Iterator[RemoteRecording]:
    """List the sounds of an observation."""
    page = fields.absolute(observation.get("uri")) or (
        f"https://www.inaturalist.org/observations/{observation.get('id')}"
    )
    for sound in listed(observation.get("sounds")):
        number, file_url = fields.whole(sound.get("id")), fields.absolute(sound.get("file_url"))
        if number is None or file_url is None or sound.get("hidden"):
            why = "its sound was taken down" if sound.get("hidden") else "its sound lacks a file"
            problems.append(Problem("unavailable", page, why))
            continue
        yield _recording(observation, sound, str(number), file_url, page)


def _recording(
    observation: Mapping[str, Any], sound: Mapping[str, Any], number: str, file_url: str, page: str
) -> RemoteRecording:
    taxon = mapping(observation.get("taxon"))
    user = mapping(observation.get("user"))
    rank = fields.text(taxon.get("rank"))
    latitude, longitude = _place(observation)
    more = {
        "observation": observation.get("id"),
        "quality_grade": observation.get("quality_grade"),
        "positional_accuracy": _accuracy(observation),
        "obscured": "yes" if observation.get("obscured") else None,
        "captive": "yes" if observation.get("captive") else None,
        "attribution": sound.get("attribution"),
    }
    extra = {key: text for key, value in more.items() if (text := fields.text(value))}
    return RemoteRecording(
        archive="inaturalist",
        archive_id=number,
        url=page,
        file_urls=(file_url,),
        file_name=file_url.partition("?")[0].rpartition("/")[2],
        scientific_name=inat_taxa.name_of(taxon),
        common_name=fields.text(taxon.get("preferred_common_name")),
        rank=rank,
        class_name=fields.text(taxon.get("iconic_taxon_name")),
        recordist=fields.text(user.get("name")) or fields.text(user.get("login")),
        license=_license(sound.get("license_code")),
        date=fields.date(observation.get("observed_on")),
        time=fields.clock(observation.get("time_observed_at")),
        latitude=latitude,
        longitude=longitude,
        locality=fields.text(observation.get("place_guess")),
        remarks=fields.text(observation.get("description")),
        extra=extra,
    )


def _license(code: object) -> License:
    """Read a licence code; none is all rights reserved, and iNaturalist's licences are of version 4.0."""
    words = fields.text(code)
    if words is None:
        return License(RESERVED)
    return normalise(f"{words} 4.0" if re.fullmatch(r"cc-by(-nc|-nd|-sa)*", words.lower()) else words)


def _accuracy(observation: Mapping[str, Any]) -> object:
    """Metres within which the published place lies: the accuracy of a hidden place says nothing of it."""
    public = observation.get("public_positional_accuracy")
    if public is None and not observation.get("obscured"):
        return observation.get("positional_accuracy")
    return public


def _place(observation: Mapping[str, Any]) -> tuple[float | None, float | None]:
    """Read ``"lat,lon"``; some clients' copies hold a list."""
    where = observation.get("location")
    parts = where.split(",") if isinstance(where, str) else where if isinstance(where, list) else []
    if len(parts) != 2:  # noqa: PLR2004
        return None, None
    return fields.degrees(parts[0], 90), fields.degrees(parts[1], 180)
