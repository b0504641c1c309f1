"""`curate manifest`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from typer import Option

from curate.cli._options import DatasetOption, DryRunOption, JsonOption, QuietOption
from curate.cli._output import Output, count, duration


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
            dry_run=dry_run,
        )
    verb = "would write " if dry_run else ""
    left_out = " left out" if summary.format == "birdclef" else ""
    unlabelled = f" ({summary.unlabelled:,} without a label{left_out})" if summary.unlabelled else ""
    output.result(
        summary,
        lambda: output.line(
            f"{verb}{count(summary.rows, 'row')} for {count(summary.recordings, 'recording')} of "
            f"{summary.labels:,} classes{unlabelled}; {summary.clean:,} point at clean copies; "
            f"{duration(summary.seconds)}; {summary.path}"
        ),
    )
