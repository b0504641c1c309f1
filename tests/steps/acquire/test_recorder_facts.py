"""A table that says when and where counts before the recorder's clock, at first and later on."""

from __future__ import annotations

import json

import pytest

from curate.catalogue.dataset import Dataset
from curate.steps.acquire.import_ import import_
from curate.steps.acquire.merge import merge
from curate.steps.export.manifest_rows import manifest_rows
from curate.steps.inspect.status import status
from tests.cards import audiomoth
from tests.datasets import write_tone

pytestmark = pytest.mark.usefixtures("thread")

#: A file that is named after its start, as recorders do, without a zone.
NAMED = "card/20240311_054512.wav"


@pytest.fixture
def dataset(tmp_path):
    write_tone(tmp_path / NAMED)
    with Dataset(tmp_path / "birds") as opened:
        yield opened


def table(tmp_path, date, time, name=NAMED, place=("", "")):
    path = tmp_path / "t.csv"
    path.write_text(
        f"file,label,date,time,latitude,longitude\n{name},owl,{date},{time},{place[0]},{place[1]}\n"
    )
    return path


def starts(dataset):
    return dataset.store.one("SELECT started, zone, night, substr(sunset, 1, 13) FROM recorders")


SAID = {
    "a zone": ("2024-03-11", "05:45:12+10:00", "2024-03-11T05:45:12+10:00"),
    "minutes and a zone": ("2024-03-11", "05:45+10:00", "2024-03-11T05:45:12+10:00"),
    "minutes": ("2024-03-11", "05:45", "2024-03-11T05:45:12"),
    "another time": ("2024-03-11", "07:45:00", "2024-03-11T07:45:00"),
    "another day": ("2023-03-11", "05:45:12", "2023-03-11T05:45:12"),
    "no time": ("2024-03-12", "", "2024-03-11T05:45:12"),
    "a word": ("2024-03-11", "dawn", "2024-03-11T05:45:12"),
}


@pytest.mark.parametrize("case", SAID)
@pytest.mark.parametrize("turn", ["at once", "later", "after the folder was read again"])
def test_the_start_is_that_of_the_table(case, turn, dataset, tmp_path):
    date, time, start = SAID[case]
    if turn != "at once":
        import_(dataset, tmp_path / "card")
    import_(dataset, table(tmp_path, date, time), replace_changed=True)
    if turn == "after the folder was read again":
        import_(dataset, tmp_path / "card", recorder=True)
    assert starts(dataset)[0] == start
    (row,) = manifest_rows(dataset)
    assert row.extra["started"] == start


TURNS = {
    "at once": ["both"],
    "the table first": ["table", "zone"],
    "the zone first": ["zone", "table"],
    "another zone before": ["other zone", "table", "zone"],
    "the folder again": ["both", "folder"],
}


@pytest.mark.parametrize("turns", TURNS.values(), ids=TURNS)
@pytest.mark.parametrize(
    ("zone", "start"), [("+10:00", "06:45:00+10:00"), ("Europe/Berlin", "06:45:00+01:00")]
)
def test_a_zone_that_a_person_names_holds_for_the_time_of_a_table_as_well(
    turns, zone, start, dataset, tmp_path
):
    said = table(tmp_path, "2024-03-11", "06:45:00")
    for turn in turns:
        named = {"both": zone, "zone": zone, "other zone": "-03:00"}.get(turn, "")
        source = said if turn in ("both", "table") else tmp_path / "card"
        import_(dataset, source, zone=named, recorder=True, replace_changed=source == said)
    assert starts(dataset)[0] == f"2024-03-11T{start}"


@pytest.mark.parametrize("turns", [["both"], ["zone", "table"]])
def test_a_named_zone_follows_the_season_of_the_table(turns, dataset, tmp_path):
    (tmp_path / NAMED).rename(tmp_path / "card" / "19700101_000010.wav")
    said = table(tmp_path, "2024-07-11", "21:45:00", "card/19700101_000010.wav")
    for turn in turns:
        named = "" if turn == "table" else "Europe/Berlin"
        import_(dataset, tmp_path / "card" if turn == "zone" else said, zone=named, replace_changed=True)
    assert starts(dataset)[:2] == ("2024-07-11T21:45:00+02:00", "+02:00")


def test_the_zone_of_a_table_counts_before_one_that_a_person_names(dataset, tmp_path):
    import_(dataset, table(tmp_path, "2024-03-11", "06:45:00Z"), zone="+10:00")
    import_(dataset, tmp_path / "card", zone="+09:00", recorder=True)
    assert starts(dataset)[0] == "2024-03-11T06:45:00Z"


