"""What is kept is one thing for split, upsample, windows and the manifest; folds hang on no order."""

from __future__ import annotations

import csv
from collections import Counter

import pytest

from curate.catalogue import cuts
from curate.catalogue.dataset import Dataset
from curate.cli._app import main
from curate.formats.tables.csv import read_manifest
from curate.model import Cut
from curate.steps.acquire.import_ import import_
from curate.steps.balance.split import split
from curate.steps.balance.upsample import upsample
from curate.steps.balance.windows import windows
from curate.steps.clean.dedupe import dedupe
from curate.steps.export.manifest import manifest
from curate.steps.inspect.explain import explain
from curate.steps.inspect.status import status
from curate.steps.review.undo import undo
from tests.archive import assigned, dataset_of, register, row, rows_of
from tests.datasets import write_tone
from tests.engines import in_a_thread

SECONDS = 30.0


def cut(dataset, numbers, *spans):
    with dataset.noting() as store:
        for number in numbers:
            cuts.replace(store, number, "review", [Cut(*span, "excise", "cut", None, "t") for span in spans])


@pytest.fixture
def archive(tmp_path):
    """Four wrens, the first half of which is cut whole, and thirty owls, of which six are."""
    rows = [row(n, "wren" if n < 4 else "owl") for n in range(34)]
    with dataset_of(tmp_path / "birds", rows) as dataset:
        split(dataset, folds=2)
        cut(dataset, [1, 2, *range(5, 11)], (0.0, SECONDS))
        yield dataset


def training(rows):
    counts = Counter()
    for each in rows:
        counts[each.label] += each.copies
    return counts


def mean_weight(rows):
    return sum(each.weight * each.copies for each in rows) / sum(each.copies for each in rows)


def test_of_what_nothing_is_left_counts_nowhere(archive, tmp_path):
    summary = upsample(archive, below=20, max_repeats=10, cap=24, weights="sqrt")
    assert {each.label: (each.before, each.after) for each in summary.classes} == {
        "wren": (2, 20),
        "owl": (24, 24),
    }
    rows = rows_of(archive, tmp_path)
    assert training(rows) == {"wren": 20, "owl": 24}
    assert mean_weight(rows) == pytest.approx(1, abs=1e-5)
    assert windows(archive, length=5).recordings == 26
    assert split(archive, folds=2, reset=True).recordings == 26


@pytest.mark.parametrize("length", [None, 5])
def test_classes_that_would_be_counted_otherwise_by_now_are_named(tmp_path, length, capsys):
    rows = [row(n, "owl" if n < 6 else "wren", recordist=str(n)) for n in range(8)]
    with dataset_of(tmp_path / "birds", rows) as dataset:
        split(dataset, folds=2)
        if length:
            windows(dataset, length=length)
        upsample(dataset, below=4, target=5, cap=5)

        def told():
            return manifest(dataset, tmp_path / "m.csv").counted_otherwise

        assert told() == []
        cut(dataset, [1], (0.0, 2.0))  # a stretch of an owl
        assert told() == []  # as many rows as before: with windows, more than the cap
        cut(dataset, [8], (0.0, SECONDS))  # all of a wren
        assert told() == ["wren"]
        command = ["manifest", "-d", str(dataset.folder), "-o", str(tmp_path / "n.csv")]
        assert main(command) == 0
        assert "upsample would count 1 class otherwise by now (wren): run it again as before" in (
            capsys.readouterr().out
        )
        upsample(dataset, below=4, target=5, cap=5)
        assert told() == []


def test_where_all_classes_are_rare_they_are_raised_to_the_largest(tmp_path):
    labels = ["a"] + ["b"] * 2 + ["c"] * 3 + ["d"] * 3
    with dataset_of(tmp_path / "birds", [row(n, label) for n, label in enumerate(labels)]) as dataset:
        split(dataset, folds=2)
        summary = upsample(dataset, below=20)
        assert (summary.rows_before, summary.rows_after, summary.target) == (9, 12, 3)
        assert (summary.ratio_before, summary.ratio_after) == (3, 1)
        assert upsample(dataset, below=20, target=20).rows_after == 5 + 10 + 15 + 15


