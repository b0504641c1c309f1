"""The one door to the network.

    with Http(Manners(contact="me@example.org")) as http:
        answer = http.get(f"{XENO_CANTO}/recordings", {"query": "gen:Turdus"}, secret={"key": key})
        file = http.download(url, folder / "XC1234", expect=Expectation(name_hint="Song.WAV"))

One `Http` serves all threads of a run: they share its connections and its limits per host.
Secrets never reach an exception, a log record or an answer.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar
from urllib.parse import urlencode, urlsplit, urlunsplit

import requests

from curate.errors import NetError, Unreachable
from curate.net.daily_limit import Hours, Volumes
from curate.net.error_text import said
from curate.net.file_urls import fetch_local, is_local
from curate.net.limits import Limit, Manners
from curate.net.rate import Buckets, Clock
from curate.net.records import Check, Downloaded, Expectation, HttpAnswer
from curate.net.redact import Redactor
from curate.net.retry import Hosts, Patience, asked_to_wait, may_change
from curate.net.session import AttemptFailed, Sessions
from curate.net.transfer import Transfer, Wanted
from curate.progress import Advance

__all__ = ["Check", "Downloaded", "Expectation", "Http", "HttpAnswer", "Limit", "Manners"]


#: Largest answer of `Http.get`; what is larger is a file, and is downloaded.
_LARGEST = 256 << 20

#: Logs the URL of each request when a program asks for it.
_LOG = logging.getLogger("urllib3.connectionpool")

_MANNERS = Manners()
_ANY_SOUND = Expectation()

_Result = TypeVar("_Result")


class Http:
    """Requests of one run. May be used from many threads at once.

    Leaving it, also by Ctrl-C, ends what is still under way in other threads: it raises `NetError` there.

    Parameters
    ----------
    manners
    fetched
        What earlier runs fetched from hosts that limit it by the day.
    clock
        For tests, which cannot wait for minutes.

    Attributes
    ----------
    volumes
        What such hosts have sent by now.
    """

    def __init__(
        self, manners: Manners = _MANNERS, *, fetched: Hours | None = None, clock: Clock | None = None
    ) -> None:
        self.manners = manners
        self._clock = clock or Clock()
        self._redact = Redactor()
        self._buckets = Buckets(manners, self._clock)
        self._hosts = Hosts(manners.patience)
        self._sessions = Sessions(manners, self._buckets, self._hosts, self._clock)
        self.volumes = Volumes(manners, fetched or {}, self._clock)
        self._transfer = Transfer(self._sessions, self._buckets, self.volumes, self._clock, manners)
        _LOG.addFilter(self._redact)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Give up what is under way, and close all connections."""
        self._clock.stop()
        self._sessions.close()
        _LOG.removeFilter(self._redact)

    def get(
        self,
        url: str,
        params: Mapping[str, str] | None = None,
        *,
        secret: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> HttpAnswer:
        """Ask for something small: a page of an API, a table.

        Parameters
        ----------
        url
            http or https.
        params
            Query parameters, which are encoded here.
        secret
            More query parameters, whose values appear nowhere else.
        headers
            More headers. The value of `Authorization` is a secret, too.

        Returns
        -------
        Any final answer, also 4xx: who asks knows what it means.

        Raises
        ------
        AddressRefused
            If the URL, or a redirect, leads to another scheme or a private address.
        Unreachable
            If there was no final answer within `Manners.patience`: no connection, or 408, 425,
            429 and 5xx each time.
        NetError
            If the answer cannot be read, or is larger than 256 MB.
        """
        self._redact.learn(secret, headers)
        asked = _with_query(url, params, secret)
        return self._guarded(asked, lambda patience: self._ask(asked, headers or {}, patience))

    def download(
        self,
        url: str,
        target_stem: Path,
        *,
        expect: Expectation = _ANY_SOUND,
        check: Check | None = None,
        progress: Advance | None = None,
        secret: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Downloaded:
        """Fetch a file. One that was begun earlier is resumed.

        Nothing is at the final path before all of it came in and was verified and synced to disk.
        Until then it is in ``<target_stem>.part``, with what is known of it in ``<target_stem>.part.json``.

        Parameters
        ----------
        url
            http or https, and file where `Manners.allow_files` allows it.
        target_stem
            Path without its extension, unique to this file. Folders are made. A file at
            the final path is replaced.
        expect
        check
            Called with the path of the whole ``.part`` before it is renamed.
        progress
            Called with each amount of new bytes, from the thread that fetches: those of an earlier run at
            once, and a negative amount where bytes had to be thrown away.
        secret, headers
            As in `get`.

        Raises
        ------
        AddressRefused, Unreachable
            As in `get`.
        DaySpent
            If the host's `Limit.day` is reached. What came stays for the next run.
        NotOnServer
            If the answer is 404 or 410.
        BodyRefused
            If what came is not what was expected: not audio, wrong size or checksum, or `check`
            found a fault.
        NetError
            If the answer is another 4xx.
        OSError
            If the file cannot be written.
        """
        self._redact.learn(secret, headers)
        asked = _with_query(url, None, secret)
        wanted = Wanted(
            asked, self._redact(asked), headers or {}, target_stem, expect, check, progress or _nobody
        )
        if is_local(asked):
            return fetch_local(wanted, self.manners.allow_files)
        return self._guarded(asked, lambda patience: self._transfer.fetch(wanted, patience))

    def _guarded(self, url: str, work: Callable[[Patience], _Result]) -> _Result:
        """Do the work for a URL, with the patience that its host has earned; clean its errors."""
        try:
            result = work(Patience(self._redact(url), self._hosts, self._clock))
        except NetError as error:
            failure = error
        else:
            self._hosts.delivered(url)
            return result
        if isinstance(failure, Unreachable):
            self._hosts.gave_up(url)
        # Outside of the handler: nothing is chained to it that could quote a secret.
        raise type(failure)(
            self._redact(failure.message), hint=None if failure.hint is None else self._redact(failure.hint)
        )

    def _ask(self, url: str, headers: Mapping[str, str], patience: Patience) -> HttpAnswer:
        """Ask until there is a final answer."""
        while True:
            waited: list[float] = []
            try:
                with self._sessions.open(url, headers, waited) as response:
                    answer = self._read(response)
            except AttemptFailed as trouble:
                problem, status, asked = trouble.problem, trouble.status, trouble.asked
            else:
                status = answer.status
                if not may_change(status):
                    return answer
                words = said(answer.body)
                problem = f"answered {status}: {words}" if words else f"answered {status}"
                asked = asked_to_wait(answer.headers, self._clock.wall())
                if asked:
                    self._buckets.requests(url).pause(asked)
            patience.forgive(sum(waited))
            patience.wait(problem, status=status, asked=asked)

    def _read(self, response: requests.Response) -> HttpAnswer:
        """Read all of an answer, unless it is too large or too slow."""
        chunks, size, started = [], 0, self._clock.now()
        while chunk := response.raw.read1(1 << 16, decode_content=True):
            chunks.append(chunk)
            size += len(chunk)
            self._clock.check()
            if size > _LARGEST:
                raise NetError(
                    f"{response.url} answered with more than {_LARGEST >> 20} MB", hint="narrow the question"
                )
            elapsed = self._clock.now() - started
            if elapsed > self.manners.read_timeout and size < self.manners.min_speed * elapsed:
                raise AttemptFailed(f"sent only {size / elapsed:.0f} bytes per second", slow=True)
        # What is read on by programs, as a link to the next page, keeps what it needs.
        headers = {name.lower(): self._redact.known(value) for name, value in response.headers.items()}
        return HttpAnswer(
            response.status_code, headers, self._redact.bytes(b"".join(chunks)), self._redact(response.url)
        )


def _with_query(url: str, params: Mapping[str, str] | None, secret: Mapping[str, str] | None) -> str:
    """Put parameters behind those that the URL has."""
    more = urlencode({**(params or {}), **(secret or {})})
    if not more:
        return url
    parts = urlsplit(url)
    return urlunsplit(parts._replace(query=f"{parts.query}&{more}" if parts.query else more))


def _nobody(_amount: float) -> None:
    """Watch nothing."""
