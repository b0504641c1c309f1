"""Scores of a model for classes, window by window, kept short: the best ones, as segments.

A model may know thousands of classes, and gives nearly all of them nothing. What is left out counts as 0.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from curate.errors import UsageError
from curate.model import Segment

#: Smaller scores are not kept: half of what soft labels count at least (`scores.soft`).
FLOOR = 0.05

#: So many classes are kept of a window, the best ones.
MOST = 10


def kept(
    scores: NDArray[np.floating], classes: Sequence[str], onsets: Sequence[float], window: float
) -> Iterator[Segment]:
    """Yield a segment for each score of a window that is worth keeping: in order of time, the best first.

    Parameters
    ----------
    scores : 0 to 1, shape=(windows, classes)
    onsets, window : seconds
        Where each window begins, and how long all are.

    Raises
    ------
    UsageError
        If they are no scores of these classes.

    Examples
    --------
    >>> found = kept(np.array([[0.01, 0.4, 0.9], [0.0, 0.0, 0.02]]), ("owl", "rain", "wren"), [0.0, 3.0], 3.0)
    >>> [(segment.onset, segment.label, segment.score) for segment in found]
    [(0.0, 'wren', 0.9), (0.0, 'rain', 0.4)]
    """
    if scores.shape != (len(onsets), len(classes)):
        raise UsageError(
            f"the model gives {scores.shape[-1]:,} scores for a window, and names {len(classes):,} classes"
        )
    if not (np.all(scores >= 0) and np.all(scores <= 1)):  # NaN is neither
        raise UsageError("the model gives scores outside 0 to 1")
    for onset, row in zip(onsets, scores, strict=True):
        places = np.flatnonzero(row >= FLOOR)
        best = places[np.argsort(-row[places], kind="stable")][:MOST]
        for place in best.tolist():
            yield Segment(onset, onset + window, classes[place], round(float(row[place]), 4))
