"""Recordings of which an imported manifest keeps stretches only: the rest is cut in the ledger."""

from __future__ import annotations

from curate.catalogue import cuts
from curate.catalogue.store import Store
from curate.intervals import complement, union
from curate.model import Cut, Row

#: The step under which these cuts stand.
STEP = "import"

REASON = "not in the manifest"

#: Seconds that are rounding, not sound: rows that follow each other touch.
_NOTHING = 1e-4


def limit(store: Store, recording: int, row: Row, duration: float) -> bool:
    """Cut a recording to the rows of a manifest. Tells whether there is anything.

    Parameters
    ----------
    duration : seconds
        Length of the recording.
    """
    if row.stretches is None:
        return False
    kept = union(row.stretches, gap=_NOTHING)
    gone = [
        Cut(onset, offset, "excise", REASON, None, STEP)
        for onset, offset in complement(kept, 0.0, duration)
        if offset - onset > _NOTHING
    ]
    cuts.replace(store, recording, STEP, gone)
    return bool(gone)
