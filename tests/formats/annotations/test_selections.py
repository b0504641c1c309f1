"""Selection tables as other programs save them: quotes, commas, views, columns of another unit."""

from __future__ import annotations

import pytest

from curate.errors import FormatError
from curate.formats.annotations import raven
from curate.formats.annotations.selections import is_table
from curate.formats.choose import format_of, reader_for
from curate.model import Segment
from tests.formats import marked
from tests.formats.rows import touch

COLUMNS = (
    "Selection",
    "View",
    "Channel",
    "Begin Time (s)",
    "End Time (s)",
    "Low Freq (Hz)",
    "High Freq (Hz)",
)
OF_FILES = ("Begin File", "File Offset (s)", "Annotation")
SPECTRUM, WAVES = ("Spectrogram 1", "1"), ("Waveform 1", "1")


def lines(*rows, columns=(*COLUMNS, "Annotation"), between="\t"):
    """A table as text."""
    return "".join(between.join(map(str, row)) + "\n" for row in (columns, *rows))


@pytest.fixture
def told():
    """What a reader reports, notices too."""
    return []


@pytest.fixture
def read(tmp_path, told):
    """Write a table, read it as the import would, and give the marks by file."""
    touch(tmp_path / "a.wav", tmp_path / "b.wav")

    def read(text, name="a.txt"):
        path = tmp_path / name
        path.write_text(text)
        return marked.found(reader_for(path, "auto")(path, report=told.append))

    return read


def test_a_spreadsheet_puts_quotes_around_cells_with_commas_and_quotes(read):
    rows = [(1, *SPECTRUM, 1, 2, 5, 9, '"owl, tawny"'), (2, *SPECTRUM, 3, 4, 5, 9, '"say ""hu"""')]
    assert [mark.label for mark in read(lines(*rows))["a.wav"]] == ["owl, tawny", 'say "hu"']


def test_quotes_that_a_person_typed_stay(read):
    """A comma outside of quotes, or quotes without need, show that no spreadsheet saved the table."""
    rows = [(1, *SPECTRUM, 1, 2, 5, 9, '"hu, hu"'), (2, *SPECTRUM, 3, 4, 5, 9, "owl, tawny")]
    assert [mark.label for mark in read(lines(*rows))["a.wav"]] == ['"hu, hu"', "owl, tawny"]
    assert [mark.label for mark in read(lines((1, *SPECTRUM, 1, 2, 5, 9, '"hu"')))["a.wav"]] == ['"hu"']


def test_decimal_commas_need_no_quotes(read):
    rows = [(1, *SPECTRUM, "1,5", "2,5", 5, 9, '"owl, tawny"')]
    assert read(lines(*rows))["a.wav"] == (Segment(1.5, 2.5, "owl, tawny", None, 5, 9),)


def test_r_writes_every_text_in_quotes(read):
    columns = [f'"{name}"' for name in (*COLUMNS, "Annotation")]
    text = lines(('"1"', '"Spectrogram 1"', 1, 1, 2, 5, 9, '"owl"'), columns=columns)
    assert read(text)["a.wav"] == (Segment(1, 2, "owl", None, 5, 9),)


@pytest.mark.parametrize("between", [",", ";", "\t"])
def test_times_of_several_files_count_from_each_whatever_parts_the_cells(between, read):
    columns = (*COLUMNS, *OF_FILES)
    rows = [(1, *SPECTRUM, 1, 2, 5, 9, "a.wav", 1, "x"), (2, *SPECTRUM, 12.5, 13, 5, 9, "b.wav", 2.5, "y")]
    found = read(lines(*rows, columns=columns, between=between), "all.csv")
    assert found == {
        "a.wav": (Segment(1, 2, "x", None, 5, 9),),
        "b.wav": (Segment(2.5, 3, "y", None, 5, 9),),
    }


