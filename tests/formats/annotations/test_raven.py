"""Raven selection tables: its views, its cumulative times, its free columns."""

from __future__ import annotations

import pandas as pd
import pytest

from curate.errors import FormatError, UsageError
from curate.formats.annotations import raven
from curate.model import Segment
from tests.formats import marked
from tests.formats.rows import touch

HEADER = "Selection\tView\tChannel\tBegin Time (s)\tEnd Time (s)\tLow Freq (Hz)\tHigh Freq (Hz)\tAnnotation\n"


@pytest.fixture
def table(tmp_path):
    """Write a table for the recording XC1.wav, which is there."""
    touch(tmp_path / "XC1.wav", tmp_path / "XC2.wav")

    def table(text, name="XC1.Table.1.selections.txt", **options):
        path = tmp_path / name
        path.write_bytes(text.encode(**options))
        return path

    return table


def test_a_table_speaks_of_the_recording_whose_name_it_bears(table, tmp_path, problems):
    names = ("XC1.Table.1.selections.txt", "XC1.selections.txt", "XC1.BirdNET.selection.table.txt", "XC1.txt")
    for name in names:
        path = table(HEADER + "1\tSpectrogram 1\t1\t2.5\t7.5\t1200.0\t8400.0\tbkcchi\n", name)
        (row,) = raven.read(path, report=problems)
        assert (row.path, row.recording_id) == (str(tmp_path / "XC1.wav"), "xeno-canto:1")
        assert row.annotations == (Segment(2.5, 7.5, "bkcchi", None, 1200.0, 8400.0),)
    assert problems == []


def test_a_selection_in_two_views_is_one(table, problems):
    waves = "{n}\tWaveform 1\t1\t{n}\t{n}.5\t\t\towl\n"
    spectrum = "{n}\tSpectrogram 1\t1\t{n}\t{n}.5\t500\t900\towl\n"
    lines = [waves.format(n=1), spectrum.format(n=1), spectrum.format(n=2), waves.format(n=2)]
    (row,) = raven.read(table(HEADER + "".join(lines)), report=problems)
    assert row.annotations == (Segment(1, 1.5, "owl", None, 500, 900), Segment(2, 2.5, "owl", None, 500, 900))


def test_times_of_a_table_of_several_files_count_from_the_start_of_each(table, tmp_path, problems):
    text = (
        "Selection\tView\tChannel\tBegin Time (s)\tEnd Time (s)\tLow Freq (Hz)\tHigh Freq (Hz)\t"
        "Begin File\tFile Offset (s)\tSpecies\n"
        "1\tSpectrogram 1\t1\t1.0\t2.0\t0\t9000\tXC1.wav\t1.0\towl\n"
        "2\tSpectrogram 1\t1\t63.25\t64.5\t0\t9000\tXC2.wav\t3.25\towl\n"
    )
    rows = list(raven.read(table(text), report=problems))
    assert [row.path for row in rows] == [str(tmp_path / "XC1.wav"), str(tmp_path / "XC2.wav")]
    assert [row.annotations[0].onset for row in rows] == [1.0, 3.25]
    assert [row.annotations[0].offset for row in rows] == [2.0, 4.5]
    assert rows[0].annotations[0].label == "owl"


def test_several_files_without_their_offsets_cannot_be_told_apart(table, problems):
    text = (
        "Selection\tBegin Time (s)\tEnd Time (s)\tBegin File\n1\t1.0\t2.0\tXC1.wav\n2\t63.0\t64.0\tXC2.wav\n"
    )
    with pytest.raises(FormatError, match=r":3: the table names several recordings .*File Offset"):
        list(raven.read(table(text), report=problems))


