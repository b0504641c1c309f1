"""`curate keep`."""

from __future__ import annotations

from curate.cli._options import (
    DatasetOption,
    DryRunOption,
    HeardOption,
    JsonOption,
    OffsetArgument,
    OnsetArgument,
    QuietOption,
    RecordingArgument,
    ReviewerOption,
)
from curate.cli._output import Output
from curate.cli.review.verdict_output import show_verdict


def keep(
    recording: RecordingArgument,
    onset: OnsetArgument,
    offset: OffsetArgument,
    dataset: DatasetOption = None,
    label: HeardOption = "",
    reviewer: ReviewerOption = None,
    dry_run: DryRunOption = False,
    json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Keep a stretch, whatever detectors find in it.

    Every step leaves it in, now and in later runs. A later verdict overrules an earlier one. 'curate
    render' or the next strip-voice or trim writes the clean copy.

    Examples
    --------
    Keep a call that was cut as a voice:

        curate keep XC90000013.mp3 6.5 11

    Preview what changes:

        curate keep XC90000013.mp3 6.5 11 --dry-run
    """
    from curate.catalogue.dataset import Dataset
    from curate.steps.review import keep as step

    out = Output(json=json, quiet=quiet)
    with Dataset(dataset) as birds:
        summary = step.keep(birds, recording, onset, offset, label=label, reviewer=reviewer, dry_run=dry_run)
    out.result(summary, lambda: show_verdict(out, summary, dry_run=dry_run))
