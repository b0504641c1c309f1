"""`curate upsample`: only after a split, only where it trains, exact, and in the manifest."""

from __future__ import annotations

from collections import Counter

import pytest

from curate.catalogue import cuts, layers
from curate.errors import UsageError
from curate.formats.tables.csv import read_manifest
from curate.model import Cut, Segment
from curate.steps.balance.split import split
from curate.steps.balance.upsample import upsample
from curate.steps.export.manifest import manifest
from tests.archive import assigned, dataset_of, register, row, rows_of


@pytest.fixture
def archive(tmp_path):
    """Thirty owls, ten frogs (one rated best), two wrens: divided into training and validation."""
    labels = ["owl"] * 30 + ["frog"] * 10 + ["wren"] * 5
    rows = [row(n, label, rating=5.0 if n == 30 else 3.0) for n, label in enumerate(labels)]
    with dataset_of(tmp_path / "birds", rows) as dataset:
        split(dataset, valid=0.2)
        yield dataset


def training(rows):
    """Rows of each class that train, copies counted."""
    counts = Counter()
    for found in rows:
        if found.fold == -1:
            counts[found.label] += found.copies
    return counts


def test_rare_classes_are_raised_and_common_ones_capped_in_the_manifest(archive, tmp_path):
    summary = upsample(archive, below=20, max_repeats=4, cap=21)
    rows = rows_of(archive, tmp_path)
    assert training(rows) == {"owl": 21, "frog": 20, "wren": 16}
    assert {found.label: (found.before, found.after) for found in summary.classes} == {
        "frog": (8, 20),
        "owl": (24, 21),
        "wren": (4, 16),
    }
    assert (summary.raised, summary.capped, summary.short) == (2, 1, 1)
    assert all(found.copies == 1 for found in rows if found.fold != -1)


def test_classes_that_may_not_repeat_stay_below_and_are_counted(archive):
    assert upsample(archive, below=20, max_repeats=1).short == 2


def test_repeated_rows_are_as_many_as_copies(archive, tmp_path):
    upsample(archive, below=20)
    counted = rows_of(archive, tmp_path)
    repeated = rows_of(archive, tmp_path, repeat=True)
    assert {found.copies for found in repeated} == {1}
    names = Counter(found.recording_id for found in repeated)
    assert names == {found.recording_id: found.copies for found in counted}


def test_rows_above_the_cap_are_left_out_and_told(archive, tmp_path):
    upsample(archive, below=0, cap=6)
    assert manifest(archive, tmp_path / "m.csv").unused == 20
    assert training(read_manifest(tmp_path / "m.csv")) == {"owl": 6, "frog": 6, "wren": 4}
    assert manifest(archive, tmp_path / "valid.csv", folds="0").unused == 0


def test_before_the_split_it_is_refused_with_the_reason(tmp_path):
    with dataset_of(tmp_path / "birds", [row(0), row(1)]) as dataset:
        with pytest.raises(UsageError, match="end up on both sides") as error:
            upsample(dataset)
        assert "curate split" in error.value.hint


def test_recordings_added_since_the_split_are_told(archive):
    register(archive, [row(99)])
    with pytest.raises(UsageError, match="1 of 46 recordings lack a fold"):
        upsample(archive)


def test_a_second_run_counts_anew_and_zero_takes_it_back(archive):
    upsample(archive, below=20, weights="sqrt")
    upsample(archive, below=20, weights="sqrt")
    assert Counter(assigned(archive, "copies"))[1] < 45
    upsample(archive, below=0)
    assert set(assigned(archive, "copies")) == {1}
    assert set(assigned(archive, "weight")) == {1.0}


def test_the_same_seed_gives_the_same_rows(archive):
    upsample(archive, below=20, cap=21, seed=1)
    first = assigned(archive, "copies")
    upsample(archive, below=0)
    upsample(archive, below=20, cap=21, seed=1)
    assert assigned(archive, "copies") == first


def test_weights_are_of_classes_times_ratings(archive):
    upsample(archive, below=0, weights="inverse", rating_weights=True)
    folds, weights = assigned(archive), assigned(archive, "weight")
    trained = [weight for fold, weight in zip(folds, weights, strict=True) if fold == -1]
    assert sum(trained) / len(trained) == pytest.approx(1, abs=1e-5)
    best, other = weights[30], next(weights[n] for n in range(31, 40) if folds[n] == -1)
    if folds[30] == -1:
        assert best / other == pytest.approx(6 / 4, abs=1e-4)
    owls, frogs = ([weights[n] for n in group if folds[n] == -1] for group in (range(30), range(31, 40)))
    assert owls[0] / frogs[0] == pytest.approx(8 / 24, abs=1e-4)
    assert len({*owls}) == len({*frogs}) == 1
    assert all(weight == 1.0 for fold, weight in zip(folds, weights, strict=True) if fold == 0)


