"""Time and turns: a clock that a run can be woken from, and one token bucket per host.

The buckets are shared by all threads. A thread that may not ask yet sleeps until its turn.
"""

from __future__ import annotations

import math
import threading
import time
from urllib.parse import urlsplit

from curate.errors import NetError
from curate.net.limits import Manners

#: Seconds of its own rate that a bucket of bytes may be ahead: pauses are then rare and long
#: enough to matter, and one long file does not stand still between its chunks.
_BYTES_AHEAD = 10.0


class Clock:
    """The system's clocks, and a sleep that `stop` ends in all threads."""

    def __init__(self) -> None:
        self._stopped = threading.Event()

    def now(self) -> float:
        """Seconds of a clock that never jumps."""
        return time.monotonic()

    def wall(self) -> float:
        """Seconds since 1970, which HTTP dates refer to."""
        return time.time()

    def sleep(self, seconds: float) -> None:
        """Wait. Raises `NetError` as soon as somebody stops the run."""
        if self._stopped.wait(seconds):
            self.check()

    def stop(self) -> None:
        """End every sleep, now and later."""
        self._stopped.set()

    def check(self) -> None:
        """Raise `NetError` if the run was stopped."""
        if self._stopped.is_set():
            raise NetError("stopped", hint="the same command continues where this one stopped")


class Paused(Exception):
    """A server asked to be left alone for longer than somebody would wait. `seconds` of it are left."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"paused for {seconds:.0f} s")
        self.seconds = seconds


class Bucket:
    """A bucket of tokens that fills steadily. Whoever takes more than is in it waits.

    It is kept as the time at which it will be full again, so no thread has to fill it. This is the
    generic cell rate algorithm (ITU-T I.371).

    Parameters
    ----------
    rate : tokens per second
        None for no limit. `pause` holds all the same.
    burst
        Tokens in the full bucket.
    clock
    """

    def __init__(self, rate: float | None, burst: float, clock: Clock) -> None:
        self._rate = rate
        self._ahead = (burst - 1) / rate if rate else 0.0
        self._clock = clock
        self._lock = threading.Lock()
        self._full_at = 0.0
        self._open_at = 0.0

    def take(self, amount: float = 1.0, *, most: float = math.inf) -> float:
        """Take tokens, after waiting for them. First come, first served.

        Parameters
        ----------
        most : seconds
            A longer pause is not waited for.

        Returns
        -------
        Seconds waited.

        Raises
        ------
        Paused
            If nobody is let through for longer than `most`.
        """
        started = self._clock.now()
        while (wait := self._turn(amount)) > 0:
            pause = self._open_at - self._clock.now()
            if pause > most:
                raise Paused(pause)
            self._clock.sleep(wait)
            if self._open_at <= self._clock.now():
                break
        return self._clock.now() - started

    def _turn(self, amount: float) -> float:
        """Reserve tokens, and tell how long to wait for them."""
        with self._lock:
            now = self._clock.now()
            earliest = max(now, self._open_at)
            if self._rate is None:
                return earliest - now
            full_at = max(self._full_at, earliest)
            self._full_at = full_at + amount / self._rate
            return max(earliest, full_at - self._ahead) - now

    def pause(self, seconds: float) -> None:
        """Let nobody through for a while: the server asked for it."""
        with self._lock:
            self._open_at = max(self._open_at, self._clock.now() + seconds)


class Buckets:
    """The buckets of all hosts, made when a host is first met."""

    def __init__(self, manners: Manners, clock: Clock) -> None:
        self._manners = manners
        self._clock = clock
        self._lock = threading.Lock()
        self._of: dict[str, tuple[Bucket, Bucket]] = {}

    def requests(self, url: str) -> Bucket:
        """Bucket from which each request to the URL's host takes one."""
        return self._both(url)[0]

    def bytes(self, url: str) -> Bucket:
        """Bucket from which each byte of the host's answers is taken."""
        return self._both(url)[1]

    def _both(self, url: str) -> tuple[Bucket, Bucket]:
        host = host_of(url)
        with self._lock:
            if host not in self._of:
                limit = self._manners.limit(host)
                self._of[host] = (
                    Bucket(limit.requests, limit.burst, self._clock),
                    Bucket(limit.bytes, _BYTES_AHEAD * (limit.bytes or 0.0), self._clock),
                )
            return self._of[host]


def host_of(url: str) -> str:
    """Host, and port where one is named, of a URL.

    Examples
    --------
    >>> host_of("https://me:secret@Xeno-Canto.org:8000/1/download")
    'xeno-canto.org:8000'
    """
    return urlsplit(url).netloc.rpartition("@")[2].lower()
