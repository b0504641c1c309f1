"""Each export, opened by the library that it is for."""

from __future__ import annotations

import csv
import json

import pytest

from curate.catalogue.dataset import Dataset
from curate.steps.acquire.import_ import import_
from curate.steps.balance.split import split
from curate.steps.export.manifest import manifest
from curate.steps.export.manifest_rows import manifest_rows
from tests.datasets import write_tone
from tests.engines import in_a_thread

#: Columns of Raven in the order in which its readers give boxes.
RAVEN_NUMBERS = ("Begin Time (s)", "End Time (s)", "Low Freq (Hz)", "High Freq (Hz)")


def table(path, **options):
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file, **options))


@pytest.fixture
def kept(birds):
    return list(manifest_rows(birds))


def test_crowsetta_reads_a_table_of_raven(real, export):
    made = export("all.txt", format="raven", layer="annotations")
    code = """
import crowsetta
raven = crowsetta.formats.bbox.Raven.from_file(sys.argv[1])
boxes = raven.to_bbox()
show([len(boxes), boxes[0].low_freq, boxes[0].high_freq, sorted({box.label for box in boxes})[-1]])
"""
    count, low, high, last = real(code, made)
    selections = table(made, delimiter="\t")
    first = selections[0]
    assert (count, last) == (len(selections), "silwre9")
    assert (low, high) == (float(first["Low Freq (Hz)"]), float(first["High Freq (Hz)"])) != (0.0, 16000.0)


def test_crowsetta_reads_audacity_labels_and_generic_sequences(real, export):
    tracks = export("tracks", format="audacity")
    sequences = export("seq.csv", format="generic-seq", layer="annotations")
    code = """
import crowsetta
track = crowsetta.formats.seq.AudSeq.from_file(sys.argv[1])
annotations = crowsetta.formats.seq.GenericSeq.from_file(sys.argv[2]).to_annot()
show([len(track.to_seq().segments), [len(a.seq.segments) for a in annotations]])
"""
    segments, lengths = real(code, next(tracks.glob("XC90000012.txt")), sequences)
    assert segments == 1
    assert sum(lengths) == len(table(sequences))
    assert len(lengths) == len({row["notated_path"] for row in table(sequences)})


def test_opensoundscape_gives_the_same_clip_labels_from_boxes_as_we_do(real, export, birds):
    boxes = export("boxes.csv", format="opensoundscape-boxes", layer="annotations")
    clips = [
        export(
            f"{hop}.csv",
            format="opensoundscape",
            layer="annotations",
            window=3,
            hop=hop,
            min_label_overlap=0.25,
        )
        for hop in (3, 1)
    ]
    code = """
alone("opensoundscape")  # its own package imports all of its networks
import pandas as pd
from opensoundscape.annotations import BoxedAnnotations
def plain(frame):
    rows = zip(frame.index, frame.values)
    return sorted([f, round(a, 3), round(b, 3), *map(int, row)] for (f, a, b), row in rows)
told = []
for table in sys.argv[3:]:
    ours = pd.read_csv(table, index_col=[0, 1, 2])
    # In a copy our windows end at the joins, of which the library knows nothing.
    ours = ours[[not file.startswith(sys.argv[2]) for file in ours.index.get_level_values(0)]]
    found = BoxedAnnotations.from_csv(sys.argv[1])
    found.audio_files = list(dict.fromkeys(ours.index.get_level_values(0)))
    theirs = found.clip_labels(
        clip_duration=3.0, clip_overlap=3 - int(Path(table).stem), min_label_overlap=0.25, final_clip="full"
    )
    theirs = getattr(theirs, "labels", theirs).astype(int)[list(ours.columns)]
    told.append([plain(ours) == plain(theirs), len(ours), int(ours.values.sum()), list(ours.columns)])
show(told)
"""
    for equal, count, present, columns in real(code, boxes, birds.clean, *clips):
        assert equal
        assert count > present > 10
        assert "other" in columns


