"""`curate cut`."""

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


def cut(
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
    """Cut a stretch, whatever detectors find in it.

    It overrules what a step kept. A later verdict overrules an earlier one. 'curate render' or the next
    strip-voice or trim writes the clean copy.

    Examples
    --------
    Cut the first two seconds:

        curate cut XC90000012.ogg 0 2

    Cut a voice, and say so:

        curate cut XC90000012.ogg 1 2.5 --label speech
    """
    from curate.catalogue.dataset import Dataset
    from curate.steps.review import cut as step

    out = Output(json=json, quiet=quiet)
    with Dataset(dataset) as birds:
        summary = step.cut(birds, recording, onset, offset, label=label, reviewer=reviewer, dry_run=dry_run)
    out.result(summary, lambda: show_verdict(out, summary, dry_run=dry_run))
