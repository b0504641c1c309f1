"""`curate cut`: a person says that a stretch of a recording goes."""

from __future__ import annotations

from curate.catalogue.dataset import Dataset
from curate.steps.review.record_verdict import VerdictSummary, record_verdict


def cut(
    dataset: Dataset,
    recording: str,
    onset: float,
    offset: float,
    *,
    label: str = "",
    reviewer: str | None = None,
    dry_run: bool = False,
) -> VerdictSummary:
    """Cut a stretch, whatever a machine found in it or kept of it.

    A later verdict beats an earlier one. The copy is rendered by the next step that renders.

    Parameters
    ----------
    recording
        Its id (``xeno-canto:694038``), or the end of its path.
    onset, offset : seconds in the raw recording
    label
        What is heard there, in the person's word. It becomes the reason of the cut.
    reviewer
        Who decides. None takes the user's name.
    dry_run
        Say what would become of the recording. Write nothing.

    Raises
    ------
    UsageError
        If the stretch does not lie in the recording.
    NotInCatalogue
        If the recording is unknown.
    """
    return record_verdict(
        dataset, recording, onset, offset, "cut", reviewer=reviewer, label=label, dry_run=dry_run
    )
