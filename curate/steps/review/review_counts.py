"""What people decided, counted: by whom, how far they agree, and how much of a sample is right."""

from __future__ import annotations

from dataclasses import asdict

from curate.catalogue import assignments, counts, reviewing
from curate.catalogue.dataset import Dataset
from curate.catalogue.store import Store
from curate.decisions.review_priority import ReviewItem
from curate.reporting.facts import ReviewFacts, SampleFacts
from curate.web import queues, reviewer_answers
from curate.web.reviewer_answers import SampleFigure


def reviewed(store: Store) -> ReviewFacts | None:
    """Count the verdicts that stand, or `None` if missing."""
    names, rows = store.table(counts.VERDICTS)
    by = [dict(zip(names, row, strict=True)) for row in rows]
    if not by:
        return None
    answered = reviewer_answers.by_item(store)
    together = reviewer_answers.agreement(answered)
    found = ReviewFacts(
        verdicts=sum(each["verdicts"] for each in by),
        recordings=int(store.value(counts.JUDGED)),
        reviewers=by,
        compared=together.items,
        agreed=together.agreed,
        kappa=together.kappa,
    )
    drawn = assignments.settings_of(store, queues.SAMPLE)
    if drawn is not None:
        items = [
            ReviewItem(recording, onset, offset, "", why) for recording, onset, offset, why in drawn["items"]
        ]
        figure = sampled(store, items, answered)
        groups = [*figure.groups.items(), ("all", figure.all)]
        found.sample_of = figure.of
        found.sample = [SampleFacts(name, **asdict(share)) for name, share in groups if share.n]
    return found


def sampled(store: Store, items: list[ReviewItem], answered: reviewer_answers.Answers) -> SampleFigure:
    """Count what is right of a sample, per taxonomic class."""
    return reviewer_answers.figure(
        items, answered, reviewing.groups_of(store, [item.recording for item in items])
    )


def keep_sample(dataset: Dataset, n: int, items: list[ReviewItem]) -> None:
    """Keep a sample that was drawn: it is asked about until it is done, and the figure is of it."""
    drawn = [[item.recording, item.onset, item.offset, item.why] for item in items]
    with dataset.noting() as store:
        assignments.put_settings(store, queues.SAMPLE, {"n": n, "items": drawn})