def test_a_folder_of_recordings_reads_them_between_commas_too(tmp_path, read):
    columns = (*COLUMNS, *OF_FILES)
    text = lines((2, *SPECTRUM, 12.5, 13, 5, 9, "b.wav", 2.5, "y"), columns=columns, between=",")
    read(text, "all.csv")
    found = marked.found(reader_for(tmp_path, "auto")(tmp_path, report=lambda _: None))
    assert found["b.wav"] == (Segment(2.5, 3, "y", None, 5, 9),)


def test_a_table_in_a_folder_below_names_what_lies_next_to_it(tmp_path):
    touch(tmp_path / "b.wav", tmp_path / "x" / "b.wav", tmp_path / "y" / "b.wav")
    text = lines((2, 12.5, 13, "b.wav", 2.5, "y"), columns=(*COLUMNS[:1], *COLUMNS[3:5], *OF_FILES))
    (tmp_path / "x" / "all.txt").write_text(text)
    (row,) = raven.read(tmp_path, report=lambda _: None)
    assert (row.path, row.annotations) == (str(tmp_path / "x" / "b.wav"), (Segment(2.5, 3, "y"),))


def test_the_tables_of_a_folder_name_what_lies_anywhere_in_it(tmp_path):
    touch(tmp_path / "audio" / "deep" / "b.wav", tmp_path / "audio" / "c.wav", tmp_path / "other" / "c.wav")
    columns = (*COLUMNS[:1], *COLUMNS[3:5], *OF_FILES)
    rows = [(1, 12.5, 13, "D:\\cards\\deep\\B.WAV", 2.5, "y"), (2, 22.5, 23, "c.wav", 2.5, "z")]
    (tmp_path / "all.txt").write_text(lines(*rows, columns=columns))
    told = []
    (row,) = raven.read(tmp_path, report=told.append)
    assert (row.path, row.annotations) == (
        str(tmp_path / "audio" / "deep" / "b.wav"),
        (Segment(2.5, 3, "y"),),
    )
    assert [(problem.kind, problem.path) for problem in told] == [("ambiguous", "c.wav")]


def test_several_files_between_commas_without_offsets_are_refused_with_a_way_out(tmp_path, read):
    columns = ("Selection", "Begin Time (s)", "End Time (s)", "Begin File")
    with pytest.raises(FormatError, match="names several recordings") as caught:
        read(lines((1, 1, 2, "a.wav"), (2, 12, 13, "b.wav"), columns=columns, between=","), "t.csv")
    assert "--format annotation-table" in caught.value.hint
    rows = reader_for(tmp_path / "t.csv", "annotation-table")(tmp_path / "t.csv", report=lambda _: None)
    assert {name: marks[0].onset for name, marks in marked.found(rows).items()} == {"a.wav": 1, "b.wav": 12}


@pytest.mark.parametrize(
    ("begins", "ends"), [("a.wav", "b.wav"), ("D:\\x\\a.wav", "D:\\x\\b.wav"), ("/x/a.wav", "b.wav")]
)
def test_a_selection_that_ends_in_the_next_file_is_marked_in_both(begins, ends, read, told):
    columns = (*COLUMNS, "Begin Path", "End Path", "File Offset (s)", "Annotation")
    rows = [
        (1, *SPECTRUM, 9, 11.5, 5, 9, begins, ends, 9, "long"),
        (2, *SPECTRUM, 12.5, 13, 5, 9, begins.replace("a.", "b."), ends, 2.5, "y"),
    ]
    found = read(lines(*rows, columns=columns), "all.txt")
    assert found["a.wav"] == (Segment(9, 11.5, "long", None, 5, 9),)  # clipped where the file is opened
    assert found["b.wav"] == (Segment(0, 1.5, "long", None, 5, 9), Segment(2.5, 3, "y", None, 5, 9))
    assert [problem for problem in told if problem.kind != "read-as"] == []


