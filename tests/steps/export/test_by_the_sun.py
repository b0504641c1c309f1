"""Rows and windows by the sun: a card of one night, hour by hour."""

from __future__ import annotations

import pytest

from curate.catalogue.dataset import Dataset
from curate.errors import UsageError
from curate.formats.tables import csv
from curate.formats.tables.sheets import open_sheet
from curate.lookup import resolve
from curate.steps.acquire.import_ import import_
from curate.steps.balance.split import split
from curate.steps.balance.windows import windows
from curate.steps.export.manifest import manifest
from curate.steps.review.cut import cut
from tests.cards import song_meter, tone
from tests.engines import in_a_thread

#: Auckland on 11 March 2024: sunset at 19:45, sunrise at 07:17.
PLACE = {0x06: "WGS84,36.85,S,174.76,E,20"}


@pytest.fixture
def night(tmp_path):
    with in_a_thread(), Dataset(tmp_path / "birds") as dataset:
        for clock in ("190000", "200000", "230000"):
            song_meter(tmp_path / "card" / "pond", "20240311", clock, "+13:00", entries=PLACE.items())
        for clock in ("060000", "080000"):
            song_meter(tmp_path / "card" / "pond", "20240312", clock, "+13:00", entries=PLACE.items())
        song_meter(tmp_path / "card" / "mill", "20240311", "230000", "")
        import_(dataset, tmp_path / "card")
        yield dataset


def hours(path):
    return sorted(row.source_path[-10:-4] for row in csv.read_manifest(path))


@pytest.mark.parametrize(
    ("part", "expected"),
    [
        ("night", ["060000", "200000", "230000"]),
        ("day", ["080000", "190000"]),
        ("sunset-60..sunset+60", ["190000", "200000"]),
        ("dawn", ["080000"]),
    ],
)
def test_a_manifest_holds_a_part_of_the_day(night, tmp_path, part, expected):
    summary = manifest(night, tmp_path / "m.csv", sun=part)
    assert hours(tmp_path / "m.csv") == expected
    assert (summary.untimed, summary.other_times) == (1, 5 - len(expected))


@pytest.mark.parametrize("ending", ["csv", "jsonl", "parquet"])
def test_sunset_and_sunrise_are_columns_of_a_manifest_that_asks_for_them(night, tmp_path, ending):
    plain, out = tmp_path / f"plain.{ending}", tmp_path / f"m.{ending}"
    manifest(night, plain)
    for _ in range(2):  # and it may be written again
        manifest(night, out, columns="site,night,sunset,sunrise")
    sheet = open_sheet(out)
    assert sheet.columns[-4:] == ["site", "night", "sunset", "sunrise"]
    cells = [tuple(record[name] for name in sheet.columns[-4:]) for _, record in sheet.records(print)]
    known = ("pond", "2024-03-11", "2024-03-11T19:45:50+13:00", "2024-03-12T07:16:18+13:00")
    assert {(site, day, sunset[:16], sunrise[:16]) for site, day, sunset, sunrise in cells} == {
        ("mill", "2024-03-11", "", ""),
        (*known[:2], *(time[:16] for time in known[2:])),
    }
    read = resolve(f"curate.formats.tables.{ending}:read_manifest", {}, kind="format")
    assert list(read(out)) == list(read(plain))


def test_columns_that_there_are_not_are_refused(night, tmp_path):
    with pytest.raises(UsageError, match="unknown column 'moon'"):
        manifest(night, tmp_path / "m.csv", columns="site,moon")
    with pytest.raises(UsageError, match="column 'site' is named twice"):
        manifest(night, tmp_path / "m.csv", columns="site, site")
    with pytest.raises(UsageError, match="--columns goes with"):
        manifest(night, tmp_path / "m", format="raven", layer="auto", columns="site")


