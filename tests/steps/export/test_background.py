"""Recordings of which only the classes in the background are known: no format loses those."""

from __future__ import annotations

import csv
import gzip
import json

import pytest

from curate.catalogue.dataset import Dataset
from curate.formats import WRITERS
from curate.steps.acquire.import_ import import_
from curate.steps.export.manifest import manifest
from tests.datasets import write_tone
from tests.exports import name_of

pytestmark = pytest.mark.usefixtures("thread")


@pytest.fixture
def birds(tmp_path):
    """An owl with a wren in the background, and a recording with a wren and a robin in the background."""
    for name in "ab":
        write_tone(tmp_path / f"{name}.wav", seconds=2)
    (tmp_path / "t.csv").write_text("path,label,secondary_labels\na.wav,owl,wren\nb.wav,,wren;robin\n")
    with Dataset(tmp_path / "birds") as dataset:
        import_(dataset, tmp_path / "t.csv")
        yield dataset


def written(birds, out, form):
    manifest(birds, out, format=form)
    return out


def test_kaldi_and_perch_hoplite_name_them_as_words(birds, tmp_path):
    text = (written(birds, tmp_path / "data", "kaldi") / "text").read_text()
    assert text == "a-000000 owl wren\nb-000000 wren robin\n"
    with written(birds, tmp_path / "p.csv", "perch-hoplite").open(newline="") as file:
        assert [row["label"] for row in csv.DictReader(file)] == ["owl wren", "wren robin"]


def test_audformat_has_columns_for_them(birds, tmp_path):
    with (written(birds, tmp_path / "db", "audformat") / "db.segments.csv").open(newline="") as file:
        found = [(row["label"], row["label_2"]) for row in csv.DictReader(file)]
    assert found == [("owl", "wren"), ("wren", "robin")]


def test_lhotse_has_a_supervision_with_them(birds, tmp_path):
    out = written(birds, tmp_path / "lhotse", "lhotse")
    cuts = [json.loads(line) for line in gzip.decompress((out / "cuts.jsonl.gz").read_bytes()).splitlines()]
    told = [each["custom"]["secondary_labels"] for cut in cuts for each in cut["supervisions"]]
    assert told == [["wren"], ["wren", "robin"]]
    assert [cut["supervisions"][0]["text"] for cut in cuts] == ["owl", ""]


def test_birdnet_has_a_folder_of_several_classes(birds, tmp_path):
    out = written(birds, tmp_path / "train", "birdnet")
    assert {path.parent.name for path in out.rglob("*.wav")} == {"owl,wren", "wren,robin"}


@pytest.mark.parametrize("form", sorted(WRITERS.keys() - {"card"}))
def test_every_format_keeps_them_counts_them_or_leaves_the_recording_out(birds, tmp_path, form):
    out = tmp_path / name_of(form)
    summary = manifest(birds, out, format=form)
    counted = summary.not_written["secondary label"] == 3 or summary.unplaced > 0
    whole = [out] if out.is_file() else [path for path in out.parent.rglob("*") if path.is_file()]
    packed = "".join(
        (gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()).decode("latin-1")
        for path in whole
        if birds.folder not in path.parents and path.name != "t.csv"
    )
    is_left_out = form == "birdclef" and summary.unlabelled == 1
    assert "robin" in packed or counted or is_left_out
