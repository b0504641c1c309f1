"""`curate review export` and `curate review import`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from typer import Argument, Exit, Option, confirm

from curate.cli._help import OUTPUT, SELECTION
from curate.cli._options import DatasetOption, DryRunOption, JsonOption, QuietOption
from curate.cli._output import Output, count, duration, expected, say

if TYPE_CHECKING:
    from curate.steps.review.review_export import ReviewExportSummary
    from curate.steps.review.review_import import ReviewImportSummary

#: Changes that are listed before they are made; the rest is counted.
_LISTED = 40

#: Where the items of each queue come from: told where there are none.
FILLED_BY = {
    "disagreements": "two reviewers who answered differently fill it",
    "doubtful-speech": "strip-voice fills it",
    "duplicates": "dedupe fills it",
    "fault-groups": "cluster fills it",
    "labels": "recordings without a label fill it, and what audit doubts",
    "outliers": "cluster fills it",
    "quality": "trim and scan fill it",
    "rare-classes": "classes of fewer than 30 recordings fill it",
    "sample": "kept recordings with a label fill it",
    "search": "curate search fills it",
    "selection": "a selection on the map fills it",
}


def nothing_in(queue: str) -> str:
    """Say that a queue is empty, and what would fill it."""
    return f"nothing to decide in the queue {queue}: {FILLED_BY[queue]}"


def export(
    folder: Annotated[
        Path,
        Argument(
            metavar="DIR", show_default=False, help="Folder to write. An earlier export there is replaced."
        ),
    ],
    to: Annotated[
        str,
        Option(
            metavar="PROGRAM",
            show_default=False,
            help="Program to edit with: raven, audacity or label-studio.",
            rich_help_panel=OUTPUT,
        ),
    ],
    dataset: DatasetOption = None,
    queue: Annotated[
        str,
        Option(metavar="QUEUE", help="Queue to export, as for 'curate review'.", rich_help_panel=SELECTION),
    ] = "doubtful-speech",
    max_items: Annotated[
        int, Option(metavar="N", min=1, help="Export at most N items.", rich_help_panel=SELECTION)
    ] = 300,
    reviewer: Annotated[
        str | None,
        Option(metavar="NAME", show_default="your user name", help="Name of the person who will decide."),
    ] = None,
    audio: Annotated[
        Literal["copy", "cut", "link"] | None,
        Option(
            metavar="HOW",
            show_default="cut for label-studio, else link",
            help="Link or copy whole recordings, or cut a stretch of each.",
            rich_help_panel=OUTPUT,
        ),
    ] = None,
    dry_run: DryRunOption = False,
    json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Write a queue as audio and tables, to edit in another program.

    A row that you leave means yes: speech is cut, a class is right. Delete wrong rows, move borders and
    add rows. Rename a row to another class, or to keep, cut or drop.

    Examples
    --------
    Send possible voices to Raven:

        curate review export to-raven --to raven

    Send labels to Label Studio, as short clips:

        curate review export clips --to label-studio --queue labels
    """
    from curate.catalogue.dataset import Dataset
    from curate.steps.review import review as step

    out = Output(json=json, quiet=quiet)
    with Dataset(dataset) as birds:
        summary = step.review_export(
            birds,
            folder,
            to=to,
            queue=queue,
            max_items=max_items,
            reviewer=reviewer,
            audio=audio,
            dry_run=dry_run,
            progress=out.progress,
        )
    out.problems(summary.problems)
    out.result(summary, lambda: _show_export(out, summary, dry_run=dry_run))
    if summary.problems:
        raise Exit(3)


def _show_export(out: Output, summary: ReviewExportSummary, *, dry_run: bool) -> None:
    if not summary.files:
        out.line(f"{nothing_in(summary.queue)}. {'Nothing to write' if dry_run else 'Nothing was written'}")
        return
    size = f", about {summary.bytes / 1e6:,.1f} MB" if summary.bytes else ""
    time = f": {expected(summary.expected_s)}" if dry_run else ""
    out.line(
        f"{'would write ' if dry_run else ''}{count(summary.items, 'item')} of {summary.queue} in "
        f"{count(summary.files, 'file')} ({duration(summary.seconds)}{size}) for {summary.to}. Folder: "
        f"{summary.folder}{time}"
    )


def import_(
    folder: Annotated[
        Path, Argument(metavar="DIR", show_default=False, help="Folder that 'curate review export' wrote.")
    ],
    dataset: DatasetOption = None,
    reviewer: Annotated[
        str | None,
        Option(metavar="NAME", show_default="your user name", help="Name of the person who decided."),
    ] = None,
    confirm_untouched: Annotated[
        bool,
        Option("--confirm-untouched", help="Count rows that were left as they are as checked and right."),
    ] = False,
    dry_run: DryRunOption = False,
    yes: Annotated[bool, Option("--yes", "-y", help="Save the verdicts at once, instead of asking.")] = False,
    json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Read the edited tables of an export back as verdicts.

    It lists the verdicts first, and asks before it saves them.

    Examples
    --------
    Preview the verdicts:

        curate review import to-raven --dry-run

    Save the verdicts of a second person:

        curate review import to-raven --reviewer ana --yes
    """
    from curate.catalogue.dataset import Dataset
    from curate.errors import UsageError
    from curate.steps.review import review as step

    out = Output(json=json, quiet=quiet)

    def agreed(summary: ReviewImportSummary) -> bool:
        if yes:
            return True
        if not sys.stdin.isatty():
            raise UsageError(
                "this needs an answer at a terminal", hint="--yes notes the verdicts, --dry-run lists them"
            )
        if not (json or quiet):
            _preview(out, summary)
        return confirm("Note these verdicts?", err=True)

    with Dataset(dataset) as birds:
        summary = step.review_import(
            birds,
            folder,
            reviewer=reviewer,
            confirm_untouched=confirm_untouched,
            dry_run=dry_run,
            agreed=agreed,
        )
    shown = not yes and not dry_run
    out.result(summary, lambda: _show(out, summary, shown=shown))
    out.problems(summary.problems)
    if summary.problems:
        raise Exit(3)


def _preview(out: Output, summary: ReviewImportSummary) -> None:
    new = [change for change in summary.changes if not change.known]
    out.table(
        f"verdicts of {summary.reviewer}",
        ("recording", "onset", "offset", "row", "was", "verdict"),
        [
            (each.recording, f"{each.onset:.3f}", f"{each.offset:.3f}", each.how, each.was, each.verdict)
            for each in new[:_LISTED]
        ],
    )
    if len(new) > _LISTED:
        out.line(f"... and {len(new) - _LISTED:,} more (--json lists all)")


def _show(out: Output, summary: ReviewImportSummary, *, shown: bool) -> None:
    if not shown:
        _preview(out, summary)
    done = (
        ", ".join(f"{number:,} {how}" for how, number in sorted(summary.hows.items())) or "none of them count"
    )
    out.line(
        f"{count(summary.rows, 'row')} of {summary.queue} from {summary.program}: {done}. "
        f"{summary.open:,} left open"
    )
    new = sum(not change.known for change in summary.changes)
    known = len(summary.changes) - new
    noted = (
        f"{count(summary.verdicts, 'verdict')} noted" if summary.verdicts or not new else f"{new:,} to note"
    )
    out.line(f"{noted}, {known:,} known")
    if summary.not_read:
        say(f"{count(summary.not_read, 'file')} of the export came back, but their table is missing")
