"""Annotations of a layer on the kept stretches, carried through the time map of clean copies.

What lies inside a cut disappears, what straddles one is clipped, and both are counted. Only
recordings that the layer looked at take part: where nobody looked, silence means nothing.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from curate import intervals
from curate.catalogue import cuts, layers, listings
from curate.catalogue.dataset import Dataset
from curate.catalogue.views import tables
from curate.errors import UsageError
from curate.intervals import Interval
from curate.model import Cut, Row, Segment
from curate.timemap import TimeMap

#: Stands for the one layer of annotations that was imported, if there is one.
AUTO = "auto"

#: Seconds of an annotation that are nothing: less than a sample at 192 kHz.
_NOTHING = 5e-6


@dataclass(slots=True)
class Carried:
    """What became of the annotations of what is exported.

    Parameters
    ----------
    annotations
        How many there are.
    cut, clipped
        Those inside a cut, which are left out, and those across the end of one.
    dropped
        Those of recordings that a step or a person dropped, such as a copy of another one: left out.
    unannotated
        Recordings that the layer has not looked at: left out.
    """

    annotations: int = 0
    cut: int = 0
    clipped: int = 0
    dropped: int = 0
    unannotated: int = 0


def which_layer(dataset: Dataset, asked: str | None) -> str | None:
    """Say which layer of annotations goes along: that which was asked for, or the imported one for ``auto``.

    Raises
    ------
    UsageError
        If there are several that ``auto`` could be.
    """
    if asked != AUTO:
        return asked
    there = [name for name, _ in layers.imported(dataset.store)]
    if len(there) > 1:
        raise UsageError(
            f"there are {len(there)} layers of annotations: {', '.join(there)}",
            hint=f"say which one: --layer {there[0]}",
        )
    return there[0] if there else None


class Overlay:
    """Lays a layer over the rows of recordings, which come in the order of their numbers.

    Parameters
    ----------
    layer
        Its name.
    carried
        Where it counts.

    Raises
    ------
    NotInCatalogue
        If there is no such layer.
    """

    def __init__(self, dataset: Dataset, layer: str, carried: Carried) -> None:
        self._store = dataset.store
        number = tables.layer_number(self._store, layer)
        self._found = layers.segments_by_recording(self._store, number)
        self._next = next(self._found, None)
        self._looked = layers.looked_at(self._store, number)
        self._covered = next(self._looked, None)
        self._carried = carried

    def onto(self, recording: int, rows: Iterable[Row], made: Sequence[Cut]) -> Iterator[Row]:
        """Give the rows of one recording their annotations. A recording left to scan gets no row.

        Parameters
        ----------
        made
            The cuts of the recording.
        """
        while self._covered is not None and self._covered < recording:
            self._covered = next(self._looked, None)
        if self._covered != recording:
            self._carried.unannotated += 1
            return
        found = self._marks_of(recording)
        muted = [(cut.onset, cut.offset) for cut in made if cut.action == "mute"]
        left = [0.0] * len(found)
        for _, group in groupby(rows, key=lambda row: row.path):
            heard: _Heard | None = None
            for row in group:
                heard = heard or _Heard(found, muted, self._times(recording, row))
                annotations = []
                for at, kept in heard.between(row.onset, row.offset):
                    # Additions of the time map leave dust behind the microsecond.
                    onset, offset = round(kept[0], 6), min(round(kept[1], 6), row.offset)
                    annotations.append(replace(found[at], onset=onset, offset=offset))
                    left[at] += kept[1] - kept[0]
                yield replace(row, annotations=tuple(annotations))
        self._carried.annotations += len(found)
        self._carried.cut += sum(seconds == 0.0 for seconds in left)
        self._carried.clipped += sum(
            0.0 < seconds < mark.duration - _NOTHING for seconds, mark in zip(left, found, strict=True)
        )

    def leave_out(self, recording: int) -> None:
        """Count the annotations of a recording that is dropped."""
        found = self._marks_of(recording)
        self._carried.annotations += len(found)
        self._carried.dropped += len(found)

    def _marks_of(self, recording: int) -> Sequence[Segment]:
        while self._next is not None and self._next[0] < recording:
            self._next = next(self._found, None)
        return self._next[1] if self._next is not None and self._next[0] == recording else []

    def _times(self, recording: int, row: Row) -> TimeMap | None:
        """Time map of a copy that lost something; the times of all other files are those of the raw one."""
        if row.path == row.source_path:
            return None
        pieces = cuts.pieces_of(self._store, recording)
        return TimeMap(pieces, row.sr) if pieces else None


class _Heard:
    """What is heard of annotations in one file, in seconds of the file."""

    def __init__(self, marks: Sequence[Segment], muted: Sequence[Interval], times: TimeMap | None) -> None:
        gone = intervals.union(muted)
        self._spans: list[list[Interval]] = []
        for mark in marks:
            heard = intervals.outside(gone, mark.onset, mark.offset)
            # Muting loses no time, so a mark around a muted part stays one mark.
            whole = (heard[0][0], heard[-1][1]) if heard else (0.0, 0.0)
            self._spans.append(times.interval_to_clean(*whole) if times is not None else [whole])
        ends = ((each[0][0], each[-1][1]) if each else (0.0, 0.0) for each in self._spans)
        self._index = intervals.SpanIndex(ends)

    def between(self, onset: float, offset: float) -> Iterator[tuple[int, Interval]]:
        """Place of each annotation that is heard between two times, and from when to when it is."""
        for at in self._index.between(onset, offset):
            kept = intervals.clip(self._spans[at], onset, offset)
            if kept and kept[0][1] - kept[0][0] > _NOTHING:
                yield at, kept[0]


def sourced(dataset: Dataset, rows: Iterable[Row]) -> Iterator[Row]:
    """Say of stretches of clean copies where they lie in the raw file."""
    for path, group in groupby(rows, key=lambda row: row.path):
        times: TimeMap | None = None
        for row in group:
            if row.path == row.source_path:
                yield row
                continue
            if times is None:
                inside = os.path.relpath(path, dataset.folder)
                found = listings.raw_of_copy(dataset.store, inside)
                pieces = cuts.pieces_of(dataset.store, found[0]) if found is not None else []
                times = TimeMap(pieces, row.sr)
            spans = times.interval_to_raw(row.onset, row.offset) or [(row.onset, row.offset)]
            yield replace(row, source_onset=spans[0][0], source_offset=spans[-1][1])
