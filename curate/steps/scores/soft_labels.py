"""Soft labels of a round, as rows of a manifest: one for each window that a model was sure of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby

from curate.catalogue import layers
from curate.catalogue.dataset import Dataset
from curate.catalogue.views import tables
from curate.catalogue.views.names import all_labels
from curate.errors import UsageError
from curate.intervals import Interval
from curate.model import Row, Seconds, Segment
from curate.steps.common.merge_join import MergeJoin
from curate.timemap import TimeMap

#: The step that makes rounds.
PSEUDO_LABEL = "pseudo-label"

#: Seconds by which a window may reach beyond what is kept: times are whole milliseconds in a round.
_SLACK = 0.001


@dataclass(slots=True)
class SoftCounts:
    """What became of a round in a manifest.

    Parameters
    ----------
    rows
        Rows with soft labels.
    cut
        Windows left out since a part of them was cut.
    unsure
        Recordings without a label that are left out, since the round is sure of nothing in them.
    unknown
        Rows by class, of classes that label no recording: the model may know more, or call one otherwise.
    """

    rows: int = 0
    cut: int = 0
    unsure: int = 0
    unknown: Counter[str] = field(default_factory=Counter)


class SoftLabels:
    """The windows of a round, asked for recording by recording in rising order.

    Parameters
    ----------
    round
        Name of its layer.
    counts
        Where it counts.

    Raises
    ------
    NotInCatalogue
        If there is no such layer.
    UsageError
        If the layer is no round of pseudo-labels.
    """

    def __init__(self, dataset: Dataset, round: str, counts: SoftCounts) -> None:
        number = tables.layer_number(dataset.store, round)
        if layers.producer_of(dataset.store, round) != PSEUDO_LABEL:
            raise UsageError(
                f"the layer '{round}' lacks soft labels",
                hint="curate pseudo-label makes them. --layer exports other layers",
            )
        self._found = MergeJoin(layers.segments_by_recording(dataset.store, number))
        self._looked = MergeJoin((number, True) for number in layers.looked_at(dataset.store, number))
        self._classes = frozenset(all_labels(dataset.store))
        self._counts = counts

    def of(self, recording: int, *, label: str) -> list[Segment] | None:
        """Give what the round hears in a recording, or `None` where its usual rows are to be had.

        These are recordings that no model was asked about, and those with a label of a person's in
        which none was sure of anything.
        """
        looked = self._looked.get(recording)
        found = self._found.get(recording) or []
        if looked is None or (label and not found):
            return None
        self._counts.unsure += not found
        return found

    def rows(
        self, row: Row, heard: Iterable[Segment], stretches: Sequence[Interval], times: TimeMap | None
    ) -> Iterator[Row]:
        """Give a row for each window that lies in what is kept.

        The weight is multiplied by the best score. Drawing rows by weight then draws recordings by the
        sum of their windows' best scores, as the first place of BirdCLEF+ 2025 did.

        Parameters
        ----------
        row
            Of the whole file that is to be read.
        stretches : seconds
            What is kept of the raw file.
        times
            Leads from the raw file to the clean copy. None where the raw file is read.
        """
        for (onset, offset), group in groupby(heard, key=lambda each: (each.onset, each.offset)):
            inside = kept_whole(onset, offset, stretches)
            if inside is None:
                self._counts.cut += 1
                continue
            start, end = inside
            low, high = (start, end) if times is None else times.interval_to_clean(start, end)[0]
            scores = {each.label: each.score or 0.0 for each in group}
            self._counts.rows += 1
            self._counts.unknown.update(scores.keys() - self._classes)
            yield replace(
                row,
                onset=low,
                offset=high,
                duration=high - low,
                muted=0.0,
                source_onset=start,
                source_offset=end,
                weight=round(row.weight * max(scores.values()), 6),
                soft_labels=scores,
            )


def kept_whole(onset: Seconds, offset: Seconds, stretches: Iterable[Interval]) -> Interval | None:
    """Place a window in what is kept of a recording, or give `None` where a part of it is cut."""
    return next(
        (
            (max(onset, low), min(offset, high))
            for low, high in stretches
            if low <= onset + _SLACK and offset <= high + _SLACK
        ),
        None,
    )
