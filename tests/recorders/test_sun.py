"""Nights and the sun, on both sides of the globe."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from curate.errors import UsageError
from curate.recorders.nights import night_of
from curate.recorders.sun import SunFilter, sun_of

HONOLULU, AUCKLAND, TROMSO = (21.31, -157.86), (-36.85, 174.76), (69.65, 18.96)


@pytest.mark.parametrize(
    ("place", "zone", "sunset", "sunrise"),
    # By declination and equation of time of that day, on the clock of the place.
    [(HONOLULU, -10, "18:39", "06:43"), (AUCKLAND, 13, "19:46", "07:16")],
)
def test_sunset_and_sunrise_are_those_of_one_night(place, zone, sunset, sunrise):
    sun = sun_of("2024-03-11", *place)
    clock = [(event + timedelta(hours=zone)).replace(tzinfo=None) for event in (sun.sunset, sun.sunrise)]
    wanted = [datetime.fromisoformat(f"2024-03-11T{sunset}"), datetime.fromisoformat(f"2024-03-12T{sunrise}")]
    assert all(abs(one - other) < timedelta(minutes=3) for one, other in zip(clock, wanted, strict=True))


def test_where_the_sun_does_not_set_there_is_none():
    assert sun_of("2024-06-21", *TROMSO).sunset is None
    assert SunFilter.of("night").keeps("2024-06-21T23:00:00Z", 0, *TROMSO) is None


@example(longitude=-53.0, latitude=-53.125, minutes=431)
@settings(max_examples=300)
@given(
    longitude=st.floats(-179, 179),
    latitude=st.floats(-55, 55),
    minutes=st.integers(0, 3 * 365 * 24 * 60),
)
def test_each_time_is_day_or_night_and_each_night_has_its_own_sun(longitude, latitude, minutes):
    at = (datetime(2024, 1, 1) + timedelta(minutes=minutes)).isoformat() + "Z"  # noqa: DTZ001 - zones are text
    day, night = (SunFilter.of(part).keeps(at, 0.0, latitude, longitude) for part in ("day", "night"))
    assert day is not night
    sun = sun_of(night_of(at, longitude), latitude, longitude)
    assert sun.sunset < sun.sunrise < sun.sunset + timedelta(hours=24)


def test_a_range_of_minutes_counts_from_the_events():
    around = SunFilter.of("sunset-30..sunset+90")
    # The sun sets at 18:39 in Honolulu, 04:39 UTC of the next day.
    assert around.keeps("2024-03-12T04:10:00Z", 0, *HONOLULU)
    assert not around.keeps("2024-03-12T04:00:00Z", 0, *HONOLULU)
    assert around.keeps("2024-03-12T04:00:00Z", 600, *HONOLULU)
    assert not around.keeps("2024-03-11T20:10:00-10:00", 0, *HONOLULU)


def test_what_cannot_be_known_is_none_and_what_cannot_be_meant_is_refused():
    assert SunFilter.of("dawn").keeps("2024-03-12T04:10:00", 0, *HONOLULU) is None
    assert SunFilter.of("dawn").keeps("2024-03-12T04:10:00Z", 0, None, None) is None
    with pytest.raises(UsageError):
        SunFilter.of("noon")
