"""Cards of recorders come in with what they say of themselves, and their folders are sites."""

from __future__ import annotations

import json
import os
import struct

import pytest

from curate.catalogue.dataset import Dataset
from curate.errors import UsageError
from curate.recorders.stamps import offset_at
from curate.steps.acquire.import_ import import_
from curate.steps.clean.render import render
from curate.steps.inspect.explain import explain
from curate.steps.inspect.status import status
from tests.cards import SERIAL, audiomoth, bat, song_meter, tone
from tests.datasets import write_tone
from tests.recorder_bytes import chunk, wav

pytestmark = pytest.mark.usefixtures("thread")


@pytest.fixture
def dataset(tmp_path):
    with Dataset(tmp_path / "birds") as opened:
        yield opened


def told(dataset, columns="started, zone, night, site, serial, device"):
    return [tuple(row) for row in dataset.store.rows(f"SELECT {columns} FROM recorders ORDER BY recording")]


def registered(dataset, columns):
    return [tuple(row) for row in dataset.store.rows(f"SELECT {columns} FROM recordings ORDER BY id")]


def labels(dataset):
    return {label for (label,) in dataset.store.rows("SELECT label FROM labels")}


def test_a_card_tells_when_where_and_by_what(dataset, tmp_path):
    card = tmp_path / "card"
    audiomoth(card / "Site A" / "20240311", "20240311", "054500")
    place = {0x06: "WGS84,41.29,S,174.78,E,20"}
    song_meter(card / "Site B" / "Data", "20240311", "214500", "+13:00", entries=place.items())
    summary = import_(dataset, card)
    assert told(dataset) == [
        ("2024-03-11T05:45:00+10:00", "+10:00", "2024-03-10", "Site A", SERIAL, "AudioMoth"),
        ("2024-03-11T21:45:00+13:00", "+13:00", "2024-03-11", "Site B", "S4A12345", "Wildlife Acoustics SM4"),
    ]
    assert registered(dataset, "date, time, latitude, device, json_extract(extra, '$.site')") == [
        ("2024-03-11", "05:45:00", None, "AudioMoth", "Site A"),
        ("2024-03-11", "21:45:00", -41.29, "Wildlife Acoustics SM4", "Site B"),
    ]
    assert labels(dataset) == set()
    assert summary.folders == {"Site A": "site", "Site B": "site"}
    assert summary.recorders.zoned == 2
    assert told(dataset, "gain, battery, temperature")[0] == ("medium", "4.1 V", 14.2)
    assert ["audiomoth", "IART", f"AudioMoth {SERIAL}"] in json.loads(told(dataset, "fields")[0][0])


def test_a_recording_that_two_tables_speak_of_is_counted_once(dataset, tmp_path):
    sound = audiomoth(tmp_path / "card" / "Site A", "20240311", "054500")
    for name in ("ana.csv", "ben.csv"):
        (tmp_path / "card" / name).write_text(f"file,onset,offset,label\nSite A/{sound.name},0.1,0.4,owl\n")
    summary = import_(dataset, tmp_path / "card")
    assert (summary.recordings, summary.added, summary.annotated) == (1, 1, 1)
    assert (summary.recorders.recordings, summary.recorders.zoned) == (1, 1)
    assert summary.recorders.sites == {"Site A": 1}


@pytest.mark.parametrize(
    ("role", "label", "site"), [("label", {"Site A"}, ""), ("ignore", set(), ""), ("site", set(), "Site A")]
)
def test_what_a_folder_stands_for_can_be_said(dataset, tmp_path, role, label, site):
    audiomoth(tmp_path / "card" / "Site A", "20240311", "054500")
    import_(dataset, tmp_path / "card", folders=role)
    assert labels(dataset) == label
    assert told(dataset, "site") == [(site,)]


@pytest.mark.parametrize(
    "seasons",
    [("2023", "2024"), ("Spring 2024", "2024_autumn"), ("week 1", "Week_02"), ("2022-23", "season 3")],
)
def test_folders_of_a_time_are_no_sites(dataset, tmp_path, seasons):
    for number, season in enumerate(seasons):
        audiomoth(tmp_path / "birds" / season / "Oak" / "Data", f"2024031{number}", "054500")
    summary = import_(dataset, tmp_path / "birds")
    assert summary.folders == {"Oak": "site"}
    assert told(dataset, "site") == [("Oak",)] * 2
    assert summary.problems == []


