"""What becomes of every recording: the one walk along the ledger that all who count or list share.

`status`, `report`, `manifest`, `windows`, `split` and `upsample` list different things of recordings, each
in the order of their numbers, and ask here, as they go, what is kept of each and why not: so none can differ.
"""

from __future__ import annotations

from collections.abc import Iterator

from curate.catalogue import assignments, cuts
from curate.catalogue.assignments import DividedRecording
from curate.catalogue.store import Store
from curate.decisions.retention import Retention, retention
from curate.model import Seconds
from curate.steps.common.merge_join import MergeJoin


class Retentions:
    """Tells the fate of recordings that are asked for in rising order, each once."""

    def __init__(self, store: Store) -> None:
        self._ledger = MergeJoin(cuts.by_recording(store))

    def of(self, recording: int, status: str, duration: Seconds, sr: int) -> Retention:
        """Tell which part of a recording goes where; see `decisions.retention.retention`."""
        return retention(status, duration, sr, self._ledger.get(recording) or ())


def kept(store: Store) -> Iterator[DividedRecording]:
    """Stream what dividing and balancing need to know of every recording of which anything goes out.

    Its duration is that of what is kept.
    """
    fates = Retentions(store)
    for each in assignments.divided(store):
        end = fates.of(each.number, "ok", each.duration, each.sr)
        if end.goes_out:
            yield each if end.kept == each.duration else each._replace(duration=end.kept)
