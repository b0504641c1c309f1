"""Camtrap DP with its profile for bioacoustics, as a frictionless package of three tables.

``datapackage.json`` holds the schemas of the tables, so that a validator needs no network. A deployment is a
site. A medium is an audio file of the package. An observation is a mark, or says that nothing was found.
Times are those of the recording: where something was cut, each stretch that is left is a medium of its own.

The tables have columns of Camtrap DP 1.0.2 and some that the profile adds: `duration`, `samplingFrequency`,
`channels`, `frequencyLow` and `frequencyHigh`. Times have microseconds, as acoustic datasets have them.
"""

from __future__ import annotations

import datetime as dt
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from curate.formats import parse
from curate.formats.annotations.annotations import marks
from curate.formats.files.output import text_file
from curate.formats.files.whereabouts import media_type, site_of, spelt, start_of
from curate.formats.tables.csv import writer_to
from curate.model import Row, Segment

#: Name of the description.
PACKAGE = "datapackage.json"

#: The profile that is claimed, by the address under which its makers publish it.
PROFILE = (
    "https://raw.githubusercontent.com/camera-traps/bioacoustics/refs/heads/main/camtrap-dp/1.0.2/"
    "camtrap-dp-profile-acoustic.json"
)

#: Tag under which the class goes along: a name in `scientificName` is that of the taxon.
LABEL = "label:"

_TIME = "datetime %Y-%m-%dT%H:%M:%S.%f%z"

#: Columns of each table: name and type; ``!`` marks those that must not be empty, ``!!`` unique ones.
TABLES: dict[str, tuple[tuple[str, str], ...]] = {
    "deployments": (
        ("deploymentID", "string!!"),
        ("locationID", "string"),
        ("locationName", "string"),
        ("latitude", "number!"),
        ("longitude", "number!"),
        ("deploymentStart", _TIME + "!"),
        ("deploymentEnd", _TIME + "!"),
        ("deviceModel", "string"),
    ),
    "media": (
        ("mediaID", "string!!"),
        ("deploymentID", "string!"),
        ("timestamp", _TIME + "!"),
        ("duration", "string"),
        ("filePath", "string!"),
        ("filePublic", "boolean!"),
        ("fileName", "string"),
        ("fileMediatype", "string!"),
        ("samplingFrequency", "integer"),
        ("channels", "integer"),
        ("mediaComments", "string"),
    ),
    "observations": (
        ("observationID", "string!!"),
        ("deploymentID", "string!"),
        ("mediaID", "string"),
        ("eventStart", _TIME + "!"),
        ("eventEnd", _TIME + "!"),
        ("observationLevel", "string!"),
        ("observationType", "string!"),
        ("scientificName", "string"),
        ("frequencyLow", "number"),
        ("frequencyHigh", "number"),
        ("classificationProbability", "number"),
        ("observationTags", "string"),
        ("observationComments", "string"),
    ),
}

_FOREIGN = {"media": ("deployments",), "observations": ("deployments", "media")}


@dataclass(slots=True)
class _Deployment:
    """A site, and when it was recorded there."""

    number: str
    row: Row
    start: dt.datetime
    end: dt.datetime


@dataclass(slots=True)
class _Seen:
    """What the description tells of the tables."""

    deployments: dict[tuple[str, float, float], _Deployment] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    people: dict[str, None] = field(default_factory=dict)

    def at(self, row: Row, start: dt.datetime, end: dt.datetime) -> _Deployment:
        """Find the deployment of a row, or begin one; it lasts from its first recording to its last."""
        assert row.latitude is not None
        assert row.longitude is not None
        name = site_of(row)
        key = name, row.latitude, row.longitude
        if key not in self.deployments:
            # Two places of one name are two deployments.
            alike = sum(other == name for other, _, _ in self.deployments)
            number = name if not alike else f"{name} ({alike + 1})"
            self.deployments[key] = _Deployment(number, row, start, end)
        found = self.deployments[key]
        found.start, found.end = min(found.start, start), max(found.end, end)
        return found


def write_package(rows: Iterable[Row], out: Path) -> int:
    """Write the package into a folder that has its audio, and return the number of observations."""
    seen = _Seen()
    count = 0
    with text_file(out / "media.csv") as media, text_file(out / "observations.csv") as observations:
        of_media, of_observations = writer_to(media), writer_to(observations)
        of_media.writerow(_names("media"))
        of_observations.writerow(_names("observations"))
        for row in rows:
            start = start_of(row)
            assert start is not None  # rows without one have no place in the format
            end = start + dt.timedelta(seconds=row.duration)
            deployment = seen.at(row, start, end)
            seen.people[row.recordist] = None
            number = os.path.basename(row.path)
            of_media.writerow(_medium(row, number, deployment.number, start))
            for ordinal, mark in enumerate(_observed(row), start=1):
                cells = _observation(row, mark, start)
                of_observations.writerow((f"{number}:{ordinal}", deployment.number, number, *cells))
                count += 1
                if mark is not None and mark.label:
                    name = _scientific(row, mark.label)
                    seen.names[name] = row.common_name if name == row.scientific_name else ""
    with text_file(out / "deployments.csv") as handle:
        writer = writer_to(handle)
        writer.writerow(_names("deployments"))
        writer.writerows(map(_site, seen.deployments.values()))
    with text_file(out / PACKAGE) as handle:
        json.dump(_package(out.name.removesuffix(".part"), seen), handle, ensure_ascii=False, indent=1)
        handle.write("\n")
    return count


