"""`curate split`: folds in the catalogue, kept when recordings are added, and told."""

from __future__ import annotations

from dataclasses import replace

import pytest

from curate.catalogue import assignments, cuts
from curate.catalogue.dataset import Dataset
from curate.cli._app import main
from curate.errors import FormatError, NotInCatalogue, UsageError
from curate.formats.tables.csv import read_manifest
from curate.model import Cut
from curate.steps.acquire.import_ import import_
from curate.steps.balance.split import split
from curate.steps.export.manifest import manifest
from tests.archive import assigned, dataset_of, register, row
from tests.datasets import write_tone
from tests.engines import in_a_thread


@pytest.fixture
def archive(tmp_path):
    """Forty recordings of four classes, by twenty people with two each."""
    rows = [row(n, f"class{n % 4}", recordist=f"Recordist {n // 2}") for n in range(40)]
    with dataset_of(tmp_path / "birds", rows) as dataset:
        yield dataset


def test_every_recording_has_a_fold_and_the_manifest_says_it(archive, tmp_path):
    summary = split(archive)
    folds = assigned(archive)
    assert sorted(set(folds)) == [0, 1, 2, 3, 4]
    assert all(folds[n] == folds[n + 1] for n in range(0, 40, 2))
    assert [count.recordings for count in summary.folds] == [8] * 5
    assert (summary.recordings, summary.new, summary.groups, summary.largest) == (40, 40, 20, 2)
    assert summary.divided_groups == 0 < summary.random_divided_groups
    manifest(archive, tmp_path / "m.csv")
    assert [found.fold for found in read_manifest(tmp_path / "m.csv")] == folds


def test_later_recordings_join_their_groups_and_move_nothing(archive):
    split(archive)
    before = assigned(archive)
    register(archive, [row(n, "class0", recordist=f"Recordist {n - 40}") for n in range(40, 50)])
    summary = split(archive)
    after = assigned(archive)
    assert after[:40] == before
    assert after[40:] == [before[2 * n] for n in range(10)]
    assert (summary.kept, summary.new) == (40, 10)


def test_running_again_changes_nothing(archive):
    split(archive, seed=3)
    before = assigned(archive)
    assert split(archive, seed=4).new == 0
    assert assigned(archive) == before


def test_another_division_needs_a_reset(archive):
    split(archive)
    with pytest.raises(UsageError, match=r"divided otherwise already: 0 0\.2") as error:
        split(archive, valid=0.25)
    assert "--reset" in error.value.hint
    summary = split(archive, valid=0.25, reset=True)
    assert {count.name: count.recordings for count in summary.folds} == {"train": 30, "valid": 10}


def test_a_dry_run_writes_nothing(archive):
    assert split(archive, dry_run=True).new == 40
    assert assigned(archive) == [None] * 40


def test_copies_of_a_file_are_one_group_before_anyone_looked_for_duplicates(tmp_path):
    rows = [row(n, f"class{n % 2}") for n in range(10)]
    with dataset_of(tmp_path / "birds", rows, sha256=[f"{n // 2:064x}" for n in range(10)]) as dataset:
        assert split(dataset).groups == 5
        folds = assigned(dataset)
    assert folds[::2] == folds[1::2]


def test_a_fold_of_a_recording_that_is_elsewhere_goes_to_no_other_of_its_name(archive, tmp_path):
    """Recorders at two sites give the same name."""
    table = tmp_path / "folds.csv"
    table.write_text("path,fold\nclass1/1.wav,3\nclass9/1.wav,0\n")
    summary = split(archive, from_=table)
    assert assigned(archive)[1] == 3
    assert (summary.kept, summary.unmatched) == (1, 1)
    assert [(problem.kind, problem.path) for problem in summary.problems] == [("ambiguous", "class9/1.wav")]


def test_a_recording_in_two_folds_is_refused(archive, tmp_path):
    table = tmp_path / "folds.csv"
    table.write_text("path,fold\nclass1/1.wav,3\n/audio/class1/1.wav,0\n")
    with pytest.raises(FormatError, match=r"/audio/class1/1.wav in two folds: 3 and 0"):
        split(archive, from_=table)
    table.write_text("path,fold\nclass1/1.wav,3\n/audio/class1/1.wav,3\n")
    assert split(archive, from_=table).kept == 1


