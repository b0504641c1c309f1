"""A server whose answers can be disturbed on their way out."""

from __future__ import annotations

import re
import socket
import struct
import threading
import time
from collections.abc import Callable
from dataclasses import replace

from curate.net.loopback import Loopback, LoopbackReply, LoopbackRequest, Wire
from tests.fakes.faults import Delivery, Fault


class Fake(Loopback):
    """An archive on loopback.

    `seen` lists all questions; `arm` puts a fault in the way of those whose path matches.
    """

    def __init__(self, answer: Callable[[LoopbackRequest], LoopbackReply], port: int = 0) -> None:
        self.seen: list[LoopbackRequest] = []
        self.lock = threading.Lock()
        self._armed: list[tuple[re.Pattern[str], Fault, range]] = []
        self._met: list[int] = []
        super().__init__(answer, port)

    def arm(self, *faults: Fault, path: str = "", skip: int = 0, times: float = float("inf")) -> None:
        """Disturb so many answers for paths in which the expression is found, after leaving some alone."""
        with self.lock:
            for fault in faults:
                self._armed.append((re.compile(path), fault, range(skip, int(min(skip + times, 1e9)))))
                self._met.append(0)

    def disarm(self) -> None:
        with self.lock:
            self._armed.clear()
            self._met.clear()

    def asked(self, path: str = "") -> list[LoopbackRequest]:
        """Questions so far for paths in which the expression is found."""
        return [question for question in list(self.seen) if re.search(path, question.path)]

    def serve(self, question: LoopbackRequest, wire: Wire) -> None:
        reply = self._answer(question)
        bare = {name: value for name, value in question.headers.items() if name != "range"}
        whole = self._answer(replace(question, headers=bare)) if len(bare) < len(question.headers) else reply
        delivery = Delivery(reply, whole, len(reply.body))
        with self.lock:
            self.seen.append(question)
            faults = []
            for number, (pattern, fault, turns) in enumerate(self._armed):
                if pattern.search(question.path):
                    if self._met[number] in turns:
                        faults.append(fault)
                    self._met[number] += 1
        for fault in faults:
            delivery = fault(question, delivery)
        deliver(delivery, wire)


def deliver(delivery: Delivery, wire: Wire) -> None:
    """Send it as the faults want it."""
    headers = dict(delivery.reply.headers)
    if delivery.chunked:
        headers["Transfer-Encoding"] = "chunked"
    elif delivery.promised is not None:
        headers["Content-Length"] = str(delivery.promised)
    if delivery.close:
        headers["Connection"] = "close"
        wire.close_connection = True
    wire.start(delivery.reply.status, headers)
    body = delivery.reply.body[: delivery.cut]
    step = max(1, int(delivery.pace / 20)) if delivery.pace else 1 << 16
    for start in range(0, len(body), step):
        piece = body[start : start + step]
        wire.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece) if delivery.chunked else piece)
        if delivery.pace:
            time.sleep(len(piece) / delivery.pace)
    if delivery.chunked and delivery.cut is None:
        wire.wfile.write(b"0\r\n\r\n")
    if delivery.reset:
        wire.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        wire.connection.close()