def test_windows_of_a_part_of_the_day_stand(night, tmp_path):
    summary = windows(night, length=0.1, sun="night")
    assert (summary.recordings, summary.windows, summary.untimed) == (3, 6, 1)
    manifest(night, tmp_path / "m.csv")
    assert sorted(set(hours(tmp_path / "m.csv"))) == ["060000", "200000", "230000"]


def test_windows_go_by_their_own_time(tmp_path):
    with in_a_thread(), Dataset(tmp_path / "birds") as dataset:
        y = tone(1000, seconds=1200.0, freq=100.0)
        card = tmp_path / "card"
        song_meter(card / "p", "20240311", "194000", "+13:00", y=y, sr=1000, entries=PLACE.items())
        import_(dataset, card)
        # The sun sets five minutes and 18 s after the start.
        assert windows(dataset, length=60.0, sun="day").windows == 6
        assert windows(dataset, length=60.0, sun="night").windows == 14


def test_annotations_go_by_their_own_time(tmp_path):
    with in_a_thread(), Dataset(tmp_path / "birds") as dataset:
        y = tone(1000, seconds=1200.0, freq=100.0)
        card = tmp_path / "card"
        file = song_meter(card / "p", "20240311", "194000", "+13:00", y=y, sr=1000, entries=PLACE.items())
        import_(dataset, card)
        # The sun sets after 318 s. A click is shorter than a trainer's frame, and a row all the same.
        marks = tmp_path / "marks.csv"
        marks.write_text(f"file,label,onset,offset\n{file},owl,310,315\n{file},owl,330,330.01\n")
        import_(dataset, marks)
        summary = manifest(dataset, tmp_path / "m.csv", layer="annotations", sun="night")
        assert [row.onset for row in csv.read_manifest(tmp_path / "m.csv")] == [330.0]
        assert summary.other_times == 1


def test_rows_tell_their_own_time_and_night(tmp_path):
    """A recording may cross noon, where a night ends: each window of it has its own night."""
    with in_a_thread(), Dataset(tmp_path / "birds") as dataset:
        y = tone(1000, seconds=60.0, freq=100.0)
        card = tmp_path / "card"
        # Noon of the sun is at 13:20:58 by this clock.
        song_meter(card / "p", "20240311", "132030", "+13:00", y=y, sr=1000, entries=PLACE.items())
        import_(dataset, card)
        cut(dataset, "p/S4A12345_20240311_132030.wav", 0.0, 11.5)
        manifest(dataset, tmp_path / "m.csv", columns="begins,night,sunset,started", window=20.0, audio="raw")
        sheet = open_sheet(tmp_path / "m.csv")
        records = [record for _, record in sheet.records(print)]
        rows = [tuple(record[name] for name in sheet.columns[-4:]) for record in records]
        assert [record["source_onset"] for record in records] == ["11.5", "31.5", "40.0"]
        assert [row[:2] for row in rows] == [
            ("2024-03-11T13:20:41.500+13:00", "2024-03-10"),
            ("2024-03-11T13:21:01.500+13:00", "2024-03-11"),
            ("2024-03-11T13:21:10+13:00", "2024-03-11"),
        ]
        sunsets = [row[2][:16] for row in rows]
        assert sunsets == ["2024-03-10T19:46", "2024-03-11T19:45", "2024-03-11T19:45"]
        assert {row[3] for row in rows} == {"2024-03-11T13:20:30+13:00"}


def test_sunset_and_sunrise_stand_in_the_table(night):
    rows = list(night.store.rows("SELECT sunset, sunrise FROM recorders WHERE site = 'pond'"))
    minutes = {(sunset[:16], sunrise[:16]) for sunset, sunrise in rows}
    assert minutes == {("2024-03-11T19:45", "2024-03-12T07:16")}
    assert all(sunset.endswith("+13:00") for sunset, _ in rows)


def test_a_night_is_a_group_of_its_site(night):
    assert split(night, folds=2, group="site,night").groups == 2
