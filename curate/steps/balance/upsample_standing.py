"""Whether what `curate upsample` counted still holds."""

from __future__ import annotations

from curate.catalogue import assignments, runs
from curate.catalogue.dataset import Dataset
from curate.errors import UsageError
from curate.steps.balance.upsample import upsample
from curate.steps.balance.upsample_outcome import STEP, counts_the_same


def counted_otherwise(dataset: Dataset) -> list[str]:
    """List the classes of which `upsample` would count other rows by now.

    Recordings may have been cut, kept, dropped or labelled since. It costs a second count, and only where
    something changed. Recordings that came since lack a fold, which is told apart, so nothing is listed then.
    """
    store = dataset.store
    parameters = runs.last_parameters(store, STEP)
    if parameters is None or not assignments.are_balanced(store) or counts_the_same(store):
        return []
    kept = runs.kept(store, STEP, None)
    if kept is None:
        return []
    try:
        # How many rows a class gets does not hang on which of them a cap keeps, so no vectors are compared.
        now = upsample(dataset, **(parameters | {"by": "rating", "model": None}), dry_run=True)
    except UsageError:
        return []
    before = {each["label"]: (each["before"], each["after"]) for each in kept["classes"]}
    after = {each.label: (each.before, each.after) for each in now.classes}
    return sorted(label for label in before.keys() | after.keys() if before.get(label) != after.get(label))
