"""`curate review`: ask a person, one stretch after the other, on a page in the browser.

The page is served until it is interrupted. Each verdict is in the catalogue before the page
hears that it is, so a killed server loses none.
"""

from __future__ import annotations

import getpass
import os
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

from curate.catalogue.dataset import Dataset
from curate.decisions.review_priority import ReviewItem
from curate.errors import UsageError
from curate.formatting import Displayed
from curate.steps.common.export_states import ExportWatch
from curate.steps.common.settle_verdicts import settle
from curate.steps.review.review_counts import keep_sample, sampled
from curate.steps.review.review_export import review_export
from curate.steps.review.review_import import review_import
from curate.web import queues, reviewer_answers
from curate.web.review_session import ReviewSession
from curate.web.reviewer_answers import ReviewerAgreement, SampleFigure
from curate.web.server import Entry, check_host, serve

if TYPE_CHECKING:
    from curate.web.guard import App

__all__ = ["ReviewSummary", "review", "review_export", "review_import"]


@dataclass(slots=True)
class ReviewSummary(Displayed):
    """What stands after a review.

    Parameters
    ----------
    items
        In the queue, less those of recordings that were dropped meanwhile; of which `decided` have an
        answer, by anybody.
    verdicts
        Items decided in this session, less what was undone.
    agreement
        Of reviewers on the items that more than one of them answered.
    sample
        With ``--queue sample``: how much of the result is right.
    """

    queue: str = ""
    items: int = 0
    decided: int = 0
    verdicts: int = 0
    agreement: ReviewerAgreement | None = None
    sample: SampleFigure | None = None


def review(
    dataset: Dataset,
    *,
    queue: str = "doubtful-speech",
    max_items: int = 300,
    reviewer: str | None = None,
    host: str = "127.0.0.1",
    port: int = 8765,
    token: bool = True,
    browser: bool = True,
    ready: Callable[[str], None] = print,
) -> ReviewSummary:
    """Serve a queue of questions as a page, until interrupted.

    Parameters
    ----------
    queue
        A key of `QUEUES`: what to ask about.
    max_items
        This many items at most; with ``sample`` the size of the sample.
    reviewer
        Who decides. None takes the name of the user. Others may give theirs in the address.
    host, port
        Where to serve: on this machine alone, unless told. Port 0 takes a free one.
    token
        Put a secret into the address, without which nobody can see, hear or decide anything. Without it,
        every account of this machine can. An address that other machines reach always has one.
    browser
        Open the page.
    ready
        Called with the page's address once it answers.

    Raises
    ------
    UsageError
        If there is no such queue, the address cannot be had, or others reach it and it has no token.
    NotInCatalogue
        If there is no dataset.
    """
    if max_items < 1:
        raise UsageError(f"--max-items must be 1 or more: got {max_items}")
    check_host(host, token=token)
    who = reviewer or getpass.getuser()
    items = queues.items(dataset.store, queue, n=max_items, reviewer=who)
    if queue == "sample" and items:
        keep_sample(dataset, max_items, items)
    desk = ReviewSession(dataset.folder, queue, items, settle=settle, differing=ExportWatch().differing)
    at_first = _decided(dataset, items)
    if items:
        serve(
            lambda entry: page_of(dataset, desk, who, entry),
            host=host,
            port=port,
            token=token,
            browser=browser,
            ready=ready,
        )
    summary = summarise(dataset, queue, items)
    # `curate undo` in another terminal may have withdrawn more than was decided here.
    summary.verdicts = max(0, summary.decided - at_first)
    return summary


def summarise(dataset: Dataset, queue: str, items: list[ReviewItem]) -> ReviewSummary:
    """Count what stands of a queue."""
    # Opened anew: the page asks from threads of its own.
    with Dataset(dataset.folder) as birds:
        answered = reviewer_answers.by_item(birds.store)
        asked = reviewer_answers.asked(birds.store, items, answered)
        summary = ReviewSummary(queue, len(asked), sum(item.key in answered for item in items))
        summary.agreement = reviewer_answers.agreement(answered)
        if queue == "sample":
            summary.sample = sampled(birds.store, items, answered)
    return summary


def _decided(dataset: Dataset, items: list[ReviewItem]) -> int:
    answered = reviewer_answers.by_item(dataset.store)
    return sum(item.key in answered for item in items)


def page_of(dataset: Dataset, desk: ReviewSession, reviewer: str, entry: Entry) -> App:
    """Make the application of a review, behind its guard."""
    from curate.web.app import ReviewPage, application  # noqa: PLC0415 - a web server is heavy

    return application(
        desk,
        ReviewPage(dataset.folder.name, identity_of(dataset), desk.queue, reviewer),
        lambda: summarise(dataset, desk.queue, list(desk.items.values())),
        hosts=entry.hosts,
        token=entry.token,
        ticket=entry.ticket,
    )


def identity_of(dataset: Dataset) -> str:
    """Tell one dataset from another that is served at the same address."""
    return sha256(os.fsencode(dataset.folder)).hexdigest()[:12]