def test_sites_below_the_first_folders_are_told(dataset, tmp_path):
    for number, folder in enumerate(("north/Oak/DCIM", "south/Oak/DCIM", "south/Elm/DCIM")):
        audiomoth(tmp_path / "birds" / folder, f"2024031{number}", "054500")
    foreseen = import_(dataset, tmp_path / "birds", dry_run=True)
    [problem] = import_(dataset, tmp_path / "birds").problems
    assert foreseen.problems == [problem]
    assert problem.reason == (
        "the first folders are the sites (north, south), and not those below (Oak). "
        f"If those below are, import each first folder: curate import {tmp_path / 'birds'}/*"
    )
    with Dataset(tmp_path / "each") as each:
        import_(each, sorted((tmp_path / "birds").iterdir()))
        assert sorted(site for (site,) in told(each, "site")) == ["Elm", "Oak", "Oak"]


def test_folders_of_other_names_stay_classes(dataset, tmp_path):
    write_tone(tmp_path / "data" / "owl" / "a.wav", seconds=0.2)
    audiomoth(tmp_path / "data" / "Strix aluco", "20240311", "054500")
    audiomoth(tmp_path / "data" / "pond", "20240311", "064500")
    summary = import_(dataset, tmp_path / "data")
    assert labels(dataset) == {"owl", "Strix aluco"}
    assert summary.folders == {"owl": "label", "Strix aluco": "label", "pond": "site"}


def test_the_folder_that_a_bar_makes_for_a_day_is_no_site(dataset, tmp_path):
    for day in ("20190407", "201904 8"):  # with the blank of some firmware
        folder = tmp_path / "cards" / "Creek" / f"{day.replace(' ', '0')}_AAO"
        write_tone(folder / f"{day}T060000+1000_REC.wav", seconds=0.2)
    import_(dataset, tmp_path / "cards")
    assert told(dataset, "started, site") == [
        ("2019-04-07T06:00:00+10:00", "Creek"),
        ("2019-04-08T06:00:00+10:00", "Creek"),
    ]


def test_folders_of_what_a_detector_cut_out_are_classes(dataset, tmp_path):
    write_tone(tmp_path / "clips" / "robin" / "erithacus_rubecula_85p_20240311T054500Z.wav", seconds=0.2)
    assert import_(dataset, tmp_path / "clips").folders == {"robin": "label"}
    assert labels(dataset) == {"robin"}
    assert told(dataset, "started, site, device") == [("2024-03-11T05:45:00Z", "", "BirdNET-Go")]


def test_a_folder_that_is_itself_the_site_gives_its_name(dataset, tmp_path):
    audiomoth(tmp_path / "Pond" / "DCIM", "20240311", "054500")
    import_(dataset, tmp_path / "Pond")
    assert told(dataset, "site") == [("Pond",)]


def test_what_lies_beside_the_folders_of_a_card_is_in_none(dataset, tmp_path):
    audiomoth(tmp_path / "card 1" / "Pond", "20240311", "054500")
    audiomoth(tmp_path / "card 1" / "DCIM", "20240311", "064500")
    audiomoth(tmp_path / "card 1", "20240311", "074500")
    summary = import_(dataset, tmp_path / "card 1")
    assert summary.folders == {"Pond": "site", "DCIM": "ignore"}
    assert sorted(told(dataset, "site")) == [("",), ("",), ("Pond",)]


def test_times_without_a_zone_say_so_unless_a_person_knows_it(dataset, tmp_path):
    write_tone(tmp_path / "card" / "pond" / "20240711_054500.wav", seconds=0.2)
    import_(dataset, tmp_path / "card")
    assert told(dataset, "started, zone") == [("2024-07-11T05:45:00", "none")]
    import_(dataset, tmp_path / "card", recorder=True, zone="Europe/Berlin")
    assert told(dataset, "started, zone") == [("2024-07-11T05:45:00+02:00", "+02:00")]
    assert offset_at("Nowhere/Land", "2024-01-01T00:00:00") is None


def test_a_clock_that_was_reset_gives_no_date_and_is_told(dataset, tmp_path):
    for minute in ("00", "10", "20"):
        audiomoth(tmp_path / "card" / "pond", "19700101", f"00{minute}00", "UTC")
    summary = import_(dataset, tmp_path / "card")
    assert registered(dataset, "date, time") == [("", None)] * 3
    assert told(dataset, "started, night")[0] == ("1970-01-01T00:00:00Z", "")
    (problem,) = [each for each in summary.problems if each.kind == "clock"]
    assert problem.reason == "clock was reset: 1970-01-01T00:00:00Z (and 2 more like it in this folder)"