@pytest.mark.parametrize("weights", [None, "sqrt", "inverse"])
def test_weights_by_rating_have_a_mean_of_one_over_all_rows_that_train(archive, tmp_path, weights):
    summary = upsample(archive, below=20, weights=weights, rating_weights=True)
    rows = [found for found in rows_of(archive, tmp_path) if found.fold == -1]
    copies = sum(found.copies for found in rows)
    assert sum(found.copies * found.weight for found in rows) / copies == pytest.approx(1, abs=1e-5)
    told = sum(each.after * each.weight for each in summary.classes)
    assert told / copies == pytest.approx(1, abs=1e-5)


def test_with_five_folds_all_train_unless_one_is_named(tmp_path):
    rows = [row(n, "frog") for n in range(10)]
    with dataset_of(tmp_path / "birds", rows) as dataset:
        split(dataset, folds=5)
        upsample(dataset, below=20)
        assert assigned(dataset, "copies") == [2] * 10
        summary = upsample(dataset, below=20, fold=3)
        folds, copies = assigned(dataset), assigned(dataset, "copies")
        assert sum(n for fold, n in zip(folds, copies, strict=True) if fold != 3) == 20
        assert {n for fold, n in zip(folds, copies, strict=True) if fold == 3} == {1}
        assert summary.left_alone == 2
        with pytest.raises(UsageError, match="unknown fold to validate on: 7"):
            upsample(dataset, fold=7)


def test_the_test_set_is_never_touched(tmp_path):
    rows = [row(n, "frog") for n in range(10)]
    with dataset_of(tmp_path / "birds", rows) as dataset:
        split(dataset, folds=2, test=0.2)
        upsample(dataset, below=50)
        tests = [
            n for fold, n in zip(assigned(dataset), assigned(dataset, "copies"), strict=True) if fold == -2
        ]
    assert tests == [1, 1]


def test_the_histogram_counts_every_class_before_and_after(archive):
    histogram = upsample(archive, below=20, dry_run=True).histogram
    assert sum(found.before for found in histogram) == sum(found.after for found in histogram) == 3
    assert [(found.low, found.high) for found in histogram][-1] == (20, 49)
    assert set(assigned(archive, "copies")) == {1}


def test_a_new_division_takes_copies_back(archive):
    upsample(archive, below=20)
    assert split(archive, folds=5, reset=True).balance_lost
    assert set(assigned(archive, "copies")) == {1}


@pytest.fixture
def marked(archive):
    """The first recording of each class, by number, has ten marks of half a second, all others have one."""
    with archive.writing("test", {}):
        layer = layers.define(archive.store, "calls", producer="test", version="1", parameters={})
        first = {1, 31, 41}
        for number in range(1, 46):
            label = "owl" if number <= 30 else "frog" if number <= 40 else "wren"
            marks = [Segment(at / 2, at / 2 + 0.5, label) for at in range(10 if number in first else 1)]
            layers.put(archive.store, number, layer, marks, digest="d")
    return archive


def test_annotations_share_the_copies_of_their_recording(marked, tmp_path):
    summary = upsample(marked, below=20, max_repeats=4, cap=21)
    with marked.writing("test", {}):  # frog 31 becomes two stretches, and one of its marks is gone
        cuts.replace(marked.store, 31, "trim", [Cut(2.0, 2.5, "excise", "silence", None, "trim")])
    told = manifest(marked, tmp_path / "m.csv", layer="calls", audio="raw")
    rows = list(read_manifest(tmp_path / "m.csv"))
    trained, marks = Counter(), Counter()
    for found in rows:
        marks[found.path] += 1
        if found.fold == -1:
            trained[found.label] += found.copies * found.weight
    assert {label: round(number, 3) for label, number in trained.items()} == {
        found.label: found.after for found in summary.classes
    }
    assert told.shares.surplus > 0
    assert marks["/audio/frog/30.wav"] == 9  # each is a row all the same
    repeated = manifest(marked, tmp_path / "m.csv", layer="calls", audio="raw", repeat=True)
    assert repeated.rows == sum(found.copies for found in rows)


def test_windows_that_upsample_did_not_count_are_told(archive, tmp_path):
    assert not manifest(archive, tmp_path / "m.csv", window=5).windows_uncounted
    upsample(archive, below=20)
    assert manifest(archive, tmp_path / "m.csv", window=5).windows_uncounted
    assert not manifest(archive, tmp_path / "m.csv").windows_uncounted
