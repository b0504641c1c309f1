"""`curate undo`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from typer import Argument, Exit, Option

from curate.cli._options import (
    DatasetOption,
    DryRunOption,
    EngineOption,
    JobsOption,
    JsonOption,
    QuietOption,
    RenderOption,
)
from curate.cli._output import Output, count, duration

if TYPE_CHECKING:
    from curate.steps.review.undo import UndoSummary


def undo(
    what: Annotated[
        list[str],
        Argument(
            metavar="WHAT...",
            help="Numbers of verdicts (curate show verdicts), last, fresh, or a command: dedupe, "
            "split, strip-voice, trim, upsample or windows.",
        ),
    ],
    dataset: DatasetOption = None,
    reviewer: Annotated[
        str | None,
        Option(metavar="NAME", show_default="your user name", help="Person whose last verdict to take back."),
    ] = None,
    render: RenderOption = True,
    jobs: JobsOption = None,
    engine: EngineOption = "local",
    dry_run: DryRunOption = False,
    json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Take back verdicts, or all decisions of a command.

    A verdict stays in the history, marked as taken back. Later runs decide as before it. Detections stay,
    so a command decides again without decoding.

    fresh brings back the verdicts that 'curate run --fresh' set aside.

    Examples
    --------
    Take back your last verdict:

        curate undo last

    Preview what strip-voice cut and would come back:

        curate undo strip-voice --dry-run
    """
    from curate.catalogue.dataset import Dataset
    from curate.steps.review import undo as step

    out = Output(json=json, quiet=quiet)
    with Dataset(dataset) as birds:
        summary = step.undo(
            birds,
            what,
            reviewer=reviewer,
            render=render,
            jobs=jobs,
            engine=engine,
            dry_run=dry_run,
            progress=out.progress,
        )
    out.problems(summary.problems, summary.problem_counts)
    out.result(summary, lambda: _show(out, summary, render=render, dry_run=dry_run))
    if summary.failed:
        raise Exit(3)


def _show(out: Output, summary: UndoSummary, *, render: bool, dry_run: bool) -> None:
    taken = "would be taken back" if dry_run else "taken back"
    for verdict in summary.verdicts:
        label = f" ({verdict.label})" if verdict.label else ""
        about = f"{verdict.onset:g}-{verdict.offset:g} s of {verdict.recording_id}{label}"
        if verdict.other:
            about = f"{verdict.recording_id} and {verdict.other}"
        out.line(f"verdict {verdict.number} of {verdict.reviewer} {taken}: {verdict.judgement} {about}")
    for back in summary.steps:
        seconds = f": {duration(back.seconds)} come back" if back.seconds else ""
        # A choice of windows decides about all recordings at once.
        where = f" in {count(back.recordings, 'recording')}" if back.step != "windows" else ""
        out.line(f"{back.step} {taken}{where}{seconds}")
    if summary.given_again:
        stand = "would count again" if dry_run else "count again. Update the clean copies: curate render"
        out.line(f"{count(summary.given_again, 'verdict')} {stand}")
    for place in summary.no_longer_against:
        out.line(f"{'would no longer be' if dry_run else 'no longer'} kept apart from {place}")
    if dry_run:
        out.outdated(summary.outdated, dry_run=True)
        if summary.balance_lost:
            out.line("upsampling would be taken back, as it counted other rows")
        if summary.work is not None and summary.work.copies:
            out.work(summary.work, after="it " if summary.steps and render else "then curate render ")
    else:
        _show_what_follows(out, summary, render=render)


def _show_what_follows(out: Output, summary: UndoSummary, *, render: bool) -> None:
    if any(verdict.other for verdict in summary.verdicts):
        out.line("curate chose again which of the same sounds to drop: curate show drops")
    if any(not verdict.other for verdict in summary.verdicts):
        out.line("the ledger is as it was before. Update the clean copies: curate render")
    out.outdated(summary.outdated)
    if summary.balance_lost:
        out.line("upsampling was taken back, as it counted other rows: run 'curate upsample' again")
    if summary.copies or summary.rendered or summary.removed:
        out.line(
            f"{count(summary.copies, 'clean copy')}: {summary.rendered:,} written now, "
            f"{summary.removed:,} removed"
        )
    if not render and summary.steps:
        out.line("copies are written by: curate render")
