"""Whole sets: labels, events and clips from the tables that lie in them."""

from __future__ import annotations

import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from curate.formats.files.set_parts import part_of
from curate.formats.tables import csv
from curate.formats.trainers import whole_set
from curate.model import Row, Segment


@pytest.fixture
def folder(tmp_path):
    """A set in the layout of BirdSet; its sounds are empty, since no reader opens them."""
    for name in (
        "XX_train_shard_0001/XC11.ogg",
        "XX_train_shard_0001/XC12.ogg",
        "XX_test_shard_0001/XX_20200101_050000.ogg",
        "XX_test5s_shard_0001/XX_20200101_050000_000_005.ogg",
        "XX_test5s_shard_0001/XX_20200101_050000_005_010.ogg",
    ):
        (tmp_path / "XX" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "XX" / name).touch()
    return tmp_path / "XX"


def parquet(path, columns, **noted):
    table = pa.table(columns)
    if noted:
        table = table.replace_schema_metadata({"huggingface": json.dumps({"info": {"features": noted}})})
    pq.write_table(table, path)


def birdset(folder):
    parquet(
        folder / "XX_metadata_train.parquet",
        {
            "filepath": ["XC11.ogg", "XC12.ogg"],
            "start_time": pa.array([None, None], pa.float64()),
            "end_time": pa.array([None, None], pa.float64()),
            "ebird_code": ["owl1", "frog1"],
            "ebird_code_multilabel": [["owl1"], ["frog1", "owl1"]],
            "ebird_code_secondary": [["wren1"], []],
            "call_type": ["song", None],
            "quality": ["A", "no score"],
            "detected_events": [[[0.5, 1.5], [3.0, 4.25]], []],
            "event_cluster": [[0, 1], []],
            "lat": [1.5, float("nan")],
            "long": [2.5, float("nan")],
        },
    )
    parquet(
        folder / "XX_metadata_test.parquet",
        {
            "filepath": ["XX_20200101_050000.ogg"] * 2,
            "start_time": [1.0, 30.5],
            "end_time": [2.0, 33.0],
            "low_freq": [500, 800],
            "high_freq": [4000, 6000],
            "ebird_code": ["owl1", "frog1"],
            "ebird_code_multilabel": [["owl1"], ["frog1"]],
            "ebird_code_secondary": pa.array([None, None], pa.list_(pa.string())),
        },
    )
    parquet(
        folder / "XX_metadata_test_5s.parquet",
        {
            "filepath": ["XX_20200101_050000_000_005.ogg", "XX_20200101_050000_005_010.ogg"],
            "start_time": [0, 5],
            "end_time": [5, 10],
            "ebird_code": [None, None],
            "ebird_code_multilabel": [["owl1", "frog1"], []],
        },
    )


def read(folder, problems=None):
    rows = whole_set.read(folder, report=(problems if problems is not None else []).append)
    return {row.path.rpartition("/")[2]: row for row in rows}


def test_recordings_events_and_clips_are_told_apart(folder):
    birdset(folder)
    problems = []
    found = read(folder, problems)
    assert problems == []
    assert len(found) == 5
    owl, frog = found["XC11.ogg"], found["XC12.ogg"]
    assert (owl.label, owl.secondary_labels, owl.rating, owl.latitude) == ("owl1", ("wren1",), 5.0, 1.5)
    assert (owl.recording_id, owl.extra["sound_type"]) == ("xeno-canto:11", "song")
    assert json.loads(owl.extra["detected_events"]) == [[0.5, 1.5], [3.0, 4.25]]
    assert (frog.label, frog.secondary_labels, frog.rating, frog.latitude) == ("frog1", ("owl1",), None, None)
    assert "detected_events" not in frog.extra
    soundscape = found["XX_20200101_050000.ogg"]
    assert soundscape.label == ""
    assert soundscape.annotations == (
        Segment(1.0, 2.0, "owl1", None, 500, 4000),
        Segment(30.5, 33.0, "frog1", None, 800, 6000),
    )
    both, none = (found[f"XX_20200101_050000_{at}.ogg"] for at in ("000_005", "005_010"))
    assert (both.label, both.secondary_labels, both.annotations) == ("owl1", ("frog1",), None)
    assert (none.label, none.secondary_labels, none.annotations) == ("", (), ())


