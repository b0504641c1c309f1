"""What is kept of a range of recordings, and what became of their voices: counted by columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from curate.catalogue import counts, layers
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


def what_goes_out(store: Store, voices: str, first: int, last: int) -> WhatGoesOut:
    """Count what is kept of the recordings from one number to another.

    Parameters
    ----------
    voices
        Name of the layer of voices.
    """
    layer = layers.find_number(store, voices)
    found = WhatGoesOut()
    cells = store.every(counts.RETAINED, (first, last))
    if not cells:
        return found
    block = _block(cells)
    ledger = Ledger.read(store, block.numbers)
    ends = retention_columns(store, block.numbers, block.duration, block.sr, ledger)
    _count(found, ends, block)
    _count_voices(found.voices, ledger, len(block.numbers))
    if layer is not None:
        _count_left(found.voices, store, layer, ends)
    return found


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


def _count(found: WhatGoesOut, ends: RetentionColumns, block: _Block) -> None:
    is_dropped = ends.is_dropped
    found.kept += int(np.count_nonzero(ends.goes_out))
    found.kept_seconds += float(ends.kept.sum())
    found.dropped += int(np.count_nonzero(is_dropped))
    found.dropped_seconds += float(ends.lost[is_dropped].sum())
    found.cut_seconds += float((ends.lost - ends.rest)[~is_dropped].sum())
    found.muted_seconds += float(ends.muted.sum())
    found.too_short += int(np.count_nonzero(ends.is_too_short))
    found.too_short_seconds += float(ends.rest.sum())
    found.folded += int(np.count_nonzero(ends.goes_out & block.has_fold))
    found.unfolded += int(np.count_nonzero(ends.goes_out & ~block.has_fold))
    # A file that plays slower than the sound was has a copy at the true rate, also without a cut.
    changes = ends.goes_out & ((ends.lost > 0) | (ends.muted > 0) | block.is_expanded)
    found.waiting_copies += int(np.count_nonzero(changes & ~block.has_copy))


def _count_voices(found: VoicesOut, ledger: Ledger, rows: int) -> None:
    ends = ledger.voices(rows)
    found.removed += float(ends.removed.sum())
    found.muted += float(ends.muted.sum())
    found.in_review += float(ends.in_review.sum())
    found.recordings_in_review += int(np.count_nonzero(ends.in_review > 0))


def _count_left(found: VoicesOut, store: Store, layer: int, ends: RetentionColumns) -> None:
    """Count how much of what a layer found is kept."""
    numbers = ends.numbers
    cells: list[Any] = layers.spans_between(store, layer, int(numbers[0]), int(numbers[-1]))
    if not cells:
        return
    of, onset, offset = (np.array(column) for column in zip(*cells, strict=True))
    # Each segment finds its row: the block holds all recordings of the range, failed ones, too.
    row = np.searchsorted(numbers, of).astype(np.int64)
    spans = Spans(row, onset.astype(float), offset.astype(float))
    spans = columns.union(columns.together(spans))
    heard = columns.overlaps(spans, ends.stretches)
    left = np.bincount(spans.row[heard.row], weights=heard.offset - heard.onset, minlength=len(numbers))
    found.left += float(left.sum())
    found.recordings_left += int(np.count_nonzero(left > 0))
