"""The review page as a web application: routes, and errors as JSON.

Nothing that a browser sends is ever opened as a path: recordings are asked for by number and
looked up in the catalogue, files of the page by name in a fixed list.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from curate.errors import CurateError, UsageError
from curate.web import params
from curate.web.answers import as_html, as_json, own_file, told
from curate.web.framing import described
from curate.web.guard import App, Guard
from curate.web.likeness import ALIKE, Features
from curate.web.queues import ABOUT_LABELS, QUESTIONS, SEARCH
from curate.web.review_session import ReviewSession
from curate.web.sound_routes import SoundRoutes


@dataclass(frozen=True, slots=True)
class ReviewPage:
    """What the page is told once.

    Parameters
    ----------
    dataset
        Name of its folder.
    identity
        Tells one dataset from another that was served at the same address.
    queue
    reviewer
        Who sits before the page, unless the address says otherwise.
    """

    dataset: str
    identity: str
    queue: str
    reviewer: str


def application(
    desk: ReviewSession,
    page: ReviewPage,
    summary: Callable[[], object],
    *,
    hosts: frozenset[str] | None,
    token: str | None,
    ticket: str | None = None,
) -> App:
    """Make the application, with its guard.

    Parameters
    ----------
    summary
        Counts what was decided: a dataclass.
    hosts, token, ticket
        See `Guard`.
    """
    return Guard(unguarded(desk, page, summary), hosts=hosts, token=token, ticket=ticket)


def unguarded(desk: ReviewSession, page: ReviewPage, summary: Callable[[], object]) -> Starlette:
    """Make the application for a place behind the guard of another one."""
    served = _Served(desk, page, summary)
    return Starlette(
        routes=[
            Route("/", served.shell),
            Route("/static/{name}", own_file),
            Route("/queue", served.queue),
            Route("/item/{key}", served.item),
            *SoundRoutes(desk).routes(),
            Route("/labels", served.labels),
            Route("/alike/{key}", served.alike),
            Route("/summary", served.summary),
            Route("/verdict", served.verdict, methods=["POST"]),
            Route("/bulk", served.bulk, methods=["POST"]),
            Route("/latest", served.latest),
            Route("/undo", served.undo, methods=["POST"]),
        ],
        exception_handlers={CurateError: told},
    )


class _Served:
    def __init__(self, desk: ReviewSession, page: ReviewPage, summary: Callable[[], object]) -> None:
        self._desk = desk
        self._page = page
        self._summary = summary
        self._features = Features()

    def shell(self, request: Request) -> Response:
        who = params.reviewer(request.query_params.get("reviewer") or self._page.reviewer)
        queue, items = self._page.queue, len(self._desk.items)
        asks = {"about": queue in ABOUT_LABELS, "pairs": queue == "duplicates", "searches": queue == SEARCH}
        return as_html("page.html", page=self._page, reviewer=who, items=items, **asks)

    def queue(self, request: Request) -> Response:
        who = params.reviewer(request.query_params.get("reviewer"))
        return as_json({"items": self._desk.queue_of(who)})

    def item(self, request: Request) -> Response:
        sheet = self._desk.sheet(request.path_params["key"])
        question = QUESTIONS[self._page.queue]
        return as_html("item.html", sheet=sheet, question=question, data=json.dumps(described(sheet)))

    def labels(self, request: Request) -> Response:
        return named(self._desk, request)

    def alike(self, request: Request) -> Response:
        who = params.reviewer(request.query_params.get("reviewer"))
        key = request.path_params["key"]
        found = self._desk.alike(key, who)
        ranked = self._features.ranked(
            self._desk.item(key), found, lambda item: self._desk.recording(item)[1]
        )
        names = {item.recording: self._desk.recording(item.recording)[0].recording_id for item, _ in ranked}
        return as_html("alike.html", found=ranked, names=names, left=len(found) - len(ranked), alike=ALIKE)

    def summary(self, _request: Request) -> Response:
        return as_html("summary.html", summary=self._summary())

    async def verdict(self, request: Request) -> Response:
        decided = params.decision(await params.body(request))
        return noted(await run_in_threadpool(self._desk.decide, [decided]))

    async def bulk(self, request: Request) -> Response:
        """Decide about the items of a preview, each with its own borders."""
        sent = await params.body(request)
        keys = sent.get("keys")
        if not isinstance(keys, list) or not keys or len(keys) != len(set(map(str, keys))):
            raise UsageError("a list of different keys is expected")
        found = [self._desk.item(str(key)) for key in keys]
        decided = [
            params.decision({**sent, "key": item.key, "onset": item.onset, "offset": item.offset})
            for item in found
        ]
        return noted(await run_in_threadpool(self._desk.decide, decided))

    def latest(self, request: Request) -> Response:
        return latest(self._desk, request)

    async def undo(self, request: Request) -> Response:
        return await undone(self._desk, request)


def named(desk: ReviewSession, request: Request) -> Response:
    """Complete a label."""
    typed = params.text(request.query_params.get("q", ""), "a label")
    return as_json([{"label": label, "means": means} for label, means in desk.names(typed)])


def latest(desk: ReviewSession, request: Request) -> Response:
    """Name a reviewer's latest act."""
    return as_json({"act": desk.latest(params.reviewer(request.query_params.get("reviewer")))})


async def undone(desk: ReviewSession, request: Request) -> Response:
    """Take back the act of a reviewer that the request names."""
    sent = await params.body(request)
    who = params.reviewer(sent.get("reviewer"))
    act = params.text(sent.get("act"), "the act to take back", least=1)
    key, behind = await run_in_threadpool(desk.undo, who, act)
    return as_json({"key": key, "behind": behind})


def noted(found: tuple[int, dict[str, int]]) -> Response:
    """Say what was noted, as `ReviewSession.decide` returns it."""
    rows, behind = found
    return as_json({"rows": rows, "behind": behind})