def test_sources_that_disagree_are_told_and_none_is_averaged(dataset, tmp_path):
    song_meter(tmp_path / "card" / "pond", "20240311", "214500").rename(
        tmp_path / "card" / "pond" / "S4A12345_20240311_204500.wav"
    )
    summary = import_(dataset, tmp_path / "card")
    (problem,) = [each for each in summary.problems if each.kind == "disagreement"]
    assert problem.reason == "start: wamd 2024-03-11T21:45:00-03:30, name 2024-03-11T20:45:00"
    assert told(dataset, "started") == [("2024-03-11T21:45:00-03:30",)]
    assert summary.unused == 0


def test_a_table_of_sites_gives_places_and_zones(dataset, tmp_path):
    card = tmp_path / "card"
    write_tone(card / "North pond" / "20240711_214500.wav", seconds=0.2)
    song_meter(card / "Mill", "20240711", "214500", entries={0x06: "WGS84,6.10,N,74.60,W,20"}.items())
    song_meter(card / "Cave", "20240711", "214500")
    table = tmp_path / "sites.csv"
    rows = ["site,latitude,longitude,zone", "north_pond,52.5,13.4,Europe/Berlin", "MILL,6.2,-74.6,"]
    table.write_text("\n".join(rows), encoding="utf-8")
    summary = import_(dataset, card, sites=table)
    assert registered(dataset, "latitude, longitude") == [(None, None), (6.2, -74.6), (52.5, 13.4)]
    assert told(dataset, "started, substr(sunset, 1, 16)")[2] == (
        "2024-07-11T21:45:00+02:00",
        "2024-07-11T21:25",  # as almanacs have it for Berlin
    )
    assert {problem.kind: problem.reason for problem in summary.problems} == {
        "disagreement": "position: sites 6.2 -74.6, wamd 6.1 -74.6",
        "other-site": "site Cave has no row in the table of sites",
    }
    # A later table tells what it would change, and changes it on request.
    table.write_text("\n".join([*rows[:2], "MILL,6.3,-74.6,"]), encoding="utf-8")
    summary = import_(dataset, card, sites=table)
    (changed,) = [problem for problem in summary.problems if problem.kind == "changed"]
    assert changed.reason.startswith("latitude '6.3' here, '6.2' in the catalogue")
    import_(dataset, card, sites=table, replace_changed=True)
    assert registered(dataset, "latitude")[1] == (6.3,)


def test_a_table_of_sites_is_for_files_that_tell_nothing_themselves_too(dataset, tmp_path):
    write_tone(tmp_path / "card" / "pond" / "morning.wav", seconds=0.2)
    table = tmp_path / "sites.csv"
    table.write_text("site,latitude,longitude,zone\npond,1,2,Nowhere/Land\n", encoding="utf-8")
    with pytest.raises(UsageError, match="unknown time zone 'Nowhere/Land'"):
        import_(dataset, tmp_path / "card", sites=table, folders="site")
    table.write_text("site,latitude,longitude\npond,1,2\n", encoding="utf-8")
    import_(dataset, tmp_path / "card", sites=table, folders="site")
    assert registered(dataset, "latitude, longitude") == [(1.0, 2.0)]


def test_summaries_and_settings_beside_recordings_are_read_and_counted(dataset, tmp_path):
    card = tmp_path / "card" / "pond"
    song_meter(card / "Data", "20240311", "054500")
    (card / "S4A12345_A_Summary.txt").write_text(
        "DATE,TIME,LAT,,LON,,POWER(V),TEMP(C),#FILES\n2024-Mar-11,05:00:00,41.29,S,174.78,E,6.1,14.25,1\n"
    )
    (card / "notes.txt").write_text("mud")
    summary = import_(dataset, tmp_path / "card")
    assert told(dataset, "battery, temperature") == [("6.1 V", 14.25)]
    assert registered(dataset, "latitude, longitude") == [(-41.29, 174.78)]
    assert (dict(summary.beside), dict(summary.passed_over)) == ({"*_Summary.txt": 1}, {".txt": 1})


