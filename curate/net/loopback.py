"""A small HTTP server on this machine, for an example archive that a newcomer can download from.

It answers in threads of the program that opens it, listens on the loopback address only, and
resumes files as real archives do. The tests' archives are made with it, too.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self
from urllib.parse import parse_qsl, unquote, urlsplit


@dataclass(frozen=True, slots=True)
class LoopbackRequest:
    """A request as it arrived.

    Parameters
    ----------
    path
        Decoded, without the query.
    query
        The last value of each parameter.
    headers
        Names in lower case.
    body
        Of a POST. Empty for a GET.
    """

    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class LoopbackReply:
    """What is sent back. `Content-Length` is added."""

    status: int = 200
    body: bytes = field(default=b"", repr=False)
    headers: Mapping[str, str] = field(default_factory=dict)


class Loopback:
    """A server on the loopback address, from entering to leaving its ``with``.

    Parameters
    ----------
    answer
        Makes the reply to a question. Called from several threads.
    port
        0 takes a free one.
    """

    def __init__(self, answer: Callable[[LoopbackRequest], LoopbackReply], port: int = 0) -> None:
        self._answer = answer
        self._server = _Server(("127.0.0.1", port), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        serve = self.serve

        class Handler(Wire):
            def do_GET(self) -> None:
                parts = urlsplit(self.path)
                headers = {name.lower(): value for name, value in self.headers.items()}
                body = self.rfile.read(int(headers.get("content-length", 0)))
                serve(LoopbackRequest(unquote(parts.path), dict(parse_qsl(parts.query)), headers, body), self)

            do_POST = do_GET  # noqa: N815 - the names are http.server's

        return Handler

    def serve(self, question: LoopbackRequest, wire: Wire) -> None:
        """Answer one question. The place where a server with faults differs."""
        wire.send(self._answer(question))


class Wire(BaseHTTPRequestHandler):
    """The connection that a question came by."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    timeout = 60

    def send(self, reply: LoopbackReply) -> None:
        """Send a reply whole."""
        self.start(reply.status, {**reply.headers, "Content-Length": str(len(reply.body))})
        self.wfile.write(reply.body)

    def start(self, status: int, headers: Mapping[str, str]) -> None:
        """Send status and headers."""
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: the client's side is the one to watch."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing when a client goes away in the middle."""


def file_reply(question: LoopbackRequest, body: bytes, headers: Mapping[str, str]) -> LoopbackReply:
    """Answer with a file, or with the rest of it where that is asked for.

    Parameters
    ----------
    question
    body
        The whole file.
    headers
        Of the whole file. `ETag` or `Last-Modified` are compared with `If-Range`.
    """
    asked = re.fullmatch(r"bytes=(\d+)-(\d*)", question.headers.get("range", ""))
    same = question.headers.get("if-range") in {None, headers.get("ETag"), headers.get("Last-Modified")}
    headers = {**headers, "Accept-Ranges": "bytes"}
    if asked is None or not same:
        return LoopbackReply(200, body, headers)
    first, total = int(asked[1]), len(body)
    if first >= total:
        return LoopbackReply(416, b"", {**headers, "Content-Range": f"bytes */{total}"})
    last = min(int(asked[2] or total - 1), total - 1)
    return LoopbackReply(
        206, body[first : last + 1], {**headers, "Content-Range": f"bytes {first}-{last}/{total}"}
    )