@pytest.mark.parametrize(
    ("folds", "options", "words", "hint"),
    [
        (range(5), {"folds": 3}, "has fold 4, and the folds here are 0, 1, 2", "--folds 5"),
        (range(1, 4), {"folds": 3}, "has fold 3", "count the folds of the table from 0"),
        (range(2), {"valid": 0.2}, "has fold 1, and the folds here are -1, 0", "--folds 2"),
    ],
)
def test_a_table_with_folds_that_are_not_asked_for_is_refused(archive, tmp_path, folds, options, words, hint):
    """They stayed beside those asked for, and what came later filled the ones that the table lacks."""
    rows = [f"{n}.wav,{folds[n % len(folds)]}" for n in range(40)]
    table = tmp_path / "folds.csv"
    table.write_text("\n".join(["filename,fold", *rows]) + "\n")
    with pytest.raises(UsageError, match=words) as error:
        split(archive, from_=table, **options)
    assert hint in error.value.hint
    assert set(assigned(archive)) == {None}


def test_a_table_of_other_recordings_alone_is_refused(archive, tmp_path):
    (tmp_path / "folds.csv").write_text("filename,fold\n0.ogg,0\n1.ogg,1\n")
    with pytest.raises(UsageError, match="names only recordings outside"):
        split(archive, from_=tmp_path / "folds.csv")
    assert set(assigned(archive)) == {None}


def test_dropped_recordings_get_no_fold(archive):
    with archive.writing("test", {}):
        cuts.replace(archive.store, 3, "test", [Cut(0, 30, "drop", "broken", None, "test")])
    assert split(archive).recordings == 39
    assert assigned(archive)[2] is None


def test_given_folds_are_kept_and_their_groups_follow(archive, tmp_path):
    table = tmp_path / "folds.csv"
    table.write_text("recording_id,fold\nxeno-canto:0,4\nxeno-canto:2,4\nxeno-canto:99,1\n")
    summary = split(archive, from_=table)
    assert assigned(archive)[:4] == [4, 4, 4, 4]
    assert (summary.kept, summary.unmatched, summary.unmatched_names) == (2, 1, ["xeno-canto:99"])


def test_names_that_an_export_would_give_to_two_recordings_give_no_fold(tmp_path):
    for at, name in enumerate(("a/b.wav", "a_b.wav", "c/d.wav")):
        write_tone(tmp_path / "in" / name, seconds=0.2, freq=2000 + 300 * at)
    table = tmp_path / "folds.csv"
    table.write_text("filename,fold\nowl/local_a_b.wav.wav,1\nowl/local_c_d.wav.ogg,1\n")
    with in_a_thread(), Dataset(tmp_path / "birds") as dataset:
        import_(dataset, tmp_path / "in")
        summary = split(dataset, from_=table)
        assert (summary.kept, summary.unmatched, assigned(dataset)[2]) == (1, 1, 1)


def test_folds_that_a_table_changes_are_counted_and_what_was_counted_with_them_goes(archive, tmp_path):
    split(archive)
    first, second = assigned(archive)[:2]
    with archive.writing("test", {}):
        assignments.put_shares(archive.store, [(3, None, 1.0, 2)])
    table = tmp_path / "folds.csv"
    table.write_text(f"recording_id,fold\nxeno-canto:0,{first}\n")
    summary = split(archive, from_=table)
    assert (summary.moved, summary.balance_lost) == (0, False)
    table.write_text(f"recording_id,fold\nxeno-canto:0,{first}\nxeno-canto:1,{(second + 1) % 5}\n")
    for dry_run in (True, False):
        assert assignments.are_balanced(archive.store)
        summary = split(archive, from_=table, dry_run=dry_run)
        assert (summary.moved, summary.balance_lost) == (1, True)
    assert not assignments.are_balanced(archive.store)
    assert assigned(archive)[:2] == [first, (second + 1) % 5]
    assert split(archive, from_=table).moved == 0


@pytest.mark.parametrize("name", ["/audio/class1/1.wav", "class1/1.wav", "1.wav"])
def test_a_table_may_name_recordings_by_path(archive, tmp_path, name):
    table = tmp_path / "folds.csv"
    table.write_text(f"filename,fold\n{name},3\n")
    split(archive, from_=table)
    assert assigned(archive)[1] == 3


def test_classes_missing_from_a_fold_are_told(tmp_path):
    rows = [row(n, "owl") for n in range(20)] + [row(20, "rare"), row(21, "rare", recordist="Recordist 20")]
    with dataset_of(tmp_path / "birds", rows) as dataset:
        summary = split(dataset)
        home = str(assigned(dataset)[20])
        assert {name for name, labels in summary.absent.items() if labels == ["rare"]} == set("01234") - {
            home
        }
        assert summary.untrained == {home: ["rare"]}
        again = split(dataset, rare_in_train=2, reset=True)
        assert assigned(dataset)[20:] == [-1, -1]
    assert (again.rare_labels, again.rare, again.untrained) == (["rare"], 2, {})


