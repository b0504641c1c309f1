"""Carry times through the cuts: where a stretch of a raw recording lies in its clean copy."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any

from curate.catalogue import cuts, listings
from curate.catalogue.dataset import Dataset
from curate.timemap import TimeMap


def carry(dataset: Dataset, rows: Iterable[tuple[Any, ...]]) -> Iterator[tuple[Any, ...]]:
    """Give rows the path and times of the clean copy, where their recording has one.

    A stretch that was cut as a whole vanishes; one that was cut in two and joined is one again,
    as long as it is in the copy.

    Parameters
    ----------
    rows
        Recording id, path, onset, offset, and anything else; together by recording.
    """
    for recording_id, group in groupby(rows, key=lambda row: row[0]):
        copy = listings.copy_of(dataset.store, recording_id)
        if copy is None:
            yield from group
            continue
        number, path, sr = copy
        times = TimeMap(cuts.pieces_of(dataset.store, number), sr)
        for _, _, onset, offset, *rest in group:
            for begin, end in times.interval_to_clean(onset, offset):
                yield (recording_id, path, begin, end, *rest)