def test_a_selection_over_three_files_is_marked_in_all(tmp_path, read):
    touch(tmp_path / "c.wav")
    columns = (*COLUMNS, "Begin File", "End File", "File Offset (s)", "Annotation")
    rows = [
        (1, *SPECTRUM, 9, 21, 5, 9, "a.wav", "c.wav", 9, "long"),
        (2, *SPECTRUM, 12, 13, 5, 9, "b.wav", "b.wav", 2, "y"),
        (3, *SPECTRUM, 22, 23, 5, 9, "c.wav", "c.wav", 2, "z"),
    ]
    found = read(lines(*rows, columns=columns), "all.txt")
    long = {name: [(m.onset, m.offset) for m in marks if m.label == "long"] for name, marks in found.items()}
    assert long == {
        "a.wav": [(9, 21)],
        "b.wav": [(0, 11)],
        "c.wav": [(0, 1)],
    }  # clipped where they are opened


def test_lists_of_files_that_were_joined_tell_no_start_of_a_later_file(tmp_path, read, told):
    touch(tmp_path / "c.wav")
    columns = (*COLUMNS, "Begin File", "End File", "File Offset (s)", "Annotation")
    rows = [
        (1, *SPECTRUM, 9, 12, 5, 9, "a.wav", "b.wav", 9, "long"),
        (2, *SPECTRUM, 13, 14, 5, 9, "b.wav", "b.wav", 3, "y"),
        (1, *SPECTRUM, 11, 12, 5, 9, "c.wav", "c.wav", 0.5, "z"),  # of another list
    ]
    found = read(lines(*rows, columns=columns), "all.txt")
    assert {name: len(marks) for name, marks in found.items()} == {"a.wav": 1, "b.wav": 1, "c.wav": 1}
    assert [problem.kind for problem in told] == ["left-out"]


def test_a_begin_that_is_no_number_is_told_where_the_offset_in_the_file_is_one(read, told):
    columns = (*COLUMNS, "Begin File", "End File", "File Offset (s)", "Annotation")
    rows = [
        (1, *SPECTRUM, "x", 4, 5, 9, "a.wav", "b.wav", 1, "x"),
        (2, *SPECTRUM, "3,0", "4,0", 5, 9, "a.wav", "", "3,0", "y"),
    ]
    assert read(lines(*rows, columns=columns), "all.txt")["a.wav"] == (Segment(3, 4, "y", None, 5, 9),)
    assert [problem.reason for problem in told] == ["column Begin Time (s): expected a number, found 'x'"]


def test_the_rest_of_a_selection_in_a_file_whose_start_is_unknown_is_told(read, told):
    columns = (*COLUMNS, "Begin File", "End File", "File Offset (s)", "Annotation")
    found = read(
        lines((1, *SPECTRUM, 9, 11.5, 5, 9, "a.wav", "b.wav", 9, "long"), columns=columns), "all.txt"
    )
    assert found == {"a.wav": (Segment(9, 11.5, "long", None, 5, 9),), "b.wav": ()}
    assert [(problem.kind, problem.reason) for problem in told] == [
        ("left-out", "it ends in b.wav: that part is left out, as nothing tells where that file begins")
    ]


def test_a_row_without_its_offset_is_told_where_a_table_names_several_files(read, told):
    columns = (*COLUMNS, *OF_FILES)
    rows = [(1, *SPECTRUM, 1, 2, 5, 9, "a.wav", 1, "x"), (2, *SPECTRUM, 7, 8, 5, 9, "b.wav", "", "y")]
    assert read(lines(*rows, columns=columns))["b.wav"] == ()
    assert [problem.reason for problem in told] == [
        "column File Offset (s): expected seconds, as Begin Time (s) counts over all files, found ''"
    ]
    told.clear()
    rows = [(1, *SPECTRUM, 7, 8, 5, 9, "b.wav", "", "y")]  # of one file alone, it counts from its start
    assert read(lines(*rows, columns=columns))["b.wav"] == (Segment(7, 8, "y", None, 5, 9),)
    assert told == []


