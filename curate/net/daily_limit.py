"""How much a host gives in a day, kept to over all runs.

A host is charged with every byte that it sent, hour by hour. Who begins a run brings the hours of
earlier ones, and writes down those of this one.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime

from curate.errors import DaySpent
from curate.net.limits import Manners
from curate.net.rate import Clock, host_of

#: Bytes by host and hour; hours are counted from 1970, in UTC.
Hours = Mapping[tuple[str, int], int]

_HOUR = 3600

#: The hours that count: the last 24, and the part of one before them.
_WINDOW = 24


class Volumes:
    """What hosts with a limit by the day have sent. Shared by all threads.

    Parameters
    ----------
    manners
    before
        What earlier runs fetched.
    clock
    """

    def __init__(self, manners: Manners, before: Hours, clock: Clock) -> None:
        self._manners = manners
        self._clock = clock
        self._lock = threading.Lock()
        self._sent: Counter[tuple[str, int]] = Counter(before)
        self._new: Counter[tuple[str, int]] = Counter()

    def add(self, url: str, amount: int) -> None:
        """Charge the host of a URL with bytes. With none, ask whether it gives more.

        Raises
        ------
        DaySpent
            If it gives no more until some of its hours are a day old.
        """
        host = host_of(url)
        limit = self._manners.limit(host).day
        if limit is None:
            return
        now = int(self._clock.wall()) // _HOUR
        with self._lock:
            if amount:
                self._sent[host, now] += amount
                self._new[host, now] += amount
            counted = {
                hour: size
                for (name, hour), size in self._sent.items()
                if name == host and hour >= now - _WINDOW and size
            }
        # Before a request, there must be room for a byte at least.
        if sum(counted.values()) + (amount == 0) <= limit:
            return
        again = datetime.fromtimestamp((min(counted) + _WINDOW + 1) * _HOUR, UTC).astimezone()
        raise DaySpent(
            f"{host} gives {limit / 1e9:,.3g} GB in 24 hours, and curate has used them up",
            hint=f"the same command continues where this one stopped, from {again:%Y-%m-%d %H:%M} on",
        )

    def fresh(self) -> Hours:
        """Give what was charged since the last call."""
        with self._lock:
            new, self._new = self._new, Counter()
        return new
