"""`curate search`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from typer import Argument, Option

from curate.cli._options import DatasetOption, DryRunOption, JsonOption, QuietOption, WhichModelOption
from curate.cli._output import Output, count

if TYPE_CHECKING:
    from curate.steps.scores.search import SearchSummary
    from curate.steps.scores.similar import Likeness


def search(
    name: Annotated[str, Argument(metavar="NAME", help="Of the search; a known one goes on.")],
    dataset: DatasetOption = None,
    like: Annotated[
        list[str] | None,
        Option(
            metavar="EXAMPLE",
            help="A recording, RECORDING@SECONDS for one window, or a sound file; may be repeated.",
        ),
    ] = None,
    unlike: Annotated[
        list[str] | None, Option(metavar="EXAMPLE", help="What it is not; may be repeated.")
    ] = None,
    model: WhichModelOption = None,
    max_items: Annotated[int, Option(metavar="N", help="List the N best.")] = 20,
    ask: Annotated[int, Option(metavar="N", help="Ask about N windows in the review.")] = 20,
    out: Annotated[Path | None, Option("--out", "-o", metavar="CSV", help="A table of the best.")] = None,
    dry_run: DryRunOption = False,
    json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Find what a few examples have in common, and learn from what you answer.

    Answer with curate review --queue search, then search again by the same name.
    """
    from curate.catalogue.dataset import Dataset
    from curate.steps.scores import search as step

    output = Output(json=json, quiet=quiet)
    with Dataset(dataset) as birds:
        summary = step.search(
            birds,
            name,
            like=like or (),
            unlike=unlike or (),
            model=model,
            max_items=max_items,
            ask=ask,
            out=out,
            dry_run=dry_run,
        )
    output.result(summary, lambda: _show(output, summary, dry_run=dry_run))


def _show(out: Output, summary: SearchSummary, *, dry_run: bool) -> None:
    columns = ("recording", "from", "to", "label", "score")
    out.table(f"best of the search {summary.name}", columns, [_cells(each) for each in summary.found])
    out.line(
        f"trained on {count(summary.like, 'window')} like it and {summary.unlike:,} unlike it; "
        f"{count(summary.likely, 'window')} of {summary.windows:,} score 0.5 or more, by {summary.model}"
    )
    if summary.missing:
        out.line(
            f"{count(summary.missing, 'recording')} left out, without current vectors: "
            f"curate embed --model {summary.model}"
        )
    if summary.path:
        out.line(f"written to {summary.path}")
    if summary.asked and not dry_run:
        out.line(
            f"{count(len(summary.asked), 'window')} to answer: curate review --queue search; then again: "
            f"curate search {summary.name}"
        )


def _cells(each: Likeness) -> tuple[str, str, str, str, str]:
    return (each.recording_id, f"{each.onset:.2f}", f"{each.offset:.2f}", each.label, f"{each.score:.3f}")
