"""`curate check`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from typer import Exit, Option

from curate.cli._options import DatasetOption, EngineOption, JobsOption, JsonOption, QuietOption
from curate.cli._output import Output, count, duration, say

if TYPE_CHECKING:
    from curate.steps.inspect.check import CheckSummary

#: Files of one kind that are listed on a terminal.
_LISTED = 5


def check(
    dataset: DatasetOption = None,
    read: Annotated[
        bool,
        Option("--read", help="Read every file to its last byte, and compare checksum, sound and length."),
    ] = False,
    limit: Annotated[
        int, Option(metavar="N", min=0, help="In --json, name at most N files of each kind. All are counted.")
    ] = 1000,
    jobs: JobsOption = None,
    engine: EngineOption = "local",
    json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Check that all files of the dataset exist and are intact.

    It covers raw files, clean copies, the catalogue, and unknown files in the dataset's folders. It only
    reads. The exit code is 3 if something is wrong.

    Examples
    --------
    Compare sizes and times of change:

        curate check

    Read every file:

        curate check --read
    """
    from curate.catalogue.dataset import Dataset
    from curate.steps.inspect import check as step

    out = Output(json=json, quiet=quiet)
    with Dataset(dataset) as birds:
        summary = step.check(birds, read=read, limit=limit, jobs=jobs, engine=engine, progress=out.progress)
    out.result(summary, lambda: _show(out, summary, read=read))
    if summary.wrong:
        raise Exit(3)


def _show(out: Output, summary: CheckSummary, *, read: bool) -> None:
    for each in summary.wrong:
        say(f"{each.kind}: {each.count:,}")
        for fault in each.first[:_LISTED]:
            say(f"  {fault.path}: {fault.reason}")
        if each.count > _LISTED:
            say(f"  ... and {each.count - _LISTED:,} more (--json lists {len(each.first):,})")
    for fault in summary.damage[:_LISTED]:
        say(f"damaged, as is known: {fault.path}: {fault.reason}")
    # Not a table that folds its cells: what stands last is there to be copied.
    wide = max((len(each.kind) for each in summary.wrong), default=0)
    far = max((len(f"{each.count:,}") for each in summary.wrong), default=0)
    for each in summary.wrong:
        out.line(f"{each.kind:{wide}}  {each.count:{far},}  {each.next}")
    looked = f"{count(summary.recordings, 'raw file')} and {count(summary.copies, 'clean copy')}"
    how = (
        f"read to their end ({summary.bytes_read / 1e6:,.1f} MB in {duration(summary.elapsed_s)})"
        if read
        else "by size and time of change. --read reads them"
    )
    verdict = "not all is well" if summary.wrong else "all is as it was" if summary.damaged else "all is well"
    damaged = f", {summary.damaged:,} damaged, as is known" if summary.damaged else ""
    out.line(f"{verdict}: {looked} checked, {how}{damaged}")
    for export in summary.exports:
        if export.state in ("stale", "gone"):
            rows = count(export.rows, "row")
            out.line(f"{export.state}: {export.path} ({export.format}, {rows}): {export.reason}")
    if summary.waiting:
        out.line(f"{count(summary.waiting, 'clean copy')} to be made: curate render")
    if summary.busy:
        out.line("another command is writing: its unfinished work was left out of the check")
