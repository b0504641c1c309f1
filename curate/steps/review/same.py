"""`curate same`: a person says that two recordings are the same sound, whatever `dedupe` finds."""

from __future__ import annotations

from curate.catalogue.dataset import Dataset
from curate.steps.review.record_verdict import PairSummary, record_pair_verdict


def same(
    dataset: Dataset, recording: str, other: str, *, reviewer: str | None = None, dry_run: bool = False
) -> PairSummary:
    """Say that two recordings are the same sound: the better one stays, the other is dropped with the reason.

    That counts at once and in every later run of `dedupe`, until it is taken back. Of two verdicts on a
    pair the later one counts.

    Parameters
    ----------
    recording, other
        Their ids (``xeno-canto:694038``), or the ends of their paths.
    reviewer
        Who decides. None takes the user's name.
    dry_run
        Say which recording would go or come back. Write nothing.

    Raises
    ------
    UsageError
        If both are one recording, one of them holds no sound, or one file is said to differ from itself.
    NotInCatalogue
        If a recording is unknown.
    """
    return record_pair_verdict(dataset, recording, other, "same", reviewer=reviewer, dry_run=dry_run)
