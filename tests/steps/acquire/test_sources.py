"""A table is explained before it is imported, and an import says what it did not use."""

from __future__ import annotations

import json

import pytest

from curate.catalogue.dataset import Dataset
from curate.cli._app import main
from curate.errors import UsageError
from curate.steps.acquire.import_ import import_
from curate.steps.export.manifest import manifest
from tests.datasets import write_tone

pytestmark = pytest.mark.usefixtures("thread")


@pytest.fixture
def labels(tmp_path):
    """A table about four recordings, of which one is not there."""
    for name in "abc":
        write_tone(tmp_path / "data" / f"{name}.wav", seconds=0.2)
    path = tmp_path / "data" / "labels.csv"
    path.write_text(
        "file,label,observer,lat\na.wav,owl,ana,1\nb.wav,owl,ben,north\nc.wav,wren,,\nd.wav,owl,,\n"
    )
    return path


def test_a_table_is_explained_and_nothing_is_written(tmp_path, labels, capsys):
    command = ["import", "--explain-table", str(labels), "-d", str(tmp_path / "birds")]
    assert main(command) == 3
    told = capsys.readouterr().out
    assert "labels.csv, read as csv" in told
    for words in (
        "file      path of the audio",
        "label     label",
        "observer  not used",
        "lat       latitude",
    ):
        assert words in told
    assert told.count("\nrow ") == 3
    assert "would import 3 recordings" in told
    assert told.endswith(
        "left out: 1 column (observer of labels.csv), "
        "2 rows (1 not as expected, wholly or in part, 1 without a file)\n"
    )
    assert not (tmp_path / "birds").exists()


def test_annotations_are_explained_in_words(tmp_path, labels, capsys):
    table = labels.with_name("marks.csv")
    table.write_text("file,start,end,label,high_freq,score,note\na.wav,0.05,0.1,owl,3000,0.5,faint\n")
    assert main(["import", "--explain-table", "--json", str(table), "-d", str(tmp_path / "birds")]) == 0
    (found,) = json.loads(capsys.readouterr().out)["tables"]
    assert found["format"] == "annotation-table"
    assert found["columns"]["start"] == "onset"
    assert found["rows"][0]["annotations"] == ["0.05 to 0.1 s: owl, score 0.5, below 3000 Hz, faint"]


@pytest.mark.parametrize(
    ("name", "header", "taken"),
    [
        ("t.txt", "Selection\tBegin Time (s)\tEnd Time (s)\tSpecies\tMood", {"Species": "label", "Mood": ""}),
        ("t.csv", "Start (s),End (s),Scientific name,Common name,Confidence,File", {"Confidence": "score"}),
        ("t.csv", "file,start_time,end_time,owl", {"owl": "class: 1 where it is present"}),
    ],
)
def test_every_kind_of_table_is_explained(name, header, taken, tmp_path):
    (tmp_path / name).write_text(f"{header}\n")
    with Dataset(tmp_path / "birds") as dataset:
        (table,) = import_(dataset, tmp_path / name, explain_table=True).tables
    assert taken.items() <= table.columns.items()


def test_a_folder_of_recordings_is_no_table(tmp_path, labels):
    labels.unlink()
    with (
        Dataset(tmp_path / "birds") as dataset,
        pytest.raises(UsageError, match="is a folder: expected a table"),
    ):
        import_(dataset, labels.parent, explain_table=True)


def test_what_is_not_used_is_counted_by_reason(tmp_path, labels):
    (labels.parent / "notes.txt").write_text("windy")
    with Dataset(tmp_path / "birds") as dataset:
        assert import_(dataset, labels.parent, format="folders").passed_over == {".csv": 1, ".txt": 1}
        assert import_(dataset, labels).not_used == {
            "columns": {"observer of labels.csv": 1},
            "rows": {"not as expected, wholly or in part": 1, "without a file": 1},
            "files": {"with other bytes or words than before": 3},
        }


def test_folds_weights_and_copies_of_a_manifest_come_back(tmp_path, labels):
    with Dataset(tmp_path / "birds") as dataset:
        import_(dataset, labels.parent)
        with dataset.writing("test", {}):
            dataset.store.run(
                "INSERT INTO assignments (recording, fold, weight, copies) VALUES (1, 2, 0.5, 3)"
            )
        manifest(dataset, tmp_path / "m.csv")
        manifest(dataset, tmp_path / "af", format="audiofolder")
    for number, source in enumerate(("m.csv", "af")):
        with Dataset(tmp_path / f"again{number}") as dataset:
            summary = import_(dataset, tmp_path / source)
            assert summary.not_used == {}
            rows = dataset.store.rows("SELECT fold, weight, copies FROM assignments")
            assert list(rows) == [(2, 0.5, 3)]


def test_folds_of_a_manifest_leave_those_of_known_recordings_and_are_told(tmp_path, labels):
    with Dataset(tmp_path / "birds") as dataset:
        import_(dataset, labels.parent)
        for at, fold in enumerate((1, 2)):
            with dataset.writing("test", {}):
                dataset.store.run("DELETE FROM assignments")
                dataset.store.run("INSERT INTO assignments (recording, fold) VALUES (1, ?)", (fold,))
            manifest(dataset, tmp_path / f"m{at}.csv")
        assert import_(dataset, tmp_path / "m1.csv").problems == []
        for options in ({}, {"replace_changed": True}):
            (told,) = import_(dataset, tmp_path / "m0.csv", **options).problems
            assert told.kind == "disagreement"
            assert told.reason.startswith("fold 1 here, 2 in the catalogue. curate split --from")


def test_folds_of_another_table_are_left_to_split_and_said(tmp_path, labels):
    labels.write_text("file,label,fold\na.wav,owl,1\n")
    with Dataset(tmp_path / "birds") as dataset:
        summary = import_(dataset, labels)
        assert summary.not_used == {"columns": {"fold of labels.csv": 1}}
        assert dataset.store.value("SELECT count(*) FROM assignments") == 0