def test_what_no_table_names_and_rows_without_a_file_are_told(folder):
    parquet(
        folder / "XX_metadata_train.parquet",
        {"filepath": ["XC11.ogg", "XC99.ogg"], "ebird_code": ["owl1", "owl1"]},
    )
    problems = []
    assert list(read(folder, problems)) == ["XC11.ogg"]
    assert [(each.kind, each.path.rpartition("/")[2]) for each in problems] == [
        ("row-without-file", "XC99.ogg"),
        ("file-without-row", "XX_20200101_050000_000_005.ogg"),
        ("file-without-row", "XX_20200101_050000_005_010.ogg"),
        ("file-without-row", "XX_20200101_050000.ogg"),
        ("file-without-row", "XC12.ogg"),
    ]


def test_numbers_of_classes_become_their_names(folder):
    names = ["frog1", "owl1"]
    parquet(
        folder / "XX_metadata_train.parquet",
        {"filepath": ["XC11.ogg", "XC12.ogg"], "ebird_code": [1, 0], "ebird_code_multilabel": [[1], [0, 1]]},
        ebird_code={"names": names, "_type": "ClassLabel"},
        ebird_code_multilabel={"feature": {"names": names, "_type": "ClassLabel"}, "_type": "Sequence"},
    )
    found = read(folder)
    assert [(each.label, each.secondary_labels) for each in found.values()] == [
        ("owl1", ()),
        ("frog1", ("owl1",)),
    ]


def test_a_name_that_lies_in_two_parts_is_that_of_the_table_s_own(tmp_path):
    for part in ("train", "test"):
        (tmp_path / part).mkdir()
        (tmp_path / part / "1.wav").touch()
        (tmp_path / f"{part}.csv").write_text(f"filename,label\n1.wav,{part}ed\n")
    rows = whole_set.read(tmp_path, report=[].append)
    assert {row.path.split("/")[-2]: row.label for row in rows} == {"train": "trained", "test": "tested"}


def test_selection_tables_of_raven_are_read_and_other_tables_are_told(tmp_path):
    for name in ("S1.wav", "S2.wav"):
        (tmp_path / name).touch()
    columns = "Selection\tView\tChannel\tBegin Time (s)\tEnd Time (s)\tLow Freq (Hz)\tHigh Freq (Hz)\tSpecies"
    (tmp_path / "S1.Table.1.selections.txt").write_text(
        f"{columns}\n1\tWaveform 1\t1\t1.0\t2.0\t100\t900\towl\n"
        "1\tSpectrogram 1\t1\t1.0\t2.0\t100\t900\towl\n"
    )
    (tmp_path / "all.txt").write_text(
        f"{columns}\tBegin File\n1\tSpectrogram 1\t1\t3.0\t4.0\t100\t900\tfrog\tS2.wav\n"
    )
    (tmp_path / "species.csv").write_text("code,name\nowl1,Owl\n")
    (tmp_path / "readme.txt").write_text("Hello\n")
    problems = []
    found = {row.path[-6:]: row for row in whole_set.read(tmp_path, report=problems.append)}
    assert found["S1.wav"].annotations == (Segment(1.0, 2.0, "owl", None, 100, 900),)
    assert found["S2.wav"].annotations == (Segment(3.0, 4.0, "frog", None, 100, 900),)
    assert [(each.kind, each.path[-11:]) for each in problems if each.kind != "unused-column"] == [
        ("unused-file", "species.csv"),
        ("passed-over", "/readme.txt"),
    ]


