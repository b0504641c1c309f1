"""Several sources of one recording: who is believed, and what is told where they disagree."""

from __future__ import annotations

from datetime import datetime

import pytest

from curate.errors import UsageError
from curate.model import RecorderClaim
from curate.recorders.combine import combine
from curate.recorders.pattern import NamePattern


def test_the_first_source_of_the_order_counts_and_others_are_told():
    facts = combine(
        [
            RecorderClaim("name", start="2024-03-11T05:45:00", serial="S4A12345"),
            RecorderClaim(
                "guano", start="2024-03-11T06:45:00+10:00", serial="S4A12345", latitude=1.0, longitude=2.0
            ),
            RecorderClaim("summary", latitude=1.5, longitude=2.0),
        ]
    )
    assert facts.start == "2024-03-11T06:45:00+10:00"
    assert dict(facts.sources)["start"] == "guano"
    assert facts.doubts == (
        ("start", "guano 2024-03-11T06:45:00+10:00, name 2024-03-11T05:45:00"),
        ("position", "guano 1 2, summary 1.5 2"),
    )
    assert (facts.latitude, facts.longitude) == (1.0, 2.0)


@pytest.mark.parametrize(
    "name",
    [
        "2024-03-11T06:45:00",  # the same clock
        "2024-03-10T20:45:01",  # named in UTC, a second later
        "2024-03-10T20:45:00Z",
        "2024-03-11T02:15:00+05:30",
    ],
)
def test_times_that_can_be_the_same_are_no_doubt(name):
    claims = [RecorderClaim("name", start=name), RecorderClaim("guano", start="2024-03-11T06:45:00+10:00")]
    assert combine(claims).doubts == ()


def test_a_zone_comes_from_any_source_of_the_same_time():
    pair = [
        RecorderClaim("pattern", start="2024-03-11T06:45:00"),
        RecorderClaim("audiomoth", start="2024-03-11T06:45:00+05:30"),
    ]
    assert combine(pair).start == "2024-03-11T06:45:00+05:30"
    assert combine(pair[:1]).start == "2024-03-11T06:45:00"


@pytest.mark.parametrize(
    "start",
    [
        "1970-01-01T00:03:00Z",
        "2000-01-01T00:00:12",
        "1980-01-06T01:00:00",
        "1969-12-31T19:00:07-05:00",
        "1904-01-01T00:00:00",
    ],
)
def test_clocks_that_lost_their_time_are_told(start):
    assert combine([RecorderClaim("name", start=start)]).clock == f"was reset: {start}"


@pytest.mark.parametrize("start", ["1965-06-03T05:12:00", "1932-05-19T21:00:00", "1987-07-01T04:00:00"])
def test_tapes_are_older_than_any_clock_that_sets_itself_back(start):
    assert combine([RecorderClaim("bext", start=start)]).clock == ""


CONFIG = RecorderClaim("config", device="AudioMoth", serial="24F3190361DA4A1C", gain="medium")


@pytest.mark.parametrize(
    ("own", "doubt"),
    [
        (RecorderClaim("bext", device="Nagra"), ("device", "bext Nagra, config AudioMoth")),
        (
            RecorderClaim("name", device="Wildlife Acoustics Song Meter", serial="S4A12345"),
            ("serial", "name S4A12345, config 24F3190361DA4A1C"),
        ),
        (
            RecorderClaim("audiomoth", device="AudioMoth", serial="24E144055DDD3203"),
            ("serial", "audiomoth 24E144055DDD3203, config 24F3190361DA4A1C"),
        ),
    ],
)
def test_settings_next_to_what_another_device_made_are_not_its_own(own, doubt):
    facts = combine([own, CONFIG])
    assert (facts.device, facts.serial, facts.gain) == (own.device, own.serial, "")
    assert facts.doubts == (doubt,)


@pytest.mark.parametrize(
    "own",
    [
        RecorderClaim("name", start="2024-03-11T05:45:00"),
        RecorderClaim("guano", device="Open Acoustic Devices AudioMoth", serial="24F3190361DA4A1C"),
        RecorderClaim("audiomoth", device="AudioMoth"),
        RecorderClaim("pattern", device="AM01"),
    ],
)
def test_settings_next_to_what_the_same_device_made_count(own):
    facts = combine([own, CONFIG])
    assert (facts.serial, facts.gain, facts.doubts) == ("24F3190361DA4A1C", "medium", ())


def test_a_clock_that_is_ahead_is_told():
    now = datetime(2026, 11, 28)  # noqa: DTZ001 - local time
    assert (
        combine([RecorderClaim("name", start="2036-01-01T00:00:00")], now=now).clock
        == "is ahead: 2036-01-01T00:00:00"
    )
    assert combine([RecorderClaim("name", start="2026-11-28T20:00:00+13:00")], now=now).clock == ""


def test_a_folder_tells_the_site_rather_than_the_prefix_of_a_name():
    facts = combine([RecorderClaim("name", site="POND"), RecorderClaim("folder", site="Site A")])
    assert facts.site == "Site A"
    assert facts.doubts == (("site", "folder Site A, name POND"),)


@pytest.mark.parametrize(
    ("claim", "sr", "seconds", "expected"),
    [
        (RecorderClaim("guano", time_expansion=10.0), 25600, 10.0, 10.0),
        (RecorderClaim("guano", time_expansion=10.0, sr=256000.0), 25600, 10.0, 10.0),
        # Neither the rate nor a length says that the factor was counted.
        (RecorderClaim("guano", time_expansion=10.0, sr=256000.0), 256000, 1.0, 1.0),
        # The rate was not multiplied, but the length was divided.
        (RecorderClaim("guano", time_expansion=10.0, sr=25600.0, length=1.0), 25600, 10.0, 10.0),
        (RecorderClaim("guano", time_expansion=1.0), 25600, 10.0, 1.0),
        (RecorderClaim("guano", sr=256000.0), 25600, 10.0, 1.0),
    ],
)
def test_time_expansion_counts_where_sources_do_not_contradict_it(claim, sr, seconds, expected):
    facts = combine([claim], sr=sr, seconds=seconds)
    assert facts.time_expansion == expected
    is_doubt = expected == 1.0 and claim.sr is not None
    assert bool(facts.doubts) == is_doubt


def test_a_pattern_reads_names_and_the_folders_above_them():
    read = NamePattern.of("{site}/{any}/{serial}_{date:%d-%m-%y}_{time}{zone}").claim
    claim = read("/card/North pond/DCIM/17_11-03-24_0545+0530.wav")
    assert (claim.site, claim.serial, claim.start) == ("North pond", "17", "2024-03-11T05:45:00+05:30")
    assert read("/card/North pond/DCIM/17_31-02-24_0545+0530.wav") is None
    assert read("/card/17.wav") is None


@pytest.mark.parametrize("text", ["{place}_{date}", "{date}{date}", "night", "{date:%Q}"])
def test_a_pattern_that_cannot_be_meant_is_refused(text):
    with pytest.raises(UsageError):
        NamePattern.of(text)