def test_views_are_one_selection_whose_times_may_be_spelt_otherwise(read):
    rows = [
        (1, *WAVES, "1.000000000", "2.0", "", "", "owl"),
        (1, *SPECTRUM, "1.0", "2.00", 5, 9, "owl"),
        (1, "Spectrogram Slice 1", "1", "1", "2", 0, 0, "owl"),
    ]
    assert read(lines(*rows))["a.wav"] == (Segment(1, 2, "owl", None, 5, 9),)


@pytest.mark.parametrize(
    ("band", "label"), [((5, 9), "wren"), ((15, 19), "owl")], ids=["another label", "another band"]
)
def test_two_rows_of_one_view_are_two_selections(band, label, read):
    """Tables of two people that were joined: both count from 1."""
    rows = [(1, *SPECTRUM, 1, 2, 5, 9, "owl"), (1, *SPECTRUM, 1, 2, *band, label)]
    assert set(read(lines(*rows))["a.wav"]) == {
        Segment(1, 2, "owl", None, 5, 9),
        Segment(1, 2, label, None, *band),
    }


def test_bands_in_kilohertz_become_hertz(read):
    columns = ("Selection", "Begin Time (s)", "End Time (s)", "Low Freq (kHz)", "High Freq (kHz)", "Species")
    assert read(lines((1, 1, 2, "0.5", "1,25", "owl"), columns=columns))["a.wav"] == (
        Segment(1, 2, "owl", None, 500, 1250),
    )


def test_a_column_of_labels_that_nobody_filled_gives_way_to_the_next(read, told):
    columns = (*COLUMNS, "Annotation", "Species", "Notes")
    rows = [(1, *SPECTRUM, 1, 2, 5, 9, "", "owl", "far"), (2, *SPECTRUM, 3, 4, 5, 9, "", "wren", "")]
    marks = read(lines(*rows, columns=columns))["a.wav"]
    assert [(mark.label, mark.note) for mark in marks] == [("owl", "far"), ("wren", "")]
    assert [(problem.kind, problem.reason) for problem in told] == [("unused-column", "Annotation")]


def test_notes_are_no_labels_where_a_column_of_labels_is_empty(read):
    rows = [(1, *SPECTRUM, 1, 2, 5, 9, "", "far away")]
    (mark,) = read(lines(*rows, columns=(*COLUMNS, "Annotation", "Notes")))["a.wav"]
    assert (mark.label, mark.note) == ("", "far away")


def test_a_row_of_birdnet_that_heard_nothing_marks_nothing(read, told):
    columns = (*COLUMNS, "Common Name", "Species Code", "Confidence", "Begin Path", "File Offset (s)")
    rows = [(1, *SPECTRUM, 0, 3, 0, 15000, "nocall", "nocall", 1.0, "/x/a.wav", 0)]
    assert read(lines(*rows, columns=columns))["a.wav"] == ()
    assert [problem.reason for problem in told if problem.kind == "read-as"] == [
        "'nocall' in 1 row: taken as looked at, without a mark"
    ]


def test_other_tables_with_such_times_between_commas_are_no_selection_tables(tmp_path):
    touch(tmp_path / "a.wav")
    text = "Recording,Species,Begin Time (s),End Time (s)\na.wav,owl,1,2\n"
    (tmp_path / "t.csv").write_text(text)
    assert not is_table(tmp_path / "t.csv")
    assert format_of(tmp_path / "t.csv", "auto") == "annotation-table"


def test_a_class_in_quotes_is_written_so_that_it_comes_back(tmp_path, problems):
    (row,) = marked.recordings(tmp_path, "a.wav", marks=(Segment(1, 2, '"hu, hu"', None, 5, 9),))
    (tmp_path / "out").mkdir()
    raven.write([row], tmp_path / "out")
    (back,) = raven.read(tmp_path / "out", report=problems, audio_folder=tmp_path)
    assert back.annotations == (Segment(1, 2, "'hu, hu'", None, 5, 9),)