def test_names_follow_a_pattern_and_a_dry_run_shows_three(dataset, tmp_path):
    for number in range(4):
        write_tone(tmp_path / "card" / f"pond-110324-05{number}0.wav", seconds=0.2)
    write_tone(tmp_path / "card" / "other.wav", seconds=0.2)
    pattern = "{site}-{date:%d%m%y}-{time}"
    shown = import_(dataset, tmp_path / "card", name_pattern=pattern, dry_run=True).names
    assert [(each.name, each.start, each.site) for each in shown] == [
        (f"pond-110324-05{number}0.wav", f"2024-03-11T05:{number}0:00", "pond") for number in range(3)
    ]
    summary = import_(dataset, tmp_path / "card", name_pattern=pattern)
    assert [each.reason for each in summary.problems if each.kind == "other-name"] == [
        f"does not fit {pattern}"
    ]
    assert told(dataset, "started")[-1] == ("2024-03-11T05:30:00",)
    with pytest.raises(UsageError):
        import_(dataset, tmp_path / "card", name_pattern="{nothing}")


def test_time_expansion_counts_in_rate_and_length(dataset, tmp_path):
    # A tenth of a second of a bat at 45 kHz, which plays for a second.
    y = tone(256000, seconds=0.1, freq=45000.0)
    bat(
        tmp_path / "card" / "cave",
        "20240311_054500",
        y=y,
        fields={"TE": "10", "Samplerate": "256000"}.items(),
    )
    bat(
        tmp_path / "card" / "cave", "20240311_054510", y=y, sr=256000, fields={"Samplerate": "256000"}.items()
    )
    import_(dataset, tmp_path / "card")
    assert registered(dataset, "sr, duration, frames") == [(256000, 0.1, 25600)] * 2
    assert told(dataset, "time_expansion") == [(10.0,), (1.0,)]


def test_the_copy_at_the_true_rate_is_counted_before_it_is_there(dataset, tmp_path):
    y = tone(256000, seconds=0.1, freq=45000.0)
    for name, fields in (("slow", {"TE": "10"}), ("plain", {})):
        bat(tmp_path / "card" / name, "20240311_054500", y=y, fields=fields.items())
    import_(dataset, tmp_path / "card")
    states = [explain(dataset, f"{name}/20240311_054500.wav").clean_state for name in ("slow", "plain")]
    assert (status(dataset).waiting_copies, states) == (1, ["to be made", "none"])
    assert render(dataset).copies == 1
    states = [explain(dataset, f"{name}/20240311_054500.wav").clean_state for name in ("slow", "plain")]
    assert (status(dataset).waiting_copies, states) == (0, ["whole", "none"])


def test_a_file_that_was_registered_at_the_rate_that_it_plays_is_put_right(dataset, tmp_path):
    y = tone(256000, seconds=0.1, freq=45000.0)
    bat(tmp_path / "card" / "cave", "20240311_054500", y=y, fields={"TE": "10"}.items())
    import_(dataset, tmp_path / "card")
    with dataset.writing("test", {}), dataset.store.transaction():
        dataset.store.run("UPDATE recordings SET sr = 25600, duration = 1.0")  # as before it was read
    import_(dataset, tmp_path / "card", recorder=True)
    assert registered(dataset, "sr, duration") == [(256000, 0.1)]


def test_a_table_is_believed_before_a_clock(dataset, tmp_path):
    audiomoth(tmp_path / "card", "20240311", "054500")
    (tmp_path / "t.csv").write_text("file,label,site,date\ncard/20240311_054500.WAV,owl,north,2024-03-09\n")
    summary = import_(dataset, tmp_path / "t.csv")
    assert registered(dataset, "date, time, json_extract(extra, '$.site')") == [
        ("2024-03-09", "05:45:00", "north")
    ]
    assert [each.reason for each in summary.problems if each.kind == "disagreement"] == [
        "date: table 2024-03-09, recorder 2024-03-11T05:45:00+10:00"
    ]


def test_known_recordings_are_read_again_on_request(dataset, tmp_path):
    audiomoth(tmp_path / "card" / "pond", "20240311", "054500")
    import_(dataset, tmp_path / "card")
    with dataset.writing("test", {}), dataset.store.transaction():
        dataset.store.run("DELETE FROM recorders")
        dataset.store.run("UPDATE recordings SET date = NULL, extra = NULL")
    assert import_(dataset, tmp_path / "card").known == 1
    assert told(dataset) == []
    summary = import_(dataset, tmp_path / "card", recorder=True)
    assert (summary.known, summary.added) == (1, 0)
    assert registered(dataset, "date, json_extract(extra, '$.site')") == [("2024-03-11", "pond")]


