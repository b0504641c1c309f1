"""Walk what the catalogue keeps by recording next to the recordings themselves.

Both come in the order of recording numbers, so a million of them need no memory.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Generic, TypeVar

T = TypeVar("T")


class MergeJoin(Generic[T]):
    """Values by recording number, of which each is asked for once and in rising order.

    Parameters
    ----------
    stream
        Recording number and value, in rising order; recordings may be missing.
    """

    def __init__(self, stream: Iterator[tuple[int, T]]) -> None:
        self._stream = stream
        self._next = next(stream, None)

    def get(self, recording: int) -> T | None:
        """Return the value of a recording, `None` if it has none."""
        while self._next is not None and self._next[0] < recording:
            self._next = next(self._stream, None)
        return self._next[1] if self._next is not None and self._next[0] == recording else None

    def upto(self, recording: int) -> dict[int, T]:
        """Return all values up to a recording that are new to the caller, by recording."""
        found = {}
        while self._next is not None and self._next[0] <= recording:
            found[self._next[0]] = self._next[1]
            self._next = next(self._stream, None)
        return found
