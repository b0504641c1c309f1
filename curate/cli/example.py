"""`curate example`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from typer import Argument

from curate.cli._options import JsonOption, QuietOption
from curate.cli._output import Output, count


def example(
    folder: Annotated[Path, Argument(metavar="DIR", help="Where to write it; a new or empty folder.")],
    json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Write a small data set, made by us, to try everything on."""
    from curate.steps import example as step

    out = Output(json=json, quiet=quiet)
    summary = step.example(folder)
    out.result(
        summary,
        lambda: out.line(
            f"{count(summary.recordings, 'recording')} in {summary.folder} (what is in them: truth.csv)\n"
            f"next: curate import {summary.folder} --dataset birds"
        ),
    )