def test_marks_inside_a_file_are_told_and_kept(dataset, tmp_path):
    path = tmp_path / "owl" / "a.wav"
    path.parent.mkdir()
    point = struct.pack("<III4sIII", 1, 1, 0, b"data", 0, 0, 1600)
    label = chunk(b"labl", struct.pack("<I", 1) + b"wren\0")
    path.write_bytes(wav([], [(b"cue ", point), (b"LIST", b"adtl" + label)]))
    summary = import_(dataset, path.parent.parent)
    (problem,) = summary.problems
    assert (problem.kind, problem.path) == ("odd-metadata", str(path))
    assert problem.reason.startswith("marks: the file holds 1 (0.05 s: wren). They label nothing.")
    assert json.loads(told(dataset, "fields")[0][0]) == [["marks", "mark", "0.05 s: wren"]]
    assert summary.recorders.recordings == 0
    assert labels(dataset) == {"owl"}


def test_times_that_a_zone_never_had_or_had_twice_are_told(dataset, tmp_path):
    for name in ("20240331_013000", "20240331_023000", "20241027_023000", "20241027_030000"):
        write_tone(tmp_path / "card" / "Pond" / f"{name}.WAV", seconds=0.2, freq=200.0 + int(name[9:11]))
    summary = import_(dataset, tmp_path / "card", zone="Europe/Berlin")
    never, twice = [each.reason for each in summary.problems if each.kind == "clock"]
    assert never == (
        "clock 2024-03-31T02:30:00: no clock of Europe/Berlin showed that time, "
        "so the recorder kept its own. Name its offset: --zone +01:00"
    )
    assert twice.startswith("clock 2024-10-27T02:30:00: clocks of Europe/Berlin showed that time twice")
    assert twice.endswith("--zone +02:00")
    with Dataset(tmp_path / "fixed") as fixed:
        assert not import_(fixed, tmp_path / "card", zone="+01:00").problem_counts["clock"]


def _unzoned(folder, *names):
    for number, name in enumerate(names):
        write_tone(folder / f"REC_{name}.wav", seconds=0.2, freq=300.0 + number)


def test_what_a_person_said_stays_when_the_disk_moves(dataset, tmp_path):
    _unzoned(tmp_path / "card" / "Fen", "20240328_210000", "20240328_230000")
    table = tmp_path / "sites.csv"
    table.write_text("site,latitude,longitude\nFen,-27.5,153.0\n")
    import_(dataset, tmp_path / "card", zone="+10:00", sites=table)
    before = told(dataset, "started, zone, night, sunset, sunrise, site, sources")
    assert [(zone, night) for _, zone, night, *_ in before] == [("+10:00", "2024-03-28")] * 2
    assert all(row[3] for row in before)
    (tmp_path / "card").rename(tmp_path / "other")
    assert import_(dataset, tmp_path / "other").moved == 2
    assert told(dataset, "started, zone, night, sunset, sunrise, site, sources") == before
    # Touched, too; and read again on request.
    for file in (tmp_path / "other" / "Fen").iterdir():
        os.utime(file, (1, 1))
    import_(dataset, tmp_path / "other")
    import_(dataset, tmp_path / "other", recorder=True)
    assert told(dataset, "started, zone, night, sunset, sunrise, site, sources") == before
    # Until a person says otherwise.
    import_(dataset, tmp_path / "other", recorder=True, zone="+09:00")
    assert {zone for (zone,) in told(dataset, "zone")} == {"+09:00"}


def test_a_second_season_hangs_where_an_earlier_table_put_its_site(dataset, tmp_path):
    _unzoned(tmp_path / "card" / "Fen", "20240328_210000")
    table = tmp_path / "sites.csv"
    table.write_text("site,latitude,longitude,elevation\nFen,-27.5,153.0,90\n")
    import_(dataset, tmp_path / "card", zone="+10:00", sites=table)
    _unzoned(tmp_path / "card" / "fen", "20250328_210000", "20250328_230000")
    summary = import_(dataset, tmp_path / "card", zone="+10:00")
    assert (summary.recorders.placed, summary.recorders.remembered) == (2, 2)
    assert registered(dataset, "latitude, longitude, elevation") == [(-27.5, 153.0, "90")] * 3
    assert [bool(sunset) for (sunset,) in told(dataset, "sunset")] == [True] * 3
    audiomoth(tmp_path / "card" / "Mill", "20250328", "210000")
    assert import_(dataset, tmp_path / "card").recorders.placed == 0


def _sites(tmp_path, zone="Australia/Sydney", columns="site,latitude,longitude,zone"):
    table = tmp_path / "sites.csv"
    table.write_text(f"{columns}\nFen,-33.8,151.0{',' * ('zone' in columns)}{zone}\n")
    return table


