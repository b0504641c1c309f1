"""How far exports differ is what a comparison of each recording says, however much of it was kept before."""

from __future__ import annotations

import random

import pytest

from curate.catalogue import cuts, exports, listings, recordings
from curate.catalogue.dataset import Dataset
from curate.detectors.detect_file import default_settings
from curate.model import AudioInfo, Cut, FileFacts, Row
from curate.steps.common import export_states
from curate.steps.common.export_digests import NOTHING, LayerMarks, digest_now, state_in
from curate.steps.common.export_states import ExportDifferences, layer_of
from curate.steps.export.manifest import manifest
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
            then, now = state_in(packed, number), digest_now(store, whole.get(number), marks)
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
        for _ in range(12):
            with dataset.noting():
                for _ in range(draw.randrange(4)):
                    draw.choice([cut, cut, cut, come, rename, name_class, go])(dataset, draw)
            found = ExportDifferences.of(dataset.store)
            assert found.differences == one_by_one(dataset.store)
            if draw.random() < 0.5:
                with dataset.noting() as store:
                    found.keep(store)
            if draw.random() < 0.2:
                manifest(dataset, tmp_path / "plain.csv")
