"""DCASE's few-shot events: what is positive is marked, what is unsure has no label."""

from __future__ import annotations

import pytest

from curate.errors import FormatError
from curate.formats.choose import format_of, reader_for
from curate.formats.events import dcase_few_shot
from tests.formats.rows import touch


def marks(rows):
    return {
        row.path.rsplit("/", 1)[-1]: [(m.onset, m.offset, m.label, m.note) for m in row.annotations]
        for row in rows
    }


@pytest.fixture
def training(tmp_path):
    for name in ("BV/a.wav", "BV/b.wav", "MT/a.wav"):
        touch(tmp_path / name)
    (tmp_path / "BV" / "a.csv").write_text(
        "Audiofilename,Starttime,Endtime,SOCM,SNMK\n"
        "a.wav,1.5,1.75,POS,NEG\na.wav,2,2.5,POS,POS\na.wav,3,3.5,UNK,NEG\na.wav,4,4.5,NEG,NEG\n",
        encoding="utf-8",
    )
    (tmp_path / "BV" / "b.csv").write_text("Audiofilename,Starttime,Endtime,SOCM,SNMK\nb.wav,1,2,NEG,NEG\n")
    (tmp_path / "MT" / "a.csv").write_text(
        "Audiofilename,Starttime,Endtime,Q\na.wav,5,6,POS\na.wav,7,8,UNK\n"
    )
    return tmp_path


def test_positive_events_are_marks_and_a_recording_without_any_was_looked_at(training, problems):
    table = training / "BV" / "a.csv"
    assert format_of(table, "auto") == "dcase-few-shot"
    assert marks(dcase_few_shot.read(table, report=problems)) == {
        "a.wav": [
            (1.5, 1.75, "SOCM", ""),
            (2.0, 2.5, "SNMK", ""),
            (2.0, 2.5, "SOCM", ""),
            (3.0, 3.5, "", "unsure: SOCM"),
        ]
    }
    assert marks(dcase_few_shot.read(training / "BV" / "b.csv", report=problems)) == {"b.wav": []}
    assert problems == []


@pytest.mark.parametrize("form", ["auto", "dcase-few-shot"])
def test_a_folder_is_read_table_by_table_and_each_query_is_a_class_of_its_own(training, problems, form):
    found: dict[str, set[str]] = {}
    for row in reader_for(training, form)(training, report=problems):
        labels = {mark.label for mark in row.annotations or ()}
        found.setdefault(row.path.split("/")[-2], set()).update(labels)
    assert found == {"BV": {"", "SNMK", "SOCM"}, "MT": {"", "Q-a"}}
    told = [each for each in problems.notices if "Q-a" in each.reason]
    assert [each.path for each in told] == [str(training / "MT" / "a.csv")]


def test_recordings_of_one_name_in_two_folders_have_two_queries(tmp_path, problems):
    for folder in ("HB", "PB"):
        touch(tmp_path / folder / "a.wav")
        (tmp_path / folder / "a.csv").write_text("Audiofilename,Starttime,Endtime,Q\na.wav,5,6,POS\n")
    rows = dcase_few_shot.read(tmp_path, report=problems)
    assert {mark.label for row in rows for mark in row.annotations} == {"Q-HB-a", "Q-PB-a"}


def test_another_word_is_told_and_other_tables_are_refused(tmp_path, problems):
    touch(tmp_path / "a.wav")
    table = tmp_path / "a.csv"
    table.write_text("Audiofilename,Starttime,Endtime,owl\na.wav,1,2,yes\na.wav,3,x,POS\n", encoding="utf-8")
    assert marks(dcase_few_shot.read(table, report=problems)) == {"a.wav": []}
    assert [problem.kind for problem in problems] == ["bad-row", "bad-row"]
    assert "expected POS, NEG, UNK, found 'YES'" in problems[0].reason
    table.write_text("file,label\na.wav,owl\n", encoding="utf-8")
    with pytest.raises(FormatError, match="no table of DCASE"):
        dcase_few_shot.read(table, report=problems)
    with pytest.raises(FormatError, match="files are missing"):
        dcase_few_shot.read(tmp_path, report=problems)