def test_opensoundscape_and_crowsetta_read_the_same_in_tables_of_raven(real, export):
    made = export("tables", format="raven", layer="annotations")
    code = """
alone("opensoundscape")
import crowsetta
from opensoundscape.annotations import BoxedAnnotations
tables = sorted(Path(sys.argv[1]).glob("*.txt"))
tables = [table for table in tables if len(table.read_text().splitlines()) > 1]  # crowsetta wants a row
names = [table.name.removesuffix(".selections.txt") for table in tables]
found = BoxedAnnotations.from_raven_files(tables, "Annotation", audio_files=names).df
ours = [[row.audio_file, row.start_time, row.end_time, row.low_f, row.high_f, row.annotation]
        for row in found.itertuples()]
theirs = []
for name, table in zip(names, tables):
    for box in crowsetta.formats.bbox.Raven.from_file(table).to_bbox():
        theirs.append([name, box.onset, box.offset, box.low_freq, box.high_freq, box.label])
show([ours, theirs])
"""
    ours, theirs = real(code, made)
    expected = [
        [file.name.removesuffix(".selections.txt"), *map(float, numbers), row["Annotation"]]
        for file in sorted(made.glob("*.txt"))
        for row in table(file, delimiter="\t")
        for numbers in [[row[name] for name in RAVEN_NUMBERS]]
    ]
    assert ours == theirs == expected != []


def test_crowsetta_reads_the_bands_of_audacity_labels(real, export):
    made = export("labels", format="audacity", layer="annotations")
    code = """
import crowsetta
boxes = []
for track in sorted(Path(sys.argv[1]).glob("*.txt")):
    if track.read_text():
        found = crowsetta.formats.bbox.AudBBox.from_file(track).to_bbox()
        boxes += [[box.onset, box.offset, box.label, box.low_freq, box.high_freq] for box in found]
show(boxes)
"""
    expected = []
    for track in sorted(made.glob("*.txt")):
        lines = [line.split("\t") for line in track.read_text().splitlines()]
        for (onset, offset, label), (_, low, high) in zip(lines[::2], lines[1::2], strict=True):
            expected.append([float(onset), float(offset), label, float(low), float(high)])
    assert real(code, made) == expected != []


def test_ketos_selects_by_the_table(real, export):
    made = export("selections.csv", format="ketos", layer="annotations")
    code = """
alone("ketos.audio")  # its spectrograms
from ketos.data_handling import selection_table
found = selection_table.standardize(sys.argv[1], labels=None)
assert selection_table.is_standardized(found, has_time=True)
chosen = selection_table.select(found, length=3.0, center=True)
show([sorted([name, row.start, row.end, row.label] for (name, _), row in found.iterrows()),
      len(chosen), sorted(set(chosen["label"]))])
"""
    found, chosen, numbers = real(code, made)
    names = {row["label"]: row["name"] for row in table(made.with_name("selections_labels.csv"))}
    expected = [
        [row["filename"], float(row["start"]), float(row["end"]), int(row["label"])] for row in table(made)
    ]
    assert found == sorted(expected) != []
    assert (chosen, numbers) == (len(expected), sorted(map(int, names)))
    assert "other" in names.values()


def test_nemo_reads_its_manifest(real, export):
    made = export("nemo.jsonl", format="nemo", window=3, audio_mode="copy")
    code = """
for name in ("nemo", "nemo.collections", "nemo.collections.common", "nemo.collections.common.parts"):
    alone(name)  # they import lightning, and every network
from nemo.collections.common.parts.preprocessing.collections import ASRSpeechLabel
found = ASRSpeechLabel(sys.argv[1])
show([[each.audio_file, each.offset, each.duration, each.label] for each in found])
"""
    expected = [json.loads(line) for line in made.read_text().splitlines()]
    found = real(code, made)
    assert found == [
        [str(made.parent / each["audio_filepath"]), each["offset"], each["duration"], each["label"]]
        for each in expected
    ]
    assert len(found) > 10


