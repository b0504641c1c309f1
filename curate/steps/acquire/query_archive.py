"""Asking an archive, page by page. Answers are stored, and asked for only once."""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field, replace
from urllib.parse import parse_qsl, urljoin, urlsplit, urlunsplit

from curate.archives import Archive, Ask, ResultPage, Search
from curate.archives.remote import Origin, RemoteFile, RemoteRecording
from curate.catalogue import downloads
from curate.catalogue.store import Store
from curate.errors import CurateError
from curate.model import Problem
from curate.net.http import Http

#: Stands behind a request, for the header that names the next page.
_NEXT = "#next"

#: Stands behind the request of a search that is asked a second time.
_AGAIN = "#again"


@dataclass(slots=True)
class QueryResult:
    """Questions of a run: how many were put, how many answered before and since when, and what else came."""

    pages: int = 0
    kept: int = 0
    oldest: str = ""
    files: list[RemoteFile] = field(default_factory=list)
    origin: Origin | None = None
    problems: list[Problem] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class ArchiveQuery:
    """Puts questions to one archive.

    Parameters
    ----------
    refresh
        Ask again what was answered before.
    """

    store: Store
    archive: Archive
    http: Http
    refresh: bool
    asked: QueryResult = field(default_factory=QueryResult)

    def pages(self, search: Search) -> Iterator[ResultPage]:
        """Ask all pages of a search.

        While pages are read records may move between them: one comes twice, another not at all. So all
        must come that the archive ever promised on the way. Else it is asked a second time. If records
        stay missing, its answers are not kept, so that the next run asks again.
        """
        seen: set[str] = set()
        keys: list[str] = []
        listed, promised = yield from self._once(search, seen, keys, "")
        if listed < promised:
            again, total = yield from self._once(search, seen, keys, _AGAIN)
            # The second list may be whole by itself: records were withdrawn during the first.
            most = max(promised, total)
            if again < total and len(seen) < most:
                words = f"{self.archive.name} reports {most:,} records, but lists {len(seen):,}"
                self.asked.problems.append(Problem("unlisted", search.name, words))
                downloads.forget_answers(self.store, keys)

    def stored(self, search: Search) -> list[RemoteRecording]:
        """List what earlier runs were answered to a search, as far as it was kept."""
        found: list[RemoteRecording] = []
        ask: Ask | None = search.ask
        read: set[str] = set()
        while ask is not None and ask.url and ask.key not in read:
            read.add(ask.key)
            body = downloads.answer(self.store, ask.key)
            if body is None:
                break
            try:
                page = self.archive.read(search, ask, body)
            except CurateError:  # as an earlier version kept it
                break
            found += page.recordings
            ask = page.following
        return found

    def _once(
        self, search: Search, seen: set[str], keys: list[str], suffix: str
    ) -> Generator[ResultPage, None, tuple[int, int]]:
        """Ask all pages once. Gives the number of records in them, and the greatest total of a page."""
        ask: Ask | None = search.ask
        promised, total = 0, None
        listed: set[str] = set()
        while ask is not None:
            keys.append(ask.key + suffix)
            page = self._page(search, ask, keys[-1])
            if page.records and listed.issuperset(page.records):
                words = f"{self.archive.name} repeats its answers; what comes after them is not known"
                self.asked.problems.append(Problem("unlisted", search.name, words))
                downloads.forget_answers(self.store, keys)
                break
            listed.update(page.records)
            seen.update(page.records)
            total = page.total
            promised = max(promised, total or 0)
            self.asked.problems += page.problems if not suffix else []
            self.asked.files += page.files
            self.asked.origin = page.origin or self.asked.origin
            yield page
            ask = page.following
        # Without a total on the last page the archive has said itself that it lists no more.
        return len(listed), 0 if total is None else promised

    def _page(self, search: Search, ask: Ask, key: str) -> ResultPage:
        if not ask.url:
            return self.archive.read(search, ask, b"")
        body = None if self.refresh else downloads.answer(self.store, key)
        if body is not None:
            self.asked.kept += 1
            day = downloads.answered_on(self.store, key)
            self.asked.oldest = min(self.asked.oldest or day, day)
            link = (downloads.answer(self.store, key + _NEXT) or b"").decode() if ask.linked else ""
            return _followed(self.archive.read(search, ask, body), ask, link)
        answer = self.http.get(ask.url, ask.params, secret=self.archive.secret, headers=self.archive.headers)
        if not answer.ok:
            raise self.archive.refused(answer)
        link = answer.headers.get("link", "") if ask.linked else ""
        page = _followed(self.archive.read(search, ask, answer.body), ask, link)
        self.asked.pages += 1
        # An answer that may lack records is not kept, so that the next run asks again.
        if not any(problem.kind == "unlisted" for problem in page.problems):
            # The link comes first: an answer without one would be taken for the last page, should we be
            # killed between the two.
            if ask.linked:
                downloads.keep_answer(self.store, self.archive.name, key + _NEXT, link.encode())
            downloads.keep_answer(self.store, self.archive.name, key, answer.body)
        return page


def _followed(page: ResultPage, ask: Ask, link: str) -> ResultPage:
    """Let a page be followed by the one that its header names, if that is on the same server."""
    found = re.search(r'<([^<>]*)>\s*;[^<>,]*\brel="?next\b', link)
    if found is None or page.following is not None:
        return page
    parts = urlsplit(urljoin(ask.url, found[1]))
    mine = urlsplit(ask.url)
    if (parts.scheme, parts.netloc) != (mine.scheme, mine.netloc):
        words = f"its list continues at another server, {parts.netloc}, which was not asked"
        return replace(page, problems=[*page.problems, Problem("unlisted", ask.url, words)])
    url = urlunsplit((parts.scheme, parts.netloc, parts.path, "", ""))
    return replace(page, following=replace(ask, url=url, params=dict(parse_qsl(parts.query))))
