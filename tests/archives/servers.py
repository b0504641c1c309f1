"""Archives as they answer, with contents made up here: their shapes are those of real answers."""

from __future__ import annotations

import json

from curate.net.loopback import LoopbackReply, LoopbackRequest, file_reply
from tests.fakes.engine import Fake
from tests.fakes.files import about
from tests.fakes.sounds import sound

KEY = "a-key-that-nobody-may-see-4711"

JSON = {"Content-Type": "application/json"}


def as_json(value, status=200):
    return LoopbackReply(status, json.dumps(value).encode(), JSON)


def xc_record(number, *, host="https://xeno-canto.org", **changes):
    """A recording as API v3 lists it."""
    record = {
        "id": str(number),
        "gen": "Turdus",
        "sp": "merula",
        "ssp": "",
        "grp": "birds",
        "en": "Common Blackbird",
        "rec": f"Ann O&amp;#039;Hara {number % 3}",
        "cnt": "Spain",
        "loc": "R&iacute;o Mi&ntilde;o",
        "lat": "42.1",
        "lon": "-8.2",
        "alt": "?",
        "type": "song, call",
        "sex": "male",
        "stage": "adult",
        "method": "field recording",
        "url": f"//xeno-canto.org/{number}",
        "file": f"{host}/{number}/download",
        "file-name": f"XC{number} song.WAV",
        "lic": "//creativecommons.org/licenses/by-nc-sa/4.0/",
        "q": "ABCDE"[number % 5],
        "length": "0:01",
        "time": "07:17",
        "date": "2021-05-00",
        "uploaded": "2021-06-01",
        "also": ["Turdus pilaris", ""],
        "rmk": "One line\r\nanother",
        "animal-seen": "yes",
        "playback-used": "no",
        "temp": None,
        "dvc": "Recorder 1",
        "smp": "8000",
        "annotation-set": [],
    }
    return {**record, **changes}