def test_birdnet_analyzer_loads_its_training_folders(real, export):
    made = export("train", format="birdnet", layer="annotations", window=3, sr=48000, channels=1, codec="wav")
    code = """
import multiprocessing
multiprocessing.set_start_method("fork")  # its pool must find the stand-in below
alone("birdnet_analyzer"), alone("birdnet_analyzer.train")  # they import TensorFlow
# All that stands in is the network, which is fetched from the network: its features are lengths.
network = types.ModuleType("birdnet_analyzer.model")
network.embeddings = lambda sounds: [[float(len(sound))] for sound in sounds]
sys.modules[network.__name__] = network
from birdnet_analyzer import config
from birdnet_analyzer.train.utils import _load_training_data
config.TRAIN_DATA_PATH, config.CPU_THREADS, config.SAMPLE_RATE, config.SIG_LENGTH = sys.argv[1], 2, 48000, 3.0
x, y, _, _, labels = _load_training_data()
show([labels, x.ravel().tolist(), y.tolist(), config.MULTI_LABEL])
"""
    labels, lengths, truth, several = real(code, made)
    folders = [path.parent.name for path in sorted(made.rglob("*.wav"))]
    named = {name for folder in folders for name in folder.split(",")}
    assert labels == sorted(named - {"background", "other"})  # which mean to it that nothing is heard
    assert set(lengths) == {3 * 48000.0}
    expected = [[float(label in folder.split(",")) for label in labels] for folder in sorted(folders)]
    assert truth == expected
    assert several == any("," in folder for folder in folders)
    assert {"background", "other"} < named
    assert any("_" in label for label in labels)


def test_perch_reads_its_annotations(real, export):
    made = export("hoplite.csv", format="perch-hoplite", layer="annotations")
    code = """
from etils import epath
from perch_hoplite.taxonomy.annotations import read_annotations_csv
found = read_annotations_csv(epath.Path(sys.argv[1]), namespace="ours")
show([[a.filename, a.start_time_s, a.end_time_s, list(a.label)] for a in found])
"""
    expected = [
        [row["filename"], float(row["start_time_s"]), float(row["end_time_s"]), [row["label"]]]
        for row in table(made)
    ]
    assert real(code, made) == expected != []


def test_audformat_loads_the_database(real, export):
    made = export("db", format="audformat", layer="annotations")
    code = """
import audformat
db = audformat.Database.load(sys.argv[1])
segments, files = db["segments"].get(), db["files"].get()
show([len(segments), segments.index[0][1].total_seconds(), sorted(db.schemes["label"].labels)[0], len(files),
      files["duration"].iloc[0].total_seconds()])
"""
    count, start, label, files, duration = real(code, made)
    assert (count, files) == (len(table(made / "db.segments.csv")), len(table(made / "db.files.csv")))
    first = table(made / "db.segments.csv")[0]
    assert label == min(row["label"] for row in table(made / "db.segments.csv"))
    assert first["start"].endswith(f"{start:09.6f}")
    assert duration > 1


def test_lhotse_reads_cuts_and_their_sound(real, export, kept):
    made = export("lhotse", format="lhotse", layer="annotations")
    whole = export("whole", format="lhotse")
    code = """
from lhotse import CutSet, RecordingSet, SupervisionSet, load_manifest
from lhotse.qa import validate_recordings_and_supervisions, validate
recordings = load_manifest(sys.argv[1] + "/recordings.jsonl.gz")
supervisions = load_manifest(sys.argv[1] + "/supervisions.jsonl.gz")
validate_recordings_and_supervisions(recordings, supervisions)
cuts = CutSet.from_jsonl_lazy(sys.argv[1] + "/cuts.jsonl.gz").to_eager()
validate(cuts, read_data=True)
cut = next(iter(cuts))
whole = list(CutSet.from_jsonl_lazy(sys.argv[2] + "/cuts.jsonl.gz"))
show([len(recordings), len(supervisions), cut.supervisions[0].custom["label"], list(cut.load_audio().shape),
      len(whole), sum(c.load_audio().shape[1] for c in whole)])
"""
    recordings, supervisions, label, shape, count, samples = real(code, made, whole)
    assert recordings == 10
    assert label in {row.label for row in kept} | {"other"}
    assert supervisions >= 14
    assert shape == [1, round(kept[0].duration * kept[0].sr)]
    assert (count, samples) == (26, sum(round(row.duration * row.sr) for row in kept))


