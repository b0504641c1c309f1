"""WildTrax's reports: location and time stand for the recording."""

from __future__ import annotations

import pytest

from curate.errors import FormatError, UsageError
from curate.formats.choose import format_of
from curate.formats.events import wildtrax
from tests.formats.rows import touch

MAIN = (
    "organization,location,recording_date_time,task_method,species_code,species_common_name,individual_count,"
    "vocalization,detection_time,tag_duration,min_tag_freq,max_tag_freq,tag_needs_review"
)


def written(path, *lines):
    path.write_text("\n".join(lines) + "\n", encoding="utf-8-sig")
    return path


def marks(path, report, **options):
    return {
        row.path.rsplit("/", 1)[-1]: [
            (m.onset, m.offset, m.label, m.low_freq, m.high_freq, m.note) for m in row.annotations
        ]
        for row in wildtrax.read(path, report=report, **options)
    }


@pytest.fixture
def at(tmp_path):
    """A recording that bears its location, one of channels, one in a folder, one of another place."""
    touch(
        tmp_path / "POND-1_20220601_053000.wav",
        tmp_path / "sm3" / "POND-2_0+1_20220601_053000.wac.flac",
        tmp_path / "POND 3" / "20220601_053000.WAV",
        tmp_path / "FEN_20220601_053000.wav",
    )
    return tmp_path


def test_location_and_time_find_the_recording_of_each_tag(at, problems):
    table = written(
        at / "project_main_report.csv",
        MAIN,
        "ABMI,POND-1,2022-06-01 05:30:00,None,OVEN,Ovenbird,1,Song,1.5,2.25,2000,6500,f",
        "ABMI,POND-1,2022-06-01 05:30:00,None,BCFR,Boreal Chorus Frog,CI 2,Call,10,0.5,2.1kHz,3.05kHz,t",
        "ABMI,pond-3,2022-06-01 05:30:00,None,NONE,None,,,,,,,",
    )
    assert format_of(table, "auto") == "wildtrax"
    assert marks(table, problems) == {
        "POND-1_20220601_053000.wav": [
            (1.5, 3.75, "OVEN", 2000.0, 6500.0, "Song"),
            (10.0, 10.5, "BCFR", 2100.0, 3050.0, "Call; abundance: CI 2; needs review"),
        ],
        "20220601_053000.WAV": [],
    }
    assert problems == []
    told = [(each.kind, each.reason) for each in problems.notices]
    assert ("read-as", "1 row with the species NONE: taken as looked at, without a mark") in told
    named = marks(table, problems, label_column="species_common_name")
    assert [mark[2] for mark in named["POND-1_20220601_053000.wav"]] == ["Ovenbird", "Boreal Chorus Frog"]
    assert named["20220601_053000.WAV"] == []
    with pytest.raises(UsageError, match="fixed columns"):
        wildtrax.read(table, report=problems, path_column="location")


def test_none_and_several_recordings_are_told_once_and_nothing_is_guessed(at, problems):
    touch(at / "copy" / "POND-1_20220601_053000.flac")
    row = "ABMI,{},{},None,OVEN,Ovenbird,1,Song,1,2,,,f"
    table = written(
        at / "t.csv",
        MAIN,
        row.format("POND-1", "2022-06-01 05:30:00"),
        row.format("POND-1", "2022-06-01 05:30:00"),
        row.format("POND-9", "2022-06-01 05:30:00"),
        row.format("POND-2", "2022-06-01 05:30:01"),
        row.format("", "2022-06-01 05:30:01"),
        row.format("POND-2", "dawn"),
    )
    assert marks(table, problems) == {}
    assert problems.kinds == ["ambiguous", "bad-row", "bad-row", "row-without-file", "row-without-file"]
    several, other, none = (each for each in problems if each.kind != "bad-row")
    assert several.path == "POND-1 at 2022-06-01 05:30:00"
    assert "name the folder of one with --audio-folder" in several.reason
    assert "a recording called POND-9_20220601_053000; at that time there is" in other.reason
    assert none.reason.endswith("a recording called POND-2_20220601_053001")
    found = marks(table, problems, audio_folder=at / "copy")
    assert list(found) == ["POND-1_20220601_053000.flac"]


@pytest.mark.parametrize("when", ["2022-06-01T05:30:00Z", "2022-06-01 05:30", "2022-06-01 05:30:00.000"])
def test_a_time_is_the_clock_of_the_name_and_without_seconds_its_minute(at, problems, when):
    table = written(at / "t.csv", MAIN, f"ABMI,POND-2,{when},1SPM,OVEN,Ovenbird,1,Song,1,2,2,6,f")
    assert marks(table, problems) == {
        "POND-2_0+1_20220601_053000.wac.flac": [(1.0, 3.0, "OVEN", None, None, "Song")]
    }
    assert problems == []
    words = " ".join(each.reason for each in problems.notices)
    assert "only the first call of each individual has a tag" in words
    assert "a band below 250, in Hz or kHz: the band is left out" in words


def test_r_writes_midnight_as_a_day_and_a_name_of_the_file_comes_first(tmp_path, problems):
    touch(tmp_path / "BOG_20220602_000000.wav", tmp_path / "rec.wav")
    table = written(
        tmp_path / "t.csv",
        "location,recording_date_time,source_file_name,species_code,tag_start_s,tag_duration_s",
        "BOG,2022-06-02,,OVEN,1,2",
        "BOG,2022-06-03 04:00:00,rec.wav,OVEN,3,1",
        "BOG,2022-06-04 04:00:00,,,,",
        "BOG,2022-06-02,,OVEN,5,",
    )
    found = {name: [each[:3] for each in there] for name, there in marks(table, problems).items()}
    assert found == {"BOG_20220602_000000.wav": [(1.0, 3.0, "OVEN")], "rec.wav": [(3.0, 4.0, "OVEN")]}
    assert [each.reason for each in problems] == ["column tag_duration_s: expected seconds after 5, found ''"]
    assert "1 row without a tag: left out" in [each.reason for each in problems.notices]


def test_a_table_of_tags_to_upload_reads_too_and_others_are_refused(at, problems):
    table = written(
        at / "tags.csv",
        "location,recordingDate,method,taskLength,transcriber,species,vocalization,startTime,tagLength,minFreq,maxFreq",
        "FEN,2022-06-01 05:30:00,None,180,Not Assigned,OVEN,Song,0.5,3,0,12000",
    )
    assert format_of(table, "auto") == "wildtrax"
    assert marks(table, problems) == {"FEN_20220601_053000.wav": [(0.5, 3.5, "OVEN", 0.0, 12000.0, "Song")]}
    other = written(at / "other.csv", "location,species_code,detection_time", "FEN,OVEN,1")
    with pytest.raises(FormatError, match="no report of WildTrax"):
        wildtrax.read(other, report=problems)
