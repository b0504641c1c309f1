"""Fetching one file until it is whole and proven, whatever the server does on the way.

A loop of attempts, each of which continues where the last one ended. What was joined from pieces and
turns out wrong is fetched once more in one piece before it is given up.
"""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import requests

from curate.errors import BodyRefused, NetError, NotOnServer
from curate.net.content_type import HEAD, extension, given_names, kind_of, plain_type
from curate.net.daily_limit import Volumes
from curate.net.error_text import words_of
from curate.net.limits import Manners
from curate.net.partial_file import Part, Version, content_range
from curate.net.rate import Buckets, Clock
from curate.net.records import Check, Downloaded, Expectation
from curate.net.retry import Patience, asked_to_wait, may_change
from curate.net.session import AttemptFailed, Sessions, translated
from curate.net.verify import already_there, fault_of, refusal_of
from curate.progress import Advance

#: Bytes that are taken from a connection at once.
_CHUNK = 256 * 1024

#: Attempts that end at the same byte, or promise the same wrong length, before they are believed.
_STUCK = 3


@dataclass(frozen=True, slots=True)
class Wanted:
    """One file that is asked for.

    Parameters
    ----------
    url
        With its secrets.
    shown
        Without them.
    headers
    stem
        Final path without extension.
    expect
    check
    advance
        Called with numbers of bytes.
    """

    url: str
    shown: str
    headers: Mapping[str, str]
    stem: Path
    expect: Expectation
    check: Check | None
    advance: Advance


@dataclass(frozen=True, slots=True)
class _Said:
    """What the answer said of the file."""

    content_type: str | None
    names: list[str | None]
    total: int | None


