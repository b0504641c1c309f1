"""When to ask again: what servers say about it, and what is reasonable where they say nothing."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping
from datetime import UTC
from email.utils import parsedate_to_datetime

from curate.errors import NetError, Unreachable
from curate.net.rate import Clock, host_of

#: Answers of the 4xx that may be another one later (RFC 9110, RFC 6585, RFC 8470).
_LATER = frozenset({408, 425, 429})

#: Answers by which a server says that it will hardly do better: a few tries only.
_HARDLY = frozenset({500, 501, 505})

#: Seconds before the second try; doubled for each one after it.
_FIRST = 1.0

#: Longest wait between two tries that no server asked for.
_LONGEST = 60.0

#: Tries for those.
_FEW = 4

#: A number of seconds so large is a date (X-RateLimit-Reset is written in both ways).
_A_DATE = 1e9


def may_change(status: int) -> bool:
    """Whether the same request may be answered differently a little later."""
    return status in _LATER or status >= 500  # noqa: PLR2004


class Hosts:
    """What a run has learned of each host, by which it knows how long to wait for it.

    Parameters
    ----------
    seconds
        `Manners.patience`.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._answered: set[str] = set()
        self._given_up: set[str] = set()

    def answered(self, url: str) -> None:
        """Note that the host said something, if only that it is busy."""
        self._answered.add(host_of(url))

    def delivered(self, url: str) -> None:
        """Note that the host did what it was asked, or said why it will not."""
        self._given_up.discard(host_of(url))

    def gave_up(self, url: str) -> None:
        """Note that the host was waited for in vain."""
        self._given_up.add(host_of(url))

    def patience(self, url: str) -> float:
        """Seconds that a request to the host may wait in all."""
        host = host_of(url)
        if host in self._given_up:
            return 0.0
        return self._seconds if host in self._answered else self._seconds / 10


class Patience:
    """How long one request still tries: ends when it made no progress for as long as its host is given.

    Parameters
    ----------
    url
        Without secrets: it stands in messages.
    hosts
    clock
    """

    def __init__(self, url: str, hosts: Hosts, clock: Clock) -> None:
        self._url = url
        self._hosts = hosts
        self._clock = clock
        self.renew()

    def renew(self) -> None:
        """Start again: there was progress."""
        self._started = self._clock.now()
        self.tries = 0

    def forgive(self, seconds: float) -> None:
        """Do not count a time in which the request only waited for its turn."""
        self._started += seconds

    def wait(self, problem: str, *, status: int | None = None, asked: float | None = None) -> None:
        """Wait before the next try.

        Parameters
        ----------
        problem
            What happened at this one, in words that follow the URL.
        status
            Of the answer, if there was one.
        asked : seconds
            As long as the server asked for, if it did.

        Raises
        ------
        Unreachable
            If the wait would go beyond the end.
        NetError
            If the server called it its own error several times.
        """
        self.tries += 1
        if status in _HARDLY and self.tries >= _FEW:
            raise NetError(f"{self._url} {problem}", hint="the question may be wrong, or the server broken")
        # The exponent is bounded because tries are not: a float overflows at 2 ** 1024.
        pause = min(_LONGEST, _FIRST * 2 ** min(self.tries - 1, 10))
        pause *= random.uniform(0.5, 1.0)
        if asked is not None:
            # All clients that were sent away come back together; not all at the same moment.
            pause = asked + random.uniform(0.0, min(1.0, asked))
        spent = self._clock.now() - self._started
        left = self._hosts.patience(self._url) - spent
        if pause > left:
            later = f"; it asks to come back in {asked:.0f} s" if asked is not None and asked > left else ""
            hint = "run the same command again then" if later else "run the same command again later"
            raise Unreachable(
                f"{self._url} {problem}{later}", hint=f"{hint}: it continues where this one stopped"
            )
        self._clock.sleep(pause)


def asked_to_wait(headers: Mapping[str, str], wall: float) -> float | None:
    """How long a server asks to be left alone.

    Parameters
    ----------
    headers
        Names in lower case. Read are `Retry-After` as seconds or as a date, `X-RateLimit-Reset` as
        seconds or as a time (Zenodo), and `RateLimit` with a part ``t=seconds`` (Hugging Face).
    wall : seconds since 1970

    Returns
    -------
    Seconds, >= 0. None if it does not say.

    Examples
    --------
    >>> asked_to_wait({"retry-after": "120"}, 0.0)
    120.0
    >>> asked_to_wait({"retry-after": "Thu, 01 Jan 1970 00:02:00 GMT"}, 60.0)
    60.0
    >>> asked_to_wait({"ratelimit": '"api";r=0;t=55'}, 0.0)
    55.0
    """
    for name in ("retry-after", "x-ratelimit-reset"):
        if name in headers and (seconds := _seconds(headers[name].strip(), wall)) is not None:
            return max(0.0, seconds)
    found = re.search(r"\bt=([0-9]{1,9})", headers.get("ratelimit", ""))
    return float(found[1]) if found else None


def _seconds(text: str, wall: float) -> float | None:
    if re.fullmatch(r"[0-9]{1,15}(\.[0-9]*)?", text):
        number = float(text)
        return number - wall if number >= _A_DATE else number
    try:
        date = parsedate_to_datetime(text)
        return (date if date.tzinfo else date.replace(tzinfo=UTC)).timestamp() - wall
    except (ValueError, OverflowError):
        return None
