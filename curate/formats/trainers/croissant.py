"""Croissant 1.0: a dataset that machines can read about, with its table and its audio.

A folder with ``croissant.json`` (JSON-LD), ``recordings.parquet`` and ``audio/``. The table is Parquet, since
mlcroissant guesses the types of a CSV: a class called 007 would come back as 7.0. The record set
``recordings`` gives the rows of the table. MP3 files have a record set that gives the sound itself.
See http://mlcommons.org/croissant/1.0.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from curate.errors import FormatError
from curate.formats import Report, parse
from curate.formats.files.output import text_file
from curate.formats.tables import parquet
from curate.formats.trainers import card
from curate.formats.trainers.audiofolder import COLUMNS, metadata
from curate.model import Row
from curate.storage.files import sha256_of

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

#: The table of the recordings.
TABLE = "recordings.parquet"

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


def read(
    path: Path,
    *,
    report: Report,
    label_column: str | None = None,
    path_column: str | None = None,
    audio_folder: Path | None = None,
) -> Iterator[Row]:
    """Read the table of a folder that `write` made, or of its ``croissant.json``.

    Raises
    ------
    FormatError
        If there is no table of recordings next to the description.
    """
    table = (path if path.is_dir() else path.parent) / TABLE
    if not table.is_file():
        raise FormatError(f"{path} lacks {TABLE} next to it", hint="only Croissant of curate's is read")
    return parquet.read(
        table,
        report=report,
        label_column=label_column,
        path_column=path_column or "file_name",
        audio_folder=audio_folder,
    )


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
    with parquet.text_table(out / TABLE, ("file_name", *COLUMNS), numbers=_NUMBERS, counts=_COUNTS) as add:
        for row in rows:
            told = metadata(row)
            told["secondary_labels"] = _cell_of(row.secondary_labels)
            told["fold"] = None if row.fold is None else str(row.fold)
            # Nothing is null, not an empty text, which readers take for a class.
            add((row.path, *(None if told[column] == "" else told[column] for column in COLUMNS)))
            endings.add(os.path.splitext(row.path)[1].lstrip("."))
            licenses.add(row.license)
            about.add(row)
            count += 1
    about.write(out / "README.md")
    name = out.name.removesuffix(".part")
    with text_file(out / "croissant.json") as handle:
        described = _described(name, sha256_of(out / TABLE), sorted(endings), sorted(licenses - {""}))
        json.dump(described, handle, ensure_ascii=False, indent=2)
        handle.write("\n")
    return count


def _cell_of(names: tuple[str, ...]) -> str:
    """Write names into one cell: between semicolons, or as JSON where that would read otherwise."""
    joined = ";".join(names)
    try:
        reads_alike = parse.names(joined) == names
    except ValueError:  # it begins like a list
        reads_alike = False
    return joined if reads_alike else json.dumps(names, ensure_ascii=False)


def _described(name: str, sha256: str, endings: list[str], licenses: list[str]) -> dict[str, Any]:
    table = {
        "@type": "cr:FileObject",
        "@id": TABLE,
        "name": TABLE,
        "contentUrl": TABLE,
        "encodingFormat": "application/x-parquet",
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
            "source": {"fileObject": {"@id": TABLE}, "extract": {"column": column}},
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
