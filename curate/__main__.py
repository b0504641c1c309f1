"""Run the program: ``python -m curate``."""

from __future__ import annotations

from curate.cli._app import run

if __name__ == "__main__":
    run()
