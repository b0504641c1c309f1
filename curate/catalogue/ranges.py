"""Ranges of recordings, and what is counted of each until something in it changes.

A step that counts along all recordings keeps what it counted by range. So where one recording changed, the
next run walks along the recordings of one range, and adds what is kept of the others.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from curate.catalogue import runs
from curate.catalogue.store import Store

#: The first and the last number that any recording can have.
ALL = (1, 2**63 - 1)

#: Recordings whose numbers follow each other, and that are held and counted together.
SIZE = 16_384


def places(store: Store) -> range:
    """Give the numbers of the ranges, from 0."""
    return range(-(-runs.last_recording(store) // SIZE))


def ends(place: int) -> tuple[int, int]:
    """Give the first and the last number that a recording of a range can have."""
    return place * SIZE + 1, (place + 1) * SIZE


def unchanged(
    store: Store, step: str, settings: Mapping[str, Any], kinds: Sequence[str], *, but: str = ""
) -> dict[int, Any]:
    """Read what a step kept of ranges in which nothing changed since. See `runs.standing`."""
    kept = runs.kept(store, step, _settings(settings))
    return {} if kept is None else untouched(store, step, kinds, kept["ranges"], but=but)


def untouched(
    store: Store, step: str, kinds: Sequence[str], found: Mapping[str, Any], *, but: str = ""
) -> dict[int, Any]:
    """Choose of what a step kept, by range, the ranges in which nothing changed since."""
    touched = runs.changed_since(store, step, kinds, per=SIZE, but=but)
    if touched is None:
        return {}
    return {int(place): cells for place, cells in found.items() if int(place) not in touched}


def keep(store: Store, step: str, settings: Mapping[str, Any], found: Mapping[int, Any]) -> None:
    """Keep what a step counted of each range, inside the transaction that wrote what it decided."""
    runs.keep(store, step, _settings(settings), {"ranges": found})


def of_classes(store: Store, labels: Collection[str]) -> set[int]:
    """Find the ranges that hold recordings of some classes."""
    if not labels:
        return set()
    sql = f"""
        SELECT DISTINCT (recording - 1) / {SIZE} FROM labels
        WHERE role = 'primary' AND label IN (SELECT value FROM json_each(?))
    """
    return {int(place) for (place,) in store.rows(sql, (json.dumps(sorted(labels)),))}


def _settings(settings: Mapping[str, Any]) -> dict[str, Any]:
    return {**settings, "range": SIZE}
