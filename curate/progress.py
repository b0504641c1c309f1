"""How a step tells how far it is, without knowing who watches.

A step opens a task with a total and calls the function that it gets with each amount done.
The command line draws bars; Python callers and tests get `silent`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol

#: Called with each amount of work done.
Advance = Callable[[float], None]


class Progress(Protocol):
    """Somebody who watches."""

    def __call__(
        self, what: str | Callable[[], str], total: float | None, unit: str
    ) -> AbstractContextManager[Advance]:
        """Open a task.

        Parameters
        ----------
        what
            What is going on, for a person (``"listening"``); a function is asked again whenever
            something was done.
        total
            Amount of work, in `unit`; None if it is not known beforehand.
        unit
            ``"s"`` for seconds of audio, else a plural noun (``"files"``).

        Returns
        -------
        Context manager whose value is called with each amount done.
        """


@contextmanager
def silent(what: str | Callable[[], str], total: float | None, unit: str) -> Iterator[Advance]:  # noqa: ARG001
    """Watch nothing."""
    yield lambda amount: None  # noqa: ARG005
