"""`curate split-work`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from typer import Option

from curate.cli._help import OUTPUT
from curate.cli._options import DatasetOption, DryRunOption, JsonOption, QuietOption
from curate.cli._output import Output, count, duration

if TYPE_CHECKING:
    from curate.steps.acquire.split_work import SplitWorkSummary


def split_work(
    dataset: DatasetOption = None,
    parts: Annotated[int, Option(metavar="N", min=1, help="Number of parts.")] = 2,
    out: Annotated[
        Path | None,
        Option(
            "--out",
            "-o",
            metavar="DIR",
            show_default="parts in the dataset",
            help="Folder for part-1, part-2 and so on.",
            rich_help_panel=OUTPUT,
        ),
    ] = None,
    dry_run: DryRunOption = False,
    json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Divide a dataset into parts, for several people or machines.

    Each part has about the same length, and is a dataset that uses the same audio files. Put the parts
    together again with 'curate merge'.

    Examples
    --------
    Divide the work among four machines:

        curate split-work --parts 4

    Choose the folder of the parts:

        curate split-work --parts 2 --out laptops
    """
    from curate.catalogue.dataset import Dataset
    from curate.steps.acquire import split_work as step

    out_ = Output(json=json, quiet=quiet)
    with Dataset(dataset) as birds:
        summary = step.split_work(birds, parts=parts, out=out, dry_run=dry_run)
    out_.result(summary, lambda: _show(out_, summary, dry_run=dry_run))


def _show(out: Output, summary: SplitWorkSummary, *, dry_run: bool) -> None:
    for part in summary.parts:
        made = "would be" if dry_run else "has"
        out.line(f"{part.folder} {made} {count(part.recordings, 'recording')}, {duration(part.seconds)}")
    out.line("when all is done there: curate merge PART...")
