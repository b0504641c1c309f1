"""Clocks for tests that would otherwise wait for minutes."""

from __future__ import annotations

from curate.net.rate import Clock


class Hurried(Clock):
    """Sleeps at once: the time it should have slept is added to the system's. `slept` lists it."""

    def __init__(self):
        super().__init__()
        self.slept = []

    def now(self):
        return super().now() + sum(self.slept)

    def sleep(self, seconds):
        self.check()
        self.slept.append(seconds)


class Still(Hurried):
    """Stands still but for its sleeps; starts at a time of one's own."""

    def __init__(self, wall=0.0):
        super().__init__()
        self._wall = wall

    def now(self):
        return sum(self.slept)

    def wall(self):
        return self._wall + sum(self.slept)