def test_what_is_wrong_with_a_row_is_told_with_its_column_and_the_rest_is_read(table, problems):
    cells = [
        ("-1", "2.0"), ("3.0", "2.0"), ("three", "4"), ("", "4"), ("5,5", "6,5"),
    ]  # fmt: skip
    lines = [f"{n}\tSpectrogram 1\t1\t{a}\t{b}\t100\t200\tx\n" for n, (a, b) in enumerate(cells, start=1)]
    path = table(HEADER + "".join(lines))
    (row,) = raven.read(path, report=problems)
    assert row.annotations == (Segment(5.5, 6.5, "x", None, 100, 200),)
    assert [problem.path for problem in problems] == [f"{path}:{line}" for line in (2, 3, 4, 5)]
    assert [problem.reason for problem in problems] == [
        "column Begin Time (s): expected seconds, 0 or more, found '-1'",
        "column End Time (s): expected seconds after 3, found '2.0'",
        "column Begin Time (s): expected a number, found 'three'",
        "column Begin Time (s): expected seconds, 0 or more, found ''",
    ]


def test_a_recording_that_is_not_there_is_told_once(table, problems):
    path = table(HEADER + "1\tS\t1\t1\t2\t1\t2\tx\n2\tS\t1\t3\t4\t1\t2\tx\n", "XC9.selections.txt")
    assert list(raven.read(path, report=problems)) == []
    assert [(problem.kind, problem.path) for problem in problems] == [("row-without-file", "XC9")]


def test_windows_line_ends_a_mark_of_utf_8_and_latin_1_are_read(table, problems):
    text = HEADER.replace("\n", "\r\n") + "1\tSpectrogram 1\t1\t1.0\t2.0\t100\t200\tmésange\r\n"
    for encoding in ("utf-8-sig", "latin-1", "utf-8"):
        (row,) = raven.read(table(text, encoding=encoding), report=problems)
        assert [mark.label for mark in row.annotations] == ["mésange"]
    assert problems == []


def test_the_label_stands_in_any_column_that_is_named(table, problems):
    text = HEADER.replace("Annotation", "Art") + "1\tS\t1\t1.0\t2.0\t100\t200\tEule\n"
    (row,) = raven.read(table(text), report=problems, label_column="Art")
    assert [mark.label for mark in row.annotations] == ["Eule"]
    with pytest.raises(FormatError, match="lacks the column 'Kind'"):
        raven.read(table(text), report=problems, label_column="Kind")


def test_a_folder_is_read_table_by_table_and_other_texts_are_passed_over(table, tmp_path, problems):
    line = "1\tSpectrogram 1\t1\t1.0\t2.0\t100\t200\tx\n"
    table(HEADER + line)
    table(HEADER, "XC2.selections.txt")
    table("nothing to see\n", "README.txt")
    rows = raven.read(tmp_path, report=problems)
    assert {name: len(marks) for name, marks in marked.found(rows).items()} == {"XC1.wav": 1, "XC2.wav": 0}
    assert problems == []


def test_what_is_no_selection_table_is_refused_by_its_columns(table, tmp_path, problems):
    with pytest.raises(FormatError, match=r"lacks the column Begin Time") as caught:
        raven.read(table("a\tb\n"), report=problems)
    assert caught.value.hint == "columns there: a, b"
    (tmp_path / "empty").mkdir()
    with pytest.raises(FormatError, match="selection tables are missing"):
        raven.read(tmp_path / "empty", report=problems)


def test_a_table_of_all_recordings_runs_on_as_raven_does(tmp_path):
    rows = marked.recordings(tmp_path, "a.wav", "b.wav")
    raven.write(rows, tmp_path / "all.txt", label_column="Species")
    frame = pd.read_csv(tmp_path / "all.txt", sep="\t", dtype={"Species": str})
    assert frame["Begin Time (s)"].tolist() == [0.5, 1.0, 10.5, 11.0]
    assert frame["File Offset (s)"].tolist() == [0.5, 1.0, 0.5, 1.0]
    assert frame["Begin File"].tolist() == ["a.wav"] * 2 + ["b.wav"] * 2
    assert frame["Selection"].tolist() == [1, 2, 3, 4]
    assert frame["Species"].tolist() == ["asbfly", "1139490"] * 2


