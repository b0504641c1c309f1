"""Tables as programs and people write them: words for nothing, lists, dates, places, and odd headers."""

from __future__ import annotations

import json
import zipfile

import pytest

from curate.errors import FormatError
from curate.formats.annotations import annotation_table, label_studio
from curate.formats.tables import csv, jsonl
from curate.formats.tables.sheets import taken
from curate.formats.trainers import folders, opensoundscape
from curate.model import Segment
from tests.formats.rows import touch


@pytest.fixture
def read(tmp_path, problems):
    """Read a table of the recordings a.wav and b.wav."""
    touch(tmp_path / "a.wav", tmp_path / "b.wav", tmp_path / "a b.wav")

    def read(text, name="t.csv", reader=csv):
        (tmp_path / name).write_text(text, encoding="utf-8")
        return list(reader.read(tmp_path / name, report=problems))

    return read


@pytest.mark.parametrize("end", ["", "\n", "\r\n"])
@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('file,label,remarks\na.wav,owl,"near\nb.wav,wren,far', 2),
        ('file,label,remarks\na.wav,owl,near\nb.wav,wren,"far', 3),
        ('file\tlabel\na.wav\t"owl\nb.wav\twren', 2),
        ('file,label,remarks\na.wav,owl,"one\ntwo"\nb.wav,wren,"he said ""so""', 4),
    ],
)
def test_a_quote_that_is_never_closed_swallows_no_rows(text, line, end, read):
    with pytest.raises(FormatError, match=f"the quote that opens in line {line} is never closed"):
        read(text + end)


@pytest.mark.parametrize(
    "text",
    [
        'file,label,remarks\na.wav,owl,"near\nb.wav,wren,far"\na b.wav,newt,x\n',
        'file\tlabel\na.wav\t"owl\nb.wav\twren"\na b.wav\tnewt\n',
    ],
)
def test_rows_inside_a_quote_are_told_and_become_no_cell(text, read, problems):
    assert [row.label for row in read(text)] == ["newt"]
    (problem,) = problems
    assert problem.path.endswith("t.csv:2")
    assert problem.reason == "a quote opens here and ends in line 3; rows seem to lie in it: close it"


@pytest.mark.parametrize(
    "text",
    [
        'file,label,remarks\na.wav,owl,"heard twice, near the road, with wind\nthen it left, west, alone"\n',
        'remarks,file,label\n"one\ntwo",a.wav,owl\n',
        'file,label,remarks\na.wav,owl,"a, ""b"",\nc"\n',
        'file,label,remarks\na.wav,owl,5" pipe\n',
        'file,label,remarks\na.wav,owl,"one\ntwo"',
    ],
)
def test_a_cell_of_several_lines_is_one_cell(text, read, problems):
    assert [row.label for row in read(text)] == ["owl"]
    assert problems == []


@pytest.mark.parametrize(
    "word", ["n.a.", "(null)", "#VALUE!", "\u2014", ".", "<null>", "unknown", "Not recorded", "#REF!"]
)
def test_words_of_programs_and_people_for_nothing_are_no_recordist_licence_or_place(word, read, problems):
    (row,) = read(f"file,label,recordist,license,site,lat\na.wav,owl,{word},{word},{word},{word}\n")
    assert (row.recordist, row.license, row.latitude, row.extra) == ("", "", None, {})
    assert problems == []


def test_unknown_is_a_class_if_a_person_says_so(read):
    assert [row.label for row in read("file,label\na.wav,unknown\n")] == ["unknown"]


@pytest.mark.parametrize(
    ("cell", "names"),
    [
        ('"abethr1, blbpuf2"', ("abethr1", "blbpuf2")),
        ('"frog, wren"', ("frog", "wren")),
        ("frog wren", ("frog", "wren")),
        ('"Thrush, Song"', ("Thrush, Song",)),
        ('"frog, newt"', ("frog, newt",)),
        ("Turdus merula", ("Turdus merula",)),
        ('"AMCR,NOCA"', ("AMCR", "NOCA")),
    ],
)
def test_names_between_commas_are_parted_where_all_are_classes_or_codes(cell, names, read):
    rows = read(f"file,label,secondary_labels\na.wav,frog,{cell}\nb.wav,wren,\n")
    assert rows[0].secondary_labels == names


