"""Answers are counted from the verdicts that stand."""

from __future__ import annotations

from curate.catalogue.dataset import Dataset
from curate.model import Verdict
from curate.web import reviewer_answers
from curate.web.review_session import Decision


def decide(desk, item, reviewer, judgement):
    desk.decide([Decision(item.key, reviewer, judgement, item.onset, item.offset)])


def found(folder):
    with Dataset(folder) as birds:
        return reviewer_answers.by_item(birds.store)


def test_the_latest_answer_of_each_reviewer_counts(folder, desk, items):
    decide(desk, items[0], "ana", "keep")
    decide(desk, items[0], "ben", "keep")
    decide(desk, items[0], "ana", "drop")
    assert {who: reviewer_answers.word(said) for who, said in found(folder)[items[0].key].items()} == {
        "ana": "cut",
        "ben": "keep",
    }
    desk.undo("ana", desk.latest("ana"))
    assert reviewer_answers.word(found(folder)[items[0].key]["ana"]) == "keep"


def test_verdicts_of_other_programs_answer_nothing(folder):
    from curate.catalogue import verdicts

    with Dataset(folder) as birds, birds.noting() as store:
        for seen in ("", "[1]", "{broken", '{"item": 3}', '{"item": "2-0-1000"}'):
            verdicts.add(store, 1, Verdict(0.0, 1.0, "keep", "ana", "2026-01-01", seen=seen))
    assert found(folder) == {}


def test_agreement_is_of_what_two_have_answered(folder, desk, items):
    for item, mine, yours in zip(
        items, ("cut", "cut", "keep", "keep"), ("cut", "keep", "keep", "keep"), strict=False
    ):
        decide(desk, item, "ana", mine)
        decide(desk, item, "ben", yours)
    decide(desk, items[4], "ana", "cut")
    together = reviewer_answers.agreement(found(folder))
    assert (together.items, together.agreed, together.reviewers) == (4, 3, ("ana", "ben"))
    assert together.kappa == 0.5


def test_the_figure_of_a_sample_is_of_what_was_heard(folder, desk, items):
    groups = {item.recording: "Aves" if item.recording < 10 else "Amphibia" for item in items}
    for item, said in zip(items[:6], ("keep", "keep", "cut", "keep", "keep", "keep"), strict=True):
        decide(desk, item, "ana", said)
    figure = reviewer_answers.figure(items, found(folder), groups)
    assert (figure.of, figure.all.n, figure.all.right) == (len(items), 6, 5)
    assert sum(share.n for share in figure.groups.values()) == 6
    assert figure.all.low < 5 / 6 < figure.all.high
