"""Ranges of recordings, and what is counted of each until something in it changes.

A step that counts along all recordings keeps what it counted by range. So where one recording changed, the
next run walks along the recordings of one range, and adds what is kept of the others.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from curate.catalogue import runs
from curate.catalogue.store import Store

#: The first and the last number that any recording can have.
ALL = (1, 2**63 - 1)

#: Recordings whose numbers follow each other, and that are held and counted together.
SIZE = 16_384

#: The same for counts that take little room. A thousand changes here and there lie in few of these ranges.
FINE = 128


def places(store: Store, size: int | None = None) -> range:
    """Give the numbers of the ranges, from 0. Those of `SIZE`, or of another one."""
    return range(-(-runs.last_recording(store) // (size or SIZE)))


def ends(place: int, size: int | None = None) -> tuple[int, int]:
    """Give the first and the last number that a recording of a range can have."""
    size = size or SIZE
    return place * size + 1, (place + 1) * size


def joined(found: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Join ranges that follow each other, given as their ends in rising order.

    Examples
    --------
    >>> joined([(1, 128), (129, 256), (513, 640)])
    [(1, 256), (513, 640)]
    """
    spans: list[tuple[int, int]] = []
    for first, last in found:
        if spans and spans[-1][1] + 1 == first:
            spans[-1] = spans[-1][0], last
        else:
            spans.append((first, last))
    return spans


def unchanged(
    store: Store, step: str, settings: Mapping[str, Any], kinds: Sequence[str], *, but: str = ""
) -> dict[int, Any]:
    """Read what a step kept of ranges in which nothing changed since. See `runs.standing`."""
    kept = runs.kept(store, step, _settings(settings))
    return {} if kept is None else untouched(store, step, kinds, kept["ranges"], SIZE, but=but)


def untouched(
    store: Store, step: str, kinds: Sequence[str], found: Mapping[str, Any], size: int, *, but: str = ""
) -> dict[int, Any]:
    """Choose of what a step kept, by range, the ranges in which nothing changed since."""
    touched = runs.changed_since(store, step, kinds, per=size, but=but)
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