def test_names_without_endings_and_lists_as_text_are_read(folder):
    (folder / "t_train.csv").write_text(
        "filename,category,detected_events,ebird_code_secondary\n"
        'XC11,owl,"[[0.5, 1.5]]","[\'frog\']"\nXC12,frog,,\n'
    )
    owl, frog = read(folder).values()
    assert (owl.label, owl.secondary_labels, owl.extra["detected_events"]) == (
        "owl",
        ("frog",),
        "[[0.5, 1.5]]",
    )
    assert (frog.label, "detected_events" in frog.extra) == ("frog", False)


def test_a_name_that_may_be_two_files_is_refused_with_both(tmp_path):
    for site in ("a", "b", "c"):
        (tmp_path / site).mkdir()
        (tmp_path / site / "1.wav").touch()
    (tmp_path / "t.csv").write_text("filename,label\n1.wav,owl\nc/1.wav,frog\n")
    problems = []
    assert [row.label for row in whole_set.read(tmp_path, report=problems.append)] == ["frog"]
    assert "a/1.wav or " in problems[0].reason
    assert "b/1.wav" in problems[0].reason


def test_a_set_with_a_table_of_events_gives_annotations_and_no_label(tmp_path):
    (tmp_path / "audio").mkdir()
    (tmp_path / "audio" / "S1.flac").touch()
    (tmp_path / "annotations.csv").write_text(
        "Filename,Start Time (s),End Time (s),Low Freq (Hz),High Freq (Hz),Species eBird Code\n"
        "S1.flac,2.5,3.5,1000,2000,owl1\nS1.flac,9,8,1000,2000,owl1\n"
    )
    problems = []
    [row] = whole_set.read(tmp_path, report=problems.append)
    assert (row.label, row.annotations) == ("", (Segment(2.5, 3.5, "owl1", None, 1000, 2000),))
    assert "column End Time (s): expected seconds after 9, found '8'" in problems[0].reason


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("HSN/HSN_test5s_shard_0001", "test_5s"),
        ("HSN_metadata_test_5s", "test_5s"),
        ("data/validation-00000-of-00001", "validation"),
        ("Valid", "validation"),
        ("eval_audio", "test"),
        ("training set", "train"),
        ("dev_audio", ""),
        ("contest/trainer", ""),
    ],
)
def test_parts_are_known_by_their_words(name, part):
    assert part_of(name) == part


def test_nothing_is_made_of_numpy_and_blanks(folder):
    parquet(
        folder / "t_train.parquet",
        {"filepath": ["XC11.ogg"], "ebird_code": ["owl1"], "x": [np.zeros(3)], "lat": [float("nan")]},
    )
    [row] = read(folder).values()
    assert (row.label, row.latitude) == ("owl1", None)


def kinds(problems):
    return [each.kind for each in problems if each.kind != "unused-column"]


def test_label_tracks_and_detections_in_a_set_are_annotations_and_no_labels(tmp_path):
    (tmp_path / "audio").mkdir()
    for name in ("a.wav", "b.wav", "c.wav"):
        (tmp_path / "audio" / name).touch()
    (tmp_path / "labels.csv").write_text("filename,label,license\na.wav,owl,CC BY\nb.wav,frog,CC BY\n")
    (tmp_path / "audio" / "a.txt").write_text("0.5\t1.0\thoot\n")
    (tmp_path / "found.csv").write_text(
        "Start (s),End (s),Scientific name,Common name,Confidence,File\n0,3,Strix aluco,Owl,0.31,c.wav\n"
    )
    problems = []
    rows = list(whole_set.read(tmp_path, report=problems.append))
    said = [(row.path[-5:], row.label, row.producer, row.annotations) for row in rows]
    assert said == [
        ("a.wav", "owl", "", (Segment(0.5, 1.0, "hoot"),)),
        ("b.wav", "frog", "", None),
        ("c.wav", "", "birdnet-analyzer", (Segment(0.0, 3.0, "Strix aluco", 0.31),)),
    ]
    assert kinds(problems) == []


