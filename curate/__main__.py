"""Run the program: ``python -m curate``, and the script ``curate``."""

from __future__ import annotations

import os
import signal
import sys

from curate.cli._interrupts import leave


def run() -> None:
    """Run the program and leave with its exit code; Ctrl-C ends it at any moment."""
    signal.signal(signal.SIGINT, leave)
    from curate.cli._app import main  # noqa: PLC0415 - takes a moment, in which Ctrl-C must be heard

    code = main()
    # All is done: whoever still presses gets the same end sooner.
    signal.signal(signal.SIGINT, lambda *_: os._exit(code))
    sys.exit(code)


if __name__ == "__main__":
    run()
