"""Label Studio: tasks out, people's work in."""

from __future__ import annotations

import csv
import json
import xml.etree.ElementTree as ET

import pytest

from curate.errors import FormatError
from curate.formats.annotations import label_studio
from curate.formats.choose import format_of
from curate.model import Segment
from tests.formats import marked
from tests.formats.rows import touch


def result(start, end, *labels, **more):
    return {"type": "labels", "value": {"start": start, "end": end, "labels": list(labels)}, **more}


@pytest.fixture
def read(tmp_path, problems):
    touch(tmp_path / "a b.wav")

    def read(tasks):
        (tmp_path / "export.json").write_text(json.dumps(tasks))
        return list(label_studio.read(tmp_path / "export.json", report=problems))

    return read


def task(**more):
    return {"data": {"audio": "/data/local-files/?d=rec/a%20b.wav", "offset": 60.0}, **more}


def test_times_count_from_where_the_recording_was_cut_out(read):
    (row,) = read([task(annotations=[{"result": [result(2.5, 7.5, "owl", "wren")]}])])
    assert row.annotations == (Segment(62.5, 67.5, "owl"), Segment(62.5, 67.5, "wren"))


def test_all_people_count_and_work_that_was_cancelled_does_not(read):
    work = [
        {"result": [result(1, 2, "owl")]},
        {"result": [result(3, 4, "jay")], "was_cancelled": True},
        {"result": [result(5, 6, "wren"), {"type": "choices", "value": {"choices": ["noisy"]}}]},
    ]
    (row,) = read([task(annotations=work)])
    assert [mark.label for mark in row.annotations] == ["owl", "wren"]


def test_a_task_that_nobody_has_done_says_nothing_and_an_empty_answer_says_none(read):
    assert read([task(annotations=[], predictions=[{"result": [result(1, 2, "owl")]}])]) == []
    (row,) = read([task(annotations=[{"result": []}])])
    assert row.annotations == ()


def test_the_flat_export_is_read_too(read):
    (row,) = read([{"audio": "a b.wav", "id": 1, "label": [{"start": 1, "end": 2, "labels": ["owl"]}]}])
    assert row.annotations == (Segment(1, 2, "owl"),)


@pytest.mark.parametrize(("ending", "delimiter"), [("csv", ","), ("tsv", "\t")])
def test_an_export_as_a_table_is_read_as_the_flat_export(ending, delimiter, tmp_path, problems):
    touch(tmp_path / "a b.wav", tmp_path / "c.wav")
    heard = json.dumps([{"start": 1, "end": 2, "channel": 0, "labels": ["owl"]}, {"start": 3, "end": 4}])
    with (tmp_path / f"export.{ending}").open("w", newline="") as file:
        writer = csv.writer(file, delimiter=delimiter)
        writer.writerow(["audio", "id", "label", "quality", "annotator", "annotation_id", "lead_time"])
        writer.writerow(["/data/local-files/?d=rec/a%20b.wav", 1, heard, "good", 1, 1, 12.3])
        writer.writerow(["/data/upload/1/abcdef12-c.wav", 2, "", "", 1, 2, 3])
    assert format_of(tmp_path / f"export.{ending}", "auto") == "label-studio"
    first, second = label_studio.read(tmp_path / f"export.{ending}", report=problems)
    assert (first.annotations, second.annotations) == ((Segment(1, 2, "owl"), Segment(3, 4, "")), ())
    (told,) = problems
    assert told.kind == "left-out"
    assert "quality" in told.reason


def test_what_is_wrong_is_told_with_its_task(read, problems, tmp_path):
    (row,) = read([task(annotations=[{"result": [result(5, 1, "owl"), result(1, 2, "jay")]}])])
    assert row.annotations == (Segment(61, 62, "jay"),)
    assert problems[0].path == f"{tmp_path}/export.json: task 1"
    assert problems[0].reason == "column end: expected seconds after 65, found '61'"
    assert read([{"data": {"audio": "x.wav"}, "annotations": [{"result": []}]}]) == []
    assert problems[-1].kind == "row-without-file"


@pytest.mark.parametrize("text", ["{}", "[1]", "not json"])
def test_what_is_no_export_is_refused(tmp_path, problems, text):
    (tmp_path / "e.json").write_text(text)
    with pytest.raises(FormatError, match=r"e\.json"):
        label_studio.read(tmp_path / "e.json", report=problems)


