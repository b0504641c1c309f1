"""`curate merge`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from typer import Argument

from curate.cli._options import DatasetOption, JsonOption, QuietOption
from curate.cli._output import Output, count

if TYPE_CHECKING:
    from curate.steps.acquire.merge import MergeSummary

#: Pairs of the same bytes that are listed; the others are in --json.
_SHOWN = 8


def merge(
    parts: Annotated[list[Path], Argument(metavar="PART...", help="Dataset folders.")],
    dataset: DatasetOption = None,
    json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Add the recordings and decisions of other datasets.

    The parts may come from 'curate split-work' or from anywhere. They are only read.

    Examples
    --------
    Put parts together again:

        curate merge parts/part-1 parts/part-2 --dataset birds

    Join two datasets in a new one:

        curate merge frogs crickets --dataset night
    """
    from curate.catalogue.dataset import Dataset
    from curate.steps.acquire import merge as step

    out = Output(json=json, quiet=quiet)
    with Dataset(dataset) as birds:
        summary = step.merge(birds, parts)
    out.problems(summary.problems)
    out.result(summary, lambda: _show(out, summary))


def _show(out: Output, summary: MergeSummary) -> None:
    out.line(
        f"{count(len(summary.parts), 'part')}: {count(summary.added, 'new recording')}, "
        f"{summary.known:,} known ({summary.completed:,} completed), "
        f"{count(summary.verdicts, 'new verdict')}, {count(summary.copies, 'clean copy')} copied"
    )
    for name, other in summary.same_bytes[:_SHOWN]:
        out.line(f"{name} has the bytes of {other}")
    if len(summary.same_bytes) > _SHOWN:
        out.line(f"... and {len(summary.same_bytes) - _SHOWN:,} more of the same bytes (--json lists all)")
    if summary.again:
        out.line(
            "continue on the whole dataset. Finished detections are reused: curate "
            f"{', curate '.join(summary.again)}"
        )
