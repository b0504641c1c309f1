"""The map as a web application: points, their colours, and what is done with a selection.

A selection is a bit for each point. It counts only for the points that the page has, which it names.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route

from curate.errors import CurateError, NotInCatalogue, UsageError
from curate.web import params
from curate.web.answers import as_html, as_json, own_file, told
from curate.web.app import latest, named, noted, undone
from curate.web.guard import App, Guard, Receive, Scope, Send
from curate.web.map_points import COLOURS
from curate.web.map_session import JUDGEMENTS, MapDecision, MapSession
from curate.web.server import Entry
from curate.web.sound_routes import SoundRoutes

#: Digits of the number of a point.
_DIGITS = 9


@dataclass(frozen=True, slots=True)
class MapPage:
    """What the page is told once.

    Parameters
    ----------
    dataset
        Name of its folder.
    identity
        Tells one dataset from another that was served at the same address.
    reviewer
        Who sits before the page, unless the address says otherwise.
    model, projection
        Whose vectors are laid out, and how.
    told
        What is not on the map, in words.
    """

    dataset: str
    identity: str
    reviewer: str
    model: str
    projection: str
    told: str


def map_application(session: MapSession, page: MapPage, review: Callable[[str], App], entry: Entry) -> App:
    """Make the application, with its guard.

    Parameters
    ----------
    review
        Makes the review of the selection, for a reviewer. It is served behind the same guard.
    """
    served = _Served(session, page, review)
    app = Starlette(
        routes=[
            Route("/", served.shell),
            Route("/static/{name}", own_file),
            Route("/points", served.points),
            Route("/colours/{name}", served.colours),
            Route("/point/{number}", served.point),
            *SoundRoutes(session.desk).routes(),
            Route("/labels", served.labels),
            Route("/preview", served.preview, methods=["POST"]),
            Route("/verdict", served.verdict, methods=["POST"]),
            Route("/selection", served.selection, methods=["POST"]),
            Route("/latest", served.latest),
            Route("/undo", served.undo, methods=["POST"]),
            Mount("/review", app=served.review),
        ],
        exception_handlers={CurateError: told},
    )
    return Guard(app, hosts=entry.hosts, token=entry.token, ticket=entry.ticket)


class _Served:
    def __init__(self, session: MapSession, page: MapPage, review: Callable[[str], App]) -> None:
        self._session = session
        self._page = page
        self._make_review = review
        self._review: App | None = None

    def shell(self, request: Request) -> Response:
        who = params.reviewer(request.query_params.get("reviewer") or self._page.reviewer)
        return as_html(
            "map.html", page=self._page, reviewer=who, colours=COLOURS, points=len(self._session.points)
        )

    def points(self, _request: Request) -> Response:
        """Send where the points lie: numbers of 16 bits, two for each point."""
        return _packed({"points": self._session.identity}, self._session.points.place)

    def colours(self, request: Request) -> Response:
        """Send which colour each point has: a number of 16 bits."""
        found = self._session.colouring(request.path_params["name"])
        head = {"names": found.names, "counts": found.counts, "in_order": found.in_order}
        return _packed(head, found.colour)

    def point(self, request: Request) -> Response:
        text = request.path_params["number"]
        if not (text.isascii() and text.isdecimal() and len(text) <= _DIGITS):
            raise NotInCatalogue("unknown point")
        return as_json(self._session.point(int(text)))

    def labels(self, request: Request) -> Response:
        return named(self._session.desk, request)

    async def preview(self, request: Request) -> Response:
        """Say what a verdict would do."""
        wanted = self._wanted(await self._body(request))
        return as_json(asdict(await run_in_threadpool(self._session.foresee, wanted)))

    async def verdict(self, request: Request) -> Response:
        wanted = self._wanted(await self._body(request))
        return noted(await run_in_threadpool(self._session.decide, wanted))

    async def selection(self, request: Request) -> Response:
        """Make the selection a queue, and serve its review."""
        sent = await self._body(request)
        chosen, who = self._chosen(sent), params.reviewer(sent.get("reviewer"))
        stretches = await run_in_threadpool(self._session.queue, chosen)
        self._review = await run_in_threadpool(self._make_review, who)
        return as_json({"stretches": stretches})

    def latest(self, request: Request) -> Response:
        return latest(self._session.desk, request)

    async def undo(self, request: Request) -> Response:
        return await undone(self._session.desk, request)

    async def review(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve the review of the latest selection."""
        if self._review is None:
            raise NotInCatalogue("send a selection to the review first", hint="press r on the map")
        await self._review(scope, receive, send)

    async def _body(self, request: Request) -> dict[str, Any]:
        return await params.body(request, longest=params.longest_selection(len(self._session.points)))

    def _chosen(self, sent: dict[str, Any]) -> NDArray[np.bool_]:
        if sent.get("points") != self._session.identity:
            raise UsageError("this page shows another map than is served now", hint="load the page again")
        return params.chosen(sent.get("chosen"), len(self._session.points))

    def _wanted(self, sent: dict[str, Any]) -> MapDecision:
        judgement = next((each for each in JUDGEMENTS if each == sent.get("judgement")), None)
        if judgement is None:
            raise UsageError(f"a judgement on a selection is one of: {', '.join(JUDGEMENTS)}")
        return MapDecision(
            self._chosen(sent),
            judgement,
            params.text(sent.get("label", ""), "a label", least=int(judgement == "relabel")),
            params.reviewer(sent.get("reviewer")),
            params.act(sent.get("act", "")),
        )


def _packed(head: dict[str, object], numbers: NDArray[np.uint16]) -> Response:
    """Send the length of a JSON text in 4 bytes, the text, of even length, and the numbers behind it."""
    text = json.dumps(head).encode()
    text += b" " * (len(text) % 2)
    data = len(text).to_bytes(4, "little") + text + numbers.astype("<u2").tobytes()
    return Response(data, media_type="application/octet-stream", headers={"cache-control": "no-store"})
