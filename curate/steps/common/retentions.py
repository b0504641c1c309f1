"""What becomes of every recording: the one walk along the ledger that all who count or list share.

`status`, `report`, `manifest`, `windows`, `split` and `upsample` list different things of recordings, each
in the order of their numbers. As they go, they ask here what is kept of each and why not, so none can differ.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import TypeVar

import numpy as np

from curate.catalogue import assignments, cuts
from curate.catalogue.assignments import DividedRecording
from curate.catalogue.store import Store
from curate.decisions.retention import Retention, retention
from curate.model import Seconds
from curate.steps.common.merge_join import MergeJoin
from curate.steps.common.retention_columns import retention_columns

T = TypeVar("T")

#: Recordings that are held at a time.
_SIZE = 4_096


class Retentions:
    """Tells the fate of recordings that are asked for in rising order, each once."""

    def __init__(self, store: Store) -> None:
        self._ledger = MergeJoin(cuts.by_recording(store))

    def of(self, recording: int, status: str, duration: Seconds, sr: int) -> Retention:
        """Tell which part of a recording goes where. See `decisions.retention.retention`."""
        return retention(status, duration, sr, self._ledger.get(recording) or ())


def kept(store: Store) -> Iterator[DividedRecording]:
    """Stream what dividing and balancing need to know of every recording of which anything is kept.

    Its duration is that of what is kept.
    """
    for each, seconds in still_heard(
        store, assignments.divided(store), lambda each: (each.number, each.duration, each.sr)
    ):
        yield each if seconds == each.duration else each._replace(duration=seconds)


def still_heard(
    store: Store, rows: Iterable[T], needed: Callable[[T], tuple[int, float, int]], *, but: str = ""
) -> Iterator[tuple[T, Seconds]]:
    """Give the recordings of which anything is kept, with the seconds of it, in blocks.

    Parameters
    ----------
    rows
        Recordings with sound, in the order of their numbers.
    needed
        Gives number, seconds and rate of one.
    but
        A step whose cuts do not count.
    """
    stream = iter(rows)
    while block := list(islice(stream, _SIZE)):
        number, duration, sr = zip(*map(needed, block), strict=True)
        ends = retention_columns(
            store,
            np.array(number, dtype=np.int64),
            np.array(duration, dtype=float),
            np.array(sr, dtype=float),
            but=but,
        )
        for row, goes_out, seconds in zip(block, ends.goes_out.tolist(), ends.kept.tolist(), strict=True):
            if goes_out:
                yield row, seconds