def test_annotations_become_predictions_and_labels_a_configuration(tmp_path):
    cut = {"cut_from": "/far/long.wav", "cut_at": "60.5"}
    rows = [
        marked.row("t_audio/a b.flac", extra=cut, recording_id="local:x"),
        marked.row("/b.wav", None, label="<&>"),
    ]
    assert label_studio.write(rows, tmp_path / "t.json") == 2
    first, second = json.loads((tmp_path / "t.json").read_text())
    assert first["data"]["audio"] == "/data/local-files/?d=t_audio/a%20b.flac"
    assert (first["data"]["path"], first["data"]["offset"]) == ("/far/long.wav", 60.5)
    found = first["predictions"][0]["result"]
    assert [each["value"]["labels"] for each in found] == [["asbfly"], ["1139490"]]
    assert found[0]["original_length"] == 10.0
    assert "predictions" not in second
    config = ET.fromstring((tmp_path / "t_config.xml").read_text())  # noqa: S314 - we wrote it
    assert [label.get("value") for label in config.iter("Label")] == ["1139490", "<&>", "asbfly"]


# What Label Studio stores beside labels.


def part(kind, region, times=(), **value):
    where = dict(zip(("start", "end"), times, strict=False))
    return {"id": region, "from_name": kind, "to_name": "audio", "type": kind, "value": {**where, **value}}


def test_choices_and_text_of_a_region_belong_to_its_labels(read, problems):
    work = [
        part("labels", "r1", (1, 2), labels=["owl"]),
        part("choices", "r1", (1, 2), choices=["sure"]),
        part("textarea", "r1", (1, 2), text=["faint", "far"]),
        part("taxonomy", "r5", (5, 6), taxonomy=[["Aves", "Strix"], ["Aves", "Turdus", "Turdus merula"]]),
        part("choices", "r7", (7, 8), choices=["wren"]),
    ]
    (row,) = read([{**task(annotations=[{"result": work}]), "data": {"audio": "a b.wav"}}])
    assert row.annotations == (
        Segment(1, 2, "owl", note="sure; faint; far"),
        Segment(5, 6, "Strix"),
        Segment(5, 6, "Turdus merula"),
        Segment(7, 8, "wren"),
    )
    assert problems == []


def test_two_regions_of_the_same_times_are_two(read):
    work = [part("labels", "r1", (1, 2), labels=["owl"]), part("labels", "r2", (1, 2), labels=["wren"])]
    (row,) = read([task(annotations=[{"result": work}])])
    assert [mark.label for mark in row.annotations] == ["owl", "wren"]


def test_what_is_about_the_whole_recording_is_told_or_its_label(tmp_path, read, problems):
    work = [
        part("labels", "r1", (1, 2), labels=["owl"]),
        part("textarea", "r3", (3, 4), text=["a remark"]),
        part("choices", "w", choices=["frog", "toad"]),
        part("textarea", "t", text=["windy"]),
        {"type": "relation", "from_id": "r1", "to_id": "r3"},
    ]
    (row,) = read([task(annotations=[{"result": work}])])
    assert [mark.label for mark in row.annotations] == ["owl"]
    assert row.label == ""
    assert [(problem.kind, problem.reason) for problem in problems] == [
        ("left-out", "a text without a label: 'a remark'"),
        ("left-out", "'frog, toad' of the whole recording. --label-column choices takes it as its label"),
        ("left-out", "the text 'windy'"),
        ("left-out", "a result of type relation"),
    ]
    path = tmp_path / "export.json"
    (row,) = label_studio.read(path, report=problems, label_column="choices")
    assert (row.label, row.secondary_labels) == ("frog", ("toad",))


def test_the_flat_export_has_the_same_parts(read, tmp_path, problems):
    tasks = [
        {
            "audio": "a b.wav",
            "id": 1,
            "label": [{"start": 1, "end": 2, "channel": 0, "labels": ["owl"]}],
            "how": [{"start": 1, "end": 2, "channel": 0, "choices": ["sure"]}],
            "kind": [{"start": 5, "end": 6, "taxonomy": [["Aves", "Strix"]]}],
            "all": "frog",
        }
    ]
    (row,) = read(tasks)
    assert row.annotations == (Segment(1, 2, "owl", note="sure"), Segment(5, 6, "Strix"))
    (row,) = label_studio.read(tmp_path / "export.json", report=problems, label_column="all")
    assert row.label == "frog"


