"""Arbimon's tables of pattern matching."""

from __future__ import annotations

import pytest

from curate.errors import FormatError
from curate.formats.choose import format_of
from curate.formats.portals import arbimon
from curate.model import Segment
from tests.formats.rows import touch

HEAD = (
    "id,recording,site,year,month,day,hour,minute,species,songtype,x1,x2,y1,y2,frequency,validated,url,"
    "score,site_id\n"
)


def row(name, time, x1, x2, validated="(not validated)", score=0.21):
    return f"7,{name},S1,{time},Strix aluco,Song,{x1},{x2},1031.25,9062.5,24000,{validated},https://x,{score},9\n"


@pytest.fixture
def table(tmp_path):
    touch(tmp_path / "S1_20240319_135730.WAV", tmp_path / "S1.wav")
    return tmp_path / "pm.csv"


def test_times_within_a_part_of_a_minute_are_those_of_the_recording(table, problems):
    name = "S1_20240319_135730.WAV"
    table.write_text(
        HEAD
        + row(name, "2024,3,19,13,57", 1.5, 2.5)
        + row(name, "2024,3,19,14,1", 9.25, 11.0)
        + row("S1.wav", "2024,3,19,14,1", 3, 4)
    )
    assert format_of(table, "auto") == "arbimon"
    first, second = arbimon.read(table, report=problems)
    assert first.producer == "arbimon"
    assert [(m.onset, m.offset) for m in first.annotations] == [(1.5, 2.5), (249.25, 251.0)]
    assert first.annotations[0] == Segment(1.5, 2.5, "Strix aluco", 0.21, 1031.25, 9062.5, note="Song")
    assert [(m.onset, m.offset) for m in second.annotations] == [(3.0, 4.0)]  # its name tells no time
    assert problems == []


def test_what_people_say_of_a_detection_is_an_annotation(table, problems):
    table.write_text(
        HEAD
        + row("S1.wav", "2024,3,19,14,1", 1, 2, "present")
        + row("S1.wav", "2024,3,19,14,1", 3, 4, "not present")
        + row("S1.wav", "2024,3,19,14,1", 5, 6)
    )
    people, program = arbimon.read(table, report=problems)
    assert (people.producer, program.producer) == ("", "arbimon")
    assert [(m.onset, m.label, m.score, m.note) for m in people.annotations] == [
        (1.0, "Strix aluco", None, "Song"),
        (3.0, "", None, "not Strix aluco"),
    ]
    assert len(program.annotations) == 3


def test_a_part_before_the_recording_is_told(table, problems):
    table.write_text(HEAD + row("S1_20240319_135730.WAV", "2024,3,19,6,57", 1, 2))
    assert [row.annotations for row in arbimon.read(table, report=problems)] == [()]
    (problem,) = problems
    assert (problem.path, "expected a time after" in problem.reason) == (f"{table}:2", True)


def test_another_table_is_refused(table, problems):
    table.write_text("recording,species\na.wav,owl\n")
    with pytest.raises(FormatError, match="no table of Arbimon's pattern matching"):
        arbimon.read(table, report=problems)
