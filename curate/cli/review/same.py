"""`curate same`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from typer import Argument, Option

from curate.cli._options import DatasetOption, JsonOption, QuietOption
from curate.cli._output import Output

if TYPE_CHECKING:
    from curate.steps.review.record_verdict import PairSummary


def same(
    recording: Annotated[str, Argument(metavar="RECORDING", help="Its id, or the end of its path.")],
    other: Annotated[str, Argument(metavar="OTHER", help="Likewise.")],
    dataset: DatasetOption = None,
    reviewer: Annotated[
        str | None, Option(metavar="NAME", show_default="the user's name", help="Who decides.")
    ] = None,
    json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Say that two recordings are the same sound: the better one stays, the other goes, now and later.

    It beats what dedupe finds until it is taken back; a later verdict beats an earlier one.
    """
    from curate.catalogue.dataset import Dataset
    from curate.steps.review import same as step

    out = Output(json=json, quiet=quiet)
    with Dataset(dataset) as birds:
        summary = step.same(birds, recording, other, reviewer=reviewer)
    out.result(summary, lambda: told(out, summary))


def told(out: Output, summary: PairSummary) -> None:
    """Print what a verdict on a pair did."""
    are = "are the same" if summary.judgement == "same" else "are not the same"
    out.line(
        f"{summary.recording} and {summary.other} {are}; verdict {summary.number} of {summary.reviewer} "
        f"(curate undo {summary.number} takes it back)"
    )
    for name, reason in summary.dropped.items():
        out.line(f"{name} is dropped: {reason}")
    for name in summary.back:
        out.line(f"{name} is dropped no more; a copy that it needs: curate render")
