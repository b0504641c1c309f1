"""Cuts a stream of sound into windows, a few at a time."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

#: Windows that a model gets at once.
_TOGETHER = 16

#: The last window is kept if at least this share of it is sound and not padding.
LEAST_SHARE = 0.5


class WindowCutter:
    """Cuts a stream into windows that begin at multiples of the hop.

    Parameters
    ----------
    length, hop : samples
    """

    def __init__(self, length: int, hop: int) -> None:
        self._length, self._hop = length, hop
        self._ready: list[NDArray[np.float32]] = []
        self._held = np.empty(0, np.float32)
        self._skip = self._number = 0

    def feed(self, block: NDArray[np.float32]) -> Iterator[NDArray[np.float32]]:
        """Hear the next stretch, shape=(m,). Gives windows, shape=(n, length), n at most 16."""
        self._held = np.concatenate([self._held, block])
        self._pass(min(self._skip, len(self._held)))  # of a hop that is longer than a window
        while len(self._held) >= self._length and not self._skip:
            self._ready.append(self._held[: self._length])
            self._number += 1
            self._skip = self._hop
            self._pass(min(self._skip, len(self._held)))
            if len(self._ready) == _TOGETHER:
                yield np.stack(self._ready)
                self._ready = []

    def finish(self) -> Iterator[NDArray[np.float32]]:
        """Hear the end: the last window is filled up with silence, unless less than half of it is new."""
        held, ready = self._held, self._ready
        # What is left is new only behind the end of the window before.
        new = len(held) - (max(0, self._length - self._hop) if self._number else 0)
        is_new = not self._number or new >= LEAST_SHARE * min(self._hop, self._length)
        if held.size and not self._skip and is_new:
            ready = [*ready, np.pad(held, (0, self._length - len(held)))]
        if ready:
            yield np.stack(ready)

    def _pass(self, samples: int) -> None:
        self._held, self._skip = self._held[samples:], self._skip - samples
