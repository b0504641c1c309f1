"""Annotations that come with an import: a layer of their own, in seconds of the raw recording.

What a table marks in a recording replaces what the layer said of it; several tables that speak
of one recording in the same import add up. Marks made on a clean copy are led back to the raw
recording, and what reaches beyond its end is clipped.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

from curate.catalogue import cuts, layers, listings
from curate.catalogue.dataset import Dataset
from curate.detectors import DETECTORS
from curate.errors import UsageError
from curate.formats.annotations.annotations import order
from curate.model import Problem, Row, Segment
from curate.timemap import TimeMap

#: The layer of annotations that come without another name.
ANNOTATIONS = "annotations"

_VERSION = "1"


class Counts(Protocol):
    """Where the annotator counts and reports."""

    annotated: int
    annotations: int

    def report(self, problem: Problem) -> None:
        """Take a problem."""


class AnnotationImport:
    """Writes annotations into one layer.

    Parameters
    ----------
    dataset
    layer
        Its name.
    format
        Where the annotations come from, kept with the layer.
    counts
        What is counted.

    Raises
    ------
    UsageError
        If the layer is a detector's.
    """

    def __init__(self, dataset: Dataset, layer: str, format: str, counts: Counts) -> None:
        if layer in DETECTORS or not layer.strip():
            raise UsageError(
                f"annotations cannot go into the layer '{layer}', which a detector fills",
                hint=f"name another with --layer, for example {ANNOTATIONS}",
            )
        self.dataset = dataset
        self._name = layer
        self._format = format
        self._counts = counts
        self._layer: int | None = None
        self._seen: set[int] = set()

    def put(self, recording: int, row: Row) -> None:
        """Note what is marked in a registered recording; a row without annotations says nothing."""
        if row.annotations is None:
            return
        store = self.dataset.store
        if self._layer is None:
            parameters = {"format": self._format}
            self._layer = layers.define(
                store, self._name, producer="import", version=_VERSION, parameters=parameters
            )
        found = self._within(row, listings.duration_of(store, recording))
        self._counts.annotations += len(found)
        if recording in self._seen:
            found = sorted({*layers.segments_of(store, recording, self._layer), *found}, key=order)
        else:
            self._counts.annotated += 1
        self._seen.add(recording)
        layers.put(store, recording, self._layer, found, digest=_VERSION)

    def on_raw(self, row: Row) -> Row | None:
        """Lead a row about a clean copy back to its raw recording; None if it is no copy of ours."""
        store = self.dataset.store
        path = os.path.realpath(row.path)
        found = listings.raw_of_copy(store, os.path.relpath(path, os.path.realpath(self.dataset.folder)))
        if found is None:
            return None
        recording, cell, sr = found
        pieces = cuts.pieces_of(store, recording)
        times = TimeMap(pieces, sr)
        marks = []
        for mark in row.annotations or ():
            # A mark over a join spans in the raw recording what was cut there, and so comes back whole.
            spans = times.interval_to_raw(mark.onset, mark.offset) if pieces else [(mark.onset, mark.offset)]
            if spans:
                marks.append(replace(mark, onset=spans[0][0], offset=spans[-1][1]))
        return Row(path=self.dataset.path(cell), annotations=tuple(marks))

    def _within(self, row: Row, duration: float) -> Sequence[Segment]:
        kept = []
        for mark in row.annotations or ():
            if mark.onset >= duration:
                words = (
                    f"expected an annotation before the end at {duration:g} s, found one at {mark.onset:g} s"
                )
                self._counts.report(Problem("bad-row", row.path, words))
            else:
                kept.append(replace(mark, offset=min(mark.offset, duration)))
        return kept
