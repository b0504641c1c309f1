"""`curate clean-up`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from typer import Argument

from curate.cli._options import DatasetOption, DryRunOption, JsonOption, QuietOption
from curate.cli._output import Output, count

if TYPE_CHECKING:
    from curate.steps.export.clean_up import CleanUpSummary


def clean_up(
    exported: Annotated[
        list[Path] | None,
        Argument(metavar="EXPORT...", help="Manifests or folders that nobody uses any more."),
    ] = None,
    dataset: DatasetOption = None,
    dry_run: DryRunOption = False,
    json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Remove clean copies of earlier cuts that no export uses.

    When cuts change, a copy that an export names is kept, so that the export stays true. This command
    removes it once the export was written again, was deleted, or is named here.

    Examples
    --------
    See what would be removed:

        curate clean-up --dry-run

    Remove the copies of an old manifest:

        curate clean-up old.csv
    """
    from curate.catalogue.dataset import Dataset
    from curate.steps.export import clean_up as step

    out = Output(json=json, quiet=quiet)
    with Dataset(dataset) as birds:
        summary = step.clean_up(birds, exported or (), dry_run=dry_run)
    out.result(summary, lambda: _show(out, summary, dry_run=dry_run))


def _show(out: Output, summary: CleanUpSummary, *, dry_run: bool) -> None:
    for path in summary.forgotten:
        out.line(f"{'would forget' if dry_run else 'forgotten'}: the export {path}")
    kept = (
        f". {summary.kept:,} are kept for exports ({summary.kept_bytes / 1e6:,.1f} MB)"
        if summary.kept
        else ""
    )
    out.line(
        f"{'would remove' if dry_run else 'removed'} {count(summary.removed, 'clean copy')} of earlier cuts "
        f"({summary.removed_bytes / 1e6:,.1f} MB){kept}"
    )