class XenoCanto(Fake):
    """API v3: `records` in pages, and their files."""

    def __init__(self, numbers=range(1, 8), *, per_page=None, changes=None, port=0):
        self.per_page = per_page
        self.shift = None
        changes = changes or {}
        super().__init__(self.reply, port)
        self.records = [xc_record(n, host=self.url, **changes.get(n, {})) for n in numbers]

    def reply(self, question: LoopbackRequest) -> LoopbackReply:
        if question.path == "/api/3/recordings":
            return self.page(question.query)
        number = question.path.split("/")[1]
        if not number.isdecimal() or not any(str(record["id"]) == number for record in self.records):
            return LoopbackReply(404, b"<html>gone</html>", {"Content-Type": "text/html"})
        return file_reply(question, sound(int(number)), about("x.wav", sound(int(number))))

    def page(self, query):
        if query.get("key") != KEY:
            words = "Missing or invalid 'key' parameter. Visit https://xeno-canto.org/account"
            return as_json({"error": "client_error", "message": words}, 401)
        if ":" not in query.get("query", ""):
            words = "Xeno-canto API v3 only accepts queries using tags."
            return as_json({"error": {"code": "client_error", "message": words}}, 400)
        tags = dict(tag.split(":", 1) for tag in query["query"].split() if ":" in tag)
        found = [
            record
            for record in self.records
            if record["gen"] == tags.get("gen", record["gen"])
            and record["sp"] == tags.get("sp", record["sp"])
        ]
        size = self.per_page or int(query["per_page"])
        first = (int(query["page"]) - 1) * size
        listed = found[first : first + size]
        if self.shift is not None:
            listed = self.shift(int(query["page"]), listed)
        pages = -(-len(found) // size) + 1  # one too many, as the real one says at times
        envelope = {"numRecordings": str(len(found)), "numSpecies": "1", "page": int(query["page"])}
        return as_json({**envelope, "numPages": pages, "recordings": listed})


def inat_observation(number, sounds, **changes):
    """An observation as API v1 lists it."""
    observation = {
        "id": number,
        "uri": f"https://www.inaturalist.org/observations/{number}",
        "quality_grade": "research",
        "license_code": "cc-by",
        "observed_on": "2021-06-25",
        "time_observed_at": "2021-06-25T22:18:43+02:00",
        "location": "51.60,-1.12",
        "place_guess": "Oxfordshire",
        "obscured": False,
        "captive": False,
        "description": None,
        "taxon": {
            "id": 20979,
            "name": "Rana temporaria",
            "rank": "species",
            "iconic_taxon_name": "Amphibia",
            "preferred_common_name": "Common Frog",
        },
        "user": {"id": 1, "login": "ann", "name": "Ann O&#39;Hara"},
        "sounds": sounds,
    }
    return {**observation, **changes}


def inat_sound(number, *, host="https://static.inaturalist.org", ending="wav", **changes):
    return {
        "id": number,
        "license_code": "cc-by-nc",
        "attribution": "(c) Ann, some rights reserved (CC BY-NC)",
        "file_url": f"{host}/sounds/{number}.{ending}?1624793769",
        "file_content_type": "audio/x-wav",
        "flags": [],
        **changes,
    }


class INaturalist(Fake):
    """API v1, which ends at 10,000 records unless one asks by id, and the host of the sounds."""

    def __init__(self, observations=(), *, size=2, port=0):
        self.size = size
        super().__init__(self.reply, port)
        self.observations = list(observations) or [
            inat_observation(100 + n, [inat_sound(n, host=self.url)]) for n in range(1, 6)
        ]
        self.taxa = [
            {
                "id": 20979,
                "name": "Rana temporaria",
                "rank": "species",
                "is_active": True,
                "observations_count": 9,
            },
            {
                "id": 20980,
                "name": "Rana temporalis",
                "rank": "species",
                "is_active": True,
                "observations_count": 2,
            },
        ]

    def reply(self, question: LoopbackRequest) -> LoopbackReply:
        query = question.query
        if question.path == "/v1/taxa":
            genus = query["q"].split()[0]
            found = [taxon for taxon in self.taxa if taxon["name"].startswith(genus)]
            return as_json({"total_results": len(found), "page": 1, "per_page": 30, "results": found})
        if question.path == "/v1/observations":
            if int(query.get("page", 1)) * int(query["per_page"]) > 10000:
                return as_json({"error": "Result window is too large", "status": 403}, 403)
            left = sorted(
                (each for each in self.observations if each["id"] > int(query["id_above"])),
                key=lambda each: each["id"],
            )
            return as_json(
                {"total_results": len(left), "page": 1, "per_page": self.size, "results": left[: self.size]}
            )
        number = question.path.rpartition("/")[2].partition(".")[0]
        body = sound(int(number))
        return file_reply(question, body, about(question.path, body))


def gbif_occurrence(key, media, **changes):
    """An occurrence as API v1 lists it."""
    record = {
        "key": key,
        "datasetKey": "b1047888-ae52-4179-9dd5-5448ea342a24",
        "scientificName": "Troglodytes troglodytes (Linnaeus, 1758)",
        "species": "Troglodytes troglodytes",
        "taxonRank": "SPECIES",
        "class": "Aves",
        "recordedBy": "Ann",
        "decimalLatitude": 42.8,
        "decimalLongitude": -8.6,
        "country": "Spain",
        "eventDate": "2021-12-23",
        "license": "http://creativecommons.org/licenses/by-nc/4.0/legalcode",
        "media": media,
    }
    return {**record, **changes}


class Gbif(Fake):
    """API v1: matching, occurrences in pages of at most 300, and a host of files."""

    def __init__(self, records=(), *, cap=300, port=0):
        self.cap = cap
        super().__init__(self.reply, port)
        self.records = list(records)
        self.matches = {
            "Troglodytes troglodytes": {"usageKey": 5231, "matchType": "EXACT", "rank": "SPECIES"}
        }

    def reply(self, question: LoopbackRequest) -> LoopbackReply:
        query = question.query
        if question.path == "/v1/species/match":
            none = {
                "confidence": 100,
                "note": "No match because of too little confidence",
                "matchType": "NONE",
            }
            return as_json(self.matches.get(query["name"], none))
        if question.path == "/v1/occurrence/search":
            if query.get("country") == "ZZ":
                return LoopbackReply(
                    400, b"Cannot parse ZZ into a known Country", {"Content-Type": "text/plain"}
                )
            size, offset = min(int(query["limit"]), self.cap), int(query["offset"])
            results = self.records[offset : offset + size]
            end = offset + size >= len(self.records)
            envelope = {"offset": offset, "limit": size, "endOfRecords": end, "count": len(self.records)}
            return as_json({**envelope, "results": results, "facets": []})
        body = sound(len(question.path))
        return file_reply(question, body, about(question.path, body))
