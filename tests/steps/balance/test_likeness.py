"""`curate split --group likeness`: what sounds nearly the same is never in two folds."""

from __future__ import annotations

import numpy as np
import pytest

from curate.cli._app import main
from curate.errors import NotInCatalogue, UsageError
from curate.scores.neighbours import unit
from curate.steps.balance.split import split
from tests.archive import assigned
from tests.steps.scores.test_cluster import DIMENSION, filled


@pytest.fixture
def birds(tmp_path):
    """Twenty pairs of near twins, each of two people; and two recordings without vectors."""
    rng = np.random.default_rng(0)
    middles = unit(rng.normal(size=(20, DIMENSION)))
    rows = [
        {
            "label": "owl",
            "recordist": f"recordist {at}",
            "vectors": unit(middles[at // 2] + 0.1 * rng.normal(size=(1, DIMENSION)) / np.sqrt(DIMENSION)),
        }
        for at in range(40)
    ]
    rows += [{"label": "owl", "recordist": f"somebody {at}", "vectors": None} for at in range(2)]
    with filled(tmp_path / "birds", rows) as dataset:
        yield dataset


def divided(dataset):
    """Count the pairs that are in two folds."""
    folds = assigned(dataset)
    return sum(folds[at] != folds[at + 1] for at in range(0, 40, 2))


def test_near_twins_stay_together(birds):
    split(birds)
    assert divided(birds) > 5
    summary = split(birds, group="recordist,likeness", reset=True)
    assert divided(birds) == 0
    assert (summary.near_twins, summary.groups, summary.largest) == (20, 22, 2)
    assert summary.untold == {"likeness": 2}


def test_likeness_alone_is_a_key(birds):
    assert split(birds, group="likeness").groups == 22
    assert divided(birds) == 0


def test_without_vectors_or_the_key_it_is_refused(tmp_path, birds):
    with pytest.raises(UsageError, match="--model chooses the vectors"):
        split(birds, model="spectral")
    with (
        filled(tmp_path / "none", [{"label": "owl", "recordist": "Ada", "vectors": None}]) as dataset,
        pytest.raises(NotInCatalogue, match="vectors are missing here"),
    ):
        split(dataset, group="likeness")


def test_at_the_terminal(birds, capsys):
    assert main(["split", "--group", "recordist,likeness", "--dataset", str(birds.folder)]) == 0
    said = capsys.readouterr().out
    assert "20 pairs of recordings sound nearly the same: they stay together" in said
    assert "2 recordings of 42 without vectors: groups are made by recordist alone" in said