class Transfer:
    """Fetches one file after the other. What it holds is shared by all threads."""

    def __init__(
        self, sessions: Sessions, buckets: Buckets, volumes: Volumes, clock: Clock, manners: Manners
    ) -> None:
        self._sessions = sessions
        self._buckets = buckets
        self._volumes = volumes
        self._clock = clock
        self._manners = manners

    def fetch(self, wanted: Wanted, patience: Patience) -> Downloaded:
        """Fetch a file. See `curate.net.http.Http.download`."""
        there = already_there(wanted.stem, wanted.expect)
        if there is not None:
            wanted.advance(there.bytes)
            return there
        md5 = (wanted.expect.checksum or "").startswith("md5:")
        with Part(wanted.stem, wanted.shown, md5=md5) as part:
            wanted.advance(part.size)
            in_pieces = True
            while True:
                said = self._persist(wanted, part, patience, in_pieces=in_pieces)
                problem = fault_of(part, wanted.expect, said.content_type)
                if problem is None and wanted.check is not None:
                    problem = wanted.check(part.path)
                if problem is None:
                    return self._finish(wanted, part, said)
                if not in_pieces or (part.pieces == 1 and said.total is not None):
                    wanted.advance(-part.size)
                    part.remove()
                    raise BodyRefused(f"{wanted.shown}: {problem}", hint="the file was deleted")
                # Joined wrongly, or cut where nobody could see it.
                in_pieces = False
                wanted.advance(-part.restart())

    def _persist(self, wanted: Wanted, part: Part, patience: Patience, *, in_pieces: bool) -> _Said:
        """Try until the server says that this was all."""
        longest, stuck = part.size, 0
        while True:
            waited: list[float] = []
            try:
                # In one piece means by one answer, so a broken attempt leaves nothing to build on.
                if not in_pieces:
                    wanted.advance(-part.restart())
                return self._attempt(wanted, part, waited)
            except AttemptFailed as trouble:
                problem = trouble
            except (BodyRefused, NotOnServer):
                wanted.advance(-part.size)
                part.remove()
                raise
            patience.forgive(sum(waited))
            # `longest` never shrinks: a server that makes us start again and again earns no new patience.
            if part.size > longest and not problem.slow:
                longest, stuck = part.size, 0
                patience.renew()
            elif problem.final or (problem.cut and part.size == longest > 0):
                stuck += 1
                if stuck == _STUCK:
                    wanted.advance(-part.size)
                    part.remove()
                    hint = "the file is damaged on the server, or was changed after it was listed"
                    raise BodyRefused(f"{wanted.shown} {problem.problem}, each time", hint=hint)
            patience.wait(problem.problem, status=problem.status, asked=problem.asked)

    def _attempt(self, wanted: Wanted, part: Part, waited: list[float]) -> _Said:
        """Send one request, and keep what comes."""
        self._volumes.add(wanted.url, 0)
        start = part.resume_at()
        # A range of a compressed body counts compressed bytes: such pieces could not be joined or compared.
        headers = {**wanted.headers, "Accept-Encoding": "identity"}
        if start:
            headers["Range"] = f"bytes={start}-"
            if part.version is not None and part.version.validator:
                headers["If-Range"] = part.version.validator
        with self._sessions.open(wanted.url, headers, waited) as response:
            # The range begins before our own end, so a server with the same file always has bytes for it.
            if response.status_code == 416:  # noqa: PLR2004
                wanted.advance(-part.restart())
                raise AttemptFailed(f"refused to send the file from byte {start:,} on")
            self._check_status(wanted, response)
            version = self._begin(wanted, part, response, start)
            try:
                with translated(wanted.shown):
                    self._receive(wanted, part, response, waited)
                    if version.total is not None and part.size != version.total:
                        raise AttemptFailed(f"sent {part.size} of {version.total} bytes")  # noqa: TRY301
            except AttemptFailed as trouble:
                trouble.cut = True
                raise
        content_type = plain_type(response.headers.get("Content-Type"))
        names = given_names(response.headers.get("Content-Disposition"), response.url)
        return _Said(content_type, [wanted.expect.name_hint, *names], version.total)

    def _check_status(self, wanted: Wanted, response: requests.Response) -> None:
        """Raise for an answer without the file."""
        status = response.status_code
        if status in {200, 206}:
            return
        words = f"answered {status}{words_of(response)}"
        if may_change(status):
            headers = {name.lower(): value for name, value in response.headers.items()}
            asked = asked_to_wait(headers, self._clock.wall())
            if asked:
                self._buckets.requests(response.url).pause(asked)
            raise AttemptFailed(words, status=status, asked=asked)
        if status in {404, 410}:
            raise NotOnServer(f"{wanted.shown} {words}", hint="it may have been taken offline")
        raise NetError(f"{wanted.shown} {words}", hint="open the address in a browser to see what it wants")

    def _begin(self, wanted: Wanted, part: Part, response: requests.Response, start: int) -> Version:
        """Find out which bytes are about to come, and make room for them."""
        encoded = _encoding(response) not in {"", "identity"}
        if response.status_code == 206:  # noqa: PLR2004
            piece = content_range(response.headers.get("Content-Range"))
            version = Version.of(response.headers, piece[1] if piece else None)
            known = part.version or version
            if encoded or piece is None or piece[0] != start or version.contradicts(known):
                wanted.advance(-part.restart())
                raise AttemptFailed("sent another piece than the one asked for")
            total = version.total if version.total is not None else known.total
            version = Version(version.etag or known.etag, version.last_modified or known.last_modified, total)
            part.begin(version, start)
            return version
        wanted.advance(-part.restart())
        length = response.headers.get("Content-Length", "")
        # Of an encoded body the header counts packed bytes, and the part counts unpacked ones.
        total = int(length) if length.isdecimal() and not encoded else None
        version = Version.of(response.headers, total)
        expected = wanted.expect.size
        if total is not None and expected is not None and total != expected:
            raise AttemptFailed(f"promises {total} bytes, not {expected} as listed", final=True)
        if expected is None:
            self._refuse_larger(wanted, total or 0, "promises")
        part.begin(version, 0)
        return version

    def _receive(self, wanted: Wanted, part: Part, response: requests.Response, waited: list[float]) -> None:
        """Write what comes; look at the first bytes before the others are waited for."""
        looked = False
        for chunk in self._chunks(response, waited):
            new = part.add(chunk)
            if new is None:
                wanted.advance(-part.restart())
                raise AttemptFailed("sent a piece of another file than before")
            wanted.advance(new)
            expected = wanted.expect.size
            if expected is None:
                self._refuse_larger(wanted, part.size, "sent")
            elif part.size > expected:
                wanted.advance(-part.restart())
                raise AttemptFailed(f"sent more than the {expected} bytes listed", final=True)
            if not looked and len(part.head) >= HEAD:
                looked = True
                self._look(wanted, part, response)
        if not looked:
            self._look(wanted, part, response)

    def _refuse_larger(self, wanted: Wanted, size: int, verb: str) -> None:
        largest = self._manners.largest
        if size > largest:
            raise BodyRefused(
                f"{wanted.shown} {verb} {size / 1e6:,.0f} MB, but the limit is {largest / 1e6:,.0f} MB "
                "for files of unlisted size",
                hint="for larger files, raise --max-mb, or add a column bytes to the table. "
                "The file was deleted",
            )

    def _look(self, wanted: Wanted, part: Part, response: requests.Response) -> None:
        content_type = plain_type(response.headers.get("Content-Type"))
        found = refusal_of(part.head, wanted.expect, content_type) if part.size else None
        if found is not None:
            hint = "the recording may be restricted, or the server overloaded. The file was deleted"
            raise BodyRefused(f"{wanted.shown}: {found}", hint=hint)

    def _chunks(self, response: requests.Response, waited: list[float]) -> Iterator[bytes]:
        """Bytes as they come; `AttemptFailed` if they come too slowly."""
        bucket = self._buckets.bytes(response.url)
        since, got = self._clock.now(), 0
        read = _reader(response)
        while chunk := _some(read):
            # Kept before anything below may raise: a stop or a spent day loses no byte that came.
            yield chunk
            self._clock.check()
            self._volumes.add(response.url, len(chunk))
            turn = bucket.take(len(chunk))
            if turn:
                waited.append(turn)
                # Our own limit made us wait: the server is not to blame for this time.
                since += turn
            got += len(chunk)
            elapsed = self._clock.now() - since
            if elapsed >= self._manners.read_timeout:
                if got < self._manners.min_speed * elapsed:
                    raise AttemptFailed(f"sent only {got / elapsed:.0f} bytes per second", slow=True)
                since, got = self._clock.now(), 0

    def _finish(self, wanted: Wanted, part: Part, said: _Said) -> Downloaded:
        audio = wanted.expect.kinds == "audio"
        kind = kind_of(part.head) if audio else None
        ending = extension(kind, said.names, said.content_type, audio=audio)
        path = Path(f"{wanted.stem}{ending}")
        part.finish(path)
        return Downloaded(path, part.size, part.digest("sha256"), said.content_type, resumed=part.pieces > 1)


def _reader(response: requests.Response) -> Callable[[int], bytes]:
    """Give the function that reads from a body, unpacked where it was packed for the way.

    It gives what is there: one that waits for a full chunk would leave no speed to be measured.
    """
    if _encoding(response) in {"gzip", "x-gzip"}:
        # urllib3 takes a packed body without its end for a whole one.
        return gzip.GzipFile(fileobj=response.raw).read1
    return lambda size: response.raw.read1(size, decode_content=True)


def _some(read: Callable[[int], bytes]) -> bytes:
    """Read some bytes; `AttemptFailed` if they were packed badly."""
    try:
        return read(_CHUNK)
    except (EOFError, gzip.BadGzipFile, zlib.error):
        raise AttemptFailed("sent a damaged packed body", final=True) from None


def _encoding(response: requests.Response) -> str:
    return response.headers.get("Content-Encoding", "").strip().lower()
