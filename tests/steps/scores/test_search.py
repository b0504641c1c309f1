"""`curate search`: examples and answers become scores, a layer, a table and questions."""

from __future__ import annotations

import csv
import json

import numpy as np
import pytest

from curate.catalogue import cuts, layers, verdicts
from curate.catalogue.dataset import Dataset
from curate.cli._app import main
from curate.errors import NotInCatalogue, UsageError
from curate.model import Verdict
from curate.steps.acquire.import_ import import_
from curate.steps.common.settle_verdicts import settle
from curate.steps.review.review import review_export, review_import
from curate.steps.review.undo import undo
from curate.steps.scores.embed import embed
from curate.steps.scores.search import search
from curate.web import queues
from tests import signals
from tests.datasets import write_sound
from tests.engines import in_a_thread
from tests.steps.scores.test_embed import MODEL, SR, birds, song

__all__ = ["birds"]


def answer(dataset, recording, onset, offset, judgement, name="owls"):
    with dataset.noting() as store:
        return verdicts.add(store, recording, Verdict(onset, offset, judgement, "ana", "2026-01-01", name))


def segments(dataset, layer):
    number = layers.find_number(dataset.store, layer)
    return {
        recording: [(each.onset, each.label) for each in found]
        for recording, found in layers.segments_by_recording(dataset.store, number)
    }


def test_the_best_are_of_the_example_s_class_and_stand_in_a_layer_and_in_the_queue(birds):
    embed(birds)
    summary = search(birds, "owls", like="owl/0.wav@0", max_items=4, ask=3)
    assert [each.label for each in summary.found] == ["owl"] * 4
    assert (summary.like, summary.unlike, summary.windows, summary.recordings) == (1, 0, 12, 6)
    assert summary.likely == sum(map(len, segments(birds, "search-owls").values())) > 0
    assert len(summary.asked) == sum(map(len, segments(birds, "search").values())) == 3
    assert {label for found in segments(birds, "search").values() for _, label in found} == {"owls"}
    assert queues.items(birds.store, "search", n=9, reviewer="ana")
    with pytest.raises(UsageError, match="lacks an example"):
        search(birds, "wrens")


def test_the_queue_goes_out_and_comes_back_as_answers_to_the_search(birds, tmp_path):
    embed(birds, hop=6.0)
    search(birds, "owls", like="owl/0.wav@0", ask=6)
    out = tmp_path / "out"
    exported = review_export(birds, out, to="raven", queue="search")
    assert exported.items > 2
    tables = sorted(out.glob("*.selections.txt"))
    assert all("\towls\t" in table.read_text() for table in tables)
    tables[0].write_text(tables[0].read_text().replace("\towls\t", "\tunlike\t"))
    tables[1].write_text(tables[1].read_text().splitlines()[0] + "\n")
    back = review_import(birds, out, reviewer="ana", confirm_untouched=True)
    assert back.problems == []
    assert dict(back.hows) == {"renamed": 1, "deleted": 1, "untouched": exported.items - 2}
    said = [each for _, found in verdicts.by_recording(birds.store) for each in found]
    assert {each.label for each in said} == {"owls"}
    assert sorted(each.judgement for each in said) == ["like"] * (exported.items - 2) + ["unlike"] * 2
    assert list(cuts.by_recording(birds.store)) == []
    again = search(birds, "owls", ask=6)
    assert (again.like, again.unlike) == (1 + exported.items - 2, 2)


def test_answers_are_learnt_from_and_never_asked_again(birds):
    embed(birds)
    first = search(birds, "owls", like=["owl/0.wav"])
    wren = next(each for each in first.asked if each.path.endswith("wren/0.wav") and each.onset == 0)
    number = int(birds.store.value("SELECT recording FROM labels WHERE label = 'wren' ORDER BY 1 LIMIT 1"))
    given = answer(birds, number, 0.0, 3.0, "unlike")
    answer(birds, number, 0.0, 3.0, "like", name="something else")
    again = search(birds, "owls")
    assert (again.like, again.unlike) == (2, 1)
    assert len(again.asked) == len(first.asked) - 1
    assert (wren.path, wren.onset) not in [(each.path, each.onset) for each in again.asked]
    assert search(birds, "owls", unlike="wren/1.wav@0").unlike == 2
    undo(birds, str(given), render=False)
    assert search(birds, "owls").unlike == 1  # the counterexample stays, the answer is gone


def test_a_dropped_recording_is_asked_about_no_more(birds):
    embed(birds)
    first = search(birds, "owls", like="owl/0.wav@0")
    number = int(birds.store.value("SELECT id FROM recordings ORDER BY id LIMIT 1"))
    with birds.noting() as store:
        verdicts.add(store, number, Verdict(0.0, 6.0, "drop", "ana", "2026-01-01"))
        settle(store, number, duration=6.0)
    again = search(birds, "owls")
    assert again.windows == first.windows
    assert len(again.asked) == len(first.asked) - 1  # its other window is the example


