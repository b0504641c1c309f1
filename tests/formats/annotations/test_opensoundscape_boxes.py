"""The table of boxes that OpenSoundscape opens."""

from __future__ import annotations

import csv

from curate.formats.annotations import opensoundscape_boxes
from curate.model import Segment
from tests.formats.marked import row


def test_each_box_names_the_table_as_its_annotation_file(tmp_path):
    # OpenSoundscape hands a box whose annotation file is empty to nobody.
    marks = (Segment(0.5, 1.5, "owl"), Segment(2.0, 3.0, "wren"))
    out = tmp_path / "boxes.csv"
    assert opensoundscape_boxes.write([row("a.wav", marks)], out) == 2
    with out.open(encoding="utf-8", newline="") as handle:
        assert [each["annotation_file"] for each in csv.DictReader(handle)] == ["boxes.csv", "boxes.csv"]
