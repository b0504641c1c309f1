"""`curate search`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from typer import Argument, Option

from curate.cli._help import OUTPUT
from curate.cli._options import DatasetOption, DryRunOption, JsonOption, QuietOption, WhichModelOption
from curate.cli._output import Output, count

if TYPE_CHECKING:
    from curate.steps.scores.search import SearchSummary
    from curate.steps.scores.similar import Likeness


def search(
    name: Annotated[str, Argument(metavar="NAME", help="Name of the search. A known name continues it.")],
    dataset: DatasetOption = None,
    like: Annotated[
        list[str] | None,
        Option(
            metavar="EXAMPLE",
            help="Example of the sound: a recording, RECORDING@SECONDS for one window, or a sound "
            "file. Repeat the option for more.",
        ),
    ] = None,
    unlike: Annotated[
        list[str] | None,
        Option(metavar="EXAMPLE", help="Example of another sound. Repeat the option for more."),
    ] = None,
    model: WhichModelOption = None,
    max_items: Annotated[int, Option(metavar="N", help="List the N best windows.")] = 20,
    ask: Annotated[int, Option(metavar="N", help="Ask about N windows in the review.")] = 20,
    out: Annotated[
        Path | None,
        Option(
            "--out", "-o", metavar="CSV", help="Write the best windows to this table.", rich_help_panel=OUTPUT
        ),
    ] = None,
    dry_run: DryRunOption = False,
    json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Find more of a sound, and learn from your answers.

    Answer with 'curate review --queue search'. Then search again by the same name.

    Examples
    --------
    Search for the sound at 2 s of a recording:

        curate search wrens --like XC90000013.mp3@2

    Say what it is not:

        curate search wrens --like XC90000013.mp3@2 --unlike XC90000041.ogg
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
        f"trained on {count(summary.like, 'window')} like it and {summary.unlike:,} unlike it. "
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
            f"{count(len(summary.asked), 'window')} to answer: curate review --queue search. Then run again: "
            f"curate search {summary.name}"
        )


def _cells(each: Likeness) -> tuple[str, str, str, str, str]:
    return (each.recording_id, f"{each.onset:.2f}", f"{each.offset:.2f}", each.label, f"{each.score:.3f}")
