"""`curate manifest`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from typer import Option

from curate.cli._options import DatasetOption, DryRunOption, JsonOption, QuietOption
from curate.cli._output import Output, count, duration

if TYPE_CHECKING:
    from curate.steps.manifest import ManifestSummary


def manifest(
    out: Annotated[Path, Option("--out", "-o", metavar="FILE", help="The manifest to write.")],
    dataset: DatasetOption = None,
    format: Annotated[
        str | None,
        Option(metavar="FORMAT", show_default="by the ending", help="csv, parquet, jsonl or birdclef."),
    ] = None,
    audio: Annotated[
        str,
        Option(
            metavar="CHOICE",
            help="auto: clean copies where there are any; raw: never; clean: whole files only.",
        ),
    ] = "auto",
    year: Annotated[
        int | None, Option(metavar="YEAR", help="For birdclef: whose columns (2021 to 2026).")
    ] = None,
    skip_flagged: Annotated[
        bool, Option("--skip-flagged", help="Leave out recordings with something flagged, not cut.")
    ] = False,
    repeat: Annotated[
        bool, Option("--repeat", help="Write a row as often as it trains, instead of a number of copies.")
    ] = False,
    dry_run: DryRunOption = False,
    json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Write a table of the kept stretches, for any trainer."""
    from curate.catalogue.dataset import Dataset
    from curate.steps import manifest as step

    output = Output(json=json, quiet=quiet)
    with Dataset(dataset) as birds:
        summary = step.manifest(
            birds,
            out,
            format=format,
            audio=audio,  # type: ignore[arg-type]
            year=year,
            skip_flagged=skip_flagged,
            repeat=repeat,
            dry_run=dry_run,
        )
    output.result(summary, lambda: _show(output, summary, dry_run=dry_run, skip_flagged=skip_flagged))


def _show(output: Output, summary: ManifestSummary, *, dry_run: bool, skip_flagged: bool) -> None:
    left_out = " left out" if summary.format == "birdclef" else ""
    unlabelled = f" ({summary.unlabelled:,} without a label{left_out})" if summary.unlabelled else ""
    output.line(
        f"{'would write ' if dry_run else ''}{count(summary.rows, 'row')} for "
        f"{count(summary.recordings, 'recording')} of {summary.labels:,} classes{unlabelled}; "
        f"{summary.clean:,} point at clean copies; {duration(summary.seconds)}; {summary.path}"
    )
    if summary.flagged:
        fate = "are left out" if skip_flagged else "are in it uncut; --skip-flagged leaves them out"
        output.line(f"{count(summary.flagged, 'row')} of flagged recordings {fate}")
    if summary.unused:
        output.line(f"{count(summary.unused, 'row')} above the cap of upsample are left out")
    if summary.not_looked_at:
        output.line(f"strip-voice has not looked at {count(summary.not_looked_at, 'recording')}")