def test_lhotse_reads_a_kaldi_directory(real, export):
    made = export("data", format="kaldi", layer="annotations", codec="wav", sr=32000)
    code = """
import os
os.chdir(sys.argv[1])
from lhotse.kaldi import load_kaldi_data_dir
recordings, supervisions, _ = load_kaldi_data_dir(".", sampling_rate=32000)
for recording in recordings:
    assert recording.load_audio().shape[1] == recording.num_samples
show([len(recordings), len(supervisions), sorted({s.text for s in supervisions})[:2]])
"""
    recordings, supervisions, texts = real(code, made)
    assert recordings == 10
    assert supervisions == len((made / "segments").read_text().splitlines())
    assert "other" in texts
    for name in ("wav.scp", "segments", "text", "utt2spk", "spk2utt", "reco2dur", "utt2dur"):
        lines = (made / name).read_bytes().splitlines()
        assert lines == sorted(lines)


def test_datasets_opens_an_audiofolder_with_its_splits(real, export, birds, tmp_path):
    with birds.writing("test", {}):
        birds.store.run("DELETE FROM assignments")
        birds.store.run("INSERT INTO assignments (recording, fold) SELECT id, id % 3 FROM recordings")
    made = export("folder", format="audiofolder", folds="train=1,2 validation=0", audio_mode="copy")
    code = """
from datasets import Audio, load_dataset
import io, soundfile
found = load_dataset("audiofolder", data_dir=sys.argv[1])
row = found["train"][0]
sound = row["audio"].get_all_samples()
y, sr = sound.data[0], sound.sample_rate
show([{name: len(split) for name, split in found.items()}, row["label"], sr, len(y) / sr, row["duration"],
      found["train"].features["label"].dtype])
"""
    sizes, label, sr, seconds, duration, kind = real(code, made, folder=tmp_path / "home")
    assert set(sizes) == {"train", "validation"}
    assert sum(sizes.values()) == 26
    assert (kind, sr) in (("string", 32000), ("string", 44100))
    assert seconds == pytest.approx(duration, abs=0.05)
    assert label


def test_datasets_opens_splits_of_which_one_lacks_a_field_and_leaves_dates_as_text(
    real, other_python, tmp_path
):
    del other_python  # nothing is made where nobody will read it
    rows = ["file,label,secondary_labels,rating,date,latitude,longitude,fold"]
    for name in "abcd":
        write_tone(tmp_path / "in" / f"{name}.wav")
    rows += ["a.wav,owl,wren,4.5,2024-03-11,1.5,2.5,0", "b.wav,owl,,,2024-03-12,,,0"]
    rows += ["c.wav,wren,,,2024-03-13,,,1", "d.wav,wren,,,,,,1"]
    (tmp_path / "in" / "t.csv").write_text("\n".join(rows))
    with in_a_thread(), Dataset(tmp_path / "birds") as dataset:
        import_(dataset, tmp_path / "in" / "t.csv")
        split(dataset, from_=tmp_path / "in" / "t.csv")
        manifest(dataset, tmp_path / "folder", format="audiofolder", folds="train=0 validation=1")
    code = """
from datasets import load_dataset
found = load_dataset("audiofolder", data_dir=sys.argv[1])
show({name: [[row["label"], row["secondary_labels"], row["rating"], row["date"], row["latitude"]]
             for row in part.remove_columns("audio")] for name, part in found.items()})
"""
    assert real(code, tmp_path / "folder", folder=tmp_path / "home") == {
        "train": [["owl", ["wren"], 4.5, "2024-03-11", 1.5], ["owl", [], None, "2024-03-12", None]],
        "validation": [["wren", [], None, "2024-03-13", None], ["wren", [], None, "", None]],
    }


