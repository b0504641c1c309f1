"""`curate upsample`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from typer import Option

from curate.cli._options import DatasetOption, DryRunOption, JsonOption, QuietOption
from curate.cli._output import Output, count

if TYPE_CHECKING:
    from curate.steps.balance.upsample import UpsampleSummary

#: Characters of the longest bar of the histogram.
_WIDEST = 40


def upsample(
    dataset: DatasetOption = None,
    below: Annotated[
        int, Option(metavar="N", help="Repeat rows of classes that have fewer than N. 0 repeats none.")
    ] = 20,
    target: Annotated[
        int | None,
        Option(metavar="N", show_default="as --below", help="Number of rows to reach in a rare class."),
    ] = None,
    max_repeats: Annotated[int, Option(metavar="N", help="Use each row at most N times.")] = 5,
    cap: Annotated[
        int | None,
        Option(metavar="N", help="Use at most N rows of a class."),
    ] = None,
    by: Annotated[
        str,
        Option(
            metavar="HOW",
            help="Rows that --cap keeps: rating takes the best of many recordists, diversity the least"
            " alike.",
        ),
    ] = "rating",
    model: Annotated[
        str | None,
        Option(
            metavar="NAME", show_default="the only one", help="Model whose vectors --by diversity compares."
        ),
    ] = None,
    weights: Annotated[
        str | None, Option(metavar="HOW", help="Weigh classes by sqrt, inverse or effective.")
    ] = None,
    beta: Annotated[float, Option(metavar="SHARE", help="Beta of --weights effective, 0 to 1.")] = 0.999,
    rating_weights: Annotated[
        bool, Option("--rating-weights", help="Multiply weights by (rating + 1) / 6.")
    ] = False,
    count_secondary: Annotated[
        bool, Option("--count-secondary", help="Count recordings for the classes in their background, too.")
    ] = False,
    fold: Annotated[
        int | None, Option(metavar="K", help="Count rows for the round in which fold K is for validation.")
    ] = None,
    seed: Annotated[int, Option(metavar="N", help="Seed for the choice between equal rows.")] = 0,
    dry_run: DryRunOption = False,
    json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Repeat the rows of rare classes, and cap common classes.

    It writes numbers and weights for the manifest, and leaves audio as it is. Run split first, and
    windows if you use them. --below 0 takes it back.

    Examples
    --------
    Raise classes to 20 rows, and use each row at most 5 times:

        curate upsample --below 20 --max-repeats 5

    Cap classes at 500 rows, and weigh them:

        curate upsample --cap 500 --weights sqrt
    """
    from curate.catalogue.dataset import Dataset
    from curate.steps.balance import upsample as step

    out = Output(json=json, quiet=quiet)
    with Dataset(dataset) as birds:
        summary = step.upsample(
            birds,
            below=below,
            target=target,
            max_repeats=max_repeats,
            cap=cap,
            by=by,  # type: ignore[arg-type]
            model=model,
            weights=weights,  # type: ignore[arg-type]
            beta=beta,
            rating_weights=rating_weights,
            count_secondary=count_secondary,
            fold=fold,
            seed=seed,
            dry_run=dry_run,
        )
    out.result(summary, lambda: _show(out, summary, below=below, dry_run=dry_run))


def _show(out: Output, summary: UpsampleSummary, *, below: int, dry_run: bool) -> None:
    if not summary.classes_count:
        out.line("all training recordings lack a label (curate show labels)")
        return
    most = max((max(found.before, found.after) for found in summary.histogram), default=0)
    out.table(
        "classes by the number of their training rows",
        ("rows", "before", "", "after", ""),
        [
            (
                _range(found.low, found.high),
                found.before,
                _bar(found.before, most),
                found.after,
                _bar(found.after, most),
            )
            for found in summary.histogram
        ],
    )
    if 0 < summary.target < below:
        out.line(
            f"every class is below {below:,} rows: rare ones are raised to as many as the largest has, "
            f"{summary.target:,}. --target raises all"
        )
    if summary.without_vectors:
        out.line(
            f"{count(summary.without_vectors, 'recording')} of capped classes come last, as they lack "
            "vectors: curate embed"
        )
    if summary.short:
        out.line(f"{count(summary.short, 'class')} stay below, as --max-repeats limits them")
    out.line(
        f"{'would train' if dry_run else 'train'}: {count(summary.recordings, 'recording')} of "
        f"{count(summary.classes_count, 'class')}, {summary.rows_before:,} rows before, "
        f"{summary.rows_after:,} after. {count(summary.raised, 'class')} raised, {summary.capped:,} capped. "
        f"Largest to smallest: {summary.ratio_before:,.1f} before, {summary.ratio_after:,.1f} after. "
        f"{count(summary.left_alone, 'recording')} in validation or test left alone"
    )


def _range(low: int, high: int | None) -> str:
    if high is None:
        return f"{low} or more"
    return f"{low}" if low == high else f"{low}-{high}"


def _bar(number: int, most: int) -> str:
    return "█" * (-(-number * _WIDEST // most) if most else 0)
