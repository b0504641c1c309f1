"""`curate same`."""

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


def same(
    recording: RecordingArgument,
    other: OtherArgument,
    dataset: DatasetOption = None,
    reviewer: ReviewerOption = None,
    dry_run: DryRunOption = False,
    json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Mark two recordings as the same sound, and keep the better.

    The other is dropped, now and in every later dedupe, until you undo the verdict. A later verdict
    overrules an earlier one.

    Examples
    --------
    Mark two uploads of one recording:

        curate same XC90000011.ogg XC90000012.ogg

    Preview which one is dropped:

        curate same XC90000011.ogg XC90000012.ogg --dry-run
    """
    from curate.catalogue.dataset import Dataset
    from curate.steps.review import same as step

    out = Output(json=json, quiet=quiet)
    with Dataset(dataset) as birds:
        summary = step.same(birds, recording, other, reviewer=reviewer, dry_run=dry_run)
    out.result(summary, lambda: show_pair(out, summary, dry_run=dry_run))
