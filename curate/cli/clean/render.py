"""`curate render`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from typer import Exit

from curate.cli._options import (
    AudioFormatOption,
    DatasetOption,
    DryRunOption,
    EngineOption,
    JobsOption,
    JsonOption,
    QuietOption,
)
from curate.cli._output import Output, clipped_words, count

if TYPE_CHECKING:
    from curate.steps.clean.render import RenderSummary


def render(
    dataset: DatasetOption = None,
    audio_format: AudioFormatOption = None,
    jobs: JobsOption = None,
    engine: EngineOption = "local",
    dry_run: DryRunOption = False,
    json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Write the clean copies that are missing or out of date.

    Run it after keep, cut, review, undo or --no-render, or after copies were deleted. Decisions stay as
    they are.

    Examples
    --------
    See how many copies are missing:

        curate render --dry-run

    Write all copies as WAV:

        curate render --audio-format wav
    """
    from curate.catalogue.dataset import Dataset
    from curate.steps.clean import render as step

    out = Output(json=json, quiet=quiet)
    with Dataset(dataset) as birds:
        summary = step.render(
            birds, audio_format=audio_format, jobs=jobs, engine=engine, dry_run=dry_run, progress=out.progress
        )
        out.problems(summary.problems, summary.problem_counts)
        out.result(summary, lambda: out.work(summary.work) if dry_run else out.line(_told(summary)))
    if summary.failed:
        raise Exit(3)


def _told(summary: RenderSummary) -> str:
    failed = f", {summary.failed:,} failed" if summary.failed else ""
    return (
        f"{count(summary.copies, 'clean copy')}: {summary.rendered:,} written now, "
        f"{summary.removed:,} removed{failed}{clipped_words(summary.clipped)}"
    )
