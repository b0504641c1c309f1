"""What reviewers answered, and how far they agree.

A verdict given on the page says in `Verdict.seen` which item it answers, so answers can be
counted after any restart.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from curate.catalogue import reviewing
from curate.catalogue.store import Store
from curate.decisions.agreement import cohen, fleiss, wilson
from curate.decisions.review_priority import ReviewItem
from curate.decisions.verdicts import LABELS, PAIRS, SEARCHED
from curate.model import Verdict

#: Per key of an item: the answer of each reviewer.
Answers = dict[str, dict[str, Verdict]]


def by_item(store: Store) -> Answers:
    """Read what each reviewer said last of each item."""
    found: Answers = {}
    for recording, verdict in reviewing.seen_verdicts(store):
        key = seen(verdict).get("item")
        if isinstance(key, str) and key.split("-")[0] == str(recording):
            found.setdefault(key, {})[verdict.reviewer] = verdict
    return found


def asked(store: Store, items: Iterable[ReviewItem], answered: Collection[str]) -> list[ReviewItem]:
    """List the items that have an answer or need one: a dropped recording is done.

    Parameters
    ----------
    answered
        Keys of items.
    """
    dropped = reviewing.dropped_by_persons(store)
    return [item for item in items if item.key in answered or item.recording not in dropped]


def seen(verdict: Verdict) -> dict[str, Any]:
    """Read what the reviewer had before them. Empty if another program wrote that."""
    try:
        read = json.loads(verdict.seen)
    except ValueError:
        return {}
    return read if isinstance(read, dict) else {}


def word(verdict: Verdict) -> str:
    """Say in one word what a verdict answers: dropping is cutting all of it, and another class is itself."""
    if verdict.judgement in LABELS:
        return f"is {verdict.label}"
    if verdict.judgement in (*PAIRS, *SEARCHED):
        return verdict.judgement
    return "keep" if verdict.judgement == "keep" else "cut"


@dataclass(frozen=True, slots=True)
class ReviewerAgreement:
    """How far reviewers agree on what more than one of them answered.

    Parameters
    ----------
    kappa
        Cohen's for two reviewers, Fleiss' for more. None where it is not defined.
    """

    items: int
    agreed: int
    kappa: float | None
    reviewers: tuple[str, ...]


def agreement(answers: Answers) -> ReviewerAgreement:
    """Compare what reviewers said of the same items."""
    both = {key: by for key, by in answers.items() if len(by) > 1}
    who = tuple(sorted({name for by in both.values() for name in by}))
    ratings = [[word(verdict) for _, verdict in sorted(by.items())] for by in both.values()]
    kappa = cohen([(a, b) for a, b in ratings]) if len(who) == 2 else fleiss(ratings)  # noqa: PLR2004
    return ReviewerAgreement(len(both), sum(len(set(each)) == 1 for each in ratings), kappa, who)


@dataclass(frozen=True, slots=True)
class Share:
    """How many of the sampled windows are right, with Wilson's interval of 95 %."""

    right: int
    n: int
    low: float
    high: float


@dataclass(slots=True)
class SampleFigure:
    """Share of the result that is right: of all, and per taxonomic class."""

    of: int
    all: Share
    groups: dict[str, Share] = field(default_factory=dict)


def figure(items: Iterable[ReviewItem], answers: Answers, groups: Mapping[int, str]) -> SampleFigure:
    """Count what is right of a sample. Where reviewers differ, an item counts as wrong.

    Parameters
    ----------
    groups
        Taxonomic class of every recording.
    """
    right: Counter[str] = Counter()
    n: Counter[str] = Counter()
    of = 0
    for item in items:
        of += 1
        by = answers.get(item.key)
        if by:
            group = groups.get(item.recording, "others")
            n[group] += 1
            right[group] += all(word(verdict) == "keep" for verdict in by.values())
    whole = _share(right.total(), n.total())
    return SampleFigure(of, whole, {name: _share(right[name], n[name]) for name in sorted(n)})


def _share(right: int, n: int) -> Share:
    return Share(right, n, *wilson(right, n))
