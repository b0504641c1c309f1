"""Ranges of recordings, and what is counted of each until something in it changes.

A step that counts along all recordings keeps what it counted by range. So where one recording changed, the
next run walks along the recordings of one range, and adds what is kept of the others.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from curate.catalogue import runs
from curate.catalogue.store import Store

#: The first and the last number that any recording can have.
ALL = (1, 2**63 - 1)

#: Recordings whose numbers follow each other, and that are held and counted together.
SIZE = 16_384

#: Those of which a step keeps what it decided. Where a thousand recordings changed here and there, it decides
#: about one in sixteen of a million again.
NARROW = 64

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


def blocks(found: Iterable[int]) -> Iterator[list[int]]:
    """Put those of some narrow ranges together that are read and decided about at once, in rising order."""
    per = max(1, SIZE // NARROW)
    return (list(block) for _, block in groupby(sorted(found), key=lambda place: place // per))


def spans(found: Iterable[int]) -> list[tuple[int, int]]:
    """Give the first and the last numbers of narrow ranges, as few as can be."""
    return joined(ends(place, NARROW) for place in found)


def untouched(
    store: Store, step: str, kinds: Sequence[str], found: Mapping[str, Any], size: int, *, but: str = ""
) -> dict[int, Any]:
    """Choose of what a step kept, by range, the ranges in which nothing changed since."""
    touched = runs.changed_since(store, step, kinds, per=size, but=but)
    if touched is None:
        return {}
    return {int(place): cells for place, cells in found.items() if int(place) not in touched}


def of_classes(store: Store, labels: Collection[str]) -> set[int]:
    """Find the narrow ranges that hold recordings of some classes."""
    if not labels:
        return set()
    sql = f"""
        SELECT DISTINCT (recording - 1) / {NARROW} FROM labels
        WHERE role = 'primary' AND label IN (SELECT value FROM json_each(?))
    """
    return {int(place) for (place,) in store.rows(sql, (json.dumps(sorted(labels)),))}