def test_a_held_out_archive_tests(archive):
    register(archive, [row(n, "class0", archive="csa", recordist="Recordist 0") for n in (40, 41)])
    summary = split(archive, holdout_archive="csa")
    folds = assigned(archive)
    assert [number for number, fold in enumerate(folds) if fold == -2] == [0, 1, 40, 41]
    assert summary.held_out == 4


def test_by_year_the_latest_test(tmp_path):
    rows = [row(n, date=f"{2010 + n}-05-17", recordist="Ada") for n in range(10)]
    with dataset_of(tmp_path / "birds", rows) as dataset:
        split(dataset, valid=0.2, test=0.2, by_year=True)
        assert assigned(dataset) == [-1] * 6 + [0] * 2 + [-2] * 2


def test_by_year_the_test_of_a_set_and_a_table_leave_their_years_divided(tmp_path):
    """A recording in ten was in the test of its set: the years of all of them became the test."""
    parts = [{"split": "test"} if n % 10 == 0 else {} for n in range(100)]
    rows = [row(n, date=f"{2010 + n // 10}-05-17", extra=part) for n, part in enumerate(parts)]
    (tmp_path / "folds.csv").write_text("path,fold\n/audio/owl/95.wav,-1\n")
    with dataset_of(tmp_path / "birds", rows) as dataset:
        split(dataset, valid=0.2, test=0.2, by_year=True, from_=tmp_path / "folds.csv")
        folds = assigned(dataset)
        register(dataset, [row(n, date="2020-01-01") for n in range(100, 103)])
        split(dataset, valid=0.2, test=0.2, by_year=True)
        assert assigned(dataset)[100:] == [-2] * 3
    assert folds[::10] == [-2] * 10
    assert folds.pop(95) == -1
    assert [folds.count(fold) for fold in (-1, 0, -2)] == [54, 18, 27]


def test_by_year_what_a_table_gave_says_nothing_of_its_year_in_later_runs_either(tmp_path):
    rows = [row(n, date=f"{2010 + n}-05-17") for n in range(10)]
    (tmp_path / "folds.csv").write_text("path,fold\n/audio/owl/0.wav,test\n")
    with dataset_of(tmp_path / "birds", rows) as dataset:
        split(dataset, valid=0.2, test=0.2, by_year=True, from_=tmp_path / "folds.csv")
        folds = assigned(dataset)
        register(dataset, [row(10, date="2009-01-01"), row(11, date="2010-01-01")])
        for number in (12, 13):
            split(dataset, valid=0.2, test=0.2, by_year=True)
            assert assigned(dataset) == [*folds, *[-1] * (number - 10)]
            register(dataset, [row(number, date="2010-02-01")])
    assert (folds[0], folds[1], folds[9]) == (-2, -1, -2)


def test_by_year_a_fold_is_empty_only_if_years_are_few_and_that_is_told(tmp_path, capsys):
    rows = [row(n, date=f"{2010 + n % 2}-05-17", recordist="Ada") for n in range(10)]
    with dataset_of(tmp_path / "birds", rows):
        pass
    command = ["split", "-d", str(tmp_path / "birds"), "--valid", "0.2", "--test", "0.2", "--by-year"]
    assert main(command) == 0
    told = capsys.readouterr().out
    assert "empty: test. Each year has one fold, and keeps it. Ask for fewer folds. With more years" in told
    assert "--group" not in told


def test_a_table_of_folds_that_is_none_changes_nothing(archive, tmp_path):
    table = tmp_path / "folds.csv"
    table.write_text("recording_id,label\nxeno-canto:0,owl\n")
    with pytest.raises(FormatError, match="lacks a column of folds"):
        split(archive, from_=table)
    assert assigned(archive) == [None] * 40


@pytest.mark.parametrize(
    "options",
    [
        {"folds": 1},
        {"folds": 5, "valid": 0.2},
        {"group": "recordist,sight"},
        {"site_km": 0.0},
        {"rare_in_train": -1},
        {"holdout_archive": "xenocanto"},
        {"by_year": True, "rare_in_train": 5},
    ],
)
def test_options_that_make_no_sense_are_refused(archive, options):
    with pytest.raises(UsageError):
        split(archive, **options)


def test_without_a_dataset_none_is_made(tmp_path):
    with pytest.raises(NotInCatalogue):
        split(Dataset(tmp_path / "nothing"))
    assert not (tmp_path / "nothing").exists()


# What groups are made by.


def by_site(number, **more):
    return row(number, recordist="", extra={"site": f"site_{'abc'[number % 3]}"}, **more)


@pytest.mark.parametrize("group", [None, "site"])
def test_sites_without_coordinates_stay_together_by_their_names(tmp_path, group):
    with dataset_of(tmp_path / "birds", [by_site(n) for n in range(12)]) as dataset:
        summary = split(dataset, folds=3, group=group)
        folds = assigned(dataset)
    assert summary.groups == 3
    assert folds == 4 * folds[:3]
    assert sorted(folds[:3]) == [0, 1, 2]
    assert summary.group == ["site"]


