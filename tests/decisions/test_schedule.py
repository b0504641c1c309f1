"""What recorders did, night by night, and what of it is missing."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from curate.decisions.schedule import Visit, schedules
from curate.recorders.nights import night_of

FIRST = datetime(2024, 3, 11, 20)  # noqa: DTZ001 - clock time


def visits(
    *, recorder="A", nights=6, per_night=10, step=600.0, length=60.0, drift=0.0, skip=(), first=0, **more
):
    """Recordings of a recorder that wakes up at 20:00 each evening."""
    made = []
    for night in range(nights):
        for number in range(per_night):
            if night in skip or (night, number) in skip:
                continue
            start = FIRST + timedelta(days=night, seconds=number * step + round(night * drift))
            night_name = night_of(start.isoformat())
            made.append(Visit(first + len(made), "pond", recorder, start, night_name, length, **more))
    return made


def only(found):
    (one,) = schedules(found)
    return one


def test_a_duty_cycle_is_found_and_a_night_that_lacks_some_is_short():
    found = only(visits(skip={(2, 3), (2, 4)}))
    assert found.schedule == "1 min every 10 min"
    assert (found.first, found.last, len(found.nights)) == ("2024-03-11", "2024-03-16", 6)
    assert (found.short, found.missing) == (["2024-03-13"], [])
    assert found.nights[2].coverage == pytest.approx(0.8)
    assert found.usual_seconds == 600


def test_a_few_times_a_day_are_a_schedule():
    found = visits(per_night=1) + visits(per_night=1, first=10)
    later = [
        Visit(
            each.number + 50,
            each.site,
            each.recorder,
            each.start + timedelta(hours=9, minutes=45),
            each.night,
            60.0,
        )
        for each in found[:6]
    ]
    assert only(found[:6] + later).schedule == "1 min at 05:45, 20:00"


def test_a_night_without_recordings_is_missing():
    found = only(visits(skip={1}))
    assert found.missing == ["2024-03-12"]
    assert found.nights[1].recordings == 0


def test_a_second_season_is_no_fault_of_the_first():
    half_a_year = timedelta(days=206)
    later = [
        replace(
            visit,
            number=visit.number + 500,
            start=visit.start + half_a_year,
            night=night_of((visit.start + half_a_year).isoformat()),
        )
        for visit in visits(skip={2, (0, 0), (5, 9)})
    ]
    found = only([*visits(skip={3}), *later])
    assert found.missing == ["2024-03-14", "2024-10-05"]
    assert (found.pauses, found.short) == ([200], [])
    assert len(found.nights) == 12
    assert found.remarks == ["2 nights missing", "pause of 200 nights"]
    assert replace(found, pauses=[200, 30, 1200, 41]).remarks[1:] == ["4 pauses of 30 to 1,200 nights"]


def test_recordings_that_follow_each_other_are_continuous():
    assert only(visits(length=600.0)).schedule == "continuous"


def test_what_keeps_no_period_is_triggered_and_lacks_nothing():
    found = visits(length=5.0)
    odd = [
        Visit(
            each.number,
            each.site,
            each.recorder,
            each.start + timedelta(seconds=37 * each.number**2 % 550),
            each.night,
            5.0,
        )
        for each in found
    ]
    assert only(odd).schedule == "triggered"
    assert only(odd[:33]).short == []


def test_a_recorder_that_stops_while_others_go_on_is_told():
    both = visits(nights=6) + visits(recorder="B", nights=3, first=100)
    assert [(each.recorder, each.stopped) for each in schedules(both)] == [("A", False), ("B", True)]
    assert not any(each.stopped for each in schedules(visits(nights=6) + visits(recorder="B", nights=5)))


def test_a_recorder_that_moved_to_another_site_is_told_and_did_not_stop():
    moved = [replace(visit, site="Elm", number=visit.number + 500) for visit in visits(nights=6)[30:]]
    found = schedules([*map(with_serial, visits(nights=3)), *map(with_serial, moved)])
    assert [(each.site, each.stopped, each.remarks) for each in found] == [
        ("Elm", False, []),
        ("pond", False, ["moved to Elm by 2024-03-14"]),
    ]
    # Without a serial number it may be another recorder.
    assert schedules([*visits(nights=3), *moved])[1].stopped


def with_serial(visit):
    return replace(visit, serial="24E1")


def test_places_of_a_site_that_are_far_from_each_other_are_told():
    found = [
        replace(visit, place=(51.75 if visit.number < 30 else 51.9, -1.25 + visit.number * 1e-5))
        for visit in visits()
    ]
    assert only(found).remarks == ["places 16.7 km apart"]
    assert only([replace(visit, place=(0.0, 179.9999)) for visit in found]).remarks == []


@pytest.mark.parametrize(("drift", "expected"), [(0.0, 0.0), (4.0, 4.0), (-3.0, -3.0)])
def test_a_clock_that_drifts_is_told(drift, expected):
    assert only(visits(nights=10, drift=drift)).drift == pytest.approx(expected, abs=0.2)


@pytest.mark.parametrize(("nights", "drift"), [(10, 3.0), (10, -3.0), (40, 5.0), (10, 0.0)])
def test_a_clock_that_drifts_is_told_of_a_recorder_that_wakes_once_a_day(nights, drift):
    found = only(visits(nights=nights, per_night=1, drift=drift))
    assert found.drift == pytest.approx(drift, abs=0.2)
    assert found.schedule in {"1 min at 20:00", "1 min at 19:59", "1 min every 24 h"}


def test_overlaps_and_jumps_back_are_counted():
    assert only(visits(length=700.0)).overlaps == 54
    found = visits()
    back = [
        Visit(1000 + each.number, "pond", "A", each.start - timedelta(days=30), "2024-02-10", 60.0)
        for each in found[:3]
    ]
    assert only(found + back).jumps_back == 1
    assert only(found).jumps_back == 0


def test_the_time_of_copies_and_of_channels_in_files_of_their_own_counts_once():
    plain, twice = only(visits()), only([*visits(), *visits(first=100)])
    assert (twice.same_time, twice.recordings) == (60, 120)
    assert (twice.seconds, twice.schedule, twice.nights) == (plain.seconds, plain.schedule, plain.nights)
    assert (twice.overlaps, twice.jumps_back, twice.short) == (0, 0, [])
    assert twice.remarks == ["60 files of the time of another"]


def test_recordings_by_a_wrong_clock_are_counted_and_lie_in_no_night():
    found = only([*visits(), Visit(99, "pond", "A", None, "", 60.0)])
    assert (found.wrong_clock, found.recordings, sum(night.recordings for night in found.nights)) == (
        1,
        61,
        60,
    )
    assert only([Visit(1, "pond", "A", None, "", 60.0)]).nights == []


def test_voices_and_faults_are_counted_by_night():
    found = only(visits(nights=1, voice=2.0, faulty=True))
    assert (found.nights[0].voice, found.nights[0].faulty, found.faulty) == (20.0, 10, 10)
