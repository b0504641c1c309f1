"""Files of an archive's recordings, found by the numbers in its metadata.

Clients name files after the number, each in its own way: ``XC111.mp3``, ``XC111 - Common Blackbird - Turdus
merula.mp3``, ``111.mp3``, or ``Turdus-merula-111.mp3``. The name in the table is that of the upload.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path

from curate.formats import Report
from curate.formats.files.origins import collection_from, origin
from curate.formats.files.walk import is_audio, walked
from curate.formats.tables.table import PATH_COLUMNS, Record, find

#: A number alone, or behind genus and epithet.
_NUMBER = re.compile(r"(?:[A-Z][a-z]+[-_ ][a-z]+[-_ ])?(\d+)")


def by_number(
    columns: list[str], read: Callable[[Report], Iterable[Record]], folder: Path, archive: str, *, deep: bool
) -> tuple[list[str], Callable[[Report], Iterator[Record]]]:
    """Put the file of each number into the column of paths, if exactly one file bears it.

    Parameters
    ----------
    columns
        Of the records, which name their recording (``xeno-canto:111``) in `recording_id`.
    folder, deep
        Where the files lie, and whether folders in it are looked at, too.

    Returns
    -------
    The columns, perhaps with one of paths, and the records.
    """
    path_in = find(columns, PATH_COLUMNS) or "path"
    files: dict[str, list[str]] = {}

    def records(report: Report) -> Iterator[Record]:
        if not files:
            files.update(_numbered(folder, archive, deep=deep))
        for line, record in read(report):
            name = str(record.get("recording_id") or "")
            found = files.get(name, [])
            if len(found) == 1:
                yield line, {**record, path_in: found[0]}
            elif name and (found or not record.get(path_in)):
                yield line, {**record, path_in: collection_from(archive) + name.rpartition(":")[2]}
            else:
                yield line, record

    return [*columns, *(() if path_in in columns else (path_in,))], records


def _numbered(folder: Path, archive: str, *, deep: bool) -> dict[str, list[str]]:
    """List the files in a folder whose names have a number of the archive, by the recording's id."""
    files: dict[str, list[str]] = {}
    for parent, names in islice(walked(folder), None if deep else 1):
        for name in filter(is_audio, names):
            told, bare = origin(name), _NUMBER.fullmatch(os.path.splitext(name)[0])
            number = told[1] if told is not None else f"{archive}:{bare[1]}" if bare is not None else ""
            if number:
                files.setdefault(number, []).append(os.path.abspath(os.path.join(parent, name)))
    return files
