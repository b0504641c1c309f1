"""How far exports differ is what a comparison of each recording says, however much of it was kept before."""

from __future__ import annotations

import random

import pytest

from curate.catalogue import assignments, cuts, exports, listings, recordings, verdicts
from curate.catalogue.dataset import Dataset
from curate.detectors.detect_file import default_settings
from curate.model import AudioInfo, Cut, FileFacts, Row
from curate.steps.common import export_states
from curate.steps.common.export_digests import NOTHING, LayerMarks, Scope, digest_now, state_in
from curate.steps.common.export_states import ExportDifferences, ExportWatch, judge, layer_of
from curate.steps.export.manifest import manifest
from tests.archive import dataset_of
from tests.datasets import write_tone
from tests.fakes import ledgers


def one_by_one(store):
    """Compare every number that there ever was."""
    whole = {each.number: each for each in listings.whole(store)}
    found = {}
    for export in exports.every(store):
        layer = layer_of(export)
        marks = None if layer is None else LayerMarks(store, layer)
        packed = exports.states_of(store, export.number)
        differ = came = 0
        for number in range(1, 200):
            then = state_in(packed, number)
            now = digest_now(store, whole.get(number), marks, Scope.of(export.options))
            differ += then is not None and then != now
            came += then is None and now != NOTHING
        found[export.number] = differ, came
    return found


def some(dataset, draw):
    return draw.choice([number for (number,) in dataset.store.rows("SELECT id FROM recordings")])


def cut(dataset, draw):
    onset = draw.uniform(0, 5)
    made = [Cut(onset, onset + 0.5, "excise", "silence", None, "trim/silence")]
    cuts.replace(dataset.store, some(dataset, draw), "trim", made)


def flag(dataset, draw):
    made = [Cut(1.0, 1.5, "flag", "noise", None, "trim/buzz")] if draw.random() < 0.7 else []
    cuts.replace(dataset.store, some(dataset, draw), "review", made)


def fold(dataset, draw):
    assignments.put_folds(dataset.store, [(some(dataset, draw), draw.randrange(3))])


def come(dataset, draw):
    name = str(draw.random())
    facts = FileFacts(1000, 5, None, AudioInfo(8 * ledgers.SR, ledgers.SR, 1, "ogg", "vorbis"))
    recordings.add(dataset.store, Row(path=f"/new/{name}.ogg"), facts, archive_id=name, folder=dataset.folder)


def rename(dataset, draw):
    recordings.relabel(dataset.store, some(dataset, draw), Row(path="", label=draw.choice(["owl", "rook"])))


def name_class(dataset, draw):
    names = f"Strix {draw.random()}", "owl"
    dataset.store.run("UPDATE taxa SET scientific_name = ? WHERE label = ?", names)


def go(dataset, draw):
    dataset.store.run("DELETE FROM recordings WHERE id = ?", (some(dataset, draw),))


@pytest.mark.parametrize("size", [0, 8_192])
@pytest.mark.parametrize("seed", range(3))
def test_what_is_kept_changes_no_count(tmp_path, monkeypatch, seed, size):
    monkeypatch.setattr(export_states, "SIZE", size)
    monkeypatch.setattr(export_states, "_MANY", 0.5)
    draw = random.Random(seed)
    with Dataset(tmp_path / "birds") as dataset:
        with dataset.writing("test", {}), dataset.store.transaction():
            lengths = ledgers.register(dataset, draw, 60)
            ledgers.listen(dataset, draw, lengths, {"silence": default_settings("silence")})
            ledgers.decide(dataset, draw, lengths)
        manifest(dataset, tmp_path / "plain.csv")
        manifest(dataset, tmp_path / "marked.jsonl", layer="silence")
        manifest(dataset, tmp_path / "part.csv", folds="0,2", skip_flagged=True)
        for _ in range(12):
            with dataset.noting():
                for _ in range(draw.randrange(4)):
                    draw.choice([cut, cut, cut, flag, fold, come, rename, name_class, go])(dataset, draw)
            found = ExportDifferences.of(dataset.store)
            assert found.differences == one_by_one(dataset.store)
            if draw.random() < 0.5:
                with dataset.noting() as store:
                    found.keep(store)
            if draw.random() < 0.2:
                manifest(dataset, tmp_path / "plain.csv")


def states(dataset):
    return {each.path.rsplit("/", 1)[1]: (each.state, each.differ, each.came) for each in judge(dataset)}


