"""Croissant 1.0: a data set that machines can read about, with its table and its audio.

A folder with ``croissant.json`` (JSON-LD), ``recordings.csv`` and ``audio/``. The record set
``recordings`` gives the rows of the table; MP3 files have a record set that gives the sound itself.
See http://mlcommons.org/croissant/1.0.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from curate.formats.files.output import text_file
from curate.formats.tables.csv import writer_to
from curate.formats.trainers import card
from curate.formats.trainers.audiofolder import COLUMNS, metadata
from curate.model import Row

_CONTEXT = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "cr": "http://mlcommons.org/croissant/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataBiases": "cr:dataBiases",
    "dataCollection": "cr:dataCollection",
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "equivalentProperty": "cr:equivalentProperty",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileObject": "cr:fileObject",
    "fileProperty": "cr:fileProperty",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "parentField": "cr:parentField",
    "path": "cr:path",
    "personalSensitiveInformation": "cr:personalSensitiveInformation",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "samplingRate": "cr:samplingRate",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}

_NUMBERS = frozenset({
    "duration", "weight", "rating", "latitude", "longitude", "source_onset", "source_offset",
})  # fmt: skip
_COUNTS = frozenset({"sr", "copies"})  # a fold may be empty, which is no number

#: The one kind of audio that mlcroissant 1.1 itself decodes; the table names the files of every kind.
_LOADED = "mp3"

_MEDIA = {
    "flac": "audio/flac",
    "mp3": "audio/mpeg",
    "ogg": "audio/ogg",
    "opus": "audio/ogg",
    "wav": "audio/wav",
}


def write(rows: Iterable[Row], out: Path) -> int:
    """Write the description, the table and a card of a folder whose audio stands in it already.

    Returns
    -------
    Number of rows.
    """
    about = card.Card()
    endings: set[str] = set()
    licenses: set[str] = set()
    count = 0
    with text_file(out / "recordings.csv") as handle:
        writer = writer_to(handle)
        writer.writerow(("file_name", *COLUMNS))
        for row in rows:
            told = metadata(row)
            told["secondary_labels"] = ";".join(row.secondary_labels)
            writer.writerow((row.path, *(told[column] for column in COLUMNS)))
            endings.add(os.path.splitext(row.path)[1].lstrip("."))
            licenses.add(row.license)
            about.add(row)
            count += 1
    about.write(out / "README.md")
    name = out.name.removesuffix(".part")
    with text_file(out / "croissant.json") as handle:
        described = _described(
            name, _sha256(out / "recordings.csv"), sorted(endings), sorted(licenses - {""})
        )
        json.dump(described, handle, ensure_ascii=False, indent=2)
        handle.write("\n")
    return count


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _described(name: str, sha256: str, endings: list[str], licenses: list[str]) -> dict[str, Any]:
    table = {
        "@type": "cr:FileObject",
        "@id": "recordings.csv",
        "name": "recordings.csv",
        "contentUrl": "recordings.csv",
        "encodingFormat": "text/csv",
        "sha256": sha256,
    }
    audio = [
        {
            "@type": "cr:FileSet",
            "@id": f"{ending}-files",
            "name": f"{ending}-files",
            "encodingFormat": _MEDIA.get(ending, f"audio/{ending}"),
            "includes": f"audio/*.{ending}",
        }
        for ending in endings
    ]
    return {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "name": name,
        "description": "Recordings of animal sound, made ready by curate.",
        "conformsTo": "http://mlcommons.org/croissant/1.0",
        "license": licenses or ["unknown"],
        "url": "https://example.org/" + name,
        "version": "1.0.0",
        "distribution": [table, *audio],
        "recordSet": [_recordings(), *(_audio(ending) for ending in endings if ending == _LOADED)],
    }


def _recordings() -> dict[str, Any]:
    def field(column: str) -> dict[str, Any]:
        kind = "sc:Float" if column in _NUMBERS else "sc:Integer" if column in _COUNTS else "sc:Text"
        return {
            "@type": "cr:Field",
            "@id": f"recordings/{column}",
            "name": column,
            "dataType": kind,
            "source": {"fileObject": {"@id": "recordings.csv"}, "extract": {"column": column}},
        }

    return {
        "@type": "cr:RecordSet",
        "@id": "recordings",
        "name": "recordings",
        "field": [field(column) for column in ("file_name", *COLUMNS)],
    }


def _audio(ending: str) -> dict[str, Any]:
    def field(name: str, kind: str, what: str) -> dict[str, Any]:
        return {
            "@type": "cr:Field",
            "@id": f"{ending}/{name}",
            "name": name,
            "dataType": kind,
            "source": {"fileSet": {"@id": f"{ending}-files"}, "extract": {"fileProperty": what}},
        }

    return {
        "@type": "cr:RecordSet",
        "@id": ending,
        "name": ending,
        "field": [field("file", "sc:Text", "filename"), field("audio", "sc:AudioObject", "content")],
    }
