"""Into every format: annotations in a cut are gone, those that straddle one are clipped, both are told."""

from __future__ import annotations

import csv
import json
import tarfile
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest

from curate.audio.probe import probe
from curate.catalogue import cuts
from curate.catalogue.dataset import Dataset
from curate.cli._app import main
from curate.engine.open import open_engine
from curate.formats import READERS, WRITERS
from curate.formats.annotations import raven
from curate.lookup import resolve
from curate.model import Cut, Segment
from curate.progress import silent
from curate.steps.acquire.import_ import import_
from curate.steps.clean import clean_copies
from tests.datasets import give_place_and_time, write_tone
from tests.engines import in_a_thread
from tests.exports import name_of
from tests.formats import marked

#: What was marked in 10 s, of which 2 to 4 s are cut.
MARKS = (
    Segment(0.5, 1.0, "before", None, 100, 200),
    Segment(1.0, 3.0, "over", None, 100, 200),
    Segment(1.0, 5.0, "around", None, 100, 200),
    Segment(2.5, 3.5, "inside", None, 100, 200),
    Segment(6.0, 7.0, "behind", None, 100, 200),
)

#: What is left of it in the clean copy.
LEFT = [(0.5, 1.0, "before"), (1.0, 2.0, "over"), (1.0, 3.0, "around"), (4.0, 5.0, "behind")]

#: The same where a format tells when something was heard: each stretch of a raw file is a medium.
LEFT_BY_STRETCH = [
    (0.0, 1.0, "around"),
    (0.5, 1.0, "before"),
    (1.0, 2.0, "around"),
    (1.0, 2.0, "over"),
    (2.0, 3.0, "behind"),
]

#: Those formats.
BY_STRETCH = {"camtrap-dp", "darwin-core"}

#: Formats that speak of whole recordings alone.
OF_RECORDINGS = {"birdclef", "card", "croissant"}


def table(path, **options):
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file, **options))


def cells(onset, offset, label):
    return lambda out: [(float(r[onset]), float(r[offset]), r[label]) for r in table(out)]


def read_back(form):
    def found(out):
        rows = resolve(form, READERS, kind="format")(out, report=print)
        return [(m.onset, m.offset, m.label) for row in rows for m in row.annotations]

    return found


def beside(form):
    """Read a format whose files are named as their recordings; the audio lies elsewhere."""

    def found(out):
        audio = out.parent / "audio"
        write_tone(audio / "a.wav", seconds=8.0, sr=8000)
        rows = resolve(form, READERS, kind="format")(out, report=print, audio_folder=audio)
        return [(m.onset, m.offset, m.label) for row in rows for m in row.annotations]

    return found


def manifest_of(form):
    def found(out):
        rows = resolve(f"curate.formats.tables.{form}:read_manifest", {}, kind="format")(out)
        return [(row.onset, row.offset, row.label) for row in rows]

    return found


def told(marks):
    return [(m["onset"], m["offset"], m["label"]) for m in marks]


def seconds(text):
    return pd.Timedelta(text).total_seconds()


def in_labels(out):
    (track,) = out.glob("*.txt")
    lines = [line.split("\t") for line in track.read_text().splitlines()[::2]]  # a band below each
    return [(float(onset), float(offset), label) for onset, offset, label in lines]


def in_shards(out):
    with tarfile.open(next(out.glob("*.tar"))) as shard:
        (sample,) = (json.load(shard.extractfile(m)) for m in shard.getmembers() if m.name.endswith(".json"))
    return told(sample["annotations"])


def in_kaldi(out):
    labels = dict(line.split(" ", 1) for line in (out / "text").read_text().splitlines())
    lines = [line.split() for line in (out / "segments").read_text().splitlines()]
    return [(float(onset), float(offset), labels[name]) for name, _, onset, offset in lines]


def in_ketos(out):
    names = {row["label"]: row["name"] for row in table(out.with_name(f"{out.stem}_labels.csv"))}
    return [(float(row["start"]), float(row["end"]), names[row["label"]]) for row in table(out)]


def in_files(out):
    """A file for each annotation, with its length: where it was is told by its place in the raw recording."""
    raw_to_clean = {0.5: 0.5, 1.0: 1.0, 6.0: 4.0}
    found = []
    for row in table(out / "manifest.csv"):
        onset = raw_to_clean[float(row["source_onset"])]
        found.append((onset, onset + round(probe(out / row["path"]).duration, 6), row["label"]))
    return found


