"""`curate windows`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from typer import Option

from curate.cli._options import (
    DatasetOption,
    DryRunOption,
    JsonOption,
    QuietOption,
    SunOption,
)
from curate.cli._output import Output, count, duration

if TYPE_CHECKING:
    from curate.steps.balance.windows import WindowsSummary


def windows(
    dataset: DatasetOption = None,
    length: Annotated[float, Option(metavar="SECONDS", help="Length of a window, in seconds.")] = 5.0,
    hop: Annotated[
        float | None,
        Option(
            metavar="SECONDS",
            show_default="the length",
            help="Time from the start of one window to the next, in seconds.",
        ),
    ] = None,
    random: Annotated[
        int | None, Option(metavar="N", help="Draw N windows at random places of each recording instead.")
    ] = None,
    seed: Annotated[int, Option(metavar="N", help="Seed of the random places.")] = 0,
    sun: SunOption = None,
    dry_run: DryRunOption = False,
    json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Choose training windows of one length inside kept audio.

    Manifests then have a row for each window. Windows never overlap a cut, even one made later. Run it
    before upsample, which counts rows.

    Examples
    --------
    Take windows of 3 s, one every 1.5 s:

        curate windows --length 3 --hop 1.5

    Draw four random windows from each recording:

        curate windows --length 5 --random 4
    """
    from curate.catalogue.dataset import Dataset
    from curate.steps.balance import windows as step

    out = Output(json=json, quiet=quiet)
    with Dataset(dataset) as birds:
        summary = step.windows(
            birds, length=length, hop=hop, random=random, seed=seed, sun=sun, dry_run=dry_run
        )
    out.result(summary, lambda: _show(out, summary, dry_run=dry_run))


def _show(out: Output, summary: WindowsSummary, *, dry_run: bool) -> None:
    short = f", {summary.short:,} of them whole stretches shorter than that" if summary.short else ""
    out.line(
        ("would have " if dry_run else "") + f"{count(summary.windows, 'window')} of {summary.length:g} s in "
        f"{count(summary.recordings, 'recording')}, {duration(summary.seconds)}{short}"
    )
    if round(summary.left_out, 1):
        out.line(f"{duration(summary.left_out)} of kept audio lie outside all windows")
    if summary.untimed:
        out.line(
            f"{count(summary.untimed, 'recording')} left out: their start with its zone, or their position, "
            "is missing (curate import --recorder --zone)"
        )
    if summary.balance_lost:
        out.line("upsampling was taken back, as it counted other rows: run 'curate upsample' again")