def test_a_recording_of_which_nothing_is_left_stays_for_no_copy(tmp_path):
    rows = [row(n) for n in range(2)]
    with in_a_thread(), dataset_of(tmp_path / "birds", rows, sha256=["a" * 64] * 2) as dataset:
        dedupe(dataset, sound=False)
        assert len(rows_of(dataset, tmp_path)) == 1
        cut(dataset, [1], (0.0, SECONDS))
        dedupe(dataset, sound=False)
        assert [each.recording_id for each in rows_of(dataset, tmp_path)] == ["xeno-canto:1"]


@pytest.mark.parametrize("secondary", [False, True])
@pytest.mark.parametrize("weights", ["sqrt", "inverse", "effective"])
def test_weights_have_a_mean_of_one_whatever_is_counted(tmp_path, weights, secondary):
    rows = [row(n, f"c{n % 3}", secondary_labels=("c0",) if n % 4 else ("c1", "c2")) for n in range(40)]
    with dataset_of(tmp_path / "birds", rows) as dataset:
        split(dataset, folds=2)
        upsample(dataset, below=30, weights=weights, count_secondary=secondary)
        assert mean_weight(rows_of(dataset, tmp_path)) == pytest.approx(1, abs=1e-5)


def test_copies_of_a_recording_in_stretches_are_as_many_as_of_one_in_one_piece(tmp_path):
    rows = [row(n, "wren" if n < 2 else "owl") for n in range(32)]
    with dataset_of(tmp_path / "birds", rows) as dataset:
        split(dataset, folds=2)
        cut(dataset, [1, 3, 4], (2.0, 3.0))
        upsample(dataset, below=10, max_repeats=5)
        found = rows_of(dataset, tmp_path, audio="raw")
        assert training(found) == {"wren": 10, "owl": 32}
        assert sum(each.copies * each.weight for each in found) == pytest.approx(40)
        assert sorted(each.copies for each in found if each.label == "wren") == [2, 3, 5]
        summary = manifest(dataset, tmp_path / "m.csv", audio="raw")
        assert summary.shares.surplus == 2  # the owls' second stretches: both share the weight of one


def test_a_stretch_that_is_too_short_for_a_frame_goes_with_the_cut_and_takes_no_copies(tmp_path):
    rows = [row(n, "wren" if n < 1 else "owl") for n in range(9)]
    with dataset_of(tmp_path / "birds", rows) as dataset:
        split(dataset, folds=2)
        cut(dataset, [1], (2.0, SECONDS - 0.01))
        upsample(dataset, below=4, max_repeats=5)
        summary = manifest(dataset, tmp_path / "m.csv", audio="raw")
        assert training(read_manifest(tmp_path / "m.csv")) == {"wren": 4, "owl": 8}
        assert (summary.too_short, summary.shares.surplus) == (0, 0)
        assert status(dataset).cut_seconds == pytest.approx(SECONDS - 2.0)


def test_what_is_too_short_for_a_frame_goes_out_nowhere(tmp_path):
    rows = [row(n, "owl") for n in range(4)]
    with dataset_of(tmp_path / "birds", rows, seconds=[6.0, 6.0, 6.0, 0.02]) as dataset:
        cut(dataset, [1], (0.02, 6.0))
        windows(dataset, length=1.0)
        for options in ({}, {"audio": "raw"}, {"audio": "clean"}, {"dry_run": True}, {"window": 0.5}):
            summary = manifest(dataset, tmp_path / "m.csv", **options)
            assert (summary.recordings, summary.too_short) == (2, 2), options
        assert windows(dataset, length=1.0).recordings == split(dataset, folds=2).recordings == 2
        assert (status(dataset).kept, status(dataset).kept_seconds) == (2, 12.0)
        assert not explain(dataset, "xeno-canto:0").goes_out
        assert explain(dataset, "xeno-canto:3").lost == {"too short: less than 25 ms": 0.02}
        for options in ({}, {"audio": "raw"}, {"folds": "0,1"}):
            assert manifest(dataset, tmp_path / "m.csv", **options).unfolded == 0, options


