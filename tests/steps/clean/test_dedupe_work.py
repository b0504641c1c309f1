"""What people said of one of several copies is heard: that one stays, or its name is told."""

from __future__ import annotations

import csv
import json
import shutil
from dataclasses import asdict

import numpy as np
import pytest

from curate.catalogue import cuts, verdicts
from curate.catalogue.dataset import Dataset
from curate.cli._app import main
from curate.decisions.duplicates import Copy, rank
from curate.model import Verdict
from curate.steps.acquire.import_ import import_
from curate.steps.clean.dedupe import dedupe
from curate.steps.common.settle_verdicts import settle
from curate.steps.export.manifest import manifest
from curate.steps.review.cut import cut
from curate.steps.review.keep import keep
from curate.steps.review.undo import undo
from tests.datasets import write_sound
from tests.songs import song

pytestmark = pytest.mark.usefixtures("thread")


@pytest.fixture
def birds(tmp_path):
    """A song of 8 s as a.wav and b.wav, and c.wav at half its rate: a, which sorts first, would stay."""
    y = song(1, seconds=8.0)
    write_sound(tmp_path / "in" / "owl" / "a.wav", y, 32000)
    shutil.copy(tmp_path / "in" / "owl" / "a.wav", tmp_path / "in" / "owl" / "b.wav")
    write_sound(tmp_path / "in" / "owl" / "c.wav", y[:, ::2], 16000)
    with Dataset(tmp_path / "birds") as dataset:
        import_(dataset, tmp_path / "in")
        yield dataset


def dropped(dataset):
    names = dict(dataset.store.rows("SELECT id, archive_id FROM recordings"))
    made = cuts.by_recording(dataset.store, "dedupe")
    return {names[number].removeprefix("owl/") for number, found in made if found[0].action == "drop"}


def marked(tmp_path, *names):
    """Write a table of two annotations for each file."""
    table = tmp_path / f"marks-{len(names)}.csv"
    with table.open("w", newline="", encoding="utf-8") as file:
        rows = [(f"owl/{name}", on, on + 1, "wren") for name in names for on in (1, 3)]
        csv.writer(file).writerows([("file", "onset", "offset", "label"), *rows])
    return table


def test_of_equal_copies_the_one_stays_that_a_person_cut(birds):
    cut(birds, "b.wav", 2.0, 3.0)
    summary = dedupe(birds)
    assert dropped(birds) == {"a.wav", "c.wav"}
    assert summary.unheeded == []


def test_a_verdict_after_dedupe_changes_which_one_stays_and_undo_changes_it_back(birds, tmp_path):
    dedupe(birds)
    assert dropped(birds) == {"b.wav", "c.wav"}
    cut(birds, "b.wav", 2.0, 3.0)
    assert dropped(birds) == {"a.wav", "c.wav"}
    summary = manifest(birds, tmp_path / "m.csv", audio="raw")
    assert (summary.recordings, summary.seconds) == (1, pytest.approx(7.0))
    undo(birds, "last", render=False)
    assert dropped(birds) == {"b.wav", "c.wav"}


@pytest.mark.parametrize("is_before", [True, False])
def test_of_copies_one_stays_though_the_one_they_are_compared_with_is_cut_away(birds, is_before):
    """a.wav stands for b.wav, which has its bytes: c.wav is compared with it alone."""
    if is_before:
        cut(birds, "a.wav", 0.0, 8.0)
    summary = dedupe(birds)
    if not is_before:
        cut(birds, "a.wav", 0.0, 8.0)
        summary = dedupe(birds)
    assert dropped(birds) == {"c.wav"}
    assert (summary.recordings, summary.clusters, summary.dropped, summary.evidence) == (2, 1, 1, {})
    undo(birds, "last", render=False)
    assert dropped(birds) == {"b.wav", "c.wav"}


def test_a_recording_with_an_announcement_that_is_cut_is_the_same_as_one_without(birds, tmp_path):
    own, said = song(2, seconds=8.0), song(3, seconds=10.0)
    write_sound(tmp_path / "in" / "owl" / "e.wav", own, 32000)
    write_sound(tmp_path / "in" / "owl" / "f.wav", np.concatenate([said, own], axis=1), 32000)
    import_(birds, tmp_path / "in")
    dedupe(birds)
    assert dropped(birds) == {"b.wav", "c.wav"}
    cut(birds, "f.wav", 0.0, 10.0)
    assert dropped(birds) == {"b.wav", "c.wav", "e.wav"}
    dedupe(birds)
    assert dropped(birds) == {"b.wav", "c.wav", "e.wav"}
    undo(birds, "last", render=False)
    assert dropped(birds) == {"b.wav", "c.wav"}


