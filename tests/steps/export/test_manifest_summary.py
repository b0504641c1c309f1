"""What an export says of itself: what its format cannot hold, and what its readers change."""

from __future__ import annotations

import pytest

from curate.cli._app import main
from curate.formats.files.layout import LAYOUTS
from curate.model import Row, Segment
from curate.steps.export.manifest_summary import ManifestSummary
from tests.engines import in_a_thread
from tests.roundtrip.cases import CASES, make

MARKS = (
    Segment(0, 1, "Parus major", 0.5, 100, 200),
    Segment(1, 2, "007", None, 300, None, note="faint"),
    Segment(1, 2, "NA"),
)


def said(form, *rows):
    summary = ManifestSummary(format=form)
    assert list(summary.fitted(iter(rows), LAYOUTS[form])) == list(rows)
    return summary


@pytest.mark.parametrize(
    ("form", "missing"),
    [
        ("lhotse", {}),
        ("huggingface", {}),
        ("audacity", {"note": 1, "score": 1}),
        ("raven", {"note": 1, "open band": 1}),
        ("opensoundscape-boxes", {"note": 1, "score": 1}),
        ("csv", {"band": 2, "note": 1, "open band": 1, "score": 1}),
        ("kaldi", {"band": 2, "note": 1, "open band": 1, "score": 1}),
    ],
)
def test_what_a_format_cannot_say_of_annotations_is_counted(form, missing):
    assert said(form, Row(annotations=MARKS)).not_written == missing


def test_secondary_labels_count_where_a_row_has_one_label():
    row = Row(label="owl", secondary_labels=("wren", "jay"))
    assert said("raven", row).not_written == {"secondary label": 2}
    assert said("kaldi", row).not_written == {}


def test_classes_that_a_reader_takes_for_something_else_are_named():
    summary = said("raven", Row(annotations=MARKS))
    assert (summary.reader, summary.guessed) == (
        "crowsetta and OpenSoundscape",
        {"007": "a number", "NA": "an empty cell"},
    )
    assert said("parquet", Row(annotations=MARKS)).guessed == {}


def test_numbers_are_taken_for_numbers_where_the_column_holds_nothing_else():
    numbers = [Row(label="007"), Row(label="1139490"), Row()]
    assert said("csv", *numbers).guessed == {"007": "a number", "1139490": "a number"}
    assert said("csv", *numbers, Row(label="NA")).guessed.keys() == {"007", "1139490", "NA"}
    assert said("csv", *numbers, Row(label="NA"), Row(label="owl")).guessed == {"NA": "an empty cell"}


def test_classes_that_a_format_spells_otherwise_are_named():
    assert said("kaldi", Row(annotations=MARKS)).respelt == {"Parus major": "Parus_major"}
    assert said("birdnet", Row(label="Thrush, Song")).respelt == {"Thrush, Song": "Thrush  Song"}
    assert said("csv", Row(label="Thrush, Song")).respelt == {}


def test_annotations_for_which_a_library_refuses_an_export_are_counted():
    row = Row(annotations=(*MARKS, Segment(3, 4, "")))
    assert said("raven", row).refused == {"empty label, crowsetta": 1}
    assert said("audacity", row).refused == {"open band, crowsetta": 1}
    assert said("lhotse", row).refused == {}


def test_stretches_with_several_labels_are_counted_for_audformat():
    assert said("audformat", Row(annotations=MARKS)).shared == 1
    assert said("audformat", Row(label="owl", secondary_labels=("wren",))).shared == 1


def test_the_command_says_it(tmp_path, capsys):
    with in_a_thread():
        make(tmp_path, CASES["digits"])
        command = ["manifest", "-d", str(tmp_path / "birds"), "-o", str(tmp_path / "t.csv")]
        assert main([*command, "--layer", "annotations"]) == 0
    told = capsys.readouterr().out
    assert "not in it, since csv has no place for them: 2 bands, 1 score" in told
    assert "pandas takes the classes 007, 1139490 for a number: read the column as text" in told
