"""Nights, from noon to noon in local solar time.

The clock of a recorder may count in UTC, on the other side of the globe from where it hangs: by its zone and
the longitude of its place, a night is the same night everywhere. Without either, the clock is taken as it is.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from curate.recorders.stamps import instant, local

#: Degrees that the sun crosses in an hour.
_DEGREES_PER_HOUR = 15.0

_NOON = timedelta(hours=12)


def solar_time(start: str, longitude: float | None) -> datetime:
    """Mean solar time of a start at its place. The clock's own time if unknown.

    Examples
    --------
    >>> solar_time("2024-03-11T16:30:00Z", -157.86).isoformat(timespec="minutes")
    '2024-03-11T05:58'
    """
    at = instant(start)
    if at is None or longitude is None:
        return local(start)
    return (at + timedelta(hours=longitude / _DEGREES_PER_HOUR)).replace(tzinfo=None)


def night_of(start: str, longitude: float | None = None) -> str:
    """Date on which the night of a start began: what is recorded from noon to noon has one.

    Examples
    --------
    >>> night_of("2024-03-11T22:00:00"), night_of("2024-03-12T05:45:00"), night_of("2024-03-12T13:00:00")
    ('2024-03-11', '2024-03-11', '2024-03-12')

    Evening in Honolulu is the next day's morning in UTC, evening in Auckland the same day's:

    >>> night_of("2024-03-12T08:00:00Z", -157.86), night_of("2024-03-11T09:00:00Z", 174.78)
    ('2024-03-11', '2024-03-11')
    """
    return (solar_time(start, longitude) - _NOON).date().isoformat()