@pytest.mark.parametrize(
    ("cell", "date"),
    [
        ("2024", "2024"),
        ("2024-05-17T05:30:00+02:00", "2024-05-17T05:30:00+02:00"),
        ("2024-05-17T03:00Z/2024-05-17T04:00Z", "2024-05-17T03:00Z/2024-05-17T04:00Z"),
        ("20240517", "2024-05-17"),
        ("17/05/2024", "2024-05-17"),
        ("05/17/2024", "2024-05-17"),
        ("7.5.2024", "2024-05-07"),
        ("17.05.2024 5:30", "2024-05-17 05:30"),
        ("2024/05/17", "2024-05-17"),
        ("2024/5/7 05:30:00", "2024-05-07 05:30:00"),
        ("2024.05.17", "2024-05-17"),
        ("2024-5-7", "2024-05-07"),
        ("2024/05", "2024-05"),
        ("2024-05-17/2024-05-19", "2024-05-17/2024-05-19"),
        ("2023/2024", "2023/2024"),
        ("2024-05-00", "2024-05"),
    ],
)
def test_a_date_that_is_clear_is_spelt_as_in_iso_8601(cell, date, read, problems):
    assert [row.date for row in read(f"file,label,date\na.wav,owl,{cell}\n")] == [date]
    assert problems == []


@pytest.mark.parametrize(
    "cell",
    [
        "05/06/2024",
        "May 2024",
        "yesterday",
        "2010/11",
        "2024.5",
        "2024/25",
        "2024/13/05",
        "5/17/2024 5:30 PM",
    ],
)
def test_a_date_that_nobody_can_tell_is_told(cell, read, problems):
    assert [row.date for row in read(f"file,label,date\na.wav,owl,{cell}\n")] == [""]
    assert f"column date: expected a date such as 2024-05-17, found '{cell}'" in problems[0].reason


@pytest.mark.parametrize("cell", ["99", "-1", "5.5"])
def test_a_rating_of_another_scale_is_told(cell, read, problems):
    (row,) = read(f"file,label,rating\na.wav,owl,{cell}\n")
    assert row.rating is None
    assert f"column rating: expected a rating from 0 to 5, found '{cell}'" in problems[0].reason


def test_a_side_of_the_globe_behind_degrees_is_read(read, problems):
    (row,) = read("file,label,lat,lon\na.wav,owl,10.5 S,20.25\u00b0W\n")
    assert (row.latitude, row.longitude, problems) == (-10.5, -20.25, [])
    read("file,label,lat,lon\na.wav,owl,10.5 E,20.25\n")
    assert "expected degrees, found '10.5 E'" in problems[0].reason


@pytest.mark.parametrize("name", ["t.csv", "t.xlsx", "download.zip"])
def test_a_packed_file_is_said_to_be_packed(tmp_path, name):
    with zipfile.ZipFile(tmp_path / name, "w") as packed:
        packed.writestr("multimedia.txt", "gbifID,identifier\n1,https://example.org/a.mp3\n")
    with pytest.raises(FormatError, match="it is packed") as caught:
        csv.Sheet.open(tmp_path / name)
    assert "save its sheet as CSV" in caught.value.hint


def test_of_two_columns_of_one_name_the_first_counts_and_the_other_is_told(tmp_path):
    touch(tmp_path / "a.wav")
    (tmp_path / "t.csv").write_text("file,label,label\na.wav,owl,frog\n")
    found = []
    assert [row.label for row in csv.read(tmp_path / "t.csv", report=found.append)] == ["owl"]
    assert [(each.kind, each.reason) for each in found] == [("unused-column", "label, a second time,")]


def test_a_line_for_excel_before_the_header_is_passed_over(read):
    assert [row.label for row in read("sep=;\nfile;label\na.wav;owl\n")] == ["owl"]


@pytest.mark.parametrize("name", ["a%20b.wav", " a b.wav ", "a b.wav"])
def test_names_with_blanks_around_them_or_spelt_as_in_urls_are_found(name, read, tmp_path):
    assert [row.path for row in read(f"file,label\n{name},owl\n")] == [f"{tmp_path}/a b.wav"]


