"""Import of Parquet with the sound inside: what the hub keeps, and what we export."""

from __future__ import annotations

import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from curate.audio.read import read
from curate.catalogue.dataset import Dataset
from curate.catalogue.downloads import recordings_in
from curate.errors import FormatError
from curate.formats.trainers import sound_inside
from curate.steps.acquire.import_ import import_
from curate.steps.export.manifest import manifest
from tests.datasets import shown, write_tone
from tests.fakes.sounds import sound


def write(path, columns, **features):
    path.parent.mkdir(parents=True, exist_ok=True)
    table = pa.table(columns)
    noted = {"huggingface": json.dumps({"info": {"features": {"audio": {"_type": "Audio"}, **features}}})}
    pq.write_table(table.replace_schema_metadata(noted), path)


@pytest.fixture
def birds(tmp_path):
    with Dataset(tmp_path / "birds") as dataset:
        yield dataset


def test_the_sound_becomes_files_with_the_names_of_their_classes(birds, tmp_path):
    path = tmp_path / "train.parquet"
    write(
        path,
        {
            "audio": [
                {"bytes": sound(1), "path": "a.wav"},
                {"bytes": sound(2, "FLAC"), "path": "deep/down/a.wav"},
                {"bytes": sound(3), "path": None},
                {"bytes": None, "path": None},
            ],
            "label": [0, 1, -1, 0],
            "scientific_name": ["Hyla arborea", "Bufo bufo", None, ""],
        },
        label={"names": ["007", "toad"], "_type": "ClassLabel"},
    )
    summary = import_(birds, path)
    assert summary.added == 3
    assert {row["path"].rpartition("/")[2]: row["label"] for row in shown(birds, "recordings")} == {
        "a.wav": "007",
        "a.flac": "toad",
        "train-000003.wav": None,
    }
    assert [(each.kind, each.path) for each in summary.problems] == [("row-without-file", f"{path}:4")]
    assert {read(row["path"])[0].shape for row in shown(birds, "recordings")} == {(1, 4000)}


def test_importing_again_adds_nothing_and_writes_nothing(birds, tmp_path):
    path = tmp_path / "train.parquet"
    write(path, {"audio": [{"bytes": sound(1), "path": "a.wav"}], "label": ["owl"]})
    import_(birds, path)
    [before] = birds.raw.rglob("a.wav")
    written = before.stat().st_mtime_ns
    assert import_(birds, path).known == 1
    assert before.stat().st_mtime_ns == written


def test_a_dry_run_writes_nothing(birds, tmp_path):
    path = tmp_path / "train.parquet"
    write(path, {"audio": [{"bytes": sound(1), "path": "a.wav"}], "label": ["owl"]})
    assert import_(birds, path, dry_run=True).recordings == 1
    assert not birds.folder.exists()


def test_the_parts_of_a_folder_stay_apart(birds, tmp_path):
    for number, part in enumerate(("train", "validation", "test"), start=1):
        name = f"{part}-00000-of-00001.parquet"
        columns = {"audio": [{"bytes": sound(number), "path": "x.wav"}], "label": [part]}
        write(tmp_path / "set" / "data" / name, columns)
    assert import_(birds, tmp_path / "set").added == 3
    parts = {extra["split"] for *_, extra in recordings_in(birds.store, "raw")}
    assert parts == {"train", "validation", "test"}
    folds = dict(birds.store.rows("SELECT label, fold FROM labels JOIN assignments USING (recording)"))
    assert folds == {"train": -1, "validation": 0, "test": -2}


def test_our_own_export_comes_back(birds, tmp_path):
    for label in ("1139490", "owl"):
        write_tone(tmp_path / "data" / label / "x.wav", seconds=1)
    import_(birds, tmp_path / "data")
    manifest(birds, tmp_path / "out", format="huggingface")
    with Dataset(tmp_path / "again") as again:
        assert import_(again, tmp_path / "out").added == 2
        assert [(row["recording_id"], row["label"]) for row in shown(again, "recordings")] == [
            ("local:1139490/x.wav", "1139490"),
            ("local:owl/x.wav", "owl"),
        ]


def test_an_export_of_ours_below_a_folder_is_not_entered(birds, tmp_path):
    write_tone(tmp_path / "data" / "owl" / "x.wav", seconds=1)
    import_(birds, tmp_path / "data")
    manifest(birds, tmp_path / "data" / "out", format="huggingface")
    summary = import_(birds, tmp_path / "data")
    assert (summary.added, summary.known) == (0, 1)
    assert "export" in summary.problem_counts


def test_tables_whose_sound_was_taken_are_not_told_as_passed_over(birds, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "set" / "t.parquet", {"audio": [{"bytes": sound(1), "path": "a.wav"}], "label": ["owl"]})
    write_tone(tmp_path / "set" / "frog" / "x.wav", seconds=1)
    summary = import_(birds, "set")
    assert (summary.added, summary.problems) == (2, [])
    assert sorted(row["label"] for row in shown(birds, "recordings")) == ["frog", "owl"]


def test_parquet_without_sound_is_a_table_as_before(birds, tmp_path):
    write_tone(tmp_path / "x.wav", seconds=1)
    pq.write_table(pa.table({"path": ["x.wav"], "label": ["owl"]}), tmp_path / "t.parquet")
    assert import_(birds, tmp_path / "t.parquet").added == 1
    assert not birds.raw.exists()


def test_broken_parquet_is_told_by_its_name(birds, tmp_path):
    path = tmp_path / "train.parquet"
    write(path, {"audio": [{"bytes": sound(1), "path": "a.wav"}], "label": ["owl"]})
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(FormatError, match=r"train\.parquet"):
        import_(birds, path)
    assert not birds.folder.exists()


def test_a_picture_is_no_sound(tmp_path):
    path = tmp_path / "p.parquet"
    pq.write_table(
        pa.table({"image": [{"bytes": b"\x89PNG", "path": "a.png"}]}).replace_schema_metadata(
            {"huggingface": json.dumps({"info": {"features": {"image": {"_type": "Image"}}}})}
        ),
        path,
    )
    assert sound_inside.sound_in(path) is None
