"""The example dataset as an archive on this machine: it speaks Xeno-canto's API, and works without a key.

A newcomer sees with it how a download goes, from the question to the credits, without a key and
without the network. Like the dataset, it is a story: species, people and numbers do not exist.
"""

from __future__ import annotations

import csv
import hashlib
import json
import re
from importlib.resources import as_file, files
from typing import Any

from curate.audio.probe import probe
from curate.errors import DecodeFailed
from curate.formats import parse
from curate.net.loopback import Loopback, LoopbackReply, LoopbackRequest, file_reply

#: Files of Xeno-canto in the example are named after their number.
_NUMBER = re.compile(r"(\w+)/XC(\d+)\.(\w+)")

#: Quality of Xeno-canto for a rating of BirdCLEF, which was made from it (5 is A).
_QUALITIES = "EDCBA"

_GROUPS = {"Amphibia": "frogs", "Aves": "birds", "Insecta": "grasshoppers"}

_TYPES = {"flac": "audio/flac", "mp3": "audio/mpeg", "ogg": "audio/ogg"}


class ExampleArchive(Loopback):
    """Answers as ``/api/3/recordings`` and ``/<number>/download`` do.

    Understood are the tags ``gen``, ``sp``, ``grp``, ``q`` and ``nr``; others narrow nothing down.
    """

    def __init__(self, port: int = 0) -> None:
        super().__init__(self._reply, port)
        self._files: dict[str, tuple[bytes, dict[str, str]]] = {}
        self._records = list(self._read())

    def _read(self) -> Any:  # noqa: ANN401
        data = files("curate") / "example_data"
        taxa = {row["primary_label"]: row for row in _table(data / "taxonomy.csv")}
        for row in _table(data / "train.csv"):
            found = _NUMBER.fullmatch(row["filename"])
            if found is None:
                continue
            number, ending = found[2], found[3]
            with as_file(data / "train_audio" / row["filename"]) as path:
                body = path.read_bytes()
                try:
                    info = probe(path)
                    seconds, sr = info.frames / info.sr, info.sr
                except DecodeFailed:
                    seconds, sr = 0.0, 0
            tag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
            self._files[number] = body, {"Content-Type": _TYPES[ending], "ETag": tag}
            yield {
                **_record(row, taxa),
                "id": number,
                "url": f"{self.url}/{number}",
                "file": f"{self.url}/{number}/download",
                "file-name": f"XC{number}.{ending}",
                "length": f"{int(seconds) // 60}:{int(seconds) % 60:02d}",
                "smp": str(sr),
            }

    def _reply(self, question: LoopbackRequest) -> LoopbackReply:
        if question.path == "/api/3/recordings":
            return self._page(question)
        number, _, rest = question.path.strip("/").partition("/")
        if rest == "download" and number in self._files:
            return file_reply(question, *self._files[number])
        return _json({"error": "not_found", "message": "there is no such page"}, 404)

    def _page(self, question: LoopbackRequest) -> LoopbackReply:
        query = question.query.get("query", "")
        tags = {tag: text.strip('"') for tag, text in re.findall(r'(\w+):("[^"]*"|\S+)', query)}
        if not tags:
            message = "Xeno-canto API v3 only accepts queries using tags."
            return _json({"error": "client_error", "message": message}, 400)
        found = [record for record in self._records if _fits(record, tags)]
        page, size = (
            max(1, int(parse.number(question.query.get(name)) or 1)) for name in ("page", "per_page")
        )
        return _json(
            {
                "numRecordings": str(len(found)),
                "numSpecies": str(len({(record["gen"], record["sp"]) for record in found})),
                "page": page,
                "numPages": -(-len(found) // size),
                "recordings": found[(page - 1) * size : page * size],
            }
        )


def _table(resource: Any) -> list[dict[str, str]]:  # noqa: ANN401
    return list(csv.DictReader(resource.read_text(encoding="utf-8").splitlines()))


def _record(row: dict[str, str], taxa: dict[str, dict[str, str]]) -> dict[str, Any]:
    """Write a row of BirdCLEF as Xeno-canto lists it."""
    genus, _, species = row["scientific_name"].partition(" ")
    license, _, version = row["license"].partition(" ")
    rating = parse.number(row["rating"]) or 0.0
    return {
        "gen": genus,
        "sp": species,
        "ssp": "",
        "grp": _GROUPS[taxa[row["primary_label"]]["class_name"]],
        "en": row["common_name"],
        "rec": row["author"],
        "cnt": "Exemplia",
        "loc": "Quebrada de Ejemplo",
        "lat": row["latitude"],
        "lon": row["longitude"],
        "alt": "?",
        "type": ", ".join(parse.names(row["type"])),
        "sex": "",
        "stage": "",
        "method": "field recording",
        "lic": f"https://creativecommons.org/licenses/{license.removeprefix('cc-')}/{version}/"
        if license != "cc0"
        else f"https://creativecommons.org/publicdomain/zero/{version}/",
        "q": _QUALITIES[min(4, max(0, int(rating) - 1))] if rating else "no score",
        "time": "?",
        "date": "2024-03-00",
        "uploaded": "2024-04-01",
        "also": [taxa[label]["scientific_name"] for label in parse.names(row["secondary_labels"])],
        "rmk": "",
        "animal-seen": "unknown",
        "playback-used": "no",
        "annotation-set": [],
    }


def _fits(record: dict[str, Any], tags: dict[str, str]) -> bool:
    """Whether a record has what the understood tags ask for."""
    for tag, field in (("gen", "gen"), ("grp", "grp"), ("q", "q")):
        wanted = tags.get(tag, "").removeprefix("=")
        if wanted.startswith(">"):
            # Better than: A is the best.
            if not "A" <= record[field] < wanted[1:]:
                return False
        elif wanted and record[field].lower() != wanted.lower():
            return False
    species = tags.get("sp", "").removeprefix("=").lower()
    full = f"{record['gen']} {record['sp']}".lower()
    numbers = tags.get("nr")
    return species in {"", record["sp"].lower(), full} and (
        numbers is None or record["id"] in numbers.split(",")
    )


def _json(value: object, status: int = 200) -> LoopbackReply:
    return LoopbackReply(status, json.dumps(value).encode(), {"Content-Type": "application/json"})
