"""Who may talk to the page: the browser that brings its token, and only that one.

Other accounts of this machine reach a local address, too, so that there is a token also there. A local
page answers to the names of this machine alone, which ends DNS rebinding. What changes anything must
come from the page itself. No page of another site can read an answer, and the page loads nothing but
its own files.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import parse_qs

from starlette.requests import cookie_parser

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

#: Name of the cookie that holds the token, before the port: a browser sends the cookies of one port to all
#: others of a machine, where another dataset may be served.
COOKIE = "curate-review"

#: What stands behind a name in the Host header.
_PORT = re.compile(r":[0-9]{1,5}\Z")

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; media-src 'self' blob:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_HEADERS = {
    "content-security-policy": _POLICY,
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}


class Guard:
    """Stands before an ASGI application and turns away strangers.

    Parameters
    ----------
    hosts
        Names in the Host header that are answered, at whatever port: who looks through a tunnel may call it
        by another one. None answers all, and then needs a token.
    token
        What a browser must bring, as ``?token=`` once and as a cookie from then on. None lets in everybody
        who reaches the page.
    ticket
        Opens the page in place of the token, but only once: other accounts can read the address with which
        a browser is started.
    """

    def __init__(
        self, app: App, *, hosts: frozenset[str] | None, token: str | None, ticket: str | None = None
    ) -> None:
        if hosts is None and token is None:
            raise ValueError("a page for all hosts needs a token")
        self._app = app
        self._hosts = hosts
        self._token = token
        self._ticket = ticket

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one connection."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
        if scope["type"] != "http":
            return  # no websockets here: closed without an answer
        headers = {}
        for name, value in scope["headers"]:
            # A header given twice is a trick.
            headers[name] = value.decode("latin-1") if name not in headers else "\0"
        brought = self._brought(scope, headers)
        refused = self._refused(scope, headers, brought)
        answer = _refusal(*refused) if refused else self._app

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                own = [(name.encode(), value.encode()) for name, value in _HEADERS.items()]
                if self._token is not None and brought == "query" and not refused:
                    cookie = f"{_cookie(scope)}={self._token}; HttpOnly; SameSite=Strict; Path=/"
                    own.append((b"set-cookie", cookie.encode()))
                message["headers"] = [*message.get("headers", ()), *own]
            await send(message)

        await answer(scope, receive, guarded)

    def _brought(self, scope: Scope, headers: dict[bytes, str]) -> str | None:
        """Find where the right token is: in the query, in the cookie, or nowhere."""
        if self._token is None:
            return None
        query = parse_qs(scope.get("query_string", b"").decode("latin-1")).get("token", [])
        if any(_same(each, self._token) for each in query):
            return "query"
        if self._ticket is not None and any(_same(each, self._ticket) for each in query):
            self._ticket = None
            return "query"
        cookie = cookie_parser(headers.get(b"cookie", "")).get(_cookie(scope))
        return "cookie" if cookie is not None and _same(cookie, self._token) else None

    def _refused(
        self, scope: Scope, headers: dict[bytes, str], brought: str | None
    ) -> tuple[int, str] | None:
        host = headers.get(b"host", "")
        if self._hosts is not None and _PORT.sub("", host) not in self._hosts:
            return 421, "this page is for the machine it runs on"
        if self._token is not None and brought is None:
            return 403, "the address lacks its token: use the one that curate printed"
        site, mode = headers.get(b"sec-fetch-site"), headers.get(b"sec-fetch-mode")
        # A link on another page may open the start page, and nothing else.
        if site not in (None, "same-origin", "none") and (mode != "navigate" or scope["path"] != "/"):
            return 403, "asked for by another site"
        if scope["method"] not in ("GET", "HEAD"):
            if headers.get(b"origin") != f"{scope.get('scheme', 'http')}://{host}":
                return 403, "not asked for by this page"
            if headers.get(b"content-type", "").partition(";")[0].strip() != "application/json":
                return 415, "verdicts are JSON"
        return None


def _cookie(scope: Scope) -> str:
    _host, port = scope.get("server") or (None, None)
    return f"{COOKIE}-{port}"


def _same(given: str, wanted: str) -> bool:
    # `compare_digest` refuses text that is not ASCII, and anybody may send such text.
    return hmac.compare_digest(given.encode("utf-8", "surrogatepass"), wanted.encode())


def _refusal(status: int, reason: str) -> App:
    async def answer(_scope: Scope, _receive: Receive, send: Send) -> None:
        headers = [(b"content-type", b"text/plain; charset=utf-8")]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": reason.encode()})

    return answer