def test_pieces_of_a_tape_that_were_divided_before_are_told_until_the_folds_are_made_anew(tmp_path, capsys):
    tape = song(5, seconds=20.0)
    for name, low in (("p", 0), ("q", 8)):
        write_sound(tmp_path / "in" / "owl" / f"{name}.wav", tape[:, low * 32000 : (low + 12) * 32000], 32000)
    here = ["-d", str(tmp_path / "birds")]
    told = "1 cluster is in several folds"

    def said(*words):
        assert main([*words, *here]) == 0
        return capsys.readouterr().out

    said("import", str(tmp_path / "in"))
    divide = ["split", "--folds", "2", "--group", ""]
    said(*divide)
    assert told in said("dedupe")
    assert told in said("dedupe")  # nothing to do
    export = ["manifest", "-o", str(tmp_path / "m.csv")]
    assert told in said(*export)
    said("cut", "p.wav", "0", "12")
    assert told not in said(*export)
    said("undo", "last")
    assert told in said(*export)
    assert "1 group is in several folds" in said(*divide)
    said(*divide, "--reset")
    assert told not in said(*export)


def test_what_leaks_is_known_though_a_person_cut_it_away_before(birds, tmp_path):
    shutil.copytree(tmp_path / "in", tmp_path / "test")
    for name in "ac":
        cut(birds, f"{name}.wav", 0.0, 8.0)
    assert dedupe(birds, against=tmp_path / "test").leaks == 1
    assert dropped(birds) == {"b.wav"}
    undo(birds, "last", render=False)
    assert dropped(birds) == {"b.wav", "c.wav"}


@pytest.mark.parametrize("is_first", [True, False])
def test_of_equal_copies_the_one_stays_that_people_annotated(birds, tmp_path, is_first):
    if is_first:
        dedupe(birds)
    import_(birds, marked(tmp_path, "b.wav"), audio_folder=tmp_path / "in", format="annotation-table")
    if not is_first:
        dedupe(birds)
    assert dropped(birds) == {"a.wav", "c.wav"}
    carried = manifest(birds, tmp_path / "m.csv", layer="annotations").carried
    assert (carried.annotations, carried.dropped) == (2, 0)
    assert dedupe(birds).dropped == 2
    assert dropped(birds) == {"a.wav", "c.wav"}


def test_work_on_a_copy_that_goes_is_told_in_every_run(birds, tmp_path, capsys):
    cut(birds, "c.wav", 2.0, 3.0)
    import_(
        birds, marked(tmp_path, "c.wav", "b.wav"), audio_folder=tmp_path / "in", format="annotation-table"
    )
    for _ in range(2):
        summary = dedupe(birds)
        assert [asdict(each) for each in summary.unheeded] == [
            {"recording_id": "local:owl/c.wav", "verdicts": 1, "annotations": 2}
        ]
    birds.close()
    capsys.readouterr()
    assert main(["dedupe", "-d", str(birds.folder)]) == 0
    assert (
        "1 verdict and 2 annotations go with dropped recordings: local:owl/c.wav." in capsys.readouterr().out
    )
    assert main(["dedupe", "-d", str(birds.folder), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["unheeded"][0]["verdicts"] == 1


def test_what_a_person_keeps_is_not_counted_as_dropped(birds):
    keep(birds, "c.wav", 0.0, 8.0)
    summary = dedupe(birds)
    assert (summary.dropped, dropped(birds)) == (1, {"b.wav"})


def test_verdicts_that_change_nothing_of_a_recording_choose_no_copy(birds):
    dedupe(birds)
    with birds.noting() as store:
        verdicts.add(store, 2, Verdict(0.0, 1.0, "like", "ada", "2026"))
        settle(store, 2, duration=8.0)
    assert dropped(birds) == {"b.wav", "c.wav"}


def test_better_sound_comes_before_more_work():
    plain, worked = Copy(1, "a", sr=48000), Copy(2, "b", sr=32000, verdicts=3, annotations=4)
    assert rank(plain) < rank(worked)
    assert rank(Copy(1, "a", rating=5.0)) > rank(Copy(2, "b", rating=1.0, annotations=1))
