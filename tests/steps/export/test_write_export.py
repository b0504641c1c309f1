"""Exports with audio: converted, cut out, whole or not at all, and the same a second time."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
import soundfile as sf

from curate.audio.probe import probe
from curate.audio.read import read
from curate.catalogue.dataset import Dataset
from curate.errors import FormatError, UsageError
from curate.formats import WRITERS
from curate.formats.annotations import label_studio, raven
from curate.formats.files.layout import ExportLayout
from curate.formats.tables import csv
from curate.model import Segment
from curate.steps.acquire.import_ import import_
from curate.steps.clean.strip_voice import strip_voice
from curate.steps.export import convert_audio, manifest_rows, write_export
from curate.steps.export.chosen_folds import parse
from curate.steps.export.manifest import manifest
from tests.datasets import give_place_and_time, write_tone
from tests.engines import in_a_thread
from tests.exports import name_of, tree
from tests.formats import marked


@pytest.fixture(scope="module")
def stripped(tmp_path_factory, example_folder):
    """The example with copies, five recordings annotated, and three folds."""
    folder = tmp_path_factory.mktemp("export")
    with in_a_thread(), Dataset(folder / "birds") as dataset:
        strip_voice(dataset, example_folder)
        paths = list(
            dict.fromkeys(row.path for row in manifest_rows.manifest_rows(dataset, audio="raw") if row.label)
        )[:5]
        (folder / "t").mkdir()
        raven.write([marked.row(path, (Segment(0.5, 6, "owl", None, 1, 2),)) for path in paths], folder / "t")
        import_(dataset, folder / "t", format="raven")
        with dataset.writing("test", {}):
            dataset.store.run("INSERT INTO assignments (recording, fold) SELECT id, id % 3 FROM recordings")
            give_place_and_time(dataset)
        yield dataset


pytestmark = pytest.mark.usefixtures("thread")


@pytest.mark.parametrize("form", WRITERS)
def test_a_second_run_gives_the_same_bytes_in_the_same_place(form, stripped, tmp_path):
    for layer in (None, "annotations"):
        made = []
        for _ in range(2):
            summary = manifest(stripped, tmp_path / name_of(form, layer or ""), format=form, layer=layer)
            assert summary.rows > 0
            made.append(tree(tmp_path))
        assert made[0] == made[1]
    assert not [name for name in made[0] if "part" in name.split(".") or "converted" in name]


@pytest.mark.parametrize("dry_run", [False, True])
def test_recordings_for_which_a_format_has_no_place_are_counted_apart(stripped, tmp_path, dry_run):
    summary = manifest(stripped, tmp_path / "out", format="folders", dry_run=dry_run)
    assert (summary.rows, summary.recordings, summary.unlabelled, summary.unplaced) == (24, 24, 0, 2)


def test_recordings_that_could_not_be_converted_are_not_counted_as_written(tmp_path):
    for name in ("one", "two", "three"):
        write_tone(tmp_path / "data" / "owl" / f"{name}.wav", seconds=1)
    with Dataset(tmp_path / "birds") as dataset:
        import_(dataset, tmp_path / "data")
        # As the catalogue knows it, it is longer than what can be decoded of it now.
        dataset.close()
        with dataset.writing("test", {}):
            dataset.store.run(
                "UPDATE recordings SET duration = 9, frames = 9 * sr WHERE path LIKE '%two.wav'"
            )
        summary = manifest(dataset, tmp_path / "m.csv", sr=8000)
    assert (summary.failed, summary.rows, summary.recordings) == (1, 2, 2)


@pytest.mark.parametrize("form", ["csv", "lhotse", "raven", "opensoundscape"])
def test_tables_name_copies_that_they_bring_along(form, stripped, tmp_path):
    summary = manifest(
        stripped, tmp_path / name_of(form), format=form, audio_mode="copy", sr=16000, channels=1, codec="wav"
    )
    assert summary.problems == []
    sounds = sorted(tmp_path.rglob("*.wav"))
    assert len(sounds) == 26
    assert {(info.sr, info.channels, info.codec) for info in map(probe, sounds)} == {(16000, 1, "pcm_16")}
    if form == "csv":
        for row in csv.read_manifest(tmp_path / "csv.csv"):
            assert not os.path.isabs(row.path)
            assert probe(tmp_path / row.path).duration == pytest.approx(row.duration, abs=1e-3)
            assert (row.sr, row.onset) == (16000, 0.0)


@pytest.mark.parametrize("audio", ["symlink", "hardlink", "copy"])
def test_audio_is_linked_or_copied_as_asked(audio, stripped, tmp_path):
    manifest(stripped, tmp_path / "m.csv", audio_mode=audio)
    rows = list(csv.read_manifest(tmp_path / "m.csv"))
    before = {row.recording_id: row.path for row in manifest_rows.manifest_rows(stripped)}
    assert len({row.path for row in rows}) == 26
    for row in rows:
        placed = tmp_path / row.path
        assert placed.parent == tmp_path / "m_audio"
        assert placed.is_symlink() == (audio == "symlink")
        assert os.path.samefile(placed, before[row.recording_id]) == (audio != "copy")
        assert placed.read_bytes() == Path(before[row.recording_id]).read_bytes()


@pytest.mark.parametrize("form", ["csv", "jsonl", "nemo"])
def test_audio_of_an_earlier_table_stays_and_is_told(form, stripped, tmp_path):
    out, audio = tmp_path / "m.csv", tmp_path / "m_audio"
    assert manifest(stripped, out, format=form, audio_mode="copy").audio_left == ""
    before = tree(audio)
    for _ in range(2):  # the second one stands
        assert manifest(stripped, out, format=form).audio_left == str(audio)
    assert manifest(stripped, out, format=form, dry_run=True).audio_left == str(audio)
    assert tree(audio) == before
    shutil.rmtree(audio)
    assert manifest(stripped, out, format=form).audio_left == ""


def test_converted_sound_is_what_reading_at_that_rate_gives(stripped, tmp_path):
    manifest(stripped, tmp_path / "m.csv", sr=16000, channels=1, codec="wav", folds="0")
    before = {row.recording_id: row for row in manifest_rows.manifest_rows(stripped)}
    rows = list(csv.read_manifest(tmp_path / "m.csv"))
    assert len(rows) in (8, 9)
    for row in rows:
        found, _ = read(tmp_path / row.path)
        expected, _ = read(before[row.recording_id].path, sr=16000, mono=True)
        n = min(found.shape[1], expected.shape[1])
        assert abs(found.shape[1] - expected.shape[1]) <= 4
        np.testing.assert_allclose(found[:, :n], expected[:, :n].clip(-1, 1), atol=2**-14)


def test_windows_become_files_of_their_own_where_a_format_knows_whole_files_only(stripped, tmp_path):
    summary = manifest(
        stripped, tmp_path / "train", format="birdnet", layer="annotations", window=3, min_label_overlap=1
    )
    sounds = sorted((tmp_path / "train").rglob("*.flac"))
    assert len(sounds) == summary.rows
    assert {path.parent.name for path in sounds} == {"owl", "background"}
    before = {row.recording_id: row for row in manifest_rows.manifest_rows(stripped)}
    for row in csv.read_manifest(tmp_path / "train" / "manifest.csv"):
        y, sr = read(tmp_path / "train" / row.path)
        assert y.shape[1] == round(row.duration * sr)
        if (
            row.source_path == before[row.recording_id].path
        ):  # no cut: it is the raw stretch, sample by sample
            raw, _ = read(row.source_path, start=row.source_onset, duration=row.duration)
            np.testing.assert_allclose(y, raw.clip(-1, 1), atol=2**-15)


def test_stretches_cut_out_for_label_studio_find_their_way_home(stripped, tmp_path):
    manifest(
        stripped,
        tmp_path / "t.json",
        format="label-studio",
        layer="annotations",
        window=4,
        audio="raw",
        audio_mode="copy",
    )
    tasks = json.loads((tmp_path / "t.json").read_text())
    assert any(task["data"]["offset"] > 0 for task in tasks)
    for task in tasks:
        name = task["data"]["audio"].partition("?d=")[2]
        assert probe(tmp_path / name).duration <= 4.001
        for found in task["predictions"][0]["result"]:
            assert 0 <= found["value"]["start"] < found["value"]["end"] <= 4.0
    found = marked.found(label_studio.read(tmp_path / "t.json", report=print))
    before = {
        os.path.basename(row.path): row.annotations
        for row in manifest_rows.manifest_rows(stripped, audio="raw")
    }
    assert before.keys() > found.keys()
    assert all(mark.label == "owl" and mark.offset <= 6 for marks in found.values() for mark in marks)


def test_overlapping_windows_of_one_file_are_made_in_as_few_passes_as_they_overlap(
    stripped, tmp_path, monkeypatch
):
    opened = []
    honest = convert_audio.open_audio
    monkeypatch.setattr(convert_audio, "open_audio", lambda path: opened.append(path) or honest(path))
    summary = manifest(stripped, tmp_path / "w", format="webdataset", window=4, hop=2)
    assert summary.rows > 60
    assert max(opened.count(path) for path in opened) <= 3


def test_audio_that_cannot_be_converted_is_left_out_and_told(tmp_path):
    for name in "ab":
        write_tone(tmp_path / "in" / "owl" / f"{name}.wav")
    with Dataset(tmp_path / "birds") as dataset:
        import_(dataset, tmp_path / "in")
        (tmp_path / "in" / "owl" / "a.wav").write_bytes(b"RIFF and no sound")
        summary = manifest(dataset, tmp_path / "m.csv", sr=8000)
        rows = list(csv.read_manifest(tmp_path / "m.csv"))
    assert [row.recording_id for row in rows] == ["local:owl/b.wav"]
    assert (summary.failed, summary.problems[0].path) == (1, str(tmp_path / "in" / "owl" / "a.wav"))


def test_a_channel_that_cannot_be_made_is_told(tmp_path):
    write_tone(tmp_path / "in" / "a.wav", channels=3)
    write_tone(tmp_path / "in" / "b.wav", channels=1)
    with Dataset(tmp_path / "birds") as dataset:
        import_(dataset, tmp_path / "in")
        summary = manifest(dataset, tmp_path / "m.csv", channels=2, codec="wav")
    assert [problem.reason[:13] for problem in summary.problems] == ["not converted"]
    assert "3 channels" in summary.problems[0].reason
    assert probe(next((tmp_path / "m_audio").glob("*.wav"))).channels == 2


def test_splits_are_folders_and_other_folds_stay_out(stripped, tmp_path):
    manifest(stripped, tmp_path / "f", format="audiofolder", folds="train=1 validation=0")
    counts = {
        split: pq.read_metadata(tmp_path / "f" / split / "metadata.parquet").num_rows
        for split in ("train", "validation")
    }
    assert sum(counts.values()) < 26
    assert min(counts.values()) >= 8
    rows = manifest(stripped, tmp_path / "m.csv", folds="1,0").rows
    assert rows == sum(counts.values())


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("x", "failed to read the folds"),
        ("1;2", "failed to read"),
        ("train=1", "lacks splits"),
        ("", "--folds is empty"),
    ],
)
def test_folds_that_make_no_sense_are_refused(text, words):
    with pytest.raises(UsageError, match=words):
        parse(text, "csv", ExportLayout())
    with pytest.raises(UsageError, match="two splits"):
        parse("a=1 b=1", "x", ExportLayout(splits=True))


@pytest.mark.parametrize(
    ("name", "options", "words"),
    [
        ("m.csv", {"audio_mode": "embed"}, "cannot hold audio inside"),
        ("m", {"format": "webdataset", "audio_mode": "copy"}, "holds audio inside its files"),
        ("m", {"format": "audiofolder", "audio_mode": "link"}, "needs its audio in the folder"),
        ("m.csv", {"audio": "copy"}, "unknown audio 'copy'"),
        ("m.csv", {"audio_mode": "copi"}, "unknown audio mode 'copi'"),
        ("m.csv", {"sr": 10}, "--sr must be"),
        ("m.csv", {"channels": 0}, "--channels must be"),
        ("m.csv", {"codec": "mpeg"}, "unknown audio format 'mpeg'"),
        ("m.csv", {"hop": 5.0}, "go with --window"),
        ("m.csv", {"window": -1.0}, "--window is -1 s"),
        ("m.csv", {"label_column": "x"}, "--label-column goes with --format raven"),
        ("m.csv", {"shard_mb": 5}, "--shard-mb goes with --format huggingface and webdataset"),
    ],
)
def test_wrong_usage_is_told_and_nothing_is_written(stripped, tmp_path, name, options, words):
    with pytest.raises(UsageError, match=words):
        manifest(stripped, tmp_path / name, **options)
    assert list(tmp_path.iterdir()) == []


def test_work_that_people_saved_over_an_export_is_not_replaced(stripped, tmp_path):
    for name in ("all.txt", "tables"):
        manifest(stripped, tmp_path / name, format="raven", layer="annotations")
        table = tmp_path / name
        if table.is_dir():
            table = next(table.glob("*.txt"))
        table.write_text(table.read_text() + "99\tmine\n")
        with pytest.raises(UsageError, match="was changed since curate wrote it"):
            manifest(stripped, tmp_path / name, format="raven", layer="annotations")
        assert table.read_text().endswith("99\tmine\n")


def test_a_table_of_somebody_else_is_not_replaced_and_neither_is_a_folder(stripped, tmp_path):
    (tmp_path / "README.md").write_text("my project")
    with pytest.raises(UsageError, match="was not made by curate"):
        manifest(stripped, tmp_path / "README.md", format="card")
    (tmp_path / "t_config.xml").write_text("mine")
    with pytest.raises(UsageError, match="was not made by curate"):
        manifest(stripped, tmp_path / "t.json", format="label-studio")
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "thesis.txt").write_text("mine")
    with pytest.raises(UsageError, match="refused to replace"):
        manifest(stripped, tmp_path / "data", format="lhotse")
    with pytest.raises(UsageError, match="was not made by curate"):
        manifest(stripped, tmp_path / "data", format="nemo")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["README.md", "data", "t_config.xml"]


@pytest.mark.parametrize(
    ("name", "form", "other", "otherwise"),
    [
        ("train.csv", "csv", "train.parquet", {"sr": 8000}),
        ("train.csv", "csv", "train_audio", {"sr": 8000, "format": "folders"}),
        ("train.csv", "csv", "train_audio", {"sr": 8000, "format": "webdataset"}),
        ("train.csv", "birdclef", "train.parquet", {"sr": 8000}),
        ("train.parquet", "parquet", "train.csv", {"format": "birdclef"}),
    ],
)
def test_an_export_leaves_the_audio_of_another_table_where_it_is(
    name, form, other, otherwise, stripped, tmp_path
):
    manifest(stripped, tmp_path / name, format=form, codec="wav", sr=16000, channels=1, folds="0")
    before = tree(tmp_path)
    with pytest.raises(UsageError, match=rf"train_audio: it belongs to .*{name}$"):
        manifest(stripped, tmp_path / other, folds="1", **otherwise)
    assert tree(tmp_path) == before
    for left in tmp_path.iterdir():  # without the table, its audio is nobody's
        if left.name != "train_audio":
            shutil.rmtree(left) if left.is_dir() else left.unlink()
    assert manifest(stripped, tmp_path / other, folds="1", **otherwise).rows > 0


@pytest.mark.parametrize("form", ["opensoundscape", "lhotse", "jsonl", "nemo"])
def test_a_table_of_another_format_is_called_what_it_is(form, stripped, tmp_path):
    manifest(stripped, tmp_path / "t.csv")
    before = tree(tmp_path)
    with pytest.raises(
        UsageError, match=f"t.csv is an export in the format csv, and cannot become one in {form}"
    ):
        manifest(stripped, tmp_path / "t.csv", format=form)
    assert tree(tmp_path) == before
    (tmp_path / "t.csv").write_text("mine")
    with pytest.raises(UsageError):
        manifest(stripped, tmp_path / "t.csv", format=form)


def test_of_a_birdclef_folder_only_what_is_not_ogg_becomes_ogg(stripped, example_folder, tmp_path):
    """A notebook lists ``*.ogg``, and coding a lossy file once more would only make it worse."""
    out = tmp_path / "out" / "train.csv"
    assert manifest(stripped, out, format="birdclef").renamed == 1
    assert {path.suffix for path in (out.parent / "train_soundscapes").glob("S*")} == {".ogg", ".flac"}
    assert manifest(stripped, out, format="birdclef", codec="ogg").renamed == 0
    given = {path.read_bytes() for path in example_folder.rglob("*.ogg")}
    made = [path for path in out.parent.rglob("*") if path.suffix not in {".csv", ".txt", ""}]
    assert {path.suffix for path in made} == {".ogg"}
    untouched = sum(
        row.path.endswith(".ogg") for row in manifest_rows.manifest_rows(stripped, audio="clean", whole=True)
    )
    assert 0 < untouched == sum(path.read_bytes() in given for path in made) < len(made)


def test_classes_that_birdnet_would_not_learn_are_told(tmp_path):
    for name in ("Noise/a.wav", "-owl/b.wav", "owl/c.wav"):
        write_tone(tmp_path / "data" / name)
    with Dataset(tmp_path / "birds") as dataset:
        import_(dataset, tmp_path / "data", format="folders")
        assert manifest(dataset, tmp_path / "train", format="birdnet").not_learnt == ["-owl", "Noise"]
        assert manifest(dataset, tmp_path / "train.csv").not_learnt == []


@pytest.mark.parametrize(
    ("subtype", "codec"), [("PCM_24", "wav"), ("PCM_24", "flac"), ("FLOAT", "wav"), ("PCM_16", "wav")]
)
def test_a_preview_tells_how_large_an_export_of_more_than_16_bits_will_be(tmp_path, subtype, codec):
    """It was told half of the size."""
    y = np.random.default_rng(1).normal(0, 0.1, 96_000)
    (tmp_path / "data").mkdir()
    sf.write(tmp_path / "data" / "a.wav", y, 48_000, subtype=subtype)
    with Dataset(tmp_path / "birds") as dataset:
        import_(dataset, tmp_path / "data")
        out = tmp_path / "set.csv"
        foreseen = manifest(dataset, out, codec=codec, dry_run=True).bytes
        manifest(dataset, out, codec=codec)
    [made] = (tmp_path / "set_audio").rglob(f"*.{codec}")
    assert foreseen == pytest.approx(made.stat().st_size, rel=0.25)


@pytest.mark.parametrize("name", ["train.csv", "taxonomy.csv", "folds.csv", "train_audio/mine.ogg"])
def test_a_birdclef_folder_of_somebody_else_is_refused_before_anything_is_converted(
    name, stripped, tmp_path, monkeypatch
):
    mine = tmp_path / "out" / name
    mine.parent.mkdir(parents=True)
    mine.write_bytes(b"mine")
    before = set(tmp_path.rglob("*"))
    monkeypatch.setattr(convert_audio, "convert", pytest.fail)
    with pytest.raises(UsageError, match="refused to replace"):
        manifest(stripped, tmp_path / "out" / "train.csv", format="birdclef", codec="ogg")
    assert set(tmp_path.rglob("*")) == before


@pytest.mark.parametrize(
    ("form", "name"), [("birdclef", "train.csv"), ("lhotse", "set"), ("raven", "tables")]
)
def test_what_a_writer_refuses_leaves_nothing_behind(form, name, stripped, tmp_path, monkeypatch):
    """Such as a name that two recordings would have: converted audio stayed in a hidden folder."""

    def refusing(*_args, **_options):
        raise FormatError("two recordings would both be a.ogg")

    monkeypatch.setattr(write_export, "_converted", refusing)
    out = tmp_path / "out" / name
    with pytest.raises(FormatError, match="would both be"):
        manifest(stripped, out, format=form, codec="ogg", audio_mode="copy" if form == "raven" else None)
    assert list(out.parent.iterdir()) == []


def test_birdclef_folders_are_converted_too(stripped, tmp_path):
    manifest(stripped, tmp_path / "out" / "train.csv", format="birdclef", sr=32000, channels=1, codec="ogg")
    sounds = sorted((tmp_path / "out").rglob("*.ogg"))
    assert len(sounds) == 26
    assert {probe(path).sr for path in sounds} == {32000}
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "README.txt",
        "folds.csv",
        "taxonomy.csv",
        "train.csv",
        "train_audio",
        "train_soundscapes",
        "truth.csv",
    ]
    shutil.rmtree(tmp_path / "out")
