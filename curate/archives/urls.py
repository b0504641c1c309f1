"""Any table with a column of URLs: a BirdCLEF table, a manifest, a list of one's own.

What the other columns say goes with each recording. A URL of Xeno-canto, iNaturalist or the
Colombian Sound Archive makes the recording theirs, so that it is not fetched twice.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import unquote, urlsplit

from curate.archives import Ask, ResultPage, Search, fields
from curate.archives.identity import identity_of
from curate.archives.json_answers import refused
from curate.archives.licenses import normalise
from curate.archives.multimedia import KEYS, TYPES, MediaTable, is_medium_type, other_than_sound
from curate.archives.remote import Identity, RemoteRecording
from curate.errors import CurateError, FormatError
from curate.formats import parse
from curate.formats.tables import table
from curate.model import Problem, Taxon
from curate.net.limits import Limit
from curate.net.records import HttpAnswer
from curate.net.redact import without_secrets

#: Columns that may hold the URL, the likeliest first: beside one of a sound, `url` is that of a page.
URL_COLUMNS = (
    "sound_url", "audio_url", "file_url", "download_url", "accessuri", "url", "identifier", "link",
    "source_url",
)  # fmt: skip

#: Columns whose row has no sound where they are empty.
_OF_SOUNDS = ("sound_url", "audio_url")

#: Columns that may hold a checksum.
_CHECKSUMS = ("checksum", "md5", "sha256")
_SIZES = ("bytes", "size", "filesize", "file_size")

#: Columns without a use that are named.
_LISTED = 8


class Urls:
    """Read a table of URLs.

    Parameters
    ----------
    file
        CSV, with commas, semicolons or tabs.
    url_column, label_column
        Columns whose names are not the usual ones.

    Raises
    ------
    FormatError
        If there is no such file, or no such column.
    """

    name: ClassVar[str] = "urls"
    limits: ClassVar[Mapping[str, Limit]] = {}
    rated: ClassVar[bool] = False
    secret: Mapping[str, str] = {}
    headers: Mapping[str, str] = {}

    def __init__(
        self, *, file: str | os.PathLike[str], url_column: str | None = None, label_column: str | None = None
    ) -> None:
        self.problems: list[Problem] = []
        self._taxa, self._rows = by_label(listed(Path(file), url_column, label_column, self.problems))

    def searches(self) -> Iterator[Search]:
        """List the labels of the table. They are final."""
        for label, taxon in self._taxa.items():
            yield Search(label or "unlabelled", Ask("", {"label": label}), taxon)

    def read(self, search: Search, ask: Ask, body: bytes) -> ResultPage:
        """Give the recordings of a label."""
        del search, body
        return ResultPage(self._rows[ask.params["label"]])

    def refused(self, answer: HttpAnswer) -> CurateError:
        """Say what a server said."""
        return refused(answer, "the server")


def by_label(
    rows: Iterable[tuple[Taxon, RemoteRecording]],
) -> tuple[dict[str, Taxon], dict[str, list[RemoteRecording]]]:
    """Sort recordings by label, in the order of the table."""
    taxa: dict[str, Taxon] = {}
    found: dict[str, list[RemoteRecording]] = {}
    for taxon, recording in rows:
        taxa.setdefault(taxon.label, taxon)
        found.setdefault(taxon.label, []).append(recording)
    return taxa, found


def listed(
    path: Path, url_column: str | None, label_column: str | None, problems: list[Problem]
) -> Iterator[tuple[Taxon, RemoteRecording]]:
    """Read the rows of a table that name a URL, each with its class.

    Raises
    ------
    FormatError
        If there is no such file, or no such column.
    """
    sheet = MediaTable.open(path)
    urls = table.choose(sheet.columns, URL_COLUMNS, sheet.names.get(url_column or "", url_column), path)
    if urls is None:
        raise FormatError(
            f"{path} lacks a column of URLs: expected one of {', '.join(URL_COLUMNS)}",
            hint=f"name it with --url-column. Columns there: {', '.join(sheet.names)}",
        )
    label_column = sheet.names.get(label_column or "", label_column)
    labels = table.choose(sheet.columns, table.LABEL_COLUMNS, label_column, path)
    meaning = table.Meaning(sheet.columns, path)
    sums = [name for each in _CHECKSUMS if (name := table.find(sheet.columns, (each,)))]
    size = table.find(sheet.columns, _SIZES)
    _tell_unused(sheet, {urls, labels, size, *sums}, problems)
    if sheet.is_of_observations:
        words = "the licences in it are those of observations, not of their sounds, and are not taken over"
        problems.append(Problem("unsure-license", str(path), words))
    for line, record in sheet.records(problems.append):
        other = other_than_sound(record, sheet.columns)
        if other is not None:
            problems.append(Problem("no-sound", f"{path}:{line}", f"it is of type {other}, and left out"))
            continue
        cell = parse.text(record.get(urls))
        url = fields.absolute(cell)
        if not cell and urls in _OF_SOUNDS:
            problems.append(Problem("no-sound", f"{path}:{line}", f"its column {urls} is empty"))
            continue
        if url is None or "://" not in url:
            why = f"'{cell}' is no whole URL" if cell else "its URL is empty"
            problems.append(Problem("bad-row", f"{path}:{line}", why))
            continue
        known = meaning.fields(record, line, problems.append)
        if sheet.is_of_observations and "license" in known:
            known["extra"]["observation_license"] = known.pop("license")
        label = parse.text(record.get(labels)) if labels else ""
        checksum = _checksum(record, sums, f"{path}:{line}", problems)
        taxon = Taxon(
            label,
            known.get("scientific_name", ""),
            known.get("common_name", ""),
            known.get("class_name", ""),
            known["extra"].get("inat_taxon_id", ""),
        )
        yield taxon, _recording(url, known, checksum, fields.whole(record.get(size)) if size else None)


def _tell_unused(sheet: MediaTable, used: Collection[str | None], problems: list[Problem]) -> None:
    """Report columns that are taken for nothing, in one line: exports of archives have hundreds."""
    known = {*used, *table.fields_in(sheet.columns), *URL_COLUMNS, *TYPES, *KEYS}
    ours = {own: name for own, name in sheet.names.items() if own.strip()}
    unused = [own for own, name in ours.items() if name not in known and table.normal(name) not in known]
    if unused:
        more = f" and {len(unused) - _LISTED:,} more" if len(unused) > _LISTED else ""
        words = parse.printable(", ".join(unused[:_LISTED])) + more
        problems.append(Problem("unused-column", str(sheet.path), words))


def _checksum(record: Mapping[str, Any], sums: list[str], here: str, problems: list[Problem]) -> str | None:
    """Read the first checksum of a row. An unknown kind is reported, and the file fetched without."""
    for column in sums:
        try:
            found = fields.checksum(record[column])
        except ValueError as error:
            problems.append(Problem("bad-row", here, f"column {column}: {error}"))
            continue
        if found is not None:
            return found
    return None


def _recording(url: str, known: Mapping[str, Any], checksum: str | None, size: int | None) -> RemoteRecording:
    archive, archive_id = _identity(url, known)
    extra = dict(known["extra"])
    if is_medium_type(extra.get("sound_type", "")):
        del extra["sound_type"]
    rating = known.get("rating")
    return RemoteRecording(
        archive=archive,
        archive_id=archive_id,
        url=without_secrets(url),
        file_urls=(_file(url, archive, archive_id),),
        file_name=unquote(urlsplit(url).path.rpartition("/")[2]) or None,
        scientific_name=known.get("scientific_name"),
        common_name=known.get("common_name"),
        class_name=known.get("class_name"),
        background=known.get("secondary_labels", ()),
        recordist=known.get("recordist"),
        license=normalise(known.get("license")),
        # 0 is how BirdCLEF writes "unrated".
        rating=rating or None,
        sound_type=extra.pop("sound_type", None),
        sex=extra.pop("sex", None),
        stage=extra.pop("stage", None),
        date=known.get("date"),
        time=time if (time := extra.pop("time", None)) and fields.clock(time) else None,
        latitude=known.get("latitude"),
        longitude=known.get("longitude"),
        elevation=extra.pop("elevation", None),
        locality=extra.pop("locality", None),
        country=extra.pop("country", None),
        remarks=extra.pop("remarks", None),
        device=extra.pop("device", None),
        bytes=size,
        checksum=checksum,
        extra=extra,
    )


def _identity(url: str, known: Mapping[str, Any]) -> Identity:
    origin = identity_of(url)
    if origin is not None:
        return origin
    archive, colon, number = str(known.get("recording_id", "")).partition(":")
    if colon and number:
        return archive, number
    parts = urlsplit(url)
    name = unquote(f"{parts.hostname or ''}{parts.path}")
    # What follows the question mark tells files apart. A signature is another one each day.
    query = urlsplit(without_secrets(url)).query
    return "urls", name + (f"-{hashlib.sha256(query.encode()).hexdigest()[:8]}" if query else "")


def _file(url: str, archive: str, archive_id: str) -> str:
    """Find the audio behind a page: tables of BirdCLEF name the pages of Xeno-canto, old ones others."""
    parts = urlsplit(url)
    is_of_xc = archive == "xeno-canto" and (parts.hostname or "").removeprefix("www.") == "xeno-canto.org"
    is_page = is_of_xc and not parts.path.startswith("/sounds/") and not parts.path.endswith("/download")
    return f"https://xeno-canto.org/{archive_id}/download" if is_page else url
