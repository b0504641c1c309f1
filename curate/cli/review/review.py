"""`curate review`."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

from typer import Context, Option

from curate.cli._options import (
    BrowserOption,
    DatasetOption,
    HostOption,
    JsonOption,
    PortOption,
    QuietOption,
    ReviewerOption,
    TokenOption,
)
from curate.cli._output import Output, count, say, share
from curate.cli.review.review_exchange import export, import_, nothing_in
from curate.errors import UsageError

if TYPE_CHECKING:
    from curate.steps.review.review import ReviewSummary
    from curate.web.reviewer_answers import SampleFigure, Share


def review(
    context: Context,
    dataset: DatasetOption = None,
    queue: Annotated[
        str,
        Option(
            metavar="QUEUE",
            help="Queue to decide: doubtful-speech, rare-classes, quality, duplicates, labels, "
            "outliers, fault-groups, search, selection, disagreements or sample.",
        ),
    ] = "doubtful-speech",
    max_items: Annotated[int, Option(metavar="N", min=1, help="Show at most N items.")] = 300,
    reviewer: ReviewerOption = None,
    host: HostOption = "127.0.0.1",
    port: PortOption = 8765,
    token: TokenOption = True,
    browser: BrowserOption = True,
    json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Listen and decide, on a page in the browser.

    Your decisions overrule every detector, and are saved at once. End with Ctrl-C. The next 'curate
    render' writes the copies that changed.

    Examples
    --------
    Decide about possible voices:

        curate review

    Check labels, under your name:

        curate review --queue labels --reviewer ana
    """
    if context.invoked_subcommand is not None:
        _refuse_options(context)
        return
    from curate.catalogue.dataset import Dataset
    from curate.steps.review import review as step

    out = Output(json=json, quiet=quiet)
    with Dataset(dataset) as birds:
        summary = step.review(
            birds,
            queue=queue,
            max_items=max_items,
            reviewer=reviewer,
            host=host,
            port=port,
            token=token,
            browser=browser,
            ready=lambda address: say(f"{address} is ready. Press ? there for the keys, Ctrl-C here to stop"),
        )
        out.result(summary, lambda: _show(out, summary))


#: What may stand behind it.
COMMANDS: dict[str, Callable[..., None]] = {"export": export, "import": import_}


def _refuse_options(context: Context) -> None:
    """Refuse options that stand before another word, where they would be lost."""
    word = context.invoked_subcommand
    for name in context.params:
        source = context.get_parameter_source(name)
        if source is not None and source.name == "COMMANDLINE":
            option = name.replace("_", "-")
            raise UsageError(
                f"--{option} stands before '{word}'", hint=f"write it behind: {word} DIR --{option}"
            )


def _show(out: Output, summary: ReviewSummary) -> None:
    if not summary.items:
        out.line(nothing_in(summary.queue))
        return
    out.line(
        f"{summary.queue}: {summary.decided:,} of {count(summary.items, 'item')} decided, "
        f"{summary.verdicts:,} in this session"
    )
    together = summary.agreement
    if together is not None and together.items:
        kappa = "" if together.kappa is None else f", kappa {together.kappa:.2f}"
        out.line(
            f"{' and '.join(together.reviewers)} agree on {together.agreed:,} of "
            f"{count(together.items, 'item')} ({share(together.agreed, together.items)}{kappa})"
        )
    if summary.sample is not None:
        _show_sample(out, summary.sample)


def _show_sample(out: Output, sample: SampleFigure) -> None:
    def cells(name: str, found: Share) -> tuple[str, int, int, str, str, str]:
        ends = (f"{100 * found.low:.1f} %", f"{100 * found.high:.1f} %")
        return name, found.n, found.right, share(found.right, found.n), *ends

    rows = [cells(name, found) for name, found in sample.groups.items()]
    out.table(
        "right in the sample, with its interval of 95 %",
        ("class", "heard", "right", "share", "from", "to"),
        [*rows, cells("all", sample.all)],
    )
    if sample.all.n < sample.of:
        out.line(f"{sample.of - sample.all.n:,} of {sample.of:,} left to review")
