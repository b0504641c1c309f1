"""`curate upsample --by diversity`: of a common class what sounds least alike."""

from __future__ import annotations

import numpy as np
import pytest

from curate.cli._app import main
from curate.errors import NotInCatalogue, UsageError
from curate.scores.neighbours import unit
from curate.steps.balance.split import split
from curate.steps.balance.upsample import upsample
from tests.archive import assigned
from tests.steps.scores.test_cluster import DIMENSION, filled


@pytest.fixture
def birds(tmp_path):
    """Forty owls: 37 round one direction, three elsewhere; ten frogs, without vectors."""
    rng = np.random.default_rng(0)
    axes = [0] * 37 + [1, 2, 3]
    rows = [
        {
            "label": "owl",
            "recordist": f"recordist {at}",
            "vectors": unit(
                np.eye(DIMENSION)[axis] + 0.2 * rng.normal(size=(1, DIMENSION)) / np.sqrt(DIMENSION)
            ),
        }
        for at, axis in enumerate(axes)
    ]
    rows += [{"label": "frog", "recordist": f"person {at}", "vectors": None} for at in range(10)]
    with filled(tmp_path / "birds", rows) as dataset:
        split(dataset)
        yield dataset


def used(dataset):
    """Numbers of the recordings that train."""
    return {number for number, copies in enumerate(assigned(dataset, "copies"), start=1) if copies}


def test_what_sounds_unlike_the_rest_is_kept(birds):
    summary = upsample(birds, below=0, cap=10, by="diversity")
    owls = {number for number in used(birds) if number <= 40}
    assert len(owls) == 10
    assert {38, 39, 40} <= owls
    assert summary.without_vectors == 0
    assert {number for number in used(birds) if number > 40} == set(range(41, 51))


def test_a_seed_always_gives_the_same(birds):
    chosen = []
    for seed in (1, 1, 2):
        upsample(birds, below=0, cap=5, by="diversity", seed=seed)
        chosen.append(used(birds))
    assert chosen[0] == chosen[1]
    assert {38, 39, 40} <= chosen[2]


def test_recordings_without_vectors_come_last_and_are_counted(birds):
    summary = upsample(birds, below=0, cap=5, by="diversity")
    assert summary.without_vectors == 10
    assert len(used(birds)) == 10


def test_by_rating_nothing_changes(birds):
    upsample(birds, below=0, cap=10)
    before = used(birds)
    upsample(birds, below=0, cap=10, by="rating")
    assert used(birds) == before


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"by": "size", "cap": 9}, "unknown way to cap: 'size'"),
        ({"by": "diversity"}, "says what --cap keeps"),
        ({"model": "spectral", "cap": 9}, "--model chooses the vectors"),
    ],
)
def test_options_that_make_no_sense_are_refused(birds, options, words):
    with pytest.raises(UsageError, match=words):
        upsample(birds, below=0, **options)


def test_without_vectors_it_says_what_to_run(tmp_path):
    rows = [{"label": "owl", "recordist": f"r {at}", "vectors": None} for at in range(20)]
    with filled(tmp_path / "birds", rows) as dataset:
        split(dataset)
        with pytest.raises(NotInCatalogue, match="vectors are missing here"):
            upsample(dataset, below=0, cap=10, by="diversity")


def test_at_the_terminal(birds, capsys):
    options = ["--below", "0", "--cap", "5", "--by", "diversity"]
    assert main(["upsample", *options, "--dataset", str(birds.folder)]) == 0
    assert "10 recordings of capped classes come last, as they lack vectors" in capsys.readouterr().out