def test_a_label_without_times_is_the_whole_stretch_with_all_of_the_band(tmp_path):
    (row,) = marked.recordings(tmp_path, "a.wav", marks=None)
    raven.write([marked.row(row.path, None, label="owl"), marked.row("/b.wav", None)], tmp_path / "t.txt")
    (line,) = pd.read_csv(tmp_path / "t.txt", sep="\t").to_dict("records")
    assert (line["Begin Time (s)"], line["End Time (s)"], line["Annotation"]) == (0.0, 10.0, "owl")
    assert (line["Low Freq (Hz)"], line["High Freq (Hz)"]) == (0.0, 16000.0)


def test_a_folder_gets_a_table_for_each_recording_also_for_two_of_one_name(tmp_path):
    rows = [marked.row(f"/{folder}/a.wav") for folder in "xy"] + [marked.row("/z/a.flac", ())]
    raven.write(rows, tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "a.flac.selections.txt", "a.selections.txt", "a.wav.selections.txt",
    ]  # fmt: skip


def test_the_label_cannot_take_the_place_of_a_column_of_raven(tmp_path):
    with pytest.raises(UsageError, match="Begin File"):
        raven.write([], tmp_path / "t.txt", label_column="Begin File")


@pytest.mark.parametrize(
    "name",
    ["species", "SPECIES", "annotation", "Common name", "label", "Species Name", "Call Type", "Code", "Class",
     "Species.Name", "sound_type", "tags"],
)  # fmt: skip
def test_a_column_of_labels_is_known_whatever_the_case_and_the_blanks(name, table, problems):
    text = HEADER.replace("Annotation", name) + "1\tS\t1\t1.0\t2.0\t100\t200\towl\n"
    (row,) = raven.read(table(text), report=problems)
    assert [mark.label for mark in row.annotations] == ["owl"]
    assert problems == []


def test_columns_that_r_has_renamed_are_known(table, problems):
    header = "Selection\tBegin.Time..s.\tEnd.Time..s.\tLow.Freq..Hz.\tHigh.Freq..Hz.\tspecies\n"
    text = f"{header}1\t1\t2\t100\t200\towl\n"
    (row,) = raven.read(table(text), report=problems)
    assert row.annotations == (Segment(1, 2, "owl", None, 100, 200),)


def test_a_table_without_labels_says_so(table, problems):
    path = table(HEADER.replace("Annotation", "Art") + "1\tS\t1\t1.0\t2.0\t100\t200\tEule\n")
    assert len(list(raven.read(path, report=problems))) == 1
    (problem,) = problems
    assert (problem.kind, problem.path) == ("unlabelled", str(path))
    assert problem.reason.startswith("no column of labels; columns there: Selection, View")
    assert problem.reason.endswith("Art; name it with --label-column")


def test_one_table_that_cannot_be_used_does_not_stop_a_folder(table, tmp_path, problems):
    line = "1\tSpectrogram 1\t1\t1.0\t2.0\t100\t200\towl\n"
    table(HEADER + line)
    bad = HEADER.replace("Annotation", "Begin File\tAnnotation")
    rows = "".join(f"{n}\tS\t1\t1\t2\t1\t2\tXC{n}.wav\towl\n" for n in (1, 2))
    wrong = table(bad + rows, "both.txt")
    found = marked.found(list(raven.read(tmp_path, report=problems)))
    assert found == {"XC1.wav": (Segment(1, 2, "owl", None, 100, 200),)}
    assert [(problem.kind, problem.path) for problem in problems] == [("unusable", str(wrong))]
    assert "File Offset (s)" in problems[0].reason


