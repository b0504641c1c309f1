"""Rows that a person rejected, in tables of every kind."""

from __future__ import annotations

import pytest

from curate.formats.choose import reader_for
from tests.formats import marked
from tests.formats.rows import touch

#: A table for each reader: a good row, a rejected one, and one that nobody judged.
TABLES = {
    "deepsqueak": (
        "File,ID,Label,Accepted,Score,Begin Time (s),End Time (s),Low Freq (kHz),High Freq (kHz)\n"
        "a 2024-05-01  3_33 PM.mat,1,USV,1,0.9,1,2,40,80\n"
        "a 2024-05-01  3_33 PM.mat,2,USV,0,0.1,3,4,40,80\n"
        "a.mat,3,USV,,0.5,5,6,40,80\n"
    ),
    "annotation-table": (
        "file,start,end,label,valid\na.wav,1,2,USV,TRUE\na.wav,3,4,USV,False\na.wav,5,6,USV,\n"
    ),
    "raven": (
        "Selection,Begin Time (s),End Time (s),Begin File,File Offset (s),Species,Status\n"
        "1,1,2,a.wav,1,USV,ok\n2,3,4,a.wav,3,USV,Rejected\n3,5,6,a.wav,5,USV,\n"
    ),
    "detections": (
        "Start (s),End (s),Scientific name,Common name,Confidence,File,Correct\n"
        "1,2,USV,x,0.9,a.wav,yes\n3,4,USV,x,0.1,a.wav,n\n5,6,USV,x,0.5,a.wav,\n"
    ),
}


@pytest.mark.parametrize("kind", TABLES)
def test_a_rejected_row_is_left_out_and_told(kind, tmp_path, problems):
    touch(tmp_path / "a.wav")
    path = tmp_path / "t.csv"
    path.write_text(TABLES[kind])
    rows = list(reader_for(path, "auto")(path, report=problems))
    (marks,) = marked.found(rows).values()
    assert [(mark.onset, mark.label) for mark in marks] == [(1.0, "USV"), (5.0, "USV")]
    assert problems == []
    told = [each.reason for each in problems.notices if "rejects" in each.reason]
    column = TABLES[kind].partition("\n")[0].split(",")[-1] if kind != "deepsqueak" else "Accepted"
    assert told == [f"column {column} rejects 1 row: left out, and taken as looked at"]


def test_a_recording_whose_rows_are_all_rejected_was_looked_at(tmp_path, problems):
    touch(tmp_path / "a.wav")
    path = tmp_path / "t.csv"
    path.write_text("file,start,end,label,Accepted\na.wav,1,2,USV,0\n")
    assert marked.found(list(reader_for(path, "auto")(path, report=problems))) == {"a.wav": ()}


def test_no_in_a_column_of_checks_and_a_column_of_labels_reject_nothing(tmp_path, problems):
    touch(tmp_path / "a.wav")
    path = tmp_path / "t.csv"
    path.write_text("file,start,end,label,verified\na.wav,1,2,USV,FALSE\n")
    assert len(marked.found(list(reader_for(path, "auto")(path, report=problems)))["a.wav"]) == 1
    path.write_text("file,start,end,Valid\na.wav,1,2,no\n")
    rows = reader_for(path, "auto")(path, report=problems, label_column="Valid")
    assert [mark.label for mark in marked.found(list(rows))["a.wav"]] == ["no"]
