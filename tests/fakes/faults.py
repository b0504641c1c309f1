"""What servers do wrong, one function each: it changes a delivery on its way out.

A fault is armed with `Fake.arm(fault, path=..., times=...)`; faults can be combined.
"""

from __future__ import annotations

import gzip
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from curate.net.loopback import LoopbackReply, LoopbackRequest

PAGE = b"<!DOCTYPE html><html><head><title>503</title></head><body><h1>Service Unavailable</h1></body></html>"


@dataclass(frozen=True)
class Delivery:
    """A reply, and how it goes over the wire.

    `promised` is the Content-Length (None: none, and the connection is closed at the end); `cut` the number
    of bytes of the body after which the connection ends; `pace` bytes per second; `whole` is the reply to
    the same question without a Range.
    """

    reply: LoopbackReply
    whole: LoopbackReply
    promised: int | None
    cut: int | None = None
    pace: float | None = None
    chunked: bool = False
    close: bool = False
    reset: bool = False
    extra: dict[str, str] = field(default_factory=dict)

    def to(self, reply: LoopbackReply) -> Delivery:
        return replace(self, reply=reply, promised=len(reply.body))

    def headers(self, **more: str | None) -> Delivery:
        """Change headers; None takes one away."""
        changed = {name.replace("_", "-"): value for name, value in more.items()}
        kept = {name: value for name, value in self.reply.headers.items() if name not in changed}
        kept |= {name: value for name, value in changed.items() if value is not None}
        return replace(self, reply=replace(self.reply, headers=kept))


Fault = Callable[[LoopbackRequest, Delivery], Delivery]


def busy(status: int = 503, **headers: str) -> Fault:
    """An overloaded front server: an HTML page, and perhaps Retry-After."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda _, delivery: delivery.to(
        LoopbackReply(status, PAGE, {"Content-Type": "text/html", **named})
    )


def says(status: int, body: bytes, content_type: str = "application/json") -> Fault:
    """Any answer instead of the right one."""
    return lambda _, delivery: delivery.to(LoopbackReply(status, body, {"Content-Type": content_type}))


def page_instead(content_type: str = "text/html") -> Fault:
    """An error page with status 200."""
    return says(200, PAGE, content_type)


def gone(status: int = 404) -> Fault:
    return says(status, b'{"error":"not_found","message":"taken offline"}')


def redirect(location: str, status: int = 302) -> Fault:
    return lambda _, delivery: delivery.to(LoopbackReply(status, b"moved", {"Location": location}))


def cut(after: int) -> Fault:
    """The connection ends after so many bytes of this answer."""
    return lambda _, delivery: replace(delivery, cut=after, close=True)


def reset(after: int) -> Fault:
    """The connection is reset after so many bytes of this answer."""
    return lambda _, delivery: replace(delivery, cut=after, close=True, reset=True)


def promise(more: int) -> Fault:
    """A Content-Length that is so much larger than the body, or smaller."""
    return lambda _, delivery: replace(delivery, promised=len(delivery.reply.body) + more, close=True)


def unmeasured() -> Fault:
    """No Content-Length: the end is where the connection ends."""
    return lambda _, delivery: replace(delivery, promised=None, close=True)


def chunked() -> Fault:
    return lambda _, delivery: replace(delivery, promised=None, chunked=True)


def truncated(to: int) -> Fault:
    """Half a file on the server itself: less of it, with the Content-Length of what there is."""

    def fault(_: LoopbackRequest, delivery: Delivery) -> Delivery:
        return delivery.to(replace(delivery.whole, body=delivery.whole.body[:to]))

    return fault


def ignores_range() -> Fault:
    return lambda _, delivery: delivery.to(delivery.whole)


def refuses_range() -> Fault:
    """416 to every request with a Range."""

    def fault(question: LoopbackRequest, delivery: Delivery) -> Delivery:
        if "range" not in question.headers:
            return delivery
        total = len(delivery.whole.body)
        return delivery.to(LoopbackReply(416, b"", {"Content-Range": f"bytes */{total}"}))

    return fault


def anonymous() -> Fault:
    """Neither ETag nor Last-Modified: versions cannot be told apart."""
    return lambda _, delivery: delivery.headers(ETag=None, Last_Modified=None)


def weak_etag() -> Fault:
    return lambda _, delivery: delivery.headers(
        ETag=f"W/{delivery.reply.headers['ETag']}", Last_Modified=None
    )


def wrong_piece(shift: int) -> Fault:
    """A 206 that starts elsewhere than asked."""

    def fault(_: LoopbackRequest, delivery: Delivery) -> Delivery:
        if delivery.reply.status != 206:
            return delivery
        total = len(delivery.whole.body)
        first = total - len(delivery.reply.body) + shift
        body = delivery.whole.body[first:]
        headers = {**delivery.reply.headers, "Content-Range": f"bytes {first}-{total - 1}/{total}"}
        return delivery.to(replace(delivery.reply, body=body, headers=headers))

    return fault


def another_file() -> Fault:
    """A piece of a new version of the file under the name of the old one."""

    def fault(_: LoopbackRequest, delivery: Delivery) -> Delivery:
        if delivery.reply.status != 206:
            return delivery
        return delivery.to(replace(delivery.reply, body=bytes(255 - byte for byte in delivery.reply.body)))

    return fault


def flipped(position: int) -> Fault:
    """One wrong bit."""

    def fault(_: LoopbackRequest, delivery: Delivery) -> Delivery:
        body = bytearray(delivery.reply.body)
        body[position] ^= 1
        return delivery.to(replace(delivery.reply, body=bytes(body)))

    return fault


def drips(pace: float) -> Fault:
    """So many bytes per second."""
    return lambda _, delivery: replace(delivery, pace=pace)


def gzipped() -> Fault:
    """Compressed for the way, although nobody asked for it."""

    def fault(_: LoopbackRequest, delivery: Delivery) -> Delivery:
        body = gzip.compress(delivery.whole.body)
        return delivery.to(replace(delivery.whole, body=body)).headers(Content_Encoding="gzip")

    return fault


def headers(**more: str | None) -> Fault:
    return lambda _, delivery: delivery.headers(**more)