def test_rows_of_a_site_whose_recording_is_not_there_do_not_go_to_the_other(table, tmp_path, problems):
    touch(tmp_path / "site1" / "0530.WAV")
    head = HEADER.replace("Annotation", "Begin Path\tFile Offset (s)\tAnnotation")
    rows = "".join(f"{n}\tS\t1\t{n}\t{n}.5\t1\t2\tD:\\site{n}\\0530.WAV\t{n}\towl\n" for n in (1, 2))
    (row,) = raven.read(table(head + rows), report=problems, audio_folder=tmp_path)
    assert [mark.onset for mark in row.annotations] == [1.0]
    (problem,) = problems
    assert (problem.kind, problem.path) == ("ambiguous", r"D:\site2\0530.WAV")


def test_the_table_of_a_site_whose_recording_is_not_there_does_not_go_to_the_other(tmp_path, problems):
    touch(tmp_path / "audio" / "siteA" / "0530.WAV")
    for site in ("siteA", "siteC"):
        (tmp_path / "tables" / site).mkdir(parents=True)
        text = HEADER + f"1\tSpectrogram 1\t1\t1\t2\t100\t200\t{site}\n"
        (tmp_path / "tables" / site / "0530.Table.1.selections.txt").write_text(text)
    (row,) = raven.read(tmp_path / "tables", report=problems, audio_folder=tmp_path / "audio")
    assert [mark.label for mark in row.annotations] == ["siteA"]
    assert [problem.kind for problem in problems] == ["ambiguous"]
    assert "siteC" in problems[0].path


def test_tables_of_two_people_for_one_recording_add_up(tmp_path, problems):
    touch(tmp_path / "audio" / "0530.WAV")
    for person in ("anna", "ben"):
        (tmp_path / person).mkdir()
        text = HEADER + f"1\tSpectrogram 1\t1\t1\t2\t100\t200\t{person}\n"
        (tmp_path / person / "0530.Table.1.selections.txt").write_text(text)
    (row,) = raven.read(tmp_path, report=problems, audio_folder=tmp_path / "audio")
    assert [mark.label for mark in row.annotations] == ["anna", "ben"]
    assert problems == []


@pytest.mark.parametrize("cell", ["['TUME' 'PAMA']", 'c("TUME", "PAMA")', '["TUME", "PAMA"]'])
def test_a_printed_list_is_several_labels_of_one_stretch(cell, table, problems):
    (row,) = raven.read(table(HEADER + f"1\tSpectrogram 1\t1\t1\t2\t100\t200\t{cell}\n"), report=problems)
    assert row.annotations == (
        Segment(1, 2, "PAMA", None, 100, 200),
        Segment(1, 2, "TUME", None, 100, 200),
    )
    assert problems == []


@pytest.mark.parametrize(("low", "labels"), [("", ["NA", "TUME"]), ("NA", ["", "TUME"])])
def test_the_tables_of_a_folder_decide_together_what_na_is(low, labels, table, tmp_path, problems):
    table(HEADER + "1\tSpectrogram 1\t1\t1\t2\t100\t200\tNA\n", "XC1.selections.txt")
    table(HEADER + f"1\tSpectrogram 1\t1\t1\t2\t{low}\t200\tTUME\n", "XC2.selections.txt")
    rows = raven.read(tmp_path, report=problems)
    assert [mark.label for row in rows for mark in row.annotations] == labels
    told = [(each.kind, each.path) for each in problems.notices if each.kind == "read-as"]
    assert told == [("read-as", str(tmp_path))]


def test_a_score_in_percent_is_told(tmp_path, problems):
    touch(tmp_path / "a.wav")
    head = "Selection\tBegin Time (s)\tEnd Time (s)\tAnnotation\tScore\n"
    (tmp_path / "a.txt").write_text(f"{head}1\t1\t2\towl\t85\n2\t3\t4\twren\t0.85\n")
    (row,) = raven.read(tmp_path / "a.txt", report=problems)
    assert row.annotations == (Segment(3, 4, "wren", 0.85),)
    assert [problem.reason for problem in problems] == [
        "column Score: expected a score from 0 to 1, found 85"
    ]
