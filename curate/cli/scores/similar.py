"""`curate similar`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from typer import Argument, Option

from curate.cli._help import OUTPUT
from curate.cli._options import DatasetOption, JsonOption, QuietOption
from curate.cli._output import Output, count

if TYPE_CHECKING:
    from curate.steps.scores.similar import SimilarSummary


def similar(
    example: Annotated[
        str,
        Argument(
            metavar="EXAMPLE", help="Recording, RECORDING@SECONDS for one of its windows, or a sound file."
        ),
    ],
    dataset: DatasetOption = None,
    model: Annotated[
        str | None,
        Option(
            "--model",
            metavar="NAME",
            show_default="the only one, of several spectral",
            help="Whose vectors are compared.",
        ),
    ] = None,
    max_items: Annotated[int, Option(metavar="N", help="List the N most similar.")] = 20,
    all_windows: Annotated[
        bool, Option("--all-windows", help="List all windows, instead of the best of each recording.")
    ] = False,
    out: Annotated[
        Path | None,
        Option("--out", "-o", metavar="CSV", help="Write the list to this table.", rich_help_panel=OUTPUT),
    ] = None,
    json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Find the recordings that sound most like an example.

    It compares the vectors of embed. The score is their cosine, at most 1.

    Examples
    --------
    Find what sounds like the window at 2 s:

        curate similar XC90000013.mp3@2

    List the 50 best windows in a table:

        curate similar XC90000013.mp3 --all-windows --max-items 50 -o near.csv
    """
    from curate.catalogue.dataset import Dataset
    from curate.steps.scores import similar as step

    output = Output(json=json, quiet=quiet)
    with Dataset(dataset) as birds:
        summary = step.similar(
            birds,
            example,
            model=model,
            max_items=max_items,
            all_windows=all_windows,
            out=out,
            progress=output.progress,
        )
    output.result(summary, lambda: _show(output, summary))


def _show(out: Output, summary: SimilarSummary) -> None:
    out.table(
        f"most like {summary.example}",
        ("recording", "from", "to", "label", "score"),
        [
            (each.recording_id, f"{each.onset:.2f}", f"{each.offset:.2f}", each.label, f"{each.score:.3f}")
            for each in summary.found
        ],
    )
    out.line(
        f"compared with {count(summary.windows, 'window')} of {count(summary.recordings, 'recording')} "
        f"by {summary.model}"
    )
    if summary.missing:
        out.line(
            f"{count(summary.missing, 'recording')} left out, without current vectors: "
            f"curate embed --model {summary.model}"
        )
    if summary.dropped:
        out.line(f"{count(summary.dropped, 'dropped recording')} left out: curate show drops")
    if summary.path:
        out.line(f"written to {summary.path}")