def test_an_export_is_stale_only_where_it_would_differ(tmp_path):
    """What a new export would say of each change was worked out by hand: rows go by stretches that stay."""
    rows = [Row(path=f"/a/{number}.ogg", label="owl", archive="xeno-canto") for number in range(6)]
    with dataset_of(tmp_path / "birds", rows, seconds=[30.0] * 6) as dataset:
        with dataset.writing("test", {}) as _, dataset.store.transaction():
            cuts.replace(dataset.store, 1, "trim", [Cut(2.0, 6.0, "excise", "silence", None, "trim/silence")])
            cuts.replace(dataset.store, 2, "trim", [Cut(2.0, 6.0, "flag", "buzz", None, "trim/buzz")])
            assignments.put_folds(dataset.store, [(number, number % 2) for number in range(1, 7)])
            assignments.put_shares(dataset.store, [(0, None, 1.0, 6)])
        options = {
            "all.csv": {},
            "all.jsonl": {"columns": "site"},
            "sure.csv": {"skip_flagged": True},
            "odd.csv": {"folds": "1"},
        }

        def becomes(change, **stale):
            made = {}
            for name, asked in options.items():
                manifest(dataset, tmp_path / name, **asked)
                made[name] = (tmp_path / name).read_bytes()
            with dataset.noting() as store:
                change(store)
            found = states(dataset)
            for name in options:
                word = name.replace(".", "_")
                assert found[name][0] == ("stale" if word in stale else "current"), name
                assert found[name][1:] == stale.get(word, (0, 0)), name
            for name, asked in options.items():
                manifest(dataset, tmp_path / name, **asked)
                assert ((tmp_path / name).read_bytes() != made[name]) == (found[name][0] == "stale"), name

        def cut_of(number, *made):
            return lambda store: cuts.replace(store, number, "trim", list(made))

        def silence(onset, offset, action="excise"):
            return Cut(onset, offset, action, "silence", None, "trim/silence")

        # A flag moves, comes, and goes again.
        becomes(cut_of(2, silence(3.0, 7.0, "flag")))
        becomes(cut_of(4, silence(3.0, 7.0, "flag")), sure_csv=(1, 0))
        becomes(cut_of(4), sure_csv=(1, 0))
        # One cut becomes two that touch, with another reason.
        becomes(cut_of(1, silence(2.0, 5.0), Cut(5.0, 6.0, "excise", "voice", None, "x")))
        becomes(
            cut_of(1, silence(2.0, 6.5)), all_csv=(1, 0), all_jsonl=(1, 0), sure_csv=(1, 0), odd_csv=(1, 0)
        )
        # Of a recording of another fold, and of one that never trains.
        becomes(cut_of(4, silence(1.0, 2.0)), all_csv=(1, 0), all_jsonl=(1, 0), sure_csv=(1, 0))
        becomes(cut_of(6, silence(1.0, 2.0)))


def test_a_birdclef_export_stays_current_where_a_recording_without_a_class_changes(tmp_path):
    """It has no row there. A soundscape goes along, and a recording that got a class would come in."""
    for name in ("owl/1", "2", "train_soundscapes/3"):
        write_tone(tmp_path / "set" / f"{name}.wav", seconds=30.0)
    rows = [("owl/1", "owl"), ("2", ""), ("train_soundscapes/3", "")]
    rows = [Row(path=str(tmp_path / "set" / f"{name}.wav"), label=label) for name, label in rows]
    with dataset_of(tmp_path / "birds", rows, seconds=[30.0] * 3) as dataset:
        out = tmp_path / "out" / "train.csv"

        def after(number):
            manifest(dataset, out, format="birdclef")
            with dataset.noting() as store:
                cuts.replace(store, number, "review", [Cut(0.0, 30.0, "drop", "rain", None, "review/ana")])
            watched = ExportWatch().differing(dataset, [number])
            return states(dataset)["train.csv"][:2], watched.get(str(out), 0)

        manifest(dataset, out, format="birdclef")
        for label, state in (("frog", ("stale", 1, 0)), ("", ("current", 0, 0))):
            with dataset.noting() as store:
                verdicts.put_labels(store, 2, (label, ()))
            assert states(dataset)["train.csv"] == state
        assert after(2) == (("current", 0), 0)
        assert after(3) == (("stale", 1), 1)
        assert after(1) == (("stale", 1), 1)
