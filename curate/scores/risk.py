"""What is left, and how much of it is wrong, if doubtful labels are rejected: risk and coverage.

The curve is that of El-Yaniv and Wiener, "On the Foundations of Noise-free Selective
Classification" (JMLR 11, 2010). The threshold that is proposed lies where the share of the errors
that go is furthest above the share of the good labels that go with them (Youden's index, Cancer 3,
1950): beyond it, a step costs more than it gains.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

#: Shares of the recordings that are kept, for the lines of the table.
COVERAGES = (1.0, 0.99, 0.98, 0.95, 0.9, 0.8, 0.7, 0.5)


@dataclass(frozen=True, slots=True)
class Point:
    """What is left if margins below a threshold are rejected.

    Parameters
    ----------
    threshold : 0 to 1
    kept
        Recordings.
    coverage, risk : 0 to 1
        Kept share of all; share of errors in what is kept.
    errors_removed : 0 to 1
        Share of all errors.
    """

    threshold: float
    kept: int
    coverage: float
    risk: float
    errors_removed: float


def curve(margin: NDArray[np.float64], wrong: NDArray[np.bool_]) -> list[Point]:
    """Draw the curve: a point for each threshold at which something changes, the lowest first.

    Parameters
    ----------
    margin : 0 to 1, shape (recordings,)
        How sure each label is.
    wrong : shape (recordings,)
        Which labels are errors.
    """
    n = len(margin)
    order = np.argsort(margin, kind="stable")
    gone = np.concatenate([[0], np.cumsum(wrong[order])])
    errors = max(1, int(gone[-1]))
    thresholds, starts = np.unique(margin[order], return_index=True)
    return [
        Point(
            float(threshold),
            n - start,
            (n - start) / n,
            float((gone[-1] - gone[start]) / (n - start)),
            float(gone[start] / errors),
        )
        for threshold, start in zip(thresholds, starts.tolist(), strict=True)
    ]


def table(points: list[Point]) -> list[Point]:
    """Choose from a curve a point for each of `COVERAGES`: the highest threshold that keeps so much."""
    chosen = []
    for coverage in COVERAGES:
        found = [point for point in points if point.coverage >= coverage]
        if found and found[-1] not in chosen:
            chosen.append(found[-1])
    return chosen


def best(points: list[Point]) -> Point | None:
    """Choose the point that removes most errors for the fewest good labels, or `None` if all are right."""
    if not points or points[0].risk == 0.0:
        return None
    n, errors = points[0].kept, points[0].risk * points[0].kept
    good = max(1.0, n - errors)

    def gain(point: Point) -> float:
        lost = n - point.kept - point.errors_removed * errors
        return point.errors_removed - lost / good

    return max(points, key=gain)
