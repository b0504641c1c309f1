"""How a step tells how far it is, without knowing who watches.

A step opens a task with a total and calls the function that it gets with each amount done.
The command line draws bars, or prints `lines` where its output goes to a file. Python callers and tests
get `silent`, unless they ask for another: ``curate.trim(birds, progress=curate.progress.in_notebook)``.
"""

from __future__ import annotations

import html
import sys
import time
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
            What is going on, for a person (``"scanning"``); a function is asked again whenever
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


#: Seconds between two lines.
_EVERY = 60.0

#: Seconds between two looks of a notebook's bar.
_REDRAW = 0.5

_MINUTE, _HOUR = 60, 3600


@contextmanager
def lines(
    what: str | Callable[[], str], total: float | None, unit: str, *, every: float = _EVERY
) -> Iterator[Advance]:
    """Print a line a minute on stderr: how much is done, in what time, and how long the rest will take.

    What ends within a minute prints nothing.
    """
    begin = latest = time.monotonic()
    done = 0.0

    def advance(amount: float) -> None:
        nonlocal done, latest
        done += amount
        now = time.monotonic()
        if now - latest >= every:
            latest = now
            sys.stderr.write(f"{_said(what)}: {_amount(done, total, unit, now - begin)}\n")
            sys.stderr.flush()

    yield advance


@contextmanager
def in_notebook(what: str | Callable[[], str], total: float | None, unit: str) -> Iterator[Advance]:
    """Show a bar below a notebook's cell. Elsewhere print `lines`."""
    try:
        from IPython import get_ipython  # noqa: PLC0415 - where it is missing there is no notebook
        from IPython.display import HTML, display  # noqa: PLC0415
    except ImportError:
        get_ipython = None
    if get_ipython is None or get_ipython() is None:
        with lines(what, total, unit) as plain:
            yield plain
        return

    begin = time.monotonic()
    done, latest = 0.0, -_REDRAW

    def drawn() -> HTML:
        value = "" if not total else f' value="{min(done, total):g}" max="{total:g}"'
        words = f"{_said(what)}: {_amount(done, total, unit, time.monotonic() - begin)}"
        return HTML(f"<progress{value}></progress> {html.escape(words)}")

    shown = display(drawn(), display_id=True)

    def advance(amount: float) -> None:
        nonlocal done, latest
        done += amount
        if time.monotonic() - latest >= _REDRAW:
            latest = time.monotonic()
            shown.update(drawn())

    try:
        yield advance
    finally:
        shown.update(drawn())


def _said(what: str | Callable[[], str]) -> str:
    return what() if callable(what) else what


def _amount(done: float, total: float | None, unit: str, elapsed: float) -> str:
    """Say how much is done: ``120/600 s (20 %), 2 min; about 8 min left``."""
    if not total:
        return f"{done:,.0f} {unit}, {_time(elapsed)}"
    left = f"; about {_time(elapsed * (total - done) / done)} left" if 0 < done < total else ""
    return f"{done:,.0f}/{total:,.0f} {unit} ({min(100.0, 100 * done / total):.0f} %), {_time(elapsed)}{left}"


def _time(seconds: float) -> str:
    if seconds < _MINUTE:
        return f"{seconds:.0f} s"
    if seconds < _HOUR:
        return f"{seconds / _MINUTE:.0f} min"
    return f"{seconds // _HOUR:.0f} h {seconds % _HOUR / _MINUTE:.0f} min"
