"""`curate dump`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from typer import Argument

from curate.cli._options import DatasetOption, DryRunOption, JsonOption, QuietOption
from curate.cli._output import Output, count


def dump(
    folder: Annotated[Path, Argument(metavar="DIR", help="Folder for the CSV files.")],
    dataset: DatasetOption = None,
    dry_run: DryRunOption = False,
    json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Write every table of the catalogue as CSV.

    Examples
    --------
    Write all tables:

        curate dump tables

    Count the rows first:

        curate dump tables --dry-run
    """
    from curate.catalogue.dataset import Dataset
    from curate.steps.inspect import dump as step

    out = Output(json=json, quiet=quiet)
    with Dataset(dataset) as birds:
        summary = step.dump(birds, folder, dry_run=dry_run)
    total = sum(summary.rows.values())
    out.result(
        summary,
        lambda: out.line(
            f"{'would write ' if dry_run else ''}{count(total, 'row')} of "
            f"{count(len(summary.rows), 'table')} in {summary.folder}"
        ),
    )
