"""Ctrl-C at any moment: one line, and exit code 130.

While modules are loaded there is nothing to put in order, and an exception may be lost in them or
come out as another one. So the program leaves at once then. While a command works, it is reported by
`KeyboardInterrupt` and puts its things in order; who presses again does not wait for that.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn

#: Exit code of a program that was interrupted: 128 and the number of the signal.
CODE = 130

#: The same of one that a scheduler ended.
TERMINATED = 143

WORDS = "interrupted. The same command continues where this one stopped"

#: Shows a terminal's cursor, which progress bars hide.
_CURSOR = "\x1b[?25h"

#: Where Python loads modules.
_LOADER = "<frozen importlib"


def leave(_signal: int = signal.SIGINT, _frame: FrameType | None = None) -> NoReturn:
    """End the program at once: what is committed is kept, and worker processes end with this one."""
    cursor = _CURSOR if sys.stderr is not None and sys.stderr.isatty() else ""
    if "--json" in sys.argv:
        os.write(1, f'{{"error": "{WORDS}", "hint": null, "exit_code": {CODE}}}\n'.encode())
    # Not `sys.stderr`: a signal may come while it writes, and it cannot be entered twice.
    os.write(2, f"{cursor}{WORDS}\n".encode())
    os._exit(CODE)


def _terminate(_signal: int, frame: FrameType | None) -> NoReturn:
    if is_loading(frame):
        os._exit(TERMINATED)
    raise SystemExit(TERMINATED)


@contextmanager
def terminable() -> Iterator[None]:
    """End as Ctrl-C does where a scheduler asks within; whoever calls the program has its own answer back."""
    before = signal.signal(signal.SIGTERM, _terminate)
    try:
        yield
    finally:
        # None stands for a handler that was not set from Python, and cannot be set again.
        signal.signal(signal.SIGTERM, signal.SIG_DFL if before is None else before)


class Interrupts:
    """Answers Ctrl-C while a command works. `pressed` tells whether that happened."""

    def __init__(self) -> None:
        self.pressed = False

    def __call__(self, _signal: int, frame: FrameType | None) -> None:
        """Answer one press."""
        if self.pressed or is_loading(frame):
            leave()
        self.pressed = True
        raise KeyboardInterrupt


@contextmanager
def told() -> Iterator[Interrupts]:
    """Answer Ctrl-C by an exception within, as far as possible."""
    interrupts = Interrupts()
    before = signal.signal(signal.SIGINT, interrupts)
    try:
        yield interrupts
    finally:
        signal.signal(signal.SIGINT, before)


def is_loading(frame: FrameType | None) -> bool:
    """Whether a module is being loaded somewhere below a frame."""
    while frame is not None:
        if frame.f_code.co_filename.startswith(_LOADER):
            return True
        frame = frame.f_back
    return False
