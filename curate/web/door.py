"""How long a connection may be silent, and how many there may be.

A connection that sends no request holds a place and costs its client nothing. Here it loses the
place after a few seconds, and at once where somebody else needs it: silent connections cannot
lock anybody out.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from uvicorn.protocols.http.h11_impl import H11Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable


class Door(H11Protocol):
    """Speaks HTTP on one connection, as uvicorn does, only as long as there is something to say."""

    #: Seconds for the first request to be complete up to its body, and to be idle after an answer.
    HEADER = 10.0
    #: Seconds for the body of a request: verdicts are small.
    BODY = 10.0
    #: Seconds in which a client must take some of an answer.
    TAKING = 30.0
    #: Seconds between two looks at a connection.
    EVERY = 1.0
    #: Connections at once: of one client, and of all. A browser opens six for a page.
    PER_CLIENT = 32
    ALL = 64

    _since = 0.0
    _blocked: float | None = None
    _look: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Take a connection in. Where there are too many, the one that has been silent longest goes."""
        super().connection_made(transport)
        self._since = self.loop.time()
        others = [
            each
            for each in self.connections
            if isinstance(each, Door) and each is not self and not each.transport.is_closing()
        ]
        mine = [each for each in others if _host(each) == _host(self)]
        if len(mine) >= self.PER_CLIENT:
            self._make_room(mine)
        elif len(others) >= self.ALL:
            self._make_room(others)
        self._look = self.loop.call_later(self.EVERY, self._watch)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget a connection."""
        if self._look is not None:
            self._look.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take what a client sends."""
        before = self.cycle
        super().data_received(data)
        # Only a complete head counts: bytes that trickle in must not keep a connection alive.
        if self.cycle is not before:
            self._since = self.loop.time()

    def on_response_complete(self) -> None:
        """Wait for the next request."""
        self._since = self.loop.time()
        super().on_response_complete()

    def pause_writing(self) -> None:
        """Note that the client is paused."""
        self._blocked = self.loop.time()
        super().pause_writing()

    def resume_writing(self) -> None:
        """Note that the client took some of its answer."""
        self._blocked = None
        super().resume_writing()

    @property
    def is_busy(self) -> bool:
        """Whether a request is being answered."""
        cycle: Any = self.cycle
        return cycle is not None and not cycle.response_complete

    def _watch(self) -> None:
        now = self.loop.time()
        silent = now - self._since
        # `close` waits until the client has taken all; one that takes nothing would keep its place.
        left = self.transport.is_closing() and silent > self.TAKING
        if left or (self._blocked is not None and now - self._blocked > self.TAKING):
            self.transport.abort()
        elif self.is_busy:
            if self.cycle.more_body and silent > self.BODY:
                self.transport.abort()
        elif silent > self.HEADER:
            self.transport.close()
        self._look = self.loop.call_later(self.EVERY, self._watch)

    def _make_room(self, others: Iterable[Door]) -> None:
        """End one connection on which nothing is asked; whoever never asked for anything goes first."""
        idle = [each for each in others if not each.is_busy]
        gone = min(idle, key=lambda each: (each.cycle is not None, each._since), default=self)  # noqa: SLF001
        gone.transport.abort()


def _host(door: Door) -> str:
    return door.client[0] if door.client else ""
