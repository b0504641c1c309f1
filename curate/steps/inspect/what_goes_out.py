"""What is kept of a range of recordings, and what became of their voices: counted by columns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from curate.catalogue import counts, cuts, layers
from curate.catalogue.ranges import joined
from curate.catalogue.store import Store
from curate.steps.common import interval_columns as columns
from curate.steps.common.interval_columns import Flags, Floats, Ints, Spans
from curate.steps.common.retention_columns import Ledger, RetentionColumns, retention_columns


@dataclass(slots=True)
class VoicesOut:
    """Seconds of voices by what became of them. Of what a layer found, `left` is what is kept."""

    removed: float = 0.0
    muted: float = 0.0
    in_review: float = 0.0
    recordings_in_review: int = 0
    left: float = 0.0
    recordings_left: int = 0


@dataclass(slots=True)
class WhatGoesOut:
    """What is kept, and what is left out. See `StatusSummary`. `folded` are kept and have a fold.

    Times in seconds.
    """

    kept: int = 0
    kept_seconds: float = 0.0
    cut_seconds: float = 0.0
    muted_seconds: float = 0.0
    dropped: int = 0
    dropped_seconds: float = 0.0
    too_short: int = 0
    too_short_seconds: float = 0.0
    unfolded: int = 0
    waiting_copies: int = 0
    voices: VoicesOut = field(default_factory=VoicesOut)

    folded: int = 0


class _Block(NamedTuple):
    numbers: Ints
    duration: Floats
    sr: Floats
    has_copy: Flags
    has_fold: Flags
    is_expanded: Flags


def what_goes_out(store: Store, voices: str, spans: Sequence[tuple[int, int]]) -> Iterator[WhatGoesOut]:
    """Count what is kept of ranges of recordings.

    Parameters
    ----------
    voices
        Name of the layer of voices.
    spans
        First and last number of each range, rising.
    """
    layer = layers.find_number(store, voices)
    runs = joined(spans)
    found = [each for run in runs for each in store.every(counts.RETAINED, run)]
    if not found:
        yield from (WhatGoesOut() for _ in spans)
        return
    block = _block(found)
    of = np.searchsorted([first for first, _ in spans], block.numbers, side="right") - 1
    cut = [each for run in runs for each in cuts.spans_between(store, *run)]
    ledger = Ledger.of(cut, block.numbers)
    ends = retention_columns(store, block.numbers, block.duration, block.sr, ledger)
    heard = [] if layer is None else [e for run in runs for e in layers.spans_between(store, layer, *run)]
    kept = _Sums(of, len(spans), _counts(ends, block))
    of_voices = _Sums(of, len(spans), _counts_of_voices(ledger, ends, heard))
    for cells, told in zip(kept.rows(), of_voices.rows(), strict=True):
        yield WhatGoesOut(**cells, voices=VoicesOut(**told))


class _Sums(NamedTuple):
    """What to add up by range: the range of each recording, and by name what it adds or whether it counts."""

    of: Ints
    ranges: int
    columns: dict[str, Floats | Flags]

    def rows(self) -> Iterator[dict[str, Any]]:
        """Add up, range by range."""
        sums = []
        for column in self.columns.values():
            found = np.bincount(self.of, weights=column, minlength=self.ranges)
            sums.append((found.astype(np.int64) if column.dtype == bool else found).tolist())
        for cells in zip(*sums, strict=True):
            yield dict(zip(self.columns, cells, strict=True))


def _block(cells: Sequence[tuple[Any, ...]]) -> _Block:
    number, duration, sr, marks = zip(*cells, strict=True)
    marked = np.array(marks, dtype=np.int64)
    return _Block(
        np.array(number, dtype=np.int64),
        np.array(duration, dtype=float),
        np.array(sr, dtype=float),
        (marked & 1) > 0,
        (marked & 2) > 0,
        (marked & 4) > 0,
    )


def _counts(ends: RetentionColumns, block: _Block) -> dict[str, Floats | Flags]:
    """Give the fields of `WhatGoesOut` by recording."""
    is_dropped = ends.is_dropped
    # A file that plays slower than the sound was has a copy at the true rate, also without a cut.
    changes = ends.goes_out & ((ends.lost > 0) | (ends.muted > 0) | block.is_expanded)
    return {
        "kept": ends.goes_out,
        "kept_seconds": ends.kept,
        "cut_seconds": np.where(is_dropped, 0.0, ends.lost - ends.rest),
        "muted_seconds": ends.muted,
        "dropped": is_dropped,
        "dropped_seconds": np.where(is_dropped, ends.lost, 0.0),
        "too_short": ends.is_too_short,
        "too_short_seconds": ends.rest,
        "unfolded": ends.goes_out & ~block.has_fold,
        "waiting_copies": changes & ~block.has_copy,
        "folded": ends.goes_out & block.has_fold,
    }


def _counts_of_voices(
    ledger: Ledger, ends: RetentionColumns, heard: Sequence[tuple[int, float, float]]
) -> dict[str, Floats | Flags]:
    """Give the fields of `VoicesOut` by recording, by the segments that a layer found."""
    became = ledger.voices(len(ends.numbers))
    left = _left(heard, ends)
    return {
        "removed": became.removed,
        "muted": became.muted,
        "in_review": became.in_review,
        "recordings_in_review": became.in_review > 0,
        "left": left,
        "recordings_left": left > 0,
    }


def _left(heard: Sequence[tuple[int, float, float]], ends: RetentionColumns) -> Floats:
    """Tell how much of what a layer found is kept of each recording."""
    numbers = ends.numbers
    if not heard:
        return np.zeros(len(numbers))
    of, onset, offset = (np.array(column) for column in zip(*heard, strict=True))
    # Each segment finds its row: the block holds all recordings of the ranges, failed ones, too.
    row = np.searchsorted(numbers, of).astype(np.int64)
    spans = Spans(row, onset.astype(float), offset.astype(float))
    spans = columns.union(columns.together(spans))
    kept = columns.overlaps(spans, ends.stretches)
    seconds = kept.offset - kept.onset
    return np.bincount(spans.row[kept.row], weights=seconds, minlength=len(numbers)).astype(np.float64)
