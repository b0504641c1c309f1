"""The review page as a web application: routes, and errors as JSON.

Nothing that a browser sends is ever opened as a path: recordings are asked for by number and
looked up in the catalogue, files of the page by name in a fixed list.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from importlib.resources import files

import numpy as np
from jinja2 import Environment, PackageLoader, select_autoescape
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from curate.detectors.speech import SpeechDetector
from curate.detectors.track import FULL, Track
from curate.errors import AudioError, CatalogueBusy, CurateError, NotInCatalogue, UsageError
from curate.web import params
from curate.web.framing import SHORTEST, described
from curate.web.guard import App, Guard
from curate.web.likeness import ALIKE, Features
from curate.web.pictures import PALETTES, outline, png, spectrogram, thinned
from curate.web.queues import ABOUT_LABELS, QUESTIONS, SPEECH
from curate.web.review_session import ReviewSession
from curate.web.sounds import LONGEST, SoundReader, cleaned, playable

#: The page's own files, and what they are.
STATIC = {
    "icon.svg": "image/svg+xml",
    "review.css": "text/css",
    **{
        f"{name}.js": "text/javascript"
        for name in ("alike", "keys", "labels", "outbox", "review", "sound", "view")
    },
}

#: Least and greatest size of a picture, in pixels.
_WIDTH, _HEIGHT = (16, 4000), (16, 1200)

#: A picture or sound of a stretch never changes while its file does not.
_KEEP = {"cache-control": "private, max-age=3600"}


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
    served = _Served(desk, page, summary)
    app = Starlette(
        routes=[
            Route("/", served.shell),
            Route("/static/{name}", served.static),
            Route("/queue", served.queue),
            Route("/item/{key}", served.item),
            Route("/spectrogram/{recording}", served.spectrogram),
            Route("/shape/{recording}", served.shape),
            Route("/audio/{recording}", served.audio),
            Route("/labels", served.labels),
            Route("/alike/{key}", served.alike),
            Route("/summary", served.summary),
            Route("/verdict", served.verdict, methods=["POST"]),
            Route("/bulk", served.bulk, methods=["POST"]),
            Route("/undo", served.undo, methods=["POST"]),
        ],
        exception_handlers={CurateError: _told},
    )
    return Guard(app, hosts=hosts, token=token, ticket=ticket)


class _Served:
    def __init__(self, desk: ReviewSession, page: ReviewPage, summary: Callable[[], object]) -> None:
        self._desk = desk
        self._page = page
        self._summary = summary
        self._sounds = SoundReader()
        self._features = Features()
        self._templates = Environment(
            loader=PackageLoader("curate.web"),
            autoescape=select_autoescape(default=True),
            trim_blocks=True,
            lstrip_blocks=True,
        )

    def _html(self, name: str, **values: object) -> HTMLResponse:
        return HTMLResponse(
            self._templates.get_template(name).render(values), headers={"cache-control": "no-store"}
        )

    def shell(self, request: Request) -> Response:
        who = params.reviewer(request.query_params.get("reviewer") or self._page.reviewer)
        queue, items = self._page.queue, len(self._desk.items)
        asks = {"about": queue in ABOUT_LABELS, "pairs": queue == "duplicates"}
        return self._html("page.html", page=self._page, reviewer=who, items=items, **asks)

    def static(self, request: Request) -> Response:
        name = request.path_params["name"]
        if name not in STATIC:
            raise NotInCatalogue("the page has no such file")
        data = files("curate.web").joinpath("static", name).read_bytes()
        return Response(data, media_type=STATIC[name], headers={"cache-control": "no-cache"})

    def queue(self, request: Request) -> Response:
        who = params.reviewer(request.query_params.get("reviewer"))
        return _json({"items": self._desk.queue_of(who)})

    def item(self, request: Request) -> Response:
        sheet = self._desk.sheet(request.path_params["key"])
        question = QUESTIONS[self._page.queue]
        return self._html("item.html", sheet=sheet, question=question, data=json.dumps(described(sheet)))

    def spectrogram(self, request: Request) -> Response:
        y, sr, _ = self._stretch(request)
        high = params.number(request, "high", sr / 2, low=100, high=1e6)
        palette = request.query_params.get("palette", "dark")
        if palette not in PALETTES:
            raise UsageError(f"a palette is one of: {', '.join(PALETTES)}")
        levels = spectrogram(
            y,
            sr,
            width=int(params.number(request, "width", 1000, low=_WIDTH[0], high=_WIDTH[1])),
            height=int(params.number(request, "height", 300, low=_HEIGHT[0], high=_HEIGHT[1])),
            low=params.number(request, "low", 0.0, low=0, high=high - 50),
            high=high,
        )
        return Response(png(levels, palette), media_type="image/png", headers=_KEEP)

    def shape(self, request: Request) -> Response:
        """Outline of the waveform, and the probability of speech."""
        y, _, (start, duration) = self._stretch(request)
        width = int(params.number(request, "width", 1000, low=_WIDTH[0], high=_WIDTH[1]))
        probability: list[float] = []
        hop = 0.0
        packed = self._desk.track(params.recording(request), SPEECH, SpeechDetector.version)
        if packed is not None:
            track = Track.unpack(packed)
            first, last = round(start / track.hop), round((start + duration) / track.hop)
            found = track.probabilities[first:last]
            probability = thinned(found / np.float32(FULL), width)
            hop = track.hop * len(found) / max(1, len(probability))
        return _json({"outline": outline(y, width), "probability": probability, "hop": hop}, keep=True)

    def audio(self, request: Request) -> Response:
        y, sr, (start, duration) = self._stretch(request)
        expand = int(params.number(request, "expand", 1, low=1, high=50))
        headers = dict(_KEEP)
        if request.query_params.get("clean") == "1":
            lost = [
                (onset - start, offset - start, action)
                for onset, offset, action in self._desk.lost(params.recording(request))
                if onset < start + duration and offset > start
            ]
            onset = params.number(request, "cut", -1, low=0, high=1e7)
            offset = params.number(request, "until", -1, low=0, high=1e7)
            lost += [(onset - start, offset - start, "excise")] if 0 <= onset < offset else []
            gone, quiet = (
                [(low, high) for low, high, action in lost if action == wanted]
                for wanted in ("excise", "mute")
            )
            y, headers["x-pieces"] = cleaned(y, sr, gone, quiet)
            headers["cache-control"] = "no-store"
        return Response(playable(y, sr, expand=expand), media_type="audio/wav", headers=headers)

    def labels(self, request: Request) -> Response:
        typed = params.text(request.query_params.get("q", ""), "a label")
        return _json([{"label": label, "means": means} for label, means in self._desk.names(typed)])

    def alike(self, request: Request) -> Response:
        who = params.reviewer(request.query_params.get("reviewer"))
        key = request.path_params["key"]
        found = self._desk.alike(key, who)
        ranked = self._features.ranked(
            self._desk.item(key), found, lambda item: self._desk.recording(item)[1]
        )
        names = {item.recording: self._desk.recording(item.recording)[0].recording_id for item, _ in ranked}
        return self._html("alike.html", found=ranked, names=names, left=len(found) - len(ranked), alike=ALIKE)

    def summary(self, _request: Request) -> Response:
        return self._html("summary.html", summary=self._summary())

    async def verdict(self, request: Request) -> Response:
        decided = params.decision(await params.body(request))
        return _noted(await run_in_threadpool(self._desk.decide, [decided]))

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
        return _noted(await run_in_threadpool(self._desk.decide, decided))

    async def undo(self, request: Request) -> Response:
        who = params.reviewer((await params.body(request)).get("reviewer"))
        key, behind = await run_in_threadpool(self._desk.undo, who)
        return _json({"key": key, "behind": behind})

    def _stretch(self, request: Request) -> tuple[np.ndarray, int, tuple[float, float]]:
        """Read the stretch that a request names: the sound, its rate, and where it really lies."""
        facts, path = self._desk.recording(params.recording(request))
        start = min(params.number(request, "start", 0.0, low=0, high=1e7), facts.duration)
        duration = params.number(request, "duration", SHORTEST, low=0.01, high=LONGEST)
        duration = min(duration, facts.duration - start)
        changed = os.stat(path).st_mtime_ns if os.path.isfile(path) else 0
        y, sr = self._sounds.stretch(path, start, duration, mtime_ns=changed, length=facts.duration)
        if not len(y):
            raise AudioError("there is no sound in this stretch")
        return y, sr, (start, duration)


def _noted(found: tuple[int, dict[str, int]]) -> Response:
    rows, behind = found
    return _json({"rows": rows, "behind": behind})


def _json(found: object, *, keep: bool = False) -> Response:
    return JSONResponse(found, headers=_KEEP if keep else {"cache-control": "no-store"})


#: Which error gets which status; the first that fits.
_STATUS: tuple[tuple[type[CurateError], int], ...] = (
    (CatalogueBusy, 503),
    (NotInCatalogue, 404),
    (UsageError, 400),
    (AudioError, 422),
    (CurateError, 500),
)


def _told(_request: Request, error: Exception) -> Response:
    assert isinstance(error, CurateError)
    status = next(status for kind, status in _STATUS if isinstance(error, kind))
    return JSONResponse({"error": error.message, "hint": error.hint}, status_code=status)
