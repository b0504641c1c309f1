"""`curate audit --neighbours`: what sounds alike says of labels, beside scores and alone."""

from __future__ import annotations

import csv
import json

import numpy as np
import pytest

from curate.cli._app import main
from curate.errors import NotInCatalogue, UsageError
from curate.steps.inspect.show import show
from curate.steps.review.cut import cut
from curate.steps.scores.audit import audit
from tests.steps.scores.test_cluster import DIMENSION, around, classes, filled

#: Numbers of the recordings whose label is wrong, and what they really are.
PLANTED = {3: "owl", 34: "wren", 65: "frog"}


@pytest.fixture
def birds(tmp_path):
    """Three classes of thirty by ten recordists, with three wrong labels."""
    rows = classes()
    for number, truth in PLANTED.items():
        other = next(at for at, row in enumerate(rows) if row["label"] == truth and at + 1 not in PLANTED)
        rows[number - 1]["vectors"], rows[number - 1]["truth"] = (
            around(other // 30, np.random.default_rng(9)),
            truth,
        )
    rows = [{name: cell for name, cell in row.items() if name != "truth"} for row in rows]
    with filled(tmp_path / "birds", rows) as dataset:
        yield dataset


def scores(folder, doubted):
    """Write what a model says: sure of the label, but for some numbers sure of another class."""
    path = folder / "scores.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["recording_id", "onset", "offset", "frog", "owl", "wren"])
        for number in range(1, 91):
            label = ("frog", "owl", "wren")[(number - 1) // 30]
            said = doubted.get(number, label)
            writer.writerow(
                [f"local:{number}.wav", 0, 6, *(0.8 if said == c else 0.1 for c in ("frog", "owl", "wren"))]
            )
    return path


def test_neighbours_alone_find_the_wrong_labels(birds):
    summary = audit(birds, neighbours="spectral")
    assert {each.number: each.other for each in summary.worst[:3]} == PLANTED
    assert (summary.voted, summary.unvoted, summary.neighbour_suspects) == (90, 0, 3)
    assert summary.neighbours_of == "spectral"
    assert summary.files == 0
    assert {row[4] for row in show(birds, "segments", layer="audit").rows} >= {"owl", "wren", "frog"}


def test_dropped_recordings_do_not_vote(birds):
    for number in range(2, 61):  # all but one frog, and all owls
        cut(birds, f"local:{number}.wav", 0.0, 1e6)
    summary = audit(birds, neighbours="spectral")
    # The wren that is a frog in truth lies among dropped ones, which would doubt it.
    assert (summary.dropped, summary.voted + summary.unvoted) == (59, 31)
    assert summary.neighbour_suspects == 0


def test_where_scores_agree_it_is_told(birds, tmp_path):
    summary = audit(birds, scores(tmp_path, {3: "owl", 50: "frog"}), neighbours="spectral")
    by = {each.number: each.doubted_by for each in summary.worst if each.doubted_by}
    assert by == {3: "both", 34: "neighbours", 65: "neighbours", 50: "scores"}
    assert (summary.suspects, summary.neighbour_suspects, summary.agreed) == (2, 3, 1)
    assert summary.worst[0].number == 3
    assert summary.worst[0].neighbours == "owl"
    assert summary.worst[0].neighbour_share < 0.2


def test_without_neighbours_nothing_changes(birds, tmp_path):
    summary = audit(birds, scores(tmp_path, {3: "owl"}))
    assert {each.doubted_by for each in summary.worst} == {""}
    assert {each.neighbours for each in summary.worst} == {""}
    assert summary.worst[0].margin == pytest.approx((1 + 0.1 - 0.8) / 2)


def test_recordings_of_one_recordist_do_not_vote_for_each_other(tmp_path):
    rng = np.random.default_rng(3)
    rows = classes()
    for at in range(12):  # Ada took owls for frogs, all at one place
        rows[at] |= {"vectors": around(1, rng), "recordist": "Ada"}
    with filled(tmp_path / "birds", rows) as dataset:
        summary = audit(dataset, neighbours="spectral")
    assert {each.number for each in summary.worst if each.suspect} == set(range(1, 13))
    assert all(each.neighbour_share == 0 for each in summary.worst if each.suspect)


def test_near_twins_do_not_vote_for_each_other(tmp_path):
    rng = np.random.default_rng(3)
    rows = classes()
    twin = around(1, rng)
    for at in range(4):  # one owl four times, by four people, as a frog
        rows[at] |= {"vectors": twin, "recordist": f"person {at}"}
    with filled(tmp_path / "birds", rows) as dataset:
        summary = audit(dataset, neighbours="spectral")
    assert {each.number for each in summary.worst if each.suspect} == {1, 2, 3, 4}


def test_labels_that_cannot_be_judged_are_counted(tmp_path):
    rng = np.random.default_rng(3)
    rows = classes()
    rows += [{"label": "toad", "vectors": around(1, rng), "recordist": "Eve"}] * 2  # a class of one person
    rows += [{"label": "owl", "vectors": None}, {"vectors": around(1, rng)}]
    with filled(tmp_path / "birds", rows) as dataset:
        summary = audit(dataset, neighbours="spectral")
    assert (summary.voted, summary.unvoted) == (90, 3)


def test_without_vectors_it_is_refused(tmp_path):
    with filled(tmp_path / "none", [{"label": "owl", "vectors": None}]) as dataset:
        with pytest.raises(NotInCatalogue, match="vectors of spectral"):
            audit(dataset, neighbours="spectral")
        with pytest.raises(UsageError, match="to compare labels with"):
            audit(dataset)


def test_at_the_terminal(birds, tmp_path, capsys):
    out = tmp_path / "worst.csv"
    assert main(["audit", "--neighbours", "spectral", "-o", str(out), "--dataset", str(birds.folder)]) == 0
    said = capsys.readouterr().out
    assert "90 labels compared with those of neighbours by spectral, 3 suspect" in said
    with out.open(newline="") as file:
        assert next(csv.DictReader(file))["doubted_by"] == "neighbours"
    assert main(["audit", "--neighbours", "spectral", "--json", "--dataset", str(birds.folder)]) == 0
    assert json.loads(capsys.readouterr().out)["voted"] == 90


def test_numbers_of_the_model_are_those_that_were_built():
    assert around(0, np.random.default_rng(0)).shape == (2, DIMENSION)
