"""Sunset and sunrise of a night at its place, by astral.

Astral names the events of a day of the calendar in UTC, which is another day in Honolulu than in Auckland.
Here they are looked for from noon to noon in local solar time, whatever day of the calendar they fall on.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache

from curate.errors import UsageError
from curate.recorders.nights import night_of
from curate.recorders.stamps import instant

_DAY = timedelta(days=1)

#: The sun crosses a degree in so many minutes.
_MINUTES_PER_DEGREE = 4

#: Degrees to which places are rounded: four seconds of time.
_STEP = 2

_RANGE = re.compile(r"(sunset|sunrise)([+-]\d+)?\.\.(sunset|sunrise)([+-]\d+)?")

#: Words for parts of the day; dawn and dusk are an hour on either side of the event.
PARTS: dict[str, str] = {
    "dawn": "sunrise-60..sunrise+60",
    "day": "sunrise..sunset",
    "dusk": "sunset-60..sunset+60",
    "night": "sunset..sunrise",
}


@dataclass(frozen=True, slots=True)
class NightSun:
    """Sunset and sunrise of a night, in UTC, or `None` on days without sunset or sunrise."""

    sunset: datetime | None
    sunrise: datetime | None


def sun_of(night: str, latitude: float, longitude: float) -> NightSun:
    """Find sunset and sunrise of the night that began on a date.

    Examples
    --------
    >>> honolulu = sun_of("2024-03-11", 21.31, -157.86)
    >>> honolulu.sunset.isoformat(timespec="minutes"), honolulu.sunrise.isoformat(timespec="minutes")
    ('2024-03-12T04:39+00:00', '2024-03-12T16:42+00:00')
    """
    return _sun_of(night, round(latitude, _STEP), round(longitude, _STEP))


def events_of(start: str, night: str, latitude: float | None, longitude: float | None) -> tuple[str, str]:
    """Write sunset and sunrise of a night, in the zone of a start, or empty where they are not known.

    Examples
    --------
    >>> events_of("2024-03-11T21:00:00-10:00", "2024-03-11", 21.31, -157.86)
    ('2024-03-11T18:39:36-10:00', '2024-03-12T06:42:09-10:00')
    """
    if latitude is None or longitude is None:
        return "", ""
    sun = sun_of(night, latitude, longitude)
    return _in_zone_of(start, sun.sunset), _in_zone_of(start, sun.sunrise)


def _in_zone_of(start: str, event: datetime | None) -> str:
    """Write an event of the sun in the zone of a recording, to the second; in UTC where it has none."""
    if event is None:
        return ""
    zoned = datetime.fromisoformat(start).tzinfo
    return event.astimezone(zoned or UTC).isoformat(timespec="seconds")


@lru_cache(maxsize=8192)
def _sun_of(night: str, latitude: float, longitude: float) -> NightSun:
    from astral import Observer  # noqa: PLC0415 - for those few who ask
    from astral.sun import sunrise, sunset  # noqa: PLC0415

    observer = Observer(latitude, longitude)
    # In a zone of the place: where an event lies at midnight of the zone, astral skips it on some days.
    zone = timezone(timedelta(minutes=round(longitude * _MINUTES_PER_DEGREE)))
    noon = datetime.fromisoformat(night).replace(tzinfo=zone) + timedelta(hours=12)

    def within(event: Callable[..., datetime]) -> datetime | None:
        for days in (-1, 0, 1, 2):
            try:
                at = event(observer, (noon + days * _DAY).date(), tzinfo=zone)
            except ValueError:  # astral's word for a sun that stays up, or down
                continue
            if noon <= at < noon + _DAY:
                return at.astimezone(UTC)
        return None

    return NightSun(within(sunset), within(sunrise))


@dataclass(frozen=True, slots=True)
class SunFilter:
    """A part of the day by the sun: ``night``, ``dawn``, or ``sunset-30..sunset+120`` in minutes."""

    text: str
    _begin: tuple[str, timedelta]
    _end: tuple[str, timedelta]

    @classmethod
    def of(cls, text: str) -> SunFilter:
        """Read a part of the day.

        Raises
        ------
        UsageError
            If it is none.
        """
        match = _RANGE.fullmatch(PARTS.get(text.strip(), text.replace(" ", "")))
        if match is None:
            raise UsageError(
                f"unknown value of --sun: '{text}'",
                hint=f"{', '.join(PARTS)}, or minutes around two events: sunset-30..sunset+120",
            )
        return cls(
            text,
            (match[1], timedelta(minutes=int(match[2] or 0))),
            (match[3], timedelta(minutes=int(match[4] or 0))),
        )

    def keeps(
        self, start: str, seconds: float, latitude: float | None, longitude: float | None
    ) -> bool | None:
        """Whether a time lies in this part of the day, or `None` if unknown.

        Parameters
        ----------
        start
            Of the recording; a zone is needed.
        seconds
            From there to the time in question.
        """
        began = instant(start) if start else None
        if began is None or latitude is None or longitude is None:
            return None
        at = began + timedelta(seconds=seconds)
        night = datetime.fromisoformat(night_of(at.isoformat(), longitude))
        suns = [
            sun_of((night + days * _DAY).date().isoformat(), latitude, longitude) for days in (-2, -1, 0, 1)
        ]
        begins = [event + self._begin[1] for sun in suns if (event := getattr(sun, self._begin[0]))]
        ends = [event + self._end[1] for sun in suns if (event := getattr(sun, self._end[0]))]
        before = [each for each in begins if each <= at]
        if not before or not ends:
            return None
        # The first end behind the last beginning: a part of the day is shorter than one.
        behind = [each for each in ends if each > max(before)]
        return bool(behind) and at < min(behind)
