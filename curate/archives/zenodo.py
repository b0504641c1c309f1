"""Zenodo: the files of a record, with the checksums that it gives (https://developers.zenodo.org)."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar
from urllib.parse import quote

from curate.archives import Ask, ResultPage, Search, fields
from curate.archives.json_answers import as_object, listed, refused
from curate.archives.licenses import normalise
from curate.archives.remote import Origin, RemoteFile
from curate.errors import CurateError, NetError, UsageError
from curate.model import Problem
from curate.net.limits import Limit
from curate.net.records import HttpAnswer

SERVER = "https://zenodo.org"


class Zenodo:
    """Ask for a record.

    Parameters
    ----------
    record
        Its number, DOI or address.
    files
        Only files of these names. ``*`` and ``?`` stand for other characters.
    server
        Another server that speaks the same.

    Raises
    ------
    UsageError
        If that is no record.
    """

    name: ClassVar[str] = "zenodo"
    # Guests: 60 requests a minute, 2,000 an hour.
    limits: ClassVar[Mapping[str, Limit]] = {"zenodo.org": Limit(requests=0.5, burst=30)}
    rated: ClassVar[bool] = False
    secret: Mapping[str, str] = {}
    headers: Mapping[str, str] = {}

    def __init__(self, *, record: str, files: Sequence[str] = (), server: str = SERVER) -> None:
        self.problems: list[Problem] = []
        # As copied from a browser, too: with a file, a preview or a place on the page.
        found = re.search(r"(?:^|zenodo[.:]|/records?/)(\d+)(?:$|[/?#])", record.strip())
        if found is None:
            raise UsageError(f"'{record}' must be a record of Zenodo", hint="for example 7050014, or its DOI")
        self._number = found[1]
        self._wanted = tuple(files)
        self._server = server.rstrip("/")

    def searches(self) -> Iterator[Search]:
        """List the one question."""
        yield Search(f"record {self._number}", Ask(f"{self._server}/api/records/{self._number}"))

    def read(self, search: Search, ask: Ask, body: bytes) -> ResultPage:
        """Read a record, in its older or newer form."""
        del search, ask
        answer = as_object(body, "Zenodo")
        meta = answer.get("metadata")
        if not isinstance(meta, dict):
            raise NetError("Zenodo's answer is no record", hint="run the same command again later")
        problems: list[Problem] = []
        entries = listed(answer.get("files"))
        files = [each for entry in entries if (each := self._file(entry, problems)) is not None]
        chosen = matching(files, self._wanted)
        if not chosen:
            there = ", ".join(each.name for each in files[:8]) or "none (its files may be restricted)"
            page = f"{self._server}/records/{self._number}"
            problems.append(
                Problem("unavailable", page, f"the chosen files are missing. Files there: {there}")
            )
        return ResultPage(files=chosen, origin=self._origin(answer, meta), problems=problems)

    def _file(self, entry: Mapping[str, Any], problems: list[Problem]) -> RemoteFile | None:
        name = fields.text(entry.get("key") or entry.get("filename"))
        if name is None:
            return None
        links = entry.get("links")
        links = links if isinstance(links, dict) else {}
        url = fields.absolute(links.get("self") or links.get("download") or links.get("content"))
        checksum = None
        try:
            checksum = fields.checksum(entry.get("checksum"))
        except ValueError as error:
            problems.append(Problem("bad-row", name, f"fetched without its checksum: {error}"))
        return RemoteFile(
            name,
            url or f"{self._server}/api/records/{self._number}/files/{quote(name)}/content",
            fields.whole(entry.get("size") or entry.get("filesize")),
            checksum,
        )

    def _origin(self, answer: Mapping[str, Any], meta: Mapping[str, Any]) -> Origin:
        stated = meta.get("license")
        words = stated.get("id") if isinstance(stated, dict) else stated
        people = [fields.text(each.get("name")) for each in listed(meta.get("creators"))]
        doi = fields.text(answer.get("doi") or meta.get("doi"))
        return Origin(
            "zenodo",
            self._number,
            f"https://doi.org/{doi}" if doi else f"{self._server}/records/{self._number}",
            fields.text(meta.get("title")) or "",
            "; ".join(each for each in people if each),
            normalise(fields.text(words)),
        )

    def refused(self, answer: HttpAnswer) -> CurateError:
        """Say that a record is missing or private."""
        if answer.status in (401, 403, 404, 410):
            return UsageError(f"unknown public record of Zenodo: {self._number}")
        return refused(answer, "Zenodo")


def matching(files: Sequence[RemoteFile], wanted: Sequence[str]) -> list[RemoteFile]:
    """Choose files by their names, whole or last part. By default all."""
    return [
        each
        for each in files
        if not wanted
        or any(
            fnmatch.fnmatchcase(name, wish)
            for wish in wanted
            for name in (each.name, each.name.rpartition("/")[2])
        )
    ]