def test_a_table_is_heard_where_the_file_has_other_bytes_as_well(dataset, tmp_path):
    import_(dataset, table(tmp_path, "2024-03-11", "06:45:00"))
    write_tone(tmp_path / NAMED, freq=2000)
    said = table(tmp_path, "2024-03-11", "08:00:00", place=(47, 8))
    said.write_text(said.read_text().replace("owl", "lark"))
    summary = import_(dataset, said, replace_changed=True)
    assert (summary.replaced, summary.relabelled, summary.completed) == (1, 1, 1)
    assert dataset.store.value("SELECT label FROM labels") == "lark"
    assert starts(dataset) == ("2024-03-11T08:00:00", "none", "2024-03-10", "2024-03-10T17")


def test_a_later_table_counts_only_on_request(dataset, tmp_path):
    import_(dataset, tmp_path / "card")
    summary = import_(dataset, table(tmp_path, "2024-03-11", "07:45:00"))
    assert starts(dataset)[0] == "2024-03-11T05:45:12"
    assert "time '07:45:00' here" in " ".join(each.reason for each in summary.problems)


def test_a_known_moment_stays_where_the_table_names_no_zone(dataset, tmp_path):
    audiomoth(tmp_path / "moth", "20240311", "054500")
    import_(dataset, table(tmp_path, "2024-03-11", "06:45:00", "moth/20240311_054500.WAV"))
    assert starts(dataset)[0] == "2024-03-11T05:45:00+10:00"


def test_a_table_puts_a_clock_right_that_was_reset(dataset, tmp_path):
    write_tone(tmp_path / "card" / "19700101_000010.wav")
    summary = import_(dataset, table(tmp_path, "2024-03-11", "21:45:00Z", "card/19700101_000010.wav"))
    assert summary.problem_counts["clock"] == 1
    assert starts(dataset)[:3] == ("2024-03-11T21:45:00Z", "Z", "2024-03-11")
    assert dataset.store.value("SELECT clock FROM recorders") == ""
    assert json.loads(dataset.store.value("SELECT sources FROM recorders"))["start"] == "table"


@pytest.mark.parametrize("turn", ["at once", "later"])
def test_the_place_of_a_table_gives_night_and_sunset(turn, dataset, tmp_path):
    if turn == "later":
        import_(dataset, tmp_path / "card")
    # Evening in Honolulu is the next day's morning in UTC.
    import_(dataset, table(tmp_path, "2024-03-12", "05:45:12Z", place=(21.3, -157.86)), replace_changed=True)
    assert starts(dataset) == ("2024-03-12T05:45:12Z", "Z", "2024-03-11", "2024-03-12T04")


def test_another_moment_than_the_recorder_has_is_told(dataset, tmp_path):
    summary = import_(dataset, table(tmp_path, "2024-03-11", "07:45:00"))
    assert [each.reason for each in summary.problems if each.kind == "disagreement"] == [
        "start: table 2024-03-11T07:45:00, recorder 2024-03-11T05:45:12"
    ]


MET = {
    "new": ([], ["table"], ("2024-03-11T06:45:00+01:00", "+01:00", "2024-03-10", "2024-03-10T18"), ""),
    "known without a place": (
        ["no place"],
        ["table"],
        ("2024-03-11T06:45:00+01:00", "+01:00", "2024-03-10", "2024-03-10T18"),
        "",
    ),
    "known without a zone": (
        ["card"],
        ["zone"],
        ("2024-03-11T05:45:12+10:00", "+10:00", "2024-03-10", None),
        "",
    ),
    "another zone": (
        ["zone"],
        ["other zone"],
        ("2024-03-11T05:45:12+10:00", "+10:00", "2024-03-10", None),
        "start '2024-03-11T05:45:12+09:00' here",
    ),
    "another time": (
        ["card"],
        ["table"],
        ("2024-03-11T05:45:12", "none", "2024-03-10", "2024-03-10T17"),
        "time '06:45:00+01:00' here",
    ),
}


