"""`curate pseudo-label`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from typer import Argument, Exit, Option

from curate.cli._help import SELECTION
from curate.cli._options import DatasetOption, DryRunOption, JsonOption, QuietOption, ScoresOfOption
from curate.cli._output import Output, count, duration
from curate.cli.scores.model_names import show_names, some

if TYPE_CHECKING:
    from curate.steps.scores.pseudo_label import PseudoLabelSummary


def pseudo_label(
    predictions: Annotated[
        list[Path] | None,
        Argument(
            metavar="PREDICTIONS...",
            help="Tables of scores, CSV or Parquet: recording, onset and offset (or row_id), and a "
            "column per class. layer:NAME takes a layer of detections. Several are averaged.",
        ),
    ] = None,
    dataset: DatasetOption = None,
    model: ScoresOfOption = None,
    round: Annotated[
        str, Option(metavar="NAME", help="Name of the layer to write. It replaces a layer of this name.")
    ] = "pseudo-1",
    keep_above: Annotated[
        float, Option(metavar="SCORE", help="Use a window if its best class has at least this score, 0 to 1.")
    ] = 0.5,
    zero_below: Annotated[float, Option(metavar="SCORE", help="Set lower scores in it to 0.")] = 0.1,
    power: Annotated[float, Option(metavar="P", help="Raise the remaining scores to this power.")] = 1.0,
    top_n: Annotated[
        int | None,
        Option(
            "--top-n",
            metavar="N",
            help="First weaken all but the N best classes of a recording, by --top-n-power.",
        ),
    ] = None,
    top_n_power: Annotated[
        float, Option("--top-n-power", metavar="P", help="Power for the classes that --top-n weakens.")
    ] = 2.0,
    max_per_class: Annotated[
        int | None,
        Option(metavar="N", help="Use at most N windows of each best class, highest scores first."),
    ] = None,
    window: Annotated[
        float, Option(metavar="SECONDS", help="Length of the windows that a row_id names, in seconds.")
    ] = 5.0,
    labelled: Annotated[
        bool,
        Option(
            "--labelled",
            help="Also use windows of recordings with a label. Their label stays.",
            rich_help_panel=SELECTION,
        ),
    ] = False,
    dry_run: DryRunOption = False,
    json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Turn model scores into soft labels of unlabelled recordings.

    Each round is a layer. 'curate manifest --soft-labels ROUND' writes a row for each of its windows.
    Labels of people and archives stay as they are.

    Examples
    --------
    Use the scores that embed stored for BirdNET:

        curate pseudo-label --model birdnet

    Average the scores of two models:

        curate pseudo-label birds.csv insects.csv --round pseudo-2
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
        "classes found" if len(heard) <= _LISTED else f"the {_LISTED} classes found most, of {len(heard):,}",
        ("class", "the best in", "found in", "mean score"),
        [(each.label, each.best, each.windows, f"{each.mean:.2f}") for each in heard[:_LISTED]],
    )
    out.line(
        f"{count(summary.windows, 'window')} of {count(summary.recordings, 'recording')} scored by "
        f"{count(summary.files, 'model')}: {'would keep' if dry_run else 'kept'} {summary.kept:,} of "
        f"{count(summary.kept_recordings, 'recording')}, {duration(summary.seconds)}. "
        f"{summary.weak:,} too weak, {summary.capped:,} above the cap"
    )
    show_names(out, summary.model)
    if summary.cut:
        out.line(f"{count(summary.cut, 'window')} more left out, as a part of each is cut by now")
    if summary.new_classes:
        out.line(
            f"{count(len(summary.new_classes), 'class')} new to the dataset: {some(summary.new_classes)}"
        )
    if summary.incomplete:
        out.line(f"{count(summary.incomplete, 'window')} scored by some of the models only")
    if summary.labelled:
        out.line(f"{count(summary.labelled, 'recording')} with a label left alone. --labelled takes them")
    if summary.windows and not summary.kept:
        out.line("no window is sure of a class of the dataset: look at the scores, or lower --keep-above")
    elif not dry_run:
        out.line(f"in the layer {summary.round}. Export them: curate manifest --soft-labels {summary.round}")
