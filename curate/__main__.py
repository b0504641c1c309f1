"""Run the program: ``python -m curate``, and the script ``curate``."""

from __future__ import annotations

import atexit
import gc
import os
import signal
import sys

from curate.cli._interrupts import leave


def run() -> None:
    """Run the program and leave with its exit code. Ctrl-C ends it at any moment."""
    signal.signal(signal.SIGINT, leave)
    # A million rows pass as tuples, none of them in circles: to look through all objects for circles every
    # few hundred of them costs a quarter of the time.
    gc.set_threshold(100_000, 50, 100)
    for name in ("stdin", "stdout", "stderr"):
        # Whoever starts us with a stream closed (>&-) wants none of it. The next file that is opened would
        # get its number, and with it what libraries print.
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "r" if name == "stdin" else "w"))  # noqa: SIM115
    from curate.cli._app import main  # noqa: PLC0415 - takes a moment, in which Ctrl-C must be heard

    code = main()
    # All is done: whoever still presses gets the same end sooner, and none of Python's own.
    signal.signal(signal.SIGINT, lambda *_: os._exit(code))
    atexit.register(signal.signal, signal.SIGINT, signal.SIG_IGN)
    sys.exit(code)


if __name__ == "__main__":
    run()
