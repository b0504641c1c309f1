"""Annotations that come with an import: a layer of their own, in seconds of the raw recording.

What a table marks in a recording replaces what the layer said of it. Several tables that speak
of one recording in the same import add up. Marks made on a clean copy are led back to the raw
recording, and what reaches beyond its end is clipped.

Programs that people mark with go by the rate in the header. So in a file that plays slower than the sound
was, their seconds and Hz are those of the file as it plays, and become those of the sound.
"""

from __future__ import annotations

import math
import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

from curate.catalogue import cuts, layers, listings, recorders
from curate.catalogue.dataset import Dataset
from curate.detectors import DETECTORS
from curate.errors import UsageError
from curate.formats.annotations.identifications import names_no_class
from curate.formats.tables.segments import order
from curate.model import Problem, Row, Segment
from curate.steps.common.same_sound_groups import regroup_all
from curate.timemap import TimeMap

#: The layer of annotations that come without another name.
ANNOTATIONS = "annotations"

_VERSION = "1"

#: Seconds behind the end that are rounding.
_HAIR = 0.01


class Counts(Protocol):
    """Where the annotator counts and reports."""

    annotated: int
    annotations: int
    below_score: int
    clipped: int
    led_to_sound: int
    layers: Counter[str]
    replaced_annotations: int
    left_alone: int
    not_used: dict[str, Counter[str]]

    def report(self, problem: Problem) -> None:
        """Take a problem."""


