"""Labelled soundscapes of BirdCLEF: windows become marks, and a window without a call none."""

from __future__ import annotations

import pytest

from curate.errors import FormatError
from curate.formats.choose import format_of
from curate.formats.trainers import birdclef, birdclef_soundscapes
from tests.formats.rows import touch

AT = "H02_20230420_074000.ogg"


def marks(path, report, **options):
    return {
        row.path.rsplit("/", 1)[-1]: [(m.onset, m.offset, m.label) for m in row.annotations]
        for row in birdclef_soundscapes.read(path, report=report, **options)
    }


@pytest.fixture
def of_2021(tmp_path):
    for name in ("7019_COR_20190904.ogg", "70_SSW_20170411.ogg"):
        touch(tmp_path / "train_soundscapes" / name)
    table = tmp_path / "train_soundscape_labels.csv"
    lines = [
        "7019_COR_5,COR,7019,5,nocall",
        "7019_COR_10,COR,7019,10,rucwar orcpar",
        "70_SSW_5,SSW,70,5,nocall",
        "7019_COR_15,COR,7019,15,rucwar",
    ]
    table.write_text("\n".join(["row_id,site,audio_id,seconds,birds", *lines]) + "\n", encoding="utf-8")
    return table


def test_windows_of_2021_end_where_the_table_says(of_2021, problems):
    assert format_of(of_2021, "auto") == "birdclef-soundscapes"
    assert marks(of_2021, problems) == {
        "7019_COR_20190904.ogg": [(5.0, 10.0, "orcpar"), (5.0, 10.0, "rucwar"), (10.0, 15.0, "rucwar")],
        "70_SSW_20170411.ogg": [],
    }
    assert problems == []


def test_a_soundscape_that_is_not_there_is_told_with_its_row(of_2021, problems):
    (of_2021.parent / "train_soundscapes/70_SSW_20170411.ogg").unlink()
    assert list(marks(of_2021, problems)) == ["7019_COR_20190904.ogg"]
    (problem,) = problems
    assert (problem.kind, problem.path.endswith("70_SSW")) == ("row-without-file", True)
    assert problem.reason.endswith("train_soundscape_labels.csv:4")


def test_windows_of_2026_have_clock_times_and_several_classes(tmp_path, problems):
    touch(tmp_path / "train_soundscapes" / AT)
    table = tmp_path / "train_soundscapes_labels.csv"
    rows = ("00:00:00,00:00:05,owl; wren", "00:01:05,00:01:10,owl", "00:01:10,00:01:15,nocall")
    lines = ["filename,start,end,primary_label", *(f"{AT},{row}" for row in rows)]
    table.write_text("\n".join(lines) + "\n", encoding="utf-8")
    assert format_of(table, "auto") == "birdclef-soundscapes"
    assert marks(table, problems) == {AT: [(0.0, 5.0, "owl"), (0.0, 5.0, "wren"), (65.0, 70.0, "owl")]}
    assert problems == []


def test_a_folder_of_a_year_says_how_its_labelled_soundscapes_are_read(of_2021, problems):
    touch(of_2021.parent / "train_short_audio/owl/XC1.ogg")
    table = of_2021.with_name("train_metadata.csv")
    table.write_text("primary_label,filename\nowl,XC1.ogg\n", encoding="utf-8")
    assert len(list(birdclef.read(of_2021.parent, report=problems))) == 3
    (problem,) = problems
    assert (problem.kind, problem.path) == ("unused-file", str(of_2021))
    assert problem.reason == f"labels of soundscapes; to read them: curate import {of_2021}"


def test_another_table_is_refused_with_its_columns(tmp_path, problems):
    table = tmp_path / "t.csv"
    table.write_text("filename,birds\na.ogg,owl\n", encoding="utf-8")
    with pytest.raises(FormatError, match="no table of soundscapes of BirdCLEF") as error:
        birdclef_soundscapes.read(table, report=problems)
    assert error.value.hint == "columns there: filename, birds"
