"""Vectors of kept parts: what is kept of a recording, and which vectors were made of just that."""

from __future__ import annotations

import json

from curate.catalogue import cuts, listings, vectors
from curate.catalogue.store import Store
from curate.catalogue.vectors import VectorRows
from curate.decisions.retention import retention
from curate.intervals import Interval
from curate.steps.common.merge_join import MergeJoin


def kept_parts(store: Store) -> dict[int, str]:
    """Say what is kept of each recording of which something is cut, as `parts_in` reads it.

    Nothing is left of a recording that is dropped.
    """
    ledger = MergeJoin(cuts.by_recording(store))
    found = {}
    for number, duration, sr in listings.lengths(store):
        made = ledger.get(number)
        if made:
            parts = list(retention("ok", duration, sr, made).stretches)
            if parts != [(0.0, duration)]:
                found[int(number)] = json.dumps(parts)
    return found


def parts_in(kept: str | None) -> tuple[Interval, ...] | None:
    """Read what `kept_parts` says of one recording, where `None` is the whole of it."""
    return None if kept is None else tuple((onset, offset) for onset, offset in json.loads(kept))


def current_rows(
    store: Store, layer: int, digest: str, *, kept: bool
) -> tuple[list[VectorRows], list[VectorRows]]:
    """List the rows of a model that are true now, and those that are stale.

    Parameters
    ----------
    kept
        Whether vectors of kept parts are meant: those are stale that were made before the latest cuts. Else
        those of kept parts are.
    """
    now = kept_parts(store) if kept else {}
    current: list[VectorRows] = []
    stale: list[VectorRows] = []
    for row in vectors.rows(store, layer, digest):
        (current if row.kept == now.get(row.recording) else stale).append(row)
    return current, stale