def test_a_file_from_elsewhere_is_an_example_from_anywhere(birds, tmp_path, monkeypatch):
    embed(birds)
    write_sound(tmp_path / "elsewhere" / "new.wav", song(4100, 6900, 123), SR)
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert search(birds, "wrens", like=["new.wav"]).found[0].label == "wren"
    monkeypatch.chdir(tmp_path)
    assert search(birds, "wrens").found[0].label == "wren"


@pytest.mark.parametrize("moment", ["", "@1"])
def test_an_example_is_known_after_its_recording_moved(birds, tmp_path, moment):
    embed(birds)
    path = tmp_path / "data" / "wren" / "0.wav"
    before = search(birds, "wrens", like=[f"{path}{moment}"])
    path.rename(path.with_name("moved.wav"))
    import_(birds, [tmp_path / "data"])
    moved = search(birds, "wrens")
    assert [(each.recording_id, each.onset, each.score) for each in moved.found] == [
        (each.recording_id, each.onset, each.score) for each in before.found
    ]
    again = search(birds, "wrens", like=[f"moved.wav{moment}"])  # the same example under its new name
    assert again.like == before.like


def test_what_is_wrong_is_told_before_anything_is_written(birds):
    with pytest.raises(NotInCatalogue, match="vectors are missing"):
        search(birds, "owls", like="owl/0.wav")
    embed(birds)
    with pytest.raises(NotInCatalogue, match="nobody"):
        search(birds, "owls", like="nobody.wav")
    with pytest.raises(UsageError, match="lacks a window at 99"):
        search(birds, "owls", like="owl/0.wav@99")
    with pytest.raises(UsageError, match="needs a name"):
        search(birds, " ", like="owl/0.wav")
    with pytest.raises(UsageError, match="ask must be 0"):
        search(birds, "owls", like="owl/0.wav", ask=-1)
    assert layers.find_number(birds.store, "search-owls") is None
    search(birds, "owls", like="owl/0.wav", dry_run=True)
    assert layers.find_number(birds.store, "search-owls") is None
    embed(birds, model=MODEL)
    with pytest.raises(UsageError, match="several models"):
        search(birds, "owls", like="owl/0.wav")
    search(birds, "owls", like="owl/0.wav", model="spectral")
    assert search(birds, "owls").model == "spectral"  # a search stays with its model


def test_the_table_is_ours_and_the_next_step_is_named(birds, tmp_path, capsys):
    embed(birds)
    out = tmp_path / "owls.csv"
    words = ["search", "owls", "--like", "owl/0.wav@0", "--dataset", str(birds.folder), "-o", str(out)]
    assert main([*words, "--max-items", "3"]) == 0
    assert "curate review --queue search" in capsys.readouterr().out
    with out.open(newline="") as file:
        assert [row["label"] for row in csv.DictReader(file)] == ["owl"] * 3
    assert main([*words, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["layer"] == "search-owls"
    out.write_text("mine\n")
    assert main(words) == 2
    assert out.read_text() == "mine\n"


def test_a_set_whose_recordings_with_vectors_are_gone_is_told(birds):
    with birds.writing("import", {}), birds.store.transaction():
        birds.store.run("UPDATE recordings SET status = 'failed'")
    with pytest.raises((NotInCatalogue, UsageError)) as caught:
        search(birds, "owls", like=["owl/0.wav"])
    assert caught.value.hint


def test_a_set_without_any_sound_is_told(tmp_path):
    write_sound(tmp_path / "data" / "a.wav", np.zeros((1, 4 * SR), np.float32), SR)
    write_sound(tmp_path / "owl.wav", signals.noise(sr=SR, seconds=4), SR)
    with Dataset(tmp_path / "quiet") as quiet, in_a_thread():
        import_(quiet, tmp_path / "data")
        embed(quiet)
        with pytest.raises(NotInCatalogue, match="all windows are silent or lack a vector"):
            search(quiet, "owls", like=tmp_path / "owl.wav")


def test_a_window_that_is_an_example_is_neither_found_nor_asked_about(birds):
    embed(birds)
    summary = search(birds, "owls", like=["owl/0.wav@0"], unlike=["owl/1.wav"], max_items=50, ask=50)
    told = {(each.recording_id, each.onset) for each in [*summary.found, *summary.asked]}
    assert not told & {("local:owl/0.wav", 0.0), ("local:owl/1.wav", 0.0)}
    assert "local:owl/1.wav" not in {name for name, _ in told}
    assert "local:owl/0.wav" in {name for name, _ in told}  # its second window
