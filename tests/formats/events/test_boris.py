"""BORIS: events with both ends in a row, or in a row each."""

from __future__ import annotations

import pytest

from curate.errors import FormatError
from curate.formats.choose import format_of
from curate.formats.events import boris
from tests.formats.rows import touch

AGGREGATED = (
    "Observation id,Source,Time offset (s),Subject,Behavior,Behavioral category,Modifiers,Behavior type,"
    "Start (s),Stop (s),Duration (s),Comment start"
)


@pytest.fixture
def at(tmp_path):
    touch(tmp_path / "a.wav")
    return tmp_path


def marks(path, report, **options):
    return [
        (mark.onset, mark.offset, mark.label, mark.note)
        for row in boris.read(path, report=report, **options)
        for mark in row.annotations
    ]


def written(path, *lines):
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_an_aggregated_event_is_a_mark_with_its_subject_in_the_note(at, problems):
    table = written(
        at / "events.csv",
        AGGREGATED,
        "dawn,player #1:/data/a.wav,0.0,Erithacus rubecula,song,vocal,loud,STATE,1.5,3.25,1.75,near",
        "dawn,player #1:/data/a.wav,10.0,No focal subject,call,,None,STATE,14.0,14.5,0.5,",
        "dawn,player #1:/data/a.wav,0.0,No focal subject,wing,,None,POINT,7.0,7.0,0,",
        "dawn,player #1:/data/a.wav;player #2:/data/b.wav,0.0,,song,,,STATE,1,2,1,",
    )
    assert format_of(table, "auto") == "boris"
    assert marks(table, problems) == [
        (1.5, 3.25, "song", "subject: Erithacus rubecula; vocal; loud; near"),
        (4.0, 4.5, "call", ""),
    ]
    told = [each.reason for each in problems]
    assert told[0] == "'wing' is a moment without a length: left out"
    assert told[1].startswith("expected one recording, found 2")
    named = marks(table, problems, label_column="Subject")
    assert named[0] == (1.5, 3.25, "Erithacus rubecula", "vocal; loud; near; song")
    with pytest.raises(FormatError, match="lacks the column 'Species'"):
        boris.read(table, report=problems, label_column="Species")


@pytest.mark.parametrize("word", ["Behavior type", "Status"])
def test_starts_and_stops_are_joined_also_behind_lines_about_the_observation(at, problems, word):
    cells = ["Time", "Media file path", "Total length", "FPS", "Subject", "Behavior", "Comment", word]
    rows = [
        ["1.0", "/x/a.wav", "60", "NA", "ana", "song", "", "START"],
        ["2.0", "/x/a.wav", "60", "NA", "ben", "song", "", "START"],
        ["3.0", "/x/a.wav", "60", "NA", "ana", "song", "", "STOP"],
        ["4.0", "/x/a.wav", "60", "NA", "", "wing", "", "POINT"],
        ["5.0", "/x/a.wav", "60", "NA", "eva", "song", "", "STOP"],
    ]
    lines = ["Observation id\tdawn", "", "Media file(s)", "Player #1\t/x/a.wav", ""]
    table = written(at / "events.tsv", *lines, *("\t".join(row) for row in [cells, *rows]))
    assert marks(table, problems, label_column="Behavior") == [(1.0, 3.0, "song", "subject: ana")]
    told = sorted(each.reason for each in problems)
    assert told == [
        "'song' starts here and never stops",
        "'song' stops here and never started",
        "'wing' is a moment without a length: left out",
    ]
    with pytest.raises(FormatError, match="no table of BORIS"):
        boris.read(written(at / "other.csv", "file,Behavior", "a.wav,song"), report=problems)