class AnnotationImport:
    """Writes annotations into layers: those of people into one, those of each program into its own.

    Parameters
    ----------
    dataset
    layer
        Name of the layer for all of them; None for `ANNOTATIONS`, and a program's name for what it found.
    format
        Where the annotations come from, kept with the layer.
    counts
        What is counted.
    as_labels
        Whether what is marked in a recording labels it, too.
    min_score : 0 to 1
        Leave out what has a lower score.

    Raises
    ------
    UsageError
        If the layer is a detector's.
    """

    def __init__(
        self,
        dataset: Dataset,
        layer: str | None,
        format: str,
        counts: Counts,
        *,
        as_labels: bool = False,
        min_score: float = 0.0,
    ) -> None:
        if layer is not None and (layer in DETECTORS or not layer.strip()):
            raise UsageError(
                f"choose another layer for annotations than '{layer}', which belongs to a detector",
                hint=f"name another with --layer, for example {ANNOTATIONS}",
            )
        if not 0 <= min_score <= 1:
            raise UsageError(f"--min-score must be from 0 to 1: got {min_score:g}")
        self.dataset = dataset
        self.as_labels = as_labels
        self.listed: set[str] = set()
        """Paths of the recordings of which the sources told annotations so far."""
        self._name = layer
        self._format = format
        self._counts = counts
        self._min_score = min_score
        self._layers: dict[str, int] = {}
        self._seen: set[tuple[int, int]] = set()
        self._met: set[int] = set()
        self._decided: set[str] = set()  # recordings whose labels people gave
        self._gone: dict[tuple[int, int], set[Segment]] = {}
        self._others: dict[int, set[int]] = {}  # recordings of which no table spoke, by layer

    def chosen(self, row: Row) -> Row:
        """Leave out what has too low a score, and label the recording by the rest on request.

        Of several classes the one with the highest score is the label, the others are secondary labels. What
        a program found without a score is below every least score, and comes last. Where a person says what
        is heard, no program labels. Readers give the rows of people first.
        """
        if row.annotations is None:
            return row
        kept = tuple(mark for mark in row.annotations if self._is_enough(mark, row.producer))
        self._counts.below_score += len(row.annotations) - len(kept)
        if self.as_labels and not row.label:
            label, *others = self._labels(row, kept) or [""]
            row = replace(row, label=label, secondary_labels=tuple(others))
        elif row.label:
            self._decided.add(row.path)
        return replace(row, annotations=kept)

    def _is_enough(self, mark: Segment, producer: str) -> bool:
        """Whether an annotation reaches the least score; people need none."""
        if mark.score is None:
            return not producer or not self._min_score
        return mark.score >= self._min_score

    def _labels(self, row: Row, kept: Sequence[Segment]) -> list[str]:
        """List the classes that label a recording, the likeliest first; count what labels nothing."""
        # Scores are sorted as their negatives: people without one stand with the surest, programs come last.
        unscored = 1.0 if row.producer else -1.0
        best = sorted(kept, key=lambda mark: (unscored if mark.score is None else -mark.score, mark.onset))
        # What a person calls noise has that as its note; a label "noise" is a class of theirs.
        words = [(mark.label or mark.note, bool(row.producer or not mark.label)) for mark in best]
        nothing = [word for word, may_be_none in words if may_be_none and names_no_class(word)]
        for word in nothing:
            self._not_used(f"'{word}', which names no class")
        labels = [label for mark in best if (label := mark.label) and label not in nothing]
        labels = list(dict.fromkeys(labels))
        if row.producer and row.path in self._decided:
            for label in labels:
                self._not_used(f"'{label}' of {row.producer}, labelled by a person")
            return []
        if not row.producer and (labels or nothing):
            self._decided.add(row.path)
        return labels

    def _not_used(self, reason: str) -> None:
        self._counts.not_used.setdefault("labels", Counter())[reason] += 1

    def meets(self, recording: int) -> bool:
        """Note that a row speaks of a recording. Whether it is the first in this import."""
        is_first = recording not in self._met
        self._met.add(recording)
        return is_first

    def put(self, recording: int, row: Row) -> None:
        """Note what is marked in a registered recording. An empty row is left out."""
        if row.annotations is None:
            return
        store = self.dataset.store
        row = self._of_sound(recording, row)
        name = self._name or row.producer or ANNOTATIONS
        if name not in self._layers:
            parameters = {"format": self._format}
            producer = row.producer or "import"
            self._layers[name] = layers.define(
                store, name, producer=producer, version=_VERSION, parameters=parameters
            )
        layer = self._layers[name]
        if not row.producer and layer not in self._others:
            self._others[layer] = {*layers.looked_at(store, layer)}
            self._counts.left_alone += len(self._others[layer])
        found = self._within(row, listings.duration_of(store, recording))
        self._counts.annotations += len(found)
        self._counts.layers[name] += len(found)
        here = layers.segments_of(store, recording, layer)
        if not row.producer:
            self._count_replaced(layer, recording, here, found)
        if (layer, recording) in self._seen:
            found = sorted({*here, *found}, key=order)
        else:
            self._counts.annotated += 1
        self._seen.add((layer, recording))
        layers.put(store, recording, layer, found, digest=_VERSION)
        # Of copies of one sound that one stays which people marked.
        regroup_all(store, [recording])

    def _count_replaced(
        self, layer: int, recording: int, here: Sequence[Segment], found: Sequence[Segment]
    ) -> None:
        """Count what people marked in earlier imports, and no table of this one has."""
        if (layer, recording) not in self._seen:
            self._counts.left_alone -= recording in self._others[layer]
            self._others[layer].discard(recording)
            self._gone[layer, recording] = {*here}
            self._counts.replaced_annotations += len(here)
        gone = self._gone[layer, recording]
        before = len(gone)
        gone.difference_update(found)
        self._counts.replaced_annotations -= before - len(gone)

    def on_raw(self, row: Row) -> Row | None:
        """Lead a row about a clean copy back to its raw recording, or `None` for other files."""
        store = self.dataset.store
        path = os.path.realpath(row.path)
        inside = os.path.relpath(path, os.path.realpath(self.dataset.folder))
        found = listings.raw_of_copy(store, inside)
        if found is None:
            return None
        _, cell, sr = found
        pieces = cuts.pieces_at(store, inside)
        times = TimeMap(pieces, sr)
        marks = []
        for mark in row.annotations or ():
            # A mark over a join spans in the raw recording what was cut there, and so comes back whole.
            spans = times.interval_to_raw(mark.onset, mark.offset) if pieces else [(mark.onset, mark.offset)]
            if spans:
                marks.append(replace(mark, onset=spans[0][0], offset=spans[-1][1]))
            else:
                end = sum(piece.frames for piece in pieces) / sr
                self._behind(row, mark, end, "the clean copy; it may have been longer when this was marked")
        raw = self.dataset.path(cell)
        return Row(path=raw, source_path=raw, annotations=tuple(marks), producer=row.producer)

    def _of_sound(self, recording: int, row: Row) -> Row:
        """Lead the annotations of a file that plays slower to the seconds and Hz that the sound had.

        Those that were led back from a clean copy are so already.
        """
        slower = recorders.expansion_of(self.dataset.store, recording)
        if slower == 1 or not row.annotations or row.source_path:
            return row
        self._counts.led_to_sound += len(row.annotations)
        return replace(row, annotations=tuple(mark.slowed(1 / slower) for mark in row.annotations))

    def _behind(self, row: Row, mark: Segment, end: float, what: str) -> None:
        """Report an annotation that begins behind the end."""
        words = f"'{mark.label}' begins at {mark.onset:g} s, behind the end at {end:g} s of {what}"
        self._counts.report(Problem("bad-row", row.path, words))

    def _within(self, row: Row, duration: float) -> Sequence[Segment]:
        kept = []
        for mark in row.annotations or ():
            if mark.onset >= duration:
                self._behind(row, mark, duration, "the recording")
            else:
                self._counts.clipped += duration + _HAIR < mark.offset < math.inf
                kept.append(replace(mark, offset=min(mark.offset, duration)))
        return kept
