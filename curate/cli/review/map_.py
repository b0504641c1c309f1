"""`curate map`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from typer import Option

from curate.cli._options import (
    BrowserOption,
    DatasetOption,
    HostOption,
    JsonOption,
    PortOption,
    QuietOption,
    ReviewerOption,
    TokenOption,
    WhichModelOption,
)
from curate.cli._output import Output, count, say

if TYPE_CHECKING:
    from curate.steps.review.map_ import MapSummary


def map_(
    dataset: DatasetOption = None,
    model: WhichModelOption = None,
    projection: Annotated[
        str,
        Option(
            metavar="NAME",
            help="Projection: pca, which is instant, or umap, which takes minutes the first time.",
        ),
    ] = "pca",
    max_points: Annotated[int, Option(metavar="N", help="Draw at most N windows.")] = 200_000,
    reviewer: ReviewerOption = None,
    host: HostOption = "127.0.0.1",
    port: PortOption = 8766,
    token: TokenOption = True,
    browser: BrowserOption = True,
    json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Show all windows as one picture, to hear and decide.

    Windows that sound alike are close together. Point at a dot to hear it. Draw around dots to decide
    about them all, after a preview. End with Ctrl-C. Run embed first.

    Examples
    --------
    Open the map:

        curate map

    Use the vectors of BirdNET, and UMAP:

        curate map --model birdnet --projection umap
    """
    from curate.catalogue.dataset import Dataset
    from curate.steps.review import map_ as step

    out = Output(json=json, quiet=quiet)
    with Dataset(dataset) as birds:
        summary = step.map_(
            birds,
            model=model,
            projection=projection,
            max_points=max_points,
            reviewer=reviewer,
            host=host,
            port=port,
            token=token,
            browser=browser,
            ready=lambda address: say(f"{address} is ready. Press ? there for the keys, Ctrl-C here to stop"),
        )
        out.result(summary, lambda: _show(out, summary))


def _show(out: Output, summary: MapSummary) -> None:
    out.line(
        f"{count(summary.points, 'window')} of {count(summary.recordings, 'recording')} on the map, by "
        f"{summary.model} and {summary.projection}"
    )
    if summary.left_out:
        out.line(f"{count(summary.left_out, 'window')} left out of the map, which draws at most --max-points")
    if summary.silent:
        out.line(f"{count(summary.silent, 'window')} left out, as they are silent")
    if summary.missing:
        out.line(
            f"{count(summary.missing, 'recording')} left out, without current vectors: "
            f"curate embed --model {summary.model}"
        )
    out.line(f"{count(summary.verdicts, 'verdict')} given meanwhile")
