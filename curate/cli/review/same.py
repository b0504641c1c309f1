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
    """Say that two recordings are the same sound: the better one stays, the other goes, now and later.

    It beats what dedupe finds until it is taken back; a later verdict beats an earlier one.
    """
    from curate.catalogue.dataset import Dataset
    from curate.steps.review import same as step

    out = Output(json=json, quiet=quiet)
    with Dataset(dataset) as birds:
        summary = step.same(birds, recording, other, reviewer=reviewer, dry_run=dry_run)
    out.result(summary, lambda: show_pair(out, summary, dry_run=dry_run))