@pytest.mark.parametrize(
    ("column", "cell"),
    [("scientificName", "Strix aluco"), ("labels", "['owl' 'frog']"), ("common_name", "Tawny Owl")],
)
def test_a_class_is_found_in_columns_of_other_names(column, cell, read):
    rows = read(f'file,{column}\na.wav,"{cell}"\n')
    assert [row.label for row in rows] == ["owl" if cell.startswith("[") else cell]


def test_a_column_of_labels_that_nobody_filled_gives_way_to_the_next(read, tmp_path):
    rows = read("file,label,species\na.wav,,owl\n")
    assert [row.label for row in rows] == ["owl"]
    assert taken(tmp_path / "t.csv") == {"file": "path of the audio", "label": "", "species": "label"}
    assert [row.label for row in read("file,label,species\na.wav,eagowl,owl\n")] == ["eagowl"]


def test_boxes_of_arbimon_are_annotations(read):
    rows = read("recording,species,x1,y1,x2,y2\na.wav,owl,0.5,100,1.5,900\n", reader=annotation_table)
    assert rows[0].annotations == (Segment(0.5, 1.5, "owl", None, 100.0, 900.0),)


def test_audio_as_data_sets_for_hugging_face_have_it_is_a_file(read):
    text = json.dumps({"audio": {"path": "a.wav"}, "label": "owl"}) + "\n"
    assert [row.label for row in read(text, "t.jsonl", jsonl)] == ["owl"]


def test_clips_with_scores_in_place_of_answers_say_nothing(read, problems):
    text = "file,start_time,end_time,owl,frog\na.wav,0,1,-3.2,0.8\nb.wav,0,1,1,0\n"
    rows = read(text, reader=opensoundscape)
    assert [(row.path[-5:], row.annotations) for row in rows] == [("b.wav", (Segment(0.0, 1.0, "owl"),))]
    assert len(problems) == 2


def test_the_audio_of_a_task_may_have_any_name(read):
    marks = [{"from_name": "l", "type": "labels", "value": {"start": 0.1, "end": 0.5, "labels": ["owl"]}}]
    task = {
        "data": {"site": "A", "sound": "/data/upload/2/12345678-a.wav"},
        "annotations": [{"result": marks}],
    }
    (row,) = read(json.dumps([task]), "ls.json", label_studio)
    assert row.annotations == (Segment(0.1, 0.5, "owl"),)


@pytest.mark.parametrize(
    ("names", "labels"),
    [
        (["train/owl/1.wav", "test/frog/2.wav"], ["frog", "owl"]),
        (["train/1.wav", "test/2.wav"], ["", ""]),
        (["train/1.wav", "owl/2.wav"], ["owl", "train"]),
        (["train/1.wav", "train horn/2.wav"], ["train", "train horn"]),
    ],
)
def test_folders_of_parts_are_no_classes(names, labels, tmp_path):
    touch(*(tmp_path / "m" / name for name in names))
    assert sorted(row.label for row in folders.read(tmp_path / "m", report=[].append)) == labels


def test_unicode_text_of_excel_is_read(tmp_path, problems):
    touch(tmp_path / "a.wav")
    (tmp_path / "t.csv").write_bytes("file\tlabel\na.wav\tMésange\n".encode("utf-16"))
    assert [row.label for row in csv.read(tmp_path / "t.csv", report=problems)] == ["Mésange"]


@pytest.mark.parametrize(
    "text",
    [
        "file\tlabel\tnotes, of mine, and of yours\na.wav\towl\tx\n",
        'file;label;"notes, of mine, and of yours"\na.wav;owl;x\n',
        "file;label;notes, of mine, and of yours\na.wav;owl;1,5\n",
        "sep=;\nfile;label;notes, of mine, yours\n\na.wav;owl;1,5\n",
        'file,label,"a; b; c; d"\na.wav,owl,x\n',
    ],
)
def test_names_of_columns_may_hold_what_parts_other_tables(text, read, problems):
    assert [(row.label, row.path[-5:]) for row in read(text)] == [("owl", "a.wav")]
    assert problems == []


def test_a_table_without_rows_has_the_delimiter_that_parts_its_header(tmp_path):
    (tmp_path / "t.csv").write_text("file;label;start;end\n")
    assert list(taken(tmp_path / "t.csv")) == ["file", "label", "start", "end"]