@pytest.mark.parametrize("case", MET)
def test_a_merge_takes_what_recorders_said(case, dataset, tmp_path):
    here, there, start, told = MET[case]
    with Dataset(tmp_path / "part") as part:
        for which, turns in ((dataset, here), (part, there)):
            for turn in turns:
                zone = {"zone": "+10:00", "other zone": "+09:00"}.get(turn, "")
                place = (47, 8) if turn == "table" else ("", "")
                said = table(tmp_path, "2024-03-11", "06:45:00+01:00", place=place)
                source = said if turn in ("table", "no place") else tmp_path / "card"
                import_(which, source, zone=zone)
    summary = merge(dataset, tmp_path / "part")
    found = dataset.store.one("SELECT started, zone, night, nullif(substr(sunset, 1, 13), '') FROM recorders")
    assert found == start
    assert told in " ".join(each.reason for each in summary.problems)
    assert bool(summary.problems) == bool(told)
    assert merge(dataset, tmp_path / "part").completed == 0


def test_a_zone_reaches_known_recordings_that_have_none(dataset, tmp_path):
    audiomoth(tmp_path / "card", "20240311", "064500")
    import_(dataset, tmp_path / "card")
    for zone in ("+09:00", "-03:00"):  # the second finds nothing without a zone
        import_(dataset, tmp_path / "card", zone=zone)
        found = [start for (start,) in dataset.store.rows("SELECT started FROM recorders ORDER BY started")]
        assert found == ["2024-03-11T05:45:12+09:00", "2024-03-11T06:45:00+10:00"]


def test_a_pattern_reaches_known_recordings(dataset, tmp_path):
    (tmp_path / NAMED).rename(tmp_path / "card" / "Pond A_7.wav")
    import_(dataset, tmp_path / "card")
    import_(dataset, tmp_path / "card", name_pattern="{site}_{any}")
    assert dataset.store.value("SELECT site FROM recorders") == "Pond A"


#: A file whose name tells nothing, in a table that tells when and where.
UNNAMED = "clips/a.wav"


@pytest.mark.parametrize("turn", ["at once", "known before"])
def test_a_table_gives_the_night_of_a_file_that_tells_no_time(turn, dataset, tmp_path):
    write_tone(tmp_path / UNNAMED)
    if turn == "known before":
        import_(dataset, tmp_path / "clips")
    summary = import_(
        dataset, table(tmp_path, "2024-03-11", "05:45+01:00", UNNAMED, place=(47, 8)), replace_changed=True
    )
    assert starts(dataset) == ("2024-03-11T05:45:00+01:00", "+01:00", "2024-03-10", "2024-03-10T18")
    (row,) = manifest_rows(dataset)
    assert row.extra["night"] == "2024-03-10"
    assert summary.recorders.recordings == 0  # no recorder spoke
    assert status(dataset).recorders == []


@pytest.mark.parametrize(
    "turns", [["both"], ["table", "zone"], ["zone", "both"], ["before", "both"]], ids="-".join
)
def test_a_named_zone_holds_for_a_table_alone(turns, dataset, tmp_path):
    write_tone(tmp_path / UNNAMED)
    for turn in turns:
        source = tmp_path / "clips" if turn == "before" else table(tmp_path, "2024-03-11", "05:45", UNNAMED)
        zone = "" if turn in ("table", "before") else "Europe/Berlin"
        import_(dataset, source, zone=zone, replace_changed=True)
    assert starts(dataset)[:2] == ("2024-03-11T05:45:00+01:00", "+01:00")


def test_recordings_of_a_site_in_a_table_have_a_schedule(dataset, tmp_path):
    rows = [f"clips/{day}.wav,Fen,2024-03-{day},21:00" for day in (11, 12, 13)]
    for row in rows:
        write_tone(tmp_path / row.partition(",")[0])
    said = tmp_path / "t.csv"
    said.write_text("\n".join(["file,site,date,time", *rows]))
    import_(dataset, said)
    assert [(each.site, each.first, each.last) for each in status(dataset).recorders] == [
        ("Fen", "2024-03-11", "2024-03-13")
    ]


@pytest.mark.parametrize("words", ["", "dawn", "25:61"])
def test_a_table_without_a_time_gives_no_night(words, dataset, tmp_path):
    write_tone(tmp_path / UNNAMED)
    import_(dataset, table(tmp_path, "2024-03-11", words, UNNAMED))
    assert starts(dataset) is None


def test_a_merge_takes_the_time_that_a_table_told_there(dataset, tmp_path):
    write_tone(tmp_path / UNNAMED)
    import_(dataset, tmp_path / "clips")
    with Dataset(tmp_path / "part") as part:
        import_(part, table(tmp_path, "2024-03-11", "05:45+01:00", UNNAMED, place=(47, 8)))
    merge(dataset, tmp_path / "part")
    assert starts(dataset)[:3] == ("2024-03-11T05:45:00+01:00", "+01:00", "2024-03-10")
