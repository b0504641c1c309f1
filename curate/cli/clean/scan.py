"""`curate scan`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from typer import Exit, Option

from curate.cli._options import (
    DatasetOption,
    DeviceOption,
    DryRunOption,
    EngineOption,
    JobsOption,
    JsonOption,
    LimitOption,
    PathsArgument,
    QuietOption,
    RetryOption,
)
from curate.cli._output import Output, count, duration, lost_words

if TYPE_CHECKING:
    from curate.steps.clean.scan import ScanSummary


def scan(
    paths: PathsArgument = None,
    dataset: DatasetOption = None,
    detectors: Annotated[
        list[str] | None,
        Option(
            "--detector",
            metavar="NAME",
            show_default="all",
            help="Detector to run, for example speech. Repeat the option for more.",
        ),
    ] = None,
    jobs: JobsOption = None,
    engine: EngineOption = "local",
    device: DeviceOption = "auto",
    limit: LimitOption = None,
    retry_failed: RetryOption = False,
    dry_run: DryRunOption = False,
    json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Run all detectors in one pass, for later commands to use.

    strip-voice and trim then decide by the stored scores, without decoding. scan itself cuts nothing.

    Examples
    --------
    Run all detectors on the whole dataset:

        curate scan

    Find voices only, with two workers:

        curate scan --detector speech --jobs 2
    """
    from curate.catalogue.dataset import Dataset
    from curate.steps.clean import scan as step

    out = Output(json=json, quiet=quiet)
    with Dataset(dataset) as birds:
        summary = step.scan(
            birds,
            paths or (),
            detectors=detectors or (),
            jobs=jobs,
            engine=engine,
            device=device,
            limit=limit,
            retry_failed=retry_failed,
            dry_run=dry_run,
            progress=out.progress,
        )
        out.result(summary, lambda: _show(out, summary, birds.folder, dry_run=dry_run))
    if summary.failed:
        raise Exit(3)


def _show(out: Output, summary: ScanSummary, folder: Path, *, dry_run: bool) -> None:
    if summary.imported is not None:
        from curate.cli.acquire.import_ import show_import

        show_import(out, summary.imported, folder, dry_run=dry_run)
    if dry_run:
        out.work(summary.work)
        return
    if summary.scanned:
        out.line(
            f"scanned {duration(summary.audio_seconds)} in {duration(summary.scan_s)} "
            f"({summary.realtime:,.0f} times real time)"
        )
    out.line(
        f"{count(summary.scanned, 'recording')} scanned by {', '.join(summary.detectors)}. "
        f"{summary.failed:,} failed"
    )
    for detector, number in sorted(summary.too_low.items()):
        out.line(f"{detector} left out {count(number, 'recording')}: the rate is too low")
    if summary.damaged:
        out.line(lost_words(summary.damaged_seconds, summary.damaged))
    if summary.failed:
        out.line(f"why {count(summary.failed, 'recording')} failed: curate status")
