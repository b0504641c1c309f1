"""`curate report`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from typer import Option

from curate.cli._help import OUTPUT
from curate.cli._options import DatasetOption, DryRunOption, JsonOption, QuietOption
from curate.cli._output import Output, count, duration, expected, lost_words

if TYPE_CHECKING:
    from curate.steps.inspect.report import ReportSummary


def report(
    out: Annotated[
        Path | None,
        Option(
            "--out",
            "-o",
            metavar="FILE",
            show_default="numbers only",
            help="HTML page to write.",
            rich_help_panel=OUTPUT,
        ),
    ] = None,
    rare: Annotated[
        int, Option(metavar="N", min=0, help="Classes with fewer than N kept recordings are rare.")
    ] = 20,
    cuts: Annotated[
        int,
        Option(metavar="N", min=0, help="Show N of the most doubtful cuts, with sound. 0 shows none."),
    ] = 12,
    certificate: Annotated[
        bool,
        Option(
            "--certificate",
            help="Write a page on voices alone: found, muted, how well, and what was not searched.",
        ),
    ] = False,
    dataset: DatasetOption = None,
    dry_run: DryRunOption = False,
    json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Report how much was kept and why, as a page or as numbers.

    The page is one file, and needs no network.

    Examples
    --------
    Write the page:

        curate report -o report.html

    Print the numbers:

        curate report
    """
    from curate.catalogue.dataset import Dataset
    from curate.steps.inspect import report as step

    output = Output(json=json, quiet=quiet)
    with Dataset(dataset) as birds:
        summary = step.report(
            birds,
            out=out,
            rare=rare,
            cuts=cuts,
            certificate=certificate,
            dry_run=dry_run,
            progress=output.progress,
        )
    output.result(summary, lambda: _show(output, summary, certificate=certificate, dry_run=dry_run))


def _show(out: Output, summary: ReportSummary, *, certificate: bool, dry_run: bool) -> None:
    if certificate:
        would = "would write " if dry_run else ""
        out.line(f"{would}{summary.path}: voices found, muted and left. {summary.bytes / 1e3:.0f} kB")
        return
    facts = summary.facts
    words = {"seconds": duration, "recordings": "{:,.0f}".format, "classes": "{:,.0f}".format}
    for what, say in words.items():
        total = sum(stream.amount for stream in facts.flow[what])
        out.table(
            f"{'time' if what == 'seconds' else what}: {say(total)} came in",
            ("where it goes", "amount", "share"),
            [
                (stream.name, say(stream.amount), f"{100 * stream.amount / total:.1f} %")
                for stream in facts.flow[what]
            ],
        )
    if facts.leakage is not None:
        out.line(
            f"{count(facts.leakage.divided, 'group')} of {facts.leakage.groups:,} "
            "by one recordist at one site are in several folds"
        )
    if facts.damaged:
        out.line(lost_words(facts.damaged_seconds, facts.damaged))
    if not summary.path:
        out.line("more figures, with sound: curate report -o report.html")
        return
    about, time = ("about ", f": {expected(summary.expected_s)}") if dry_run else ("", "")
    out.line(
        f"{'would write ' if dry_run else ''}{summary.path}: {about}{summary.bytes / 1e6:.1f} MB, "
        f"{count(summary.excerpts, 'doubtful cut')} to hear{time}"
    )
    unheard = [cut.problem for cut in facts.doubtful if cut.problem]
    if unheard:
        out.line(f"{count(len(unheard), 'cut')} without sound. The first: {unheard[0]}")