def test_recordings_whose_place_the_archive_hides_are_divided_by_no_random_point(tmp_path):
    rows = [
        row(n, recordist="Ada", latitude=51.01 + n / 100, longitude=-1.15, extra={"obscured": "yes"})
        for n in range(10)
    ]
    rows += [row(n, recordist="Bob", latitude=51.01 + n / 100, longitude=-1.15) for n in range(10, 20)]
    with dataset_of(tmp_path / "d", rows) as dataset:
        summary = split(dataset, folds=2)
        assert (summary.hidden, summary.groups) == (10, 11)
        assert len(set(assigned(dataset)[:10])) == 1
        assert split(dataset, folds=2, reset=True, group="recordist").hidden == 0


def test_a_key_that_no_recording_tells_is_refused_with_those_that_are_told(tmp_path):
    rows = [row(n, recordist="") for n in range(6)]
    with dataset_of(tmp_path / "birds", rows) as dataset:
        with pytest.raises(UsageError, match="all recordings lack a site or coordinates") as error:
            split(dataset, group="site")
        assert "folder" in error.value.hint
        assert assigned(dataset) == [None] * 6


def test_recordings_that_do_not_tell_a_key_are_counted(tmp_path):
    rows = [row(n, **({"recordist": ""} if n < 2 else {})) for n in range(6)]
    with dataset_of(tmp_path / "birds", rows) as dataset:
        assert split(dataset, folds=2, group="recordist").untold == {"recordist": 2}


def test_recordings_of_a_recorder_about_which_nothing_is_known_are_asked_about(tmp_path):
    rows = [
        replace(row(n, recordist=""), path=f"/audio/{'abc'[n % 3]}/20210605_{n:02}3000.WAV")
        for n in range(12)
    ]
    with dataset_of(tmp_path / "birds", rows) as dataset:
        with pytest.raises(UsageError, match="the place of each recording is unknown") as error:
            split(dataset, folds=3)
        assert "--group folder" in error.value.hint
        assert split(dataset, folds=3, group="folder").groups == 3


def test_without_anything_known_only_the_same_sound_stays_together_and_it_is_told(tmp_path):
    with dataset_of(tmp_path / "birds", [row(n, recordist="") for n in range(6)]) as dataset:
        summary = split(dataset, folds=3)
    assert (summary.groups, summary.group) == (6, [])
    assert summary.untold == {"recordist": 6, "site": 6}


def test_what_a_set_names_its_test_never_trains_even_after_a_reset(tmp_path):
    parts = ["train", "test", "test_5s", "train"]
    rows = [row(n, extra={"split": part}) for n, part in enumerate(parts)]
    with dataset_of(tmp_path / "birds", rows) as dataset:
        for _ in range(2):
            summary = split(dataset, folds=2, reset=True)
            folds = assigned(dataset)
            assert (folds[1:3], sorted([folds[0], folds[3]])) == ([-2, -2], [0, 1])
            assert summary.test_parts == 2


def test_what_ties_a_giant_group_is_told(tmp_path):
    rows = [row(n, recordist="Ada", latitude=1.5, longitude=2.5) for n in range(8)]
    rows += [row(n) for n in range(8, 12)]
    with dataset_of(tmp_path / "one", rows) as dataset:
        assert split(dataset, folds=2).tied_by == "recordist Ada, site 1.5, 2.5"
    same = ["a" * 64] * 4 + ["b", "c"]
    with dataset_of(tmp_path / "two", [row(n) for n in range(6)], sha256=same) as dataset:
        assert split(dataset, folds=2).tied_by.startswith("the same sound: ")
    with dataset_of(tmp_path / "three", [row(n) for n in range(6)]) as dataset:
        assert split(dataset, folds=2).tied_by == ""


def test_folds_of_a_table_go_to_the_recording_with_the_longest_matching_path(tmp_path):
    for site in ("site1", "site2"):
        write_tone(tmp_path / "in" / site / "0530.WAV", seconds=0.2)
    table = tmp_path / "folds.csv"
    table.write_text("path,fold\nD:\\cards\\site2\\0530.wav,1\n0530.wav,0\nsite1/0530.WAV,NA\n")
    with in_a_thread(), Dataset(tmp_path / "birds") as dataset:
        import_(dataset, tmp_path / "in")
        summary = split(dataset, from_=table)
        rows = dataset.store.rows(
            "SELECT r.path, a.fold FROM assignments a JOIN recordings r ON r.id = a.recording"
        )
        folds = {path.split("/")[-2]: fold for path, fold in rows}
    assert (folds["site2"], summary.unmatched) == (1, 1)