@pytest.mark.parametrize("form", ["nemo", "lhotse", "kaldi", "raven", "audacity", "opensoundscape"])
def test_a_format_without_a_place_for_copies_is_told_of(tmp_path, form):
    rows = [row(n, "wren" if n < 2 else "owl") for n in range(12)]
    with dataset_of(tmp_path / "birds", rows) as dataset:
        split(dataset, folds=2)
        upsample(dataset, below=8, max_repeats=5, weights="sqrt")
        summary = manifest(dataset, tmp_path / "out", format=form, dry_run=True)
        assert (summary.no_copies, summary.no_weights) == (2, 12)
        assert manifest(dataset, tmp_path / "m.csv").no_copies == 0
        repeated = manifest(dataset, tmp_path / "out", format=form, repeat=True, dry_run=True)
        assert (repeated.rows, repeated.no_copies) == (18, 0)


def test_folds_and_copies_do_not_hang_on_the_order_of_the_import(tmp_path):
    rows = [row(n, f"class{n % 4}", recordist=f"Recordist {n // 2}", rating=3.0) for n in range(60)]
    hashes = [f"{n * 7919 % 997:064x}" for n in range(60)]
    found = []
    for name, order in (("one", range(60)), ("two", [*range(30, 60), *reversed(range(30))])):
        with dataset_of(tmp_path / name, [], sha256=[]) as dataset:
            for n in order:
                register_as(dataset, rows[n], hashes[n], n)
            split(dataset, folds=3)
            upsample(dataset, below=17, weights="sqrt")
            sql = "SELECT archive_id FROM recordings ORDER BY id"
            ids = [int(archive_id) for (archive_id,) in dataset.store.rows(sql)]
            columns = zip(ids, assigned(dataset), assigned(dataset, "copies"), strict=True)
            found.append(sorted(columns))
    assert found[0] == found[1]


def register_as(dataset, one, digest, n):
    """Register one recording under an id that does not follow the order of the import."""
    register(dataset, [one], sha256=[digest])
    with dataset.noting() as store:
        newest = "(SELECT max(id) FROM recordings)"
        store.run(f"UPDATE recordings SET archive_id = ? WHERE id = {newest}", (f"{n + 1000}",))


def test_a_birdclef_folder_says_folds_copies_and_weights_by_file_name(tmp_path):
    for number in range(8):
        write_tone(
            tmp_path / "in" / ("owl" if number else "wren") / f"{number}.wav", freq=2000 + 200 * number
        )
    with in_a_thread(), Dataset(tmp_path / "birds") as dataset:
        import_(dataset, tmp_path / "in")
        out = tmp_path / "out" / "train.csv"
        manifest(dataset, out, format="birdclef")
        assert not (tmp_path / "out" / "folds.csv").exists()
        split(dataset, folds=2)
        upsample(dataset, below=4, max_repeats=3, weights="sqrt")
        summary = manifest(dataset, out, format="birdclef")
        assert (summary.no_copies, summary.no_weights) == (0, 0)
        with (tmp_path / "out" / "folds.csv").open(newline="") as file:
            found = list(csv.DictReader(file))
        with out.open(newline="") as file:
            assert [row["filename"] for row in csv.DictReader(file)] == [row["filename"] for row in found]
        wanted = rows_of(dataset, tmp_path)
        columns = ("fold", "copies", "weight")
        assert [[float(row[name]) for name in columns] for row in found] == [
            [getattr(row, name) for name in columns] for row in wanted
        ]
        assert {row["primary_label"]: row["copies"] for row in found} == {"owl": "1", "wren": "3"}
        folds_table = (tmp_path / "out" / "folds.csv").read_text()
        undo(dataset, "split")
        manifest(dataset, out, format="birdclef")
        assert not (tmp_path / "out" / "folds.csv").exists()
        (tmp_path / "folds.csv").write_text(folds_table)
        split(dataset, folds=2)
        # Which `split --from` reads: by another person's hand, the same folds.
        with Dataset(tmp_path / "other") as other:
            import_(other, tmp_path / "in")
            told = split(other, folds=2, from_=tmp_path / "folds.csv")
            assert (told.kept, told.unmatched) == (8, 0)
            assert assigned(other) == assigned(dataset)
