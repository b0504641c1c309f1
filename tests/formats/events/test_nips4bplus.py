"""NIPS4Bplus: tables without a header, whose names say which recording they are about."""

from __future__ import annotations

import pytest

from curate.formats.choose import format_of, reader_for
from curate.formats.events import nips4bplus
from tests.formats.rows import touch


@pytest.fixture
def place(tmp_path):
    for number in (1, 2, 3):
        touch(tmp_path / "train" / f"nips4b_birds_trainfile00{number}.wav")
    tables = tmp_path / "temporal_annotations_nips4b"
    tables.mkdir()
    (tables / "annotation_train001.csv").write_text(
        "0.5,0.25,Sylcan_call\n1.0,1.5,Unknown\n2,x,Sylcan_call\n"
    )
    (tables / "annotation_train002.csv").write_text("")
    (tables / "annotation_train009.csv").write_text("0,1,Sylcan_call\n")
    return tmp_path


@pytest.mark.parametrize("form", ["auto", "nips4bplus"])
def test_starts_and_lengths_are_marks_and_an_empty_table_was_looked_at(place, problems, form):
    found = {
        row.path.rsplit("/", 1)[-1]: [(m.onset, m.offset, m.label, m.note) for m in row.annotations]
        for row in reader_for(place, form)(place, report=problems)
        if row.annotations is not None
    }
    assert found == {
        "nips4b_birds_trainfile001.wav": [(0.5, 0.75, "Sylcan_call", ""), (1.0, 2.5, "", "Unknown")],
        "nips4b_birds_trainfile002.wav": [],
    }
    assert {"bad-row", "row-without-file"} <= set(problems.kinds)


def test_one_table_is_read_with_the_folder_of_its_audio(place, problems):
    table = place / "temporal_annotations_nips4b" / "annotation_train001.csv"
    assert format_of(table, "auto") == "nips4bplus"
    [row] = nips4bplus.read(table, report=problems, audio_folder=place / "train")
    assert len(row.annotations) == 2
