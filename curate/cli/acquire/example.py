"""`curate example`."""

from __future__ import annotations

import sys
from contextlib import suppress
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Annotated

from typer import Argument, Option

from curate.cli._help import RUNNING
from curate.cli._options import JsonOption, QuietOption
from curate.cli._output import Output, count

if TYPE_CHECKING:
    from curate.steps.acquire.example import ExampleSummary


def example(
    folder: Annotated[
        Path | None,
        Argument(metavar="DIR", show_default=False, help="New or empty folder to write the set to."),
    ] = None,
    card: Annotated[
        bool,
        Option("--card", help="Write a recorder card instead: three nights at three sites, bats, people."),
    ] = False,
    serve: Annotated[
        bool,
        Option(
            "--serve",
            help="Serve the set until Ctrl-C, as an archive to download from. It needs no key.",
            rich_help_panel=RUNNING,
        ),
    ] = False,
    port: Annotated[
        int,
        Option(
            metavar="PORT",
            min=0,
            max=65535,
            help="Port for --serve. 0 takes any free port.",
            rich_help_panel=RUNNING,
        ),
    ] = 8427,
    json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Write a small set of recordings to try every command on.

    The sounds are made by a program. The file truth.csv lists the voices and faults in them.

    Examples
    --------
    Write 26 recordings like a BirdCLEF set:

        curate example example

    Write the card of three recorders:

        curate example field --card

    Serve the set, to try downloads:

        curate example --serve
    """
    from curate.steps.acquire import example as step

    out = Output(json=json, quiet=quiet)
    summary = step.example(folder, card=card, serve=serve, port=port)
    out.result(summary, lambda: _print(summary, out, card=card))
    if serve:
        sys.stdout.flush()
        with suppress(KeyboardInterrupt):
            Event().wait()


def _print(summary: ExampleSummary, out: Output, *, card: bool) -> None:
    if summary.folder is not None:
        out.line(f"{count(summary.recordings, 'recording')} in {summary.folder} (their contents: truth.csv)")
    if summary.url is None:
        source, name = (f"{summary.folder}/CARD", "forest") if card else (str(summary.folder), "birds")
        out.line(f"next: curate import {source} --dataset {name}")
        return
    out.line(f"a server like Xeno-canto runs at {summary.url}. Press Ctrl-C to stop it")
    out.line(
        "next, in another terminal: curate download xeno-canto "
        f"--server {summary.url} --allow-private --group birds --dataset birds"
    )
