"""`curate different`."""

from __future__ import annotations

from curate.cli._options import (
    DatasetOption,
    DryRunOption,
    JsonOption,
    OtherArgument,
    QuietOption,
    RecordingArgument,
    ReviewerOption,
)
from curate.cli._output import Output
from curate.cli.review.verdict_output import show_pair


def different(
    recording: RecordingArgument,
    other: OtherArgument,
    dataset: DatasetOption = None,
    reviewer: ReviewerOption = None,
    dry_run: DryRunOption = False,
    json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Mark two recordings as different sounds, and keep both.

    dedupe then drops neither for the other, until you undo the verdict. A later verdict overrules an
    earlier one.

    Examples
    --------
    Keep both of a pair:

        curate different XC90000012.ogg XC90000015.ogg

    Preview what changes:

        curate different XC90000012.ogg XC90000015.ogg --dry-run
    """
    from curate.catalogue.dataset import Dataset
    from curate.steps.review import different as step

    out = Output(json=json, quiet=quiet)
    with Dataset(dataset) as birds:
        summary = step.different(birds, recording, other, reviewer=reviewer, dry_run=dry_run)
    out.result(summary, lambda: show_pair(out, summary, dry_run=dry_run))
