"""Other people's tables, as CSV, JSON lines and Parquet."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from curate.errors import FormatError
from curate.formats.tables import csv, jsonl, parquet
from curate.model import Row
from tests.formats.rows import touch


def as_csv(frame: pd.DataFrame, out: Path):
    frame.to_csv(out, index=False)
    return csv


def as_semicolons(frame: pd.DataFrame, out: Path):
    frame.to_csv(out, index=False, sep=";", encoding="utf-8-sig")
    return csv


def as_tabs(frame: pd.DataFrame, out: Path):
    frame.to_csv(out, index=False, sep="\t", lineterminator="\r\n")
    return csv


def as_jsonl(frame: pd.DataFrame, out: Path):
    frame.to_json(out, orient="records", lines=True)
    return jsonl


def as_parquet(frame: pd.DataFrame, out: Path):
    frame.to_parquet(out, index=False)
    return parquet


@pytest.fixture(params=[as_csv, as_semicolons, as_tabs, as_jsonl, as_parquet])
def read(request, tmp_path, problems):
    """Writes columns as a table into a folder with the files a.wav and b.wav, and reads it."""
    touch(tmp_path / "a.wav", tmp_path / "b.wav")

    def written_and_read(columns: dict[str, list[object]], **options: str) -> list[Row]:
        form = request.param(pd.DataFrame(columns), tmp_path / "table")
        return list(form.read(tmp_path / "table", report=problems, **options))

    return written_and_read


def test_paths_are_relative_to_the_table_or_absolute(read, tmp_path, problems):
    rows = read({"file": ["a.wav", f"{tmp_path}/b.wav"], "label": ["x", "y"]})
    assert rows == [
        Row(path=f"{tmp_path}/a.wav", label="x", archive="local"),
        Row(path=f"{tmp_path}/b.wav", label="y", archive="local"),
    ]
    assert problems == []


def test_columns_are_known_under_the_names_that_people_use(read, tmp_path):
    (row,) = read(
        {
            "Filename": ["a.wav"],
            "primary_label": ["asbfly"],
            "Secondary Labels": ["['x', 'y']"],
            "author": ["Magnus Hellström"],
            "licence": ["cc0"],
            "lat": [39.25],
            "lon": [-0.5],
            "type": ["['call', 'song']"],
            "Scientific name": ["Muscicapa dauurica"],
            "collection": ["XC"],
            "date": ["2013-05-00"],
            "time": ["08:30"],
            "rating": [0.0],
            "copies": [3],
            "alt": [120],
        }
    )
    assert row == Row(
        path=f"{tmp_path}/a.wav",
        label="asbfly",
        secondary_labels=("x", "y"),
        recordist="Magnus Hellström",
        license="cc0",
        latitude=39.25,
        longitude=-0.5,
        scientific_name="Muscicapa dauurica",
        archive="xeno-canto",
        date="2013-05",
        rating=0.0,
        extra={"sound_type": "call; song", "time": "08:30", "elevation": "120"},
    )


def test_a_place_beyond_the_globe_is_told_and_not_taken(read, problems):
    columns = {"file": ["a.wav", "b.wav"], "label": ["x", "y"], "lat": [95.5, -90.0], "lon": [180.0, 200.5]}
    places = [(row.latitude, row.longitude) for row in read(columns)]
    assert places == [(None, 180.0), (-90.0, None)]
    assert [(problem.kind, problem.reason) for problem in problems] == [
        ("bad-row", "column lat: expected degrees from -90 to 90, found '95.5'"),
        ("bad-row", "column lon: expected degrees from -180 to 180, found '200.5'"),
    ]


def test_labels_of_digits_become_text(read):
    assert [row.label for row in read({"path": ["a.wav", "b.wav"], "label": [1139490, 7]})] == [
        "1139490",
        "7",
    ]


@pytest.mark.parametrize("save", [as_jsonl, as_parquet])
def test_a_missing_label_does_not_turn_digits_into_floats(save, tmp_path, problems):
    touch(tmp_path / "a.wav", tmp_path / "b.wav")
    form = save(pd.DataFrame({"path": ["a.wav", "b.wav"], "label": [1139490, None]}), tmp_path / "t")
    assert [row.label for row in form.read(tmp_path / "t", report=problems)] == ["1139490", ""]


def test_columns_can_be_named(read):
    table = {"path": ["a.wav"], "label": ["x"], "where": ["b.wav"], "bird": ["y"]}
    (row,) = read(table, path_column="where", label_column="bird")
    assert (Path(row.path).name, row.label) == ("b.wav", "y")


def test_a_column_that_is_not_there_is_named_with_its_neighbours(read):
    with pytest.raises(FormatError, match="lacks the column 'lable'") as info:
        read({"path": ["a.wav"], "label": ["x"]}, label_column="lable")
    assert info.value.hint == "did you mean 'label'? there are: label, path"


def test_a_table_without_paths_is_refused_with_what_was_expected_and_found(read):
    with pytest.raises(
        FormatError, match="lacks a column for the path of the audio: expected one of path, "
    ) as info:
        read({"bird": ["x"], "where": ["a.wav"]})
    assert "Columns there: bird, where" in info.value.hint


def test_a_table_without_labels_is_unlabelled(read):
    assert [row.label for row in read({"path": ["a.wav"]})] == [""]


def test_missing_files_and_folders_are_reported_and_the_rest_is_read(read, tmp_path, problems):
    (tmp_path / "sub").mkdir()
    rows = read({"path": ["gone.wav", "sub", None, "b.wav"], "label": list("xxxy")})
    assert [row.label for row in rows] == ["y"]
    assert problems.kinds == ["bad-row", "not-a-file", "row-without-file"]
    assert f"{tmp_path}/gone.wav" in {problem.path for problem in problems}


def test_a_cell_that_makes_no_sense_costs_only_itself(read, problems):
    (row,) = read(
        {"path": ["a.wav"], "label": ["x"], "rating": ["good"], "secondary_labels": ["['y'"], "lat": ["1.5"]}
    )
    assert (row.label, row.rating, row.secondary_labels, row.latitude) == ("x", None, (), 1.5)
    assert problems.kinds == ["bad-row", "bad-row"]
    assert "column rating: expected a number, found 'good'" in {problem.reason for problem in problems}


def test_stretches_of_one_file_are_one_recording(read, problems):
    rows = read(
        {"path": ["a.wav", "./a.wav"], "label": ["x", "x"], "onset": [0.0, 7.5], "offset": [5.0, 9.0]}
    )
    assert [(Path(row.path).name, row.onset, row.offset) for row in rows] == [("a.wav", 0.0, 0.0)]
    assert problems == []


def test_a_second_label_for_a_file_is_reported_and_the_first_wins(read, problems):
    rows = read({"path": ["a.wav", "a.wav"], "label": ["x", "y"]})
    assert [row.label for row in rows] == ["x"]
    assert problems.kinds == ["bad-row"]
    assert "as 'y' after 'x'" in problems[0].reason


def test_the_name_of_a_file_tells_the_recording_unless_the_table_does(tmp_path, problems):
    touch(tmp_path / "XC1.wav", tmp_path / "XC2.wav", tmp_path / "XC3.wav")
    (tmp_path / "t.csv").write_text(
        "path,recording_id,archive\nXC1.wav,,\nXC2.wav,csa:9,csa\nXC3.wav,,macaulay\n", encoding="utf-8"
    )
    rows = csv.read(tmp_path / "t.csv", report=problems)
    assert [(row.recording_id, row.archive) for row in rows] == [
        ("xeno-canto:1", "xeno-canto"),
        ("csa:9", "csa"),
        ("", "macaulay"),
    ]


@pytest.mark.parametrize("form", [csv, jsonl, parquet])
def test_a_manifest_of_ours_can_be_imported(form, tmp_path, problems):
    touch(tmp_path / "a.wav")
    whole = Row(
        recording_id="xeno-canto:5",
        path=f"{tmp_path}/a.wav",
        label="007",
        secondary_labels=("x;y", "z"),
        archive="xeno-canto",
        fold=2,
        weight=0.5,
        rating=4.5,
        latitude=1.5,
        date="2024",
    )
    spans = ((0.0, 2.0), (5.0, 6.5))
    kept = [replace(whole, onset=onset, offset=offset) for onset, offset in spans]
    form.write(kept, tmp_path / "m")
    assert list(form.read(tmp_path / "m", report=problems)) == [replace(whole, stretches=spans)]
    assert problems == []
    form.write([replace(row, soft_labels={"owl": 0.9}) for row in kept], tmp_path / "m")
    told = []
    assert list(form.read(tmp_path / "m", report=told.append)) == [replace(whole, stretches=spans)]
    assert [(each.kind, each.reason) for each in told] == [
        ("unused-column", "soft_labels, filled in 2 rows,")
    ]


@pytest.mark.parametrize("form", [csv, jsonl, parquet])
def test_a_table_that_is_not_there_or_is_a_folder_is_refused(form, tmp_path, problems):
    for path in (tmp_path / "gone", tmp_path):
        with pytest.raises(FormatError, match="failed to read the table"):
            form.read(path, report=problems)


@pytest.mark.parametrize("form", [csv, jsonl, parquet])
def test_an_empty_or_foreign_file_is_refused(form, tmp_path, problems):
    for content in (b"", b"\n", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"):
        (tmp_path / "t").write_bytes(content)
        with pytest.raises(FormatError):
            list(form.read(tmp_path / "t", report=problems))


def test_csv_rows_with_too_many_cells_are_reported_and_with_too_few_are_read(tmp_path, problems):
    touch(tmp_path / "a.wav", tmp_path / "b.wav", tmp_path / "c.wav")
    (tmp_path / "t.csv").write_text("path,label,author\na.wav,x,Doe, Jane\nb.wav,y\n\nc.wav,z,me,,\n")
    rows = list(csv.read(tmp_path / "t.csv", report=problems))
    assert [(row.label, row.recordist) for row in rows] == [("y", ""), ("z", "me")]
    assert [(problem.path, problem.reason) for problem in problems] == [
        (f"{tmp_path}/t.csv:2", "4 cells for 3 columns")
    ]


def test_csv_with_a_cell_without_end_is_refused_with_its_line(tmp_path, problems):
    touch(tmp_path / "a.wav")
    (tmp_path / "t.csv").write_text('path,label\na.wav,x\nb.wav,"' + "y" * 200_000)
    with pytest.raises(FormatError, match=r"t\.csv:3: field larger"):
        list(csv.read(tmp_path / "t.csv", report=problems))


def test_csv_in_another_encoding_still_finds_its_files(tmp_path, problems):
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.wav"))
    try:
        path.touch()
    except OSError:
        pytest.skip("the file system takes only UTF-8 names")
    (tmp_path / "t.csv").write_bytes(b"path,label\ncaf\xe9.wav,caf\xe9\n")
    (row,) = csv.read(tmp_path / "t.csv", report=problems)
    assert row.path == str(path)
    assert row.label == "café"


def test_jsonl_lines_may_differ_and_bad_ones_are_reported(tmp_path, problems):
    touch(tmp_path / "a.wav", tmp_path / "b.wav")
    lines = [
        {"path": "a.wav"},
        {"path": "b.wav", "label": "y", "secondary_labels": ["z", ""]},
        [1],
        {"label": "x"},
    ]
    text = "\n".join(map(json.dumps, lines)) + "\n\n{broken\n"
    (tmp_path / "t.jsonl").write_text(text)
    rows = list(jsonl.read(tmp_path / "t.jsonl", report=problems))
    assert [(row.label, row.secondary_labels) for row in rows] == [("", ()), ("y", ("z",))]
    assert [problem.path.rpartition(":")[2] for problem in problems] == ["3", "4", "6"]


def test_parquet_lists_and_nulls_are_read(tmp_path, problems):
    touch(tmp_path / "a.wav")
    frame = pd.DataFrame({"path": ["a.wav"], "label": ["x"], "secondary_labels": [["y", "z"]], "lat": [None]})
    frame.to_parquet(tmp_path / "t.parquet")
    (row,) = parquet.read(tmp_path / "t.parquet", report=problems)
    assert (row.secondary_labels, row.latitude) == (("y", "z"), None)


# Parquet that is broken.


def pages(tmp_path):
    """A table of one text column, and where the bytes of its cells lie."""
    frame = pd.DataFrame({"path": ["a.wav", "b.wav"], "label": ["wren-one", "wren-two"]})
    frame.to_parquet(tmp_path / "t.parquet", compression=None)
    content = (tmp_path / "t.parquet").read_bytes()
    return content, content.index(b"wren-one")


def test_parquet_with_text_that_is_not_utf_8_is_read_like_other_tables(tmp_path, problems):
    touch(tmp_path / "a.wav", tmp_path / "b.wav")
    content, _ = pages(tmp_path)
    (tmp_path / "t.parquet").write_bytes(content.replace(b"wren-one", b"wr\xe9n-one"))
    rows = parquet.read(tmp_path / "t.parquet", report=problems)
    assert [row.label for row in rows] == ["wrén-one", "wren-two"]


def test_parquet_with_a_broken_page_is_refused_by_its_name(tmp_path, problems):
    content, at = pages(tmp_path)
    for damage in (4, at - 24):
        (tmp_path / "t.parquet").write_bytes(content[:damage] + b"\xff" * 16 + content[damage + 16 :])
        with pytest.raises(FormatError, match=r"failed to read the table .*t\.parquet: "):
            list(parquet.read(tmp_path / "t.parquet", report=problems))


def test_a_further_row_for_a_file_adds_its_labels_and_the_stricter_licence_and_is_told(tmp_path, problems):
    touch(tmp_path / "siteA" / "Data" / "0530.WAV", tmp_path / "b.wav")
    lines = (
        "file,label,secondary_labels,license,site",
        "siteA/Data/0530.wav,owl,wren,CC BY,A",
        "b.wav,owl,,CC BY,A",
        "siteA/Data/0530.WAV,owl,toad;wren,CC BY-NC,B",
        "siteA/Data/0530.WAV,owl,,CC0,A",
    )
    (tmp_path / "t.csv").write_text("\n".join(lines))
    rows = {row.path: row for row in csv.read(tmp_path / "t.csv", report=problems)}
    row = rows[str(tmp_path / "siteA" / "Data" / "0530.WAV")]
    assert (row.label, row.secondary_labels, row.license) == ("owl", ("wren", "toad"), "CC BY-NC")
    assert row.extra["site"] == "A"
    assert rows[str(tmp_path / "b.wav")].license == "CC BY"
    assert [(each.kind, each.path) for each in problems] == [
        ("bad-row", f"{tmp_path}/t.csv:{n}") for n in (4, 5)
    ]
    for words in (
        "license 'CC BY-NC' after 'CC BY': 'CC BY-NC' counts",
        "site 'B' after 'A'",
        "labels toad: added",
    ):
        assert words in problems[0].reason
    assert "license 'CC0' after 'CC BY-NC': 'CC BY-NC' counts" in problems[1].reason


def test_two_names_of_one_file_are_joined_as_two_rows_of_one_name_are(tmp_path, problems):
    touch(tmp_path / "XC1 - Owl.wav")
    (tmp_path / "t.csv").write_text("file,label,secondary_labels\nXC1,owl,\nXC1 - Owl.wav,owl,wren\n")
    (row,) = csv.read(tmp_path / "t.csv", report=problems)
    assert (row.label, row.secondary_labels) == ("owl", ("wren",))
    assert [each.kind for each in problems] == ["bad-row"]


@pytest.mark.parametrize(
    ("names", "found"),
    [
        (["siteA/0530.wav", "siteC/0530.wav"], ["siteA/0530.wav"]),
        (["/mnt/siteB/0530.wav", "/mnt/siteC/0530.wav"], []),
        (["/mnt/siteA/0530.wav", "/mnt/siteC/0530.wav"], ["/mnt/siteA/0530.wav"]),
        (["/mnt/siteC/0530.wav"], ["/mnt/siteC/0530.wav"]),
    ],
)
def test_below_a_named_folder_the_row_with_the_longest_match_counts(names, found, tmp_path, problems):
    touch(tmp_path / "audio" / "siteA" / "0530.wav")
    (tmp_path / "t.csv").write_text("file,label\n" + "".join(f"{name},{name}\n" for name in names))
    rows = list(csv.read(tmp_path / "t.csv", report=problems, audio_folder=tmp_path / "audio"))
    assert [row.label for row in rows] == found
    assert [each.path for each in problems if each.kind == "ambiguous"] == [
        name for name in names if name not in found
    ]


def test_a_relative_name_that_matches_in_part_alone_is_told(tmp_path):
    problems = []
    touch(tmp_path / "audio" / "siteA" / "0530.wav")
    (tmp_path / "t.csv").write_text("file,label\nsiteC/0530.wav,owl\n")
    rows = csv.read(tmp_path / "t.csv", report=problems.append, audio_folder=tmp_path / "audio")
    assert [row.label for row in rows] == ["owl"]
    assert [(each.kind, each.path) for each in problems if "unused" not in each.kind] == [
        ("read-as", "siteC/0530.wav")
    ]
