"""`curate review`: ask a person, one stretch after the other, on a page in the browser.

The page is served until it is interrupted. Each verdict is in the catalogue before the page
hears that it is, so a killed server loses none.
"""

from __future__ import annotations

import getpass
import os
import secrets
import socket
import webbrowser
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from ipaddress import ip_address
from threading import Timer
from typing import TYPE_CHECKING

from curate.catalogue.dataset import Dataset
from curate.decisions.review_priority import ReviewItem
from curate.errors import UsageError
from curate.steps.common.export_states import ExportWatch
from curate.steps.common.settle_verdicts import settle
from curate.steps.review.review_counts import keep_sample, sampled
from curate.steps.review.review_export import review_export
from curate.steps.review.review_import import review_import
from curate.web import queues, reviewer_answers
from curate.web.review_session import ReviewSession
from curate.web.reviewer_answers import ReviewerAgreement, SampleFigure

if TYPE_CHECKING:
    from curate.web.guard import App

__all__ = ["ReviewSummary", "review", "review_export", "review_import"]

#: The step, and its settings in the catalogue.
STEP = "review"


@dataclass(slots=True)
class ReviewSummary:
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
        So many items at most; with ``sample`` the size of the sample.
    reviewer
        Who decides; None takes the name of the user. Others may give theirs in the address.
    host, port
        Where to serve: on this machine alone, unless told. Port 0 takes a free one.
    token
        Put a secret into the address, without which nobody can see, hear or decide anything. Without it,
        every account of this machine can; an address that other machines reach always has one.
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
        raise UsageError(f"--max-items must be 1 or more, not {max_items}")
    if not token and not _is_loopback(host):
        raise UsageError(
            f"without a token only this machine is served, not {host}",
            hint="leave --no-token out, or serve on 127.0.0.1",
        )
    who = reviewer or getpass.getuser()
    items = queues.items(dataset.store, queue, n=max_items, reviewer=who)
    if queue == "sample" and items:
        keep_sample(dataset, max_items, items)
    desk = ReviewSession(dataset.folder, queue, items, settle=settle, differing=ExportWatch().differing)
    at_first = _decided(dataset, items)
    if items:
        listening = _listen(host, port)
        app, address, once = _page(dataset, desk, who, host, listening, token=token)
        opening = Timer(0.3, webbrowser.open, [once]) if browser else None
        ready(address)
        _serve(app, listening, opening)
    summary = summarise(dataset, queue, items)
    summary.verdicts = max(0, summary.decided - at_first)
    return summary


def summarise(dataset: Dataset, queue: str, items: list[ReviewItem]) -> ReviewSummary:
    """Count what stands of a queue."""
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


def _listen(host: str, port: int) -> socket.socket:
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        return socket.create_server((host, port), family=family)
    except (OSError, OverflowError) as error:
        raise UsageError(
            f"cannot serve on {host}, port {port}: {error}", hint="--port 0 takes a free port"
        ) from error


def _page(
    dataset: Dataset, desk: ReviewSession, who: str, host: str, listening: socket.socket, *, token: bool
) -> tuple[App, str, str]:
    """Make the application for an open socket; says its address, and the one that opens it only once."""
    from curate.web.app import ReviewPage, application  # noqa: PLC0415 - a web server is heavy

    port = listening.getsockname()[1]
    identity = sha256(os.fsencode(dataset.folder)).hexdigest()
    secret, ticket = (secrets.token_urlsafe(24) if token else None for _ in range(2))
    app = application(
        desk,
        ReviewPage(dataset.folder.name, identity[:12], desk.queue, who),
        lambda: summarise(dataset, desk.queue, list(desk.items.values())),
        hosts=frozenset({"127.0.0.1", "[::1]", "localhost", host}) if _is_loopback(host) else None,
        token=secret,
        ticket=ticket,
    )
    shown = f"[{host}]" if ":" in host else host
    address = f"http://{shown}:{port}/"
    if not token:
        return app, address, address
    return app, f"{address}?token={secret}", f"{address}?token={ticket}"


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _serve(app: App, listening: socket.socket, opening: Timer | None) -> None:
    import uvicorn  # noqa: PLC0415 - a web server is heavy

    from curate.web.door import Door  # noqa: PLC0415

    config = uvicorn.Config(
        app,
        access_log=False,
        http=Door,
        lifespan="off",
        log_level="warning",
        server_header=False,
        timeout_graceful_shutdown=1,
        ws="none",
    )
    if opening is not None:
        opening.daemon = True
        opening.start()
    try:
        uvicorn.Server(config).run(sockets=[listening])
    except KeyboardInterrupt:
        pass  # how a review ends
    finally:
        if opening is not None:
            opening.cancel()
        listening.close()