OWN = {
    "id": 1, "annotator": "a@b.c", "annotation_id": 7, "lead_time": 2.5, "offset": 0.0, "path": "",
    "created_at": "2024-01-01T00:00:00Z", "updated_at": "2024-01-01T00:00:00Z", "recording_id": "local:a",
}  # fmt: skip


def test_texts_of_the_flat_export_are_told_once_for_each_field_or_are_the_label(tmp_path, read, problems):
    touch(tmp_path / "c.wav")
    tasks = [
        OWN | {"audio": "a b.wav", "species": "frog", "noise": ["wind", "rain"]},
        OWN | {"audio": "c.wav", "species": "owl", "noise": ""},
        OWN | {"audio": "gone.wav", "species": "newt"},
    ]
    assert [row.label for row in read(tasks)] == ["", ""]
    assert [(each.kind, each.reason) for each in problems if each.path == f"{tmp_path}/export.json"] == [
        ("left-out", "field species of 2 tasks: 'frog, owl'. --label-column species takes it as the label"),
        ("left-out", "field noise of 1 task: 'wind, rain'. --label-column noise takes it as the label"),
    ]
    problems.clear()
    rows = list(label_studio.read(tmp_path / "export.json", report=problems, label_column="species"))
    assert [row.label for row in rows] == ["frog", "owl"]
    assert [each.reason[:18] for each in problems if each.kind == "left-out"] == ["field noise of 1 t"]
    rows = list(label_studio.read(tmp_path / "export.json", report=problems, label_column="noise"))
    assert [(row.label, row.secondary_labels) for row in rows] == [("wind", ("rain",)), ("", ())]


def test_fields_that_tell_of_the_recording_are_columns_that_are_not_used(tmp_path):
    touch(tmp_path / "c.wav")
    found = []
    tasks = [OWN | {"audio": "c.wav", "site": "A", "Recordist": "Ana", "lat": "1.5", "mood": "grim"}]
    (tmp_path / "export.json").write_text(json.dumps(tasks))
    list(label_studio.read(tmp_path / "export.json", report=found.append))
    assert [(each.kind, each.reason[:10]) for each in found] == [
        ("unused-column", "site"),
        ("unused-column", "Recordist"),
        ("unused-column", "lat"),
        ("left-out", "field mood"),
    ]


def test_fields_of_label_studio_s_own_are_no_choices(read, problems):
    (row,) = read([OWN | {"audio": "a b.wav"}])
    assert (row.label, row.annotations, problems) == ("", (), [])


def test_ratings_and_texts_of_the_flat_export_are_told(read, problems):
    read([OWN | {"audio": "a b.wav", "stars": [{"rating": 3}], "remark": [{"text": ["faint", "far"]}]}])
    assert [each.reason for each in problems] == ["the text 'rating 3'", "the text 'faint'", "the text 'far'"]


@pytest.mark.parametrize("name", ["0b1c2d3e-a0.wav", "0b1c2d3e-XC1_-_Wren_song.wav"])
def test_a_file_that_was_uploaded_is_the_one_of_its_former_name(name, read, tmp_path, problems):
    touch(tmp_path / "a0.wav", tmp_path / "XC1 - Wren (song).wav")
    done = [{"result": [result(1, 2, "owl")]}]
    (row,) = read([{"data": {"audio": f"/data/upload/1/{name}"}, "annotations": done}])
    assert row.path.endswith(("a0.wav", "XC1 - Wren (song).wav"))
    assert problems == []


def test_a_file_that_bears_the_longer_name_is_meant_itself(read, tmp_path):
    touch(tmp_path / "a0.wav", tmp_path / "0b1c2d3e-a0.wav")
    done = [{"result": [result(1, 2, "owl")]}]
    (row,) = read([{"data": {"audio": "/data/upload/1/0b1c2d3e-a0.wav"}, "annotations": done}])
    assert row.path == str(tmp_path / "0b1c2d3e-a0.wav")


def test_json_of_another_program_is_refused_with_what_is_read(tmp_path, problems):
    (tmp_path / "coco.json").write_text('{"images": [{"id": 1}], "annotations": [{"image_id": 1}]}')
    with pytest.raises(FormatError, match="lacks the list of tasks") as caught:
        label_studio.read(tmp_path / "coco.json", report=problems)
    assert "AOEF" in caught.value.hint
    assert "file, onset, offset and label" in caught.value.hint
