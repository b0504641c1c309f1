"""`curate dump`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from typer import Argument

from curate.cli._options import DatasetOption, JsonOption, QuietOption
from curate.cli._output import Output, count


def dump(
    folder: Annotated[Path, Argument(metavar="DIR", help="Where the CSV files go.")],
    dataset: DatasetOption = None,
    json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Write every table of the catalogue as CSV."""
    from curate.catalogue.dataset import Dataset
    from curate.steps.inspect import dump as step

    out = Output(json=json, quiet=quiet)
    with Dataset(dataset) as birds:
        summary = step.dump(birds, folder)
    total = sum(summary.rows.values())
    out.result(
        summary,
        lambda: out.line(f"{count(total, 'row')} of {count(len(summary.rows), 'table')} in {summary.folder}"),
    )