def one_hot(out):
    (row,) = table(out)
    return [label for label in row if row[label] == "1"]


#: How a format's annotations are looked up, independently of its writer.
SEEN = {
    "aoef": read_back("aoef"),
    "audacity": in_labels,
    "audformat": lambda out: [
        (seconds(r["start"]), seconds(r["end"]), r["label"]) for r in table(out / "db.segments.csv")
    ],
    "audiofolder": lambda out: told(
        pq.read_table(out / "train" / "metadata.parquet").to_pylist()[0]["annotations"]
    ),
    "avianz": beside("avianz"),
    "birdnet": in_files,
    "camtrap-dp": read_back("camtrap-dp"),
    "csv": manifest_of("csv"),
    "darwin-core": read_back("darwin-core"),
    "ecosounds": beside("ecosounds"),
    "elan": read_back("elan"),
    "folders": in_files,
    "generic-seq": cells("onset_s", "offset_s", "label"),
    "huggingface": lambda out: told(
        pd.read_parquet(next((out / "data").iterdir()), columns=["annotations"])["annotations"][0]
    ),
    "jams": read_back("jams"),
    "jsonl": manifest_of("jsonl"),
    "kaldi": in_kaldi,
    "ketos": in_ketos,
    "label-studio": lambda out: [
        (r["value"]["start"], r["value"]["end"], *r["value"]["labels"])
        for r in json.loads(out.read_text())[0]["predictions"][0]["result"]
    ],
    "lhotse": read_back("lhotse"),
    "nemo": read_back("nemo"),
    "opensoundscape": one_hot,
    "opensoundscape-boxes": cells("start_time", "end_time", "annotation"),
    "parquet": manifest_of("parquet"),
    "perch-hoplite": cells("start_time_s", "end_time_s", "label"),
    "raven": read_back("raven"),
    "sonic-visualiser": beside("sonic-visualiser"),
    "textgrid": beside("textgrid"),
    "webdataset": in_shards,
}


@pytest.fixture(scope="module")
def birds(tmp_path_factory):
    """A recording of 10 s that lost two of them, with a copy, and one that nobody annotated."""
    folder = tmp_path_factory.mktemp("annotated")
    for name in "ab":
        write_tone(folder / "in" / f"{name}.wav", seconds=10.0, sr=8000)
    (folder / "t").mkdir()
    raven.write([marked.row(folder / "in" / "a.wav", MARKS)], folder / "t")
    with in_a_thread(), Dataset(folder / "birds") as dataset:
        import_(dataset, folder / "in")
        import_(dataset, folder / "t", format="raven", audio_folder=folder / "in")
        with dataset.writing("test", {}):
            give_place_and_time(dataset)
            cuts.replace(dataset.store, 1, "test", [Cut(2.0, 4.0, "excise", "voice", None, "test")])
            with open_engine("local", jobs=1) as workers:
                clean_copies.choose_format(dataset.store, "wav")
                clean_copies.render(dataset, workers=workers, report=print, progress=silent)
    return folder / "birds"


def test_no_format_is_forgotten():
    assert SEEN.keys() | OF_RECORDINGS == WRITERS.keys()
    assert not SEEN.keys() & OF_RECORDINGS


@pytest.mark.parametrize("form", WRITERS)
def test_annotations_go_through_the_cuts_into_every_format_and_are_counted(form, birds, tmp_path, capsys):
    out = tmp_path / name_of(form)
    command = ["manifest", "-d", str(birds), "-o", str(out), "--format", form, "--layer", "annotations"]
    capsys.readouterr()
    with in_a_thread():
        assert main(command) == 0
    said = capsys.readouterr().out
    assert "5 annotations: 1 inside cuts left out, 2 clipped. 1 recording left out" in said
    if form in OF_RECORDINGS:
        assert f"left out, as {form} has no place for them: 4 annotations\n" in said
        return
    left = sorted(LEFT_BY_STRETCH if form in BY_STRETCH else LEFT)
    found = sorted(SEEN[form](out))
    if form == "opensoundscape":
        assert found == sorted(label for *_, label in LEFT)
        return
    assert [label for *_, label in found] == [label for *_, label in left], found
    for (onset, offset, _), (low, high, _) in zip(found, left, strict=True):
        assert (onset, offset) == (pytest.approx(low, abs=1e-4), pytest.approx(high, abs=1e-4))


def test_what_is_read_back_is_the_copy(birds):
    assert probe(next(Path(birds, "clean").rglob("*.wav"))).duration == 8.0
