"""`curate pseudo-label`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from typer import Argument, Exit, Option

from curate.cli._options import DatasetOption, DryRunOption, JsonOption, QuietOption, ScoresOfOption
from curate.cli._output import Output, count, duration
from curate.cli.scores.model_names import show_names

if TYPE_CHECKING:
    from curate.steps.scores.pseudo_label import PseudoLabelSummary


def pseudo_label(
    predictions: Annotated[
        list[Path] | None,
        Argument(
            metavar="PREDICTIONS...",
            help="Tables of scores, CSV or Parquet: recording, onset and offset (or row_id), a column per "
            "class; or layer:NAME for what a detector heard. Several are averaged.",
        ),
    ] = None,
    dataset: DatasetOption = None,
    model: ScoresOfOption = None,
    round: Annotated[
        str, Option(metavar="NAME", help="The layer to fill; one of this name is replaced.")
    ] = "pseudo-1",
    keep_above: Annotated[
        float, Option(metavar="SCORE", help="A window counts if its best class has so much.")
    ] = 0.5,
    zero_below: Annotated[float, Option(metavar="SCORE", help="In it, smaller scores are nothing.")] = 0.1,
    power: Annotated[float, Option(metavar="P", help="Raise what is left to this power.")] = 1.0,
    top_n: Annotated[
        int | None,
        Option("--top-n", metavar="N", help="First weaken all but the N best classes of a recording ..."),
    ] = None,
    top_n_power: Annotated[
        float, Option("--top-n-power", metavar="P", help="... by raising them to this power.")
    ] = 2.0,
    max_per_class: Annotated[
        int | None, Option(metavar="N", help="No more windows of each best class: its surest.")
    ] = None,
    window: Annotated[
        float, Option(metavar="SECONDS", help="Length of the windows that a row_id names.")
    ] = 5.0,
    labelled: Annotated[
        bool, Option("--labelled", help="Windows of recordings with a label, too; the label stays.")
    ] = False,
    dry_run: DryRunOption = False,
    json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Turn model scores into soft labels of what nobody labelled.

    Each round is a layer; curate manifest --soft-labels ROUND writes a row for each of its windows.
    What persons and archives say is never changed.
    """
    from curate.catalogue.dataset import Dataset
    from curate.steps.scores import pseudo_label as step

    out = Output(json=json, quiet=quiet)
    with Dataset(dataset) as birds:
        summary = step.pseudo_label(
            birds,
            predictions or (),
            model=model,
            round=round,
            keep_above=keep_above,
            zero_below=zero_below,
            power=power,
            top_n=top_n,
            top_n_power=top_n_power,
            max_per_class=max_per_class,
            window=window,
            labelled=labelled,
            dry_run=dry_run,
        )
    out.result(summary, lambda: _show(out, summary, dry_run=dry_run))
    out.problems(summary.problems)
    if summary.failed:
        raise Exit(3)


#: Classes that are listed; --json lists all.
_LISTED = 20


def _show(out: Output, summary: PseudoLabelSummary, *, dry_run: bool) -> None:
    heard = sorted(summary.classes, key=lambda each: (-each.best, -each.windows, each.label))
    out.table(
        "classes heard" if len(heard) <= _LISTED else f"the {_LISTED} classes heard most, of {len(heard):,}",
        ("class", "the best in", "heard in", "mean score"),
        [(each.label, each.best, each.windows, f"{each.mean:.2f}") for each in heard[:_LISTED]],
    )
    out.line(
        f"{count(summary.windows, 'window')} of {count(summary.recordings, 'recording')} scored by "
        f"{count(summary.files, 'model')}: {'would keep' if dry_run else 'kept'} {summary.kept:,} of "
        f"{count(summary.kept_recordings, 'recording')}, {duration(summary.seconds)}; "
        f"{summary.weak:,} too weak, {summary.capped:,} above the cap"
    )
    show_names(out, summary.model)
    if summary.incomplete:
        out.line(f"{count(summary.incomplete, 'window')} not scored by all models")
    if summary.labelled:
        out.line(f"{count(summary.labelled, 'recording')} with a label left alone; --labelled takes them")
    if not dry_run:
        out.line(f"in the layer {summary.round}; curate manifest --soft-labels {summary.round} writes them")