def test_a_second_season_counts_by_the_zone_that_an_earlier_table_gave(dataset, tmp_path):
    _unzoned(tmp_path / "card" / "Fen", "20240328_210000")
    import_(dataset, tmp_path / "card", sites=_sites(tmp_path))
    # A later table without zones takes none back. After the first Sunday of April the clocks are back.
    _unzoned(tmp_path / "card" / "Fen", "20240428_210000")
    import_(dataset, tmp_path / "card", sites=_sites(tmp_path, "", "site,latitude,longitude"))
    _unzoned(tmp_path / "card" / "fen", "20240528_210000")
    import_(dataset, tmp_path / "card")
    audiomoth(tmp_path / "card" / "Fen", "20240628", "210000")  # says +10:00 itself
    import_(dataset, tmp_path / "card")
    assert [start[16:] for (start,) in told(dataset, "started")] == [
        ":00+11:00",
        ":00+10:00",
        ":00+10:00",
        ":00+10:00",
    ]


def test_a_zone_that_a_person_names_counts_before_a_remembered_one(dataset, tmp_path):
    _unzoned(tmp_path / "card" / "Fen", "20240328_210000")
    import_(dataset, tmp_path / "card", sites=_sites(tmp_path, "+11:00"))
    _unzoned(tmp_path / "card" / "Fen", "20240528_210000")
    import_(dataset, tmp_path / "card", zone="+09:00")
    assert told(dataset, "zone") == [("+11:00",), ("+09:00",)]
    # Two zones were named: that of the next season is not guessed, and what was said stays.
    _unzoned(tmp_path / "card" / "Fen", "20240628_210000")
    import_(dataset, tmp_path / "card", recorder=True)
    assert told(dataset, "zone") == [("+11:00",), ("+09:00",), ("none",)]
    assert registered(dataset, "latitude") == [(-33.8,)] * 3


def test_names_that_a_pattern_read_stay_read(dataset, tmp_path):
    _unzoned(tmp_path / "card" / "Heath", "110324-0545", "120324-0545")
    import_(dataset, tmp_path / "card", name_pattern="REC_{date:%d%m%y}-{hour}{minute}", folders="site")
    before = told(dataset, "started, night, site")
    assert before[0] == ("2024-03-11T05:45:00", "2024-03-10", "Heath")
    (tmp_path / "card").rename(tmp_path / "other")
    import_(dataset, tmp_path / "other", folders="site")
    assert told(dataset, "started, night, site") == before


def test_a_site_is_renamed_everywhere_or_nowhere(dataset, tmp_path):
    audiomoth(tmp_path / "card" / "North pond", "20240311", "054500")
    import_(dataset, tmp_path / "card")
    (tmp_path / "card" / "North pond").rename(tmp_path / "card" / "Pond")
    summary = import_(dataset, tmp_path / "card")
    assert [each.reason.partition(".")[0] for each in summary.problems] == [
        "site 'Pond' here, 'North pond' in the catalogue"
    ]
    assert told(dataset, "site") == registered(dataset, "json_extract(extra, '$.site')") == [("North pond",)]
    import_(dataset, tmp_path / "card", replace_changed=True)
    assert told(dataset, "site") == registered(dataset, "json_extract(extra, '$.site')") == [("Pond",)]


def test_a_pattern_tells_the_site_before_the_folder_does(dataset, tmp_path):
    audiomoth(tmp_path / "card" / "week 1", "20240311", "054500")
    file = tmp_path / "card" / "week 1" / "20240311_054500.WAV"
    file.rename(file.with_name("Mill_20240311_054500.WAV"))
    import_(dataset, tmp_path / "card", name_pattern="{site}_{date}_{time}")
    assert told(dataset, "site") == registered(dataset, "json_extract(extra, '$.site')") == [("Mill",)]


def test_a_place_of_a_table_counts_for_nights(dataset, tmp_path):
    # 08:00 in UTC is still the evening before in Honolulu.
    audiomoth(tmp_path / "card", "20240312", "080000", "UTC")
    table = tmp_path / "card" / "recordings.csv"
    table.write_text("filename,latitude,longitude\n20240312_080000.WAV,21.3,-157.86\n")
    import_(dataset, table)
    ((night, sunset),) = told(dataset, "night, sunset")
    assert night == "2024-03-11"
    assert sunset.startswith("2024-03-12T04:3")
