"""APLOSE's results: boxes, and labels of whole files."""

from __future__ import annotations

import pytest

from curate.formats.annotations import annotation_table
from curate.formats.choose import format_of
from curate.model import Segment
from tests.formats import marked
from tests.formats.rows import touch

HEAD = (
    "dataset,filename,start_time,end_time,start_frequency,end_frequency,annotation,annotator,"
    "start_datetime,end_datetime,{},comments\n"
)


@pytest.mark.parametrize(
    ("column", "weak", "box"), [("is_box", "0", "1"), ("is_box", "False", "True"), ("type", "WEAK", "BOX")]
)
def test_a_label_of_a_whole_file_has_no_band_and_gives_way_to_its_boxes(
    column, weak, box, tmp_path, problems
):
    touch(tmp_path / "a.wav", tmp_path / "b.wav")
    path = tmp_path / "results.csv"
    row = "set,{},{},{},ana,2022-06-01T05:30:00.000+00:00,2022-06-01T05:31:00.000+00:00,{},{}\n"
    path.write_text(
        HEAD.format(column)
        + row.format("a.wav", "0.0,60.0,0.0,24000.0", "Whale", weak, "")
        + row.format("a.wav", "0.0,60.0,0.0,24000.0", "Boat", weak, "far")
        + row.format("a.wav", "5.0,7.5,200.0,900.0", "Whale", box, "")
        + row.format("b.wav", "60.0,120.0,0.0,24000.0", "Whale", weak, "")
        + row.format("b.wav", "5.0,6.0,200.0,900.0", "Whale", box, "")
    )
    assert format_of(path, "auto") == "annotation-table"
    assert marked.found(list(annotation_table.read(path, report=problems))) == {
        "a.wav": (
            Segment(0, 60, "Boat", note="far; somewhere in this stretch"),
            Segment(5, 7.5, "Whale", None, 200, 900),
        ),
        "b.wav": (
            Segment(5, 6, "Whale", None, 200, 900),
            Segment(60, 120, "Whale", note="somewhere in this stretch"),
        ),
    }
    assert problems == []
    told = [each.reason for each in problems.notices if "whole files" in each.reason]
    assert told == [
        f"column {column}: 2 labels of whole files: a mark over the stretch of the file, without a band",
        f"column {column}: 1 label of whole files: left out, as boxes of the same label say where",
    ]
    assert annotation_table.taken(path)[column] == "box or whole file"


def test_another_table_with_such_a_column_keeps_its_rows(tmp_path, problems):
    touch(tmp_path / "a.wav")
    path = tmp_path / "t.csv"
    path.write_text("file,start,end,label,low_freq,high_freq,type\na.wav,0,60,owl,100,200,weak\n")
    found = marked.found(list(annotation_table.read(path, report=problems)))
    assert found == {"a.wav": (Segment(0, 60, "owl", None, 100, 200),)}