def _names(table: str) -> list[str]:
    return [name for name, _ in TABLES[table]]


def _observed(row: Row) -> Iterator[Segment | None]:
    """Give what is observed in a row; None stands for nothing, where somebody looked."""
    found = marks(row)
    yield from found
    if row.annotations == ():
        yield None


def _site(deployment: _Deployment) -> tuple[object, ...]:
    row = deployment.row
    ends = spelt(deployment.start), spelt(deployment.end)
    site = parse.printable(row.extra.get("site", ""))
    device = parse.printable(row.extra.get("device", ""))
    return deployment.number, site, site_of(row), row.latitude, row.longitude, *ends, device


def _medium(row: Row, number: str, deployment: str, start: dt.datetime) -> tuple[object, ...]:
    credit = "; ".join(part for part in (row.recordist, row.license, row.url) if part)
    return (
        number,
        deployment,
        spelt(start),
        f"{row.duration:.6f}".rstrip("0").rstrip("."),
        row.path,
        "true" if row.url else "false",
        os.path.basename(row.path),
        media_type(row.path),
        row.sr or "",
        row.channels or "",
        credit,
    )


def _observation(row: Row, mark: Segment | None, start: dt.datetime) -> tuple[object, ...]:
    """Give the cells of an observation behind its numbers."""
    if mark is None:
        whole = spelt(start), spelt(start + dt.timedelta(seconds=row.duration))
        return (*whole, "media", "blank", "", "", "", "", "", "")
    ends = (spelt(start + dt.timedelta(seconds=end)) for end in (mark.onset, mark.offset))
    kind = "animal" if mark.label else "unclassified"
    band = ("" if limit is None else limit for limit in (mark.low_freq, mark.high_freq))
    tag = LABEL + mark.label if mark.label else ""
    score = "" if mark.score is None else mark.score
    return (*ends, "media", kind, _scientific(row, mark.label), *band, score, tag, mark.note)


def _scientific(row: Row, label: str) -> str:
    """Name the taxon of a class; the class itself where no other name is known."""
    return row.scientific_name if row.scientific_name and label == row.label else label


def _package(name: str, seen: _Seen) -> Mapping[str, Any]:
    deployments = list(seen.deployments.values())
    places = [(each.row.longitude, each.row.latitude) for each in deployments]
    days = sorted(spelt(end)[:10] for each in deployments for end in (each.start, each.end))
    return {
        "name": "".join(sign if sign.isalnum() else "-" for sign in name.lower()) or "package",
        "profile": PROFILE,
        # The dataset, not the clock, decides what is written: the package says when its last recording ended.
        "created": max((spelt(each.end) for each in deployments), default="1970-01-01T00:00:00Z"),
        "contributors": [{"title": who, "role": "contributor"} for who in seen.people if who]
        or [{"title": "not known", "role": "contributor"}],
        "project": {
            "title": name,
            "protocolType": "acoustic",
            "samplingDesign": "opportunistic",
            "captureMethod": ["timeLapse"],
            "individualAnimals": False,
            "observationLevel": ["media"],
        },
        "spatial": {"type": "MultiPoint", "coordinates": list(dict.fromkeys(places))},
        "temporal": {"start": days[0] if days else "", "end": days[-1] if days else ""},
        "taxonomic": [
            {"scientificName": name} | ({"vernacularNames": {"eng": common}} if common else {})
            for name, common in sorted(seen.names.items())
        ],
        "resources": [_resource(table) for table in TABLES],
    }


def _resource(table: str) -> dict[str, Any]:
    schema: dict[str, Any] = {
        "name": table,
        "fields": [_field(name, kind) for name, kind in TABLES[table]],
        "missingValues": [""],
        "primaryKey": TABLES[table][0][0],
    }
    schema["foreignKeys"] = [
        {"fields": key, "reference": {"resource": other, "fields": key}}
        for other in _FOREIGN.get(table, ())
        for key in [TABLES[other][0][0]]
    ]
    return {
        "name": table,
        "path": f"{table}.csv",
        "profile": "tabular-data-resource",
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "schema": schema
        if schema["foreignKeys"]
        else {k: v for k, v in schema.items() if k != "foreignKeys"},
    }


def _field(name: str, kind: str) -> dict[str, Any]:
    """Describe a column."""
    type_, _, form = kind.rstrip("!").partition(" ")
    found: dict[str, Any] = {"name": name, "type": type_} | ({"format": form} if form else {})
    unique = {"unique": True} if kind.endswith("!!") else {}
    return found | {"constraints": {"required": kind.endswith("!"), **unique}}