@pytest.mark.parametrize(
    ("cells", "labels", "read"),
    [
        (["NA", "owl1"], ["", "owl1"], "an empty cell"),
        (["NA", "", "owl1"], ["NA", "", "owl1"], "a name"),
        (["['NA' 'owl1']", "owl1"], ["owl1", "owl1"], "an empty cell"),
    ],
)
def test_words_for_an_empty_cell_are_told_from_classes(cells, labels, read, tmp_path):
    lines = [f'{number}.wav,"{cell}"' for number, cell in enumerate(cells)]
    (tmp_path / "t.csv").write_text("\n".join(["filename,label", *lines]))
    for number, _ in enumerate(cells):
        (tmp_path / f"{number}.wav").touch()
    problems = []
    assert [row.label for row in whole_set.read(tmp_path, report=problems.append)] == labels
    assert [read in each.reason for each in problems if each.kind == "read-as"] == [True]


def test_a_row_of_another_site_does_not_label_the_recording_of_this_one(tmp_path):
    (tmp_path / "siteA").mkdir()
    (tmp_path / "siteA" / "0530.wav").touch()
    (tmp_path / "t.csv").write_text("filename,label\n/x/siteA/0530.wav,owl\n/x/siteC/0530.wav,frog\n")
    problems = []
    (row,) = whole_set.read(tmp_path, report=problems.append)
    assert (row.label, row.secondary_labels, kinds(problems)) == ("owl", (), ["ambiguous"])


def test_annotations_in_a_table_are_checked_as_in_other_tables(tmp_path):
    (tmp_path / "a.wav").touch()
    marks = [{"onset": 0.5, "offset": 1.0, "label": "hoot"}, {"onset": 2.0, "offset": 1.0, "label": "no"}]
    (tmp_path / "metadata.jsonl").write_text(json.dumps({"file_name": "a.wav", "annotations": marks}) + "\n")
    problems = []
    (row,) = whole_set.read(tmp_path, report=problems.append)
    assert (row.annotations, kinds(problems)) == ((Segment(0.5, 1.0, "hoot"),), ["bad-row"])


def test_a_manifest_of_ours_is_told_with_the_command_that_reads_it(tmp_path):
    (tmp_path / "a.wav").touch()
    (tmp_path / "labels.csv").write_text("filename,label\na.wav,owl\n")
    csv.write([Row(path=str(tmp_path / "a.wav"), label="frog")], tmp_path / "manifest.csv")
    problems = []
    assert [row.label for row in whole_set.read(tmp_path, report=problems.append)] == ["owl"]
    assert f"curate import {tmp_path}/manifest.csv" in problems[-1].reason


def test_a_name_in_a_folder_with_its_own_table_is_the_file_of_that_folder(tmp_path):
    for site in "AB":
        (tmp_path / site).mkdir()
        (tmp_path / site / "0530.WAV").touch()
        (tmp_path / site / "labels.csv").write_text(f"file,label\n0530.wav,{site}\n")
    problems = []
    rows = {row.path.split("/")[-2]: row.label for row in whole_set.read(tmp_path, report=problems.append)}
    assert (rows, kinds(problems)) == ({"A": "A", "B": "B"}, [])


@pytest.mark.parametrize(
    ("tables", "parts"),
    [
        (
            {"train.csv": "filename,label\n1.wav,x\n", "test.csv": "filename,label\n2.wav,x\n"},
            ["train", "test"],
        ),
        ({"all.csv": "filename,label,split\n1.wav,x,training\n2.wav,x,TEST\n"}, ["train", "test"]),
        ({"all.csv": "filename,label\n1.wav,x\n2.wav,x\n"}, [None, None]),
    ],
)
def test_the_part_of_a_recording_may_stand_in_its_table(tables, parts, tmp_path):
    for name in "12":
        (tmp_path / f"{name}.wav").touch()
    for name, text in tables.items():
        (tmp_path / name).write_text(text)
    rows = sorted(whole_set.read(tmp_path, report=[].append), key=lambda row: row.path)
    assert [row.extra.get("split") for row in rows] == parts
