"""The one door to the network.

    with Http(Manners(contact="me@example.org")) as http:
        answer = http.get("https://xeno-canto.org/api/3/recordings", {"query": "gen:Turdus"}, secret={"key": key})
        file = http.download(url, folder / "XC1234", expect=Expectation(name_hint="Song.WAV"))

One `Http` serves all threads of a run: they share its limits per host, and each has its own connections.
Secrets never reach an exception, a log record or an answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

from curate.net.answer import Answer, Check, Downloaded, Expectation
from curate.progress import Advance

__all__ = ["Answer", "Check", "Downloaded", "Expectation", "Http", "Limit", "Manners"]


@dataclass(frozen=True, slots=True)
class Limit:
    """How much of one host a run takes.

    Parameters
    ----------
    requests : per second
        In the long run; None is no limit.
    burst
        Requests that may go at once after a pause.
    bytes : per second
        In the long run, as an archive asks for by the hour; None is no limit.
    """

    requests: float | None = 4.0
    burst: int = 4
    bytes: float | None = None


@dataclass(frozen=True, slots=True)
class Manners:
    """How to treat servers.

    Parameters
    ----------
    contact
        E-mail address or page of the user, for the User-Agent: a way to reach somebody who asks too much.
    allow_private
        Whether loopback, private and link-local addresses may be asked.
    patience : seconds
        In which a request must make progress, all waits and tries together.
    connect_timeout, read_timeout : seconds
    min_speed : bytes per second
        A body that stays below it for `read_timeout` seconds is cut off and resumed.
    limits
        By host name, or host:port; `default_limit` holds for all others.
    """

    contact: str | None = None
    allow_private: bool = False
    patience: float = 600.0
    connect_timeout: float = 10.0
    read_timeout: float = 60.0
    min_speed: float = 1024.0
    limits: Mapping[str, Limit] = field(default_factory=dict)
    default_limit: Limit = Limit()


class Http:
    """Requests of one run; may be used from many threads at once.

    Leaving it, also by Ctrl-C, ends what is still under way in other threads within a second.
    """

    def __init__(self, manners: Manners = Manners()) -> None:
        self.manners = manners

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Give up what is under way, and close all connections."""
        raise NotImplementedError

    def get(
        self,
        url: str,
        params: Mapping[str, str] | None = None,
        *,
        secret: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Ask for something small: a page of an API, a table.

        Parameters
        ----------
        url
            http or https.
        params
            Query parameters; encoded here.
        secret
            More query parameters, whose values appear nowhere else.
        headers
            More headers; the value of `Authorization` is a secret, too.

        Returns
        -------
        Any final answer, also 4xx: who asks knows what it means.

        Raises
        ------
        AddressRefused
            If the URL, or a redirect, leads to another scheme or a private address.
        Unreachable
            If there was no final answer within `Manners.patience`: no connection, or 408, 425, 429 and 5xx each time.
        NetError
            If the answer cannot be read, or is larger than 256 MB.
        """
        raise NotImplementedError

    def download(
        self,
        url: str,
        target_stem: Path,
        *,
        expect: Expectation = Expectation(),
        check: Check | None = None,
        progress: Advance | None = None,
        secret: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Downloaded:
        """Fetch a file; one that was begun earlier is resumed.

        Nothing is at the final path before all of it came in and was verified and synced to disk.
        Until then it is in ``<target_stem>.part``, with what is known of it in ``<target_stem>.part.json``.

        Parameters
        ----------
        url
            http or https.
        target_stem
            Path without its extension; unique to this file; folders are made. A file at
            the final path is replaced.
        expect
        check
            Called with the path of the whole ``.part`` before it is renamed.
        progress
            Called with each amount of new bytes; negative where bytes had to be thrown away.
        secret, headers
            As in `get`.

        Raises
        ------
        AddressRefused, Unreachable
            As in `get`.
        NotOnServer
            If the answer is 404 or 410.
        BodyRefused
            If what came is not what was expected: not audio, wrong size or checksum, or `check` found a fault.
        NetError
            If the answer is another 4xx.
        OSError
            If the file cannot be written.
        """
        raise NotImplementedError
