"""Each export, opened by the library that it is for."""

from __future__ import annotations

import csv

import pytest

from curate.steps._kept import rows


def table(path, **options):
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file, **options))


@pytest.fixture
def kept(birds):
    return list(rows(birds))


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


@pytest.mark.parametrize("hop", [3, 1])
def test_opensoundscape_gives_the_same_clip_labels_from_boxes_as_we_do(hop, real, export, birds):
    boxes = export("boxes.csv", format="opensoundscape-boxes", layer="annotations")
    clips = export(
        "clips.csv", format="opensoundscape", layer="annotations", window=3, hop=hop, min_label_overlap=0.25
    )
    code = """
import importlib.util, types
# Its own package imports all of its networks; the module alone needs none of them.
spec = importlib.util.find_spec("opensoundscape")
package = types.ModuleType("opensoundscape")
package.__path__ = list(spec.submodule_search_locations)
sys.modules["opensoundscape"] = package
import pandas as pd
from opensoundscape.annotations import BoxedAnnotations
ours = pd.read_csv(sys.argv[2], index_col=[0, 1, 2])
# In a copy our windows end at the joins, of which the library knows nothing.
ours = ours[[not file.startswith(sys.argv[4]) for file in ours.index.get_level_values(0)]]
found = BoxedAnnotations.from_csv(sys.argv[1])
found.audio_files = list(dict.fromkeys(ours.index.get_level_values(0)))
theirs = found.clip_labels(
    clip_duration=3.0, clip_overlap=3 - int(sys.argv[3]), min_label_overlap=0.25, final_clip="full"
)
theirs = getattr(theirs, "labels", theirs).astype(int)[list(ours.columns)]
def plain(frame):
    rows = zip(frame.index, frame.values)
    return sorted([f, round(a, 3), round(b, 3), *map(int, row)] for (f, a, b), row in rows)
show([plain(ours) == plain(theirs), len(ours), int(ours.values.sum()), list(ours.columns)])
"""
    equal, count, present, columns = real(code, boxes, clips, hop, birds.clean)
    assert equal
    assert count > present > 10
    assert "other" in columns


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
    made = export("folder", format="audiofolder", folds="train=1,2 validation=0", audio="copy")
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
    made = export("t.json", format="label-studio", layer="annotations", window=5, audio="copy")
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