def test_datasets_opens_parquet_with_the_audio_inside(real, export, kept, tmp_path):
    made = export("hub", format="huggingface", sr=16000, channels=1, codec="flac", shard_mb=1)
    code = """
from datasets import Audio, load_dataset
import io, soundfile
found = load_dataset(sys.argv[1])["train"]
assert type(found.features["audio"]).__name__ == "Audio", found.features
found = found.cast_column("audio", Audio(decode=False))
lengths = []
for row in found:
    y, sr = soundfile.read(io.BytesIO(row["audio"]["bytes"]))
    assert sr == row["sr"] == 16000 and y.ndim == 1
    lengths.append(len(y))
show([lengths, found[0]["label"], found[0]["secondary_labels"]])
"""
    lengths, label, secondary = real(code, made, folder=tmp_path / "home")
    assert lengths == [round(row.duration * 16000) for row in kept]
    assert (label, secondary) == ("silwre9", [])
    assert len(list((made / "data").iterdir())) > 1


def test_webdataset_reads_the_shards(real, export):
    made = export("shards", format="webdataset", window=5, layer="annotations", shard_mb=1)
    code = """
import io, soundfile, webdataset
shards = sorted(map(str, Path(sys.argv[1]).glob("train-*.tar")))
seen = []
for sample in webdataset.WebDataset(shards, shardshuffle=False):
    told = json.loads(sample["json"])
    (ending,) = [key for key in sample if key in ("flac", "ogg", "wav", "mp3", "m4a")]
    y, sr = soundfile.read(io.BytesIO(sample[ending]))
    seen.append([sample["__key__"], told["label"], len(y) / sr - told["duration"], len(told["annotations"])])
show([len(shards), seen])
"""
    shards, seen = real(code, made)
    assert shards > 1
    assert len({key for key, *_ in seen}) == len(seen) > 10
    assert max(abs(difference) for _, _, difference, _ in seen) < 1e-3
    assert sum(marks for *_, marks in seen) > 10


def test_mlcroissant_validates_and_loads_the_records(real, export):
    made = export("croissant", format="croissant", codec="mp3", sr=32000)
    code = """
import mlcroissant
found = mlcroissant.Dataset(jsonld=sys.argv[1] + "/croissant.json")
assert not found.metadata.ctx.issues.errors, found.metadata.ctx.issues.errors
records = list(found.records("recordings"))
sounds = list(found.records("mp3"))
first = records[0]
show([len(records), first["recordings/label"].decode(), float(first["recordings/duration"]), len(sounds),
      sorted(sounds[0]), len(sounds[0]["mp3/audio"][0]) > 1000])
"""
    count, label, duration, sounds, fields, heard = real(code, made)
    assert (count, sounds, label, heard) == (26, 26, "silwre9", True)
    assert duration > 5
    assert fields == ["mp3/audio", "mp3/file"]


def test_the_card_is_one_that_the_hub_reads(real, export):
    made = export("README.md", format="card")
    code = """
from huggingface_hub import DatasetCard
card = DatasetCard.load(sys.argv[1])
show([card.data.license, card.data.task_categories, card.data.size_categories])
"""
    assert real(code, made) == ["other", ["audio-classification"], ["n<1K"]]


def test_label_studio_accepts_the_tasks_and_their_labelling_interface(real, export):
    made = export("t.json", format="label-studio", layer="annotations", window=5, audio_mode="copy")
    code = """
from label_studio_sdk.label_interface import LabelInterface
tasks = json.loads(Path(sys.argv[1]).read_text())
interface = LabelInterface(Path(sys.argv[1]).with_name("t_config.xml").read_text())
interface.validate()
wrong = [task for task in tasks if not interface.validate_task({"data": task["data"]})]
for task in tasks:
    for prediction in task["predictions"]:
        wrong += interface.validate_prediction(prediction, return_errors=True)
show([wrong, len(tasks), sum(len(task["predictions"][0]["result"]) for task in tasks)])
"""
    wrong, tasks, marks = real(code, made)
    assert wrong == []
    assert tasks > 10
    assert marks > 10
