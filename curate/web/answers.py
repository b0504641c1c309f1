"""Answers to a browser: JSON, the page's own files, and errors in words."""

from __future__ import annotations

import functools
from importlib.resources import files

from jinja2 import Environment, PackageLoader, select_autoescape
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from curate.errors import AudioError, CatalogueBusy, CurateError, NotInCatalogue, UsageError

#: The pages' own files, and what they are.
STATIC = {
    "icon.svg": "image/svg+xml",
    "map.css": "text/css",
    "review.css": "text/css",
    **{
        f"{name}.js": "text/javascript"
        for name in (
            "alike",
            "keys",
            "labels",
            "map",
            "map_keys",
            "map_view",
            "outbox",
            "review",
            "sound",
            "view",
        )
    },
}

#: A picture or sound of a stretch never changes while its file does not.
KEEP = {"cache-control": "private, max-age=3600"}


def as_json(found: object, *, keep: bool = False) -> Response:
    """Answer with JSON, to be stored or fresh."""
    return JSONResponse(found, headers=KEEP if keep else {"cache-control": "no-store"})


#: Which error gets which status; the first that fits.
_STATUS: tuple[tuple[type[CurateError], int], ...] = (
    (CatalogueBusy, 503),
    (NotInCatalogue, 404),
    (UsageError, 400),
    (AudioError, 422),
    (CurateError, 500),
)


def told(_request: Request, error: Exception) -> Response:
    """Answer with what went wrong, and what to do next."""
    assert isinstance(error, CurateError)
    status = next(status for kind, status in _STATUS if isinstance(error, kind))
    return JSONResponse({"error": error.message, "hint": error.hint}, status_code=status)


@functools.cache
def _templates() -> Environment:
    return Environment(
        loader=PackageLoader("curate.web"),
        autoescape=select_autoescape(default=True),
        trim_blocks=True,
        lstrip_blocks=True,
    )


def as_html(name: str, **values: object) -> HTMLResponse:
    """Answer with a template, in which every word is escaped."""
    page = _templates().get_template(name).render(values)
    return HTMLResponse(page, headers={"cache-control": "no-store"})


def own_file(request: Request) -> Response:
    """Answer with a file of the pages, of those that are known by name and kind."""
    name = request.path_params["name"]
    if name not in STATIC:
        raise NotInCatalogue("the page lacks this file")
    data = files("curate.web").joinpath("static", name).read_bytes()
    return Response(data, media_type=STATIC[name], headers={"cache-control": "no-cache"})
