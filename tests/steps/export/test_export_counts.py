"""What an export counts is what is in it: of its folds, of its classes, and of what is dropped."""

from __future__ import annotations

import csv

import pytest

from curate.catalogue import cuts
from curate.catalogue.dataset import Dataset
from curate.cli._app import main
from curate.formats import WRITERS
from curate.model import Cut
from curate.steps.acquire.import_ import import_
from curate.steps.balance.split import split
from curate.steps.balance.upsample import upsample
from curate.steps.export.manifest import manifest
from tests.datasets import give_place_and_time, write_tone
from tests.engines import in_a_thread
from tests.exports import name_of

#: Recordings of 10 s: fold, label, and the labels of their annotations, which take a second each.
RECORDINGS = {
    "a": (0, "owl", ("wren", "wren", "jay")),
    "b": (1, "owl", ("wren",)),
    "c": (1, "jay", ("owl", "owl")),
    "d": (0, "", ()),
    "e": (1, "owl", ("wren", "jay")),
}

#: What is cut of each: the first annotation, and the first half of the second.
CUT = Cut(1.0, 3.5, "excise", "voice", None, "test")


def write(path, columns, rows):
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([columns, *rows])
    return path


@pytest.fixture
def birds(tmp_path):
    """The recordings in two folds, annotated, with cuts and no copies; of `e` something dropped all."""
    for name in RECORDINGS:
        write_tone(tmp_path / "in" / f"{name}.wav", seconds=10.0, sr=8000)
    labels = [(f"{name}.wav", label, fold) for name, (fold, label, _) in RECORDINGS.items()]
    table = write(tmp_path / "in" / "labels.csv", ("file", "label", "fold"), labels)
    marks = [
        (f"{name}.wav", 1.0 + 2 * at, 2.0 + 2 * at, mark)
        for name, (*_, marks) in RECORDINGS.items()
        for at, mark in enumerate(marks)
    ]
    boxes = write(tmp_path / "in" / "boxes.csv", ("file", "onset", "offset", "label"), marks)
    with in_a_thread(), Dataset(tmp_path / "birds") as dataset:
        import_(dataset, table)
        import_(dataset, boxes, format="annotation-table")
        split(dataset, from_=table)
        with dataset.writing("test", {}):
            for number in range(1, 5):
                cuts.replace(dataset.store, number, "test", [CUT])
            cuts.replace(dataset.store, 5, "test", [Cut(0.0, 10.0, "drop", "duplicate", None, "test")])
        yield dataset


def test_annotations_of_other_folds_count_nowhere(birds, tmp_path):
    every = manifest(birds, tmp_path / "all.csv", layer="annotations").carried
    assert (every.annotations, every.cut, every.clipped, every.dropped, every.unannotated) == (8, 3, 2, 2, 1)
    one = manifest(birds, tmp_path / "one.csv", layer="annotations", folds="1").carried
    assert (one.annotations, one.cut, one.clipped, one.dropped, one.unannotated) == (5, 2, 1, 2, 0)


def test_annotations_of_dropped_recordings_are_told(birds, tmp_path, capsys):
    out = ["-d", str(birds.folder), "-o", str(tmp_path / "m.csv"), "--layer", "annotations"]
    assert main(["manifest", *out]) == 0
    assert "8 annotations: 3 inside cuts left out, 2 of dropped recordings left out, 2 clipped." in (
        capsys.readouterr().out
    )


def test_sound_outside_the_windows_of_other_folds_counts_nowhere(birds, tmp_path):
    # Of each recording 1 s and 6.5 s are kept: the second is too short for half a window of 3 s.
    assert manifest(birds, tmp_path / "all.csv", window=3).left_out == pytest.approx(4.0)
    assert manifest(birds, tmp_path / "one.csv", window=3, folds="1").left_out == pytest.approx(2.0)


@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_stretches_of_other_folds_share_no_copies(birds, tmp_path, form):
    upsample(birds, below=2, rating_weights=True)
    assert manifest(birds, tmp_path / f"all.{form}").shares.surplus == 3
    assert manifest(birds, tmp_path / f"one.{form}", folds="1").shares.surplus == 1


@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_whole_files_are_wanted_of_the_chosen_folds_alone(birds, tmp_path, form):
    with birds.writing("test", {}):
        cuts.replace(birds.store, 1, "test", [])
        cuts.replace(birds.store, 4, "test", [])
    assert manifest(birds, tmp_path / f"m.{form}", audio="clean", folds="0").recordings == 2


#: Formats that say the label of a recording, and those that say it next to its annotations.
ALONE = {"birdclef", "card", "croissant"}
BOTH = {"audiofolder", "huggingface", "label-studio", "webdataset"}


@pytest.mark.parametrize("form", sorted(WRITERS))
def test_classes_are_those_that_the_export_holds(birds, tmp_path, form):
    with birds.writing("test", {}):
        give_place_and_time(birds)
        cuts.replace(birds.store, 1, "test", [])
    out = tmp_path / name_of(form)
    summary = manifest(birds, out, format=form, layer="annotations", folds="0")
    # `a` is an owl with two wrens and a jay; nobody annotated `d`.
    assert summary.labels == (1 if form in ALONE else 3 if form in BOTH else 2)
    assert summary.unlabelled == 0


@pytest.mark.parametrize("form", sorted(WRITERS.keys() - ALONE - BOTH))
def test_rows_without_a_label_are_those_of_the_export(birds, tmp_path, form):
    with birds.writing("test", {}):
        give_place_and_time(birds)
        cuts.replace(birds.store, 1, "test", [])
        birds.store.run("DELETE FROM labels WHERE recording = 1")
    summary = manifest(birds, tmp_path / name_of(form), format=form, layer="annotations", folds="0")
    assert summary.unlabelled == 0
