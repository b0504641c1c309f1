"""Rows of vectors in whole numbers, which rule nearly all of them out before any is compared exactly.

A row is a direction ``u`` of length 1. It is kept as ``z``, numbers from -127 to 127, and a step ``s``:
``s z`` is near ``u``, and how near is kept too, ``e = |u - s z|``. So is a question ``q``, and::

    u . q  =  s t (z . w)  +/-  (e + (1 + e) f)

where ``t``, ``w`` and ``f`` are the question's step, numbers and distance, by the inequality of Cauchy and
Schwarz. What cannot be among the nearest even at its upper end need not be compared.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from curate.scores.neighbours import likeness, unit

#: The largest whole number.
_LARGEST = 127

#: Rows that are compared at a time: 128 MB at 1,024 numbers a row.
_ROWS = 1 << 17

#: Added to each bound: what single precision loses over some thousand terms.
_ROUNDING = 1e-5

#: Gives the products of rows, shape=(n, dimension), and columns, shape=(dimension, m), exactly up to 2 ** 24.
Products = Callable[[NDArray[np.int8], NDArray[np.int8]], NDArray[np.float32]]


@dataclass(frozen=True, slots=True, eq=False)
class QuickRows:
    """Rows in whole numbers.

    Parameters
    ----------
    numbers : shape=(n, dimension)
        Zeros for a row of zeros.
    steps : shape=(n, 2)
        Step and distance of each row.
    """

    numbers: NDArray[np.int8]
    steps: NDArray[np.float32]


def quick_rows(vectors: NDArray[np.floating]) -> QuickRows:
    """Put vectors into whole numbers, shape=(n, dimension)."""
    directions = unit(vectors)
    step = np.abs(directions).max(axis=1, initial=0.0) / _LARGEST
    divided = np.divide(directions, step[:, None], out=np.zeros_like(directions), where=step[:, None] > 0)
    numbers = np.rint(divided).astype(np.int8)
    distance = np.linalg.norm(directions - step[:, None] * numbers, axis=1)
    return QuickRows(numbers, np.stack([step, distance], axis=1).astype(np.float32))


def bounds(
    rows: QuickRows, queries: NDArray[np.float32], products: Products
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Say between which limits the cosine of each row with its nearest question lies.

    Returns
    -------
    The lower and the upper limits, shape=(n,) each; both -1 for a row of zeros.
    """
    asked = quick_rows(queries)
    step, distance = asked.steps.T
    columns = np.ascontiguousarray(asked.numbers.T)
    # Sums above 2 ** 24, which rows of more than 1,040 numbers can have, round at each of their terms.
    rounding = _ROUNDING + queries.shape[1] * 2.0**-24
    lower, upper = (np.full(len(rows.numbers), -1.0, np.float32) for _ in range(2))
    for start in range(0, len(rows.numbers), _ROWS):
        part = slice(start, start + _ROWS)
        own, off = rows.steps[part].T
        about = (products(rows.numbers[part], columns) * step).max(axis=1) * own
        error = off + (1 + off) * distance.max() + rounding
        heard = own > 0
        lower[part] = np.where(heard, about - error, -1.0)
        upper[part] = np.where(heard, about + error, -1.0)
    return lower, upper


def nearest_scores(
    vectors: NDArray[np.float16],
    rows: QuickRows,
    queries: NDArray[np.float32],
    products: Products,
    *,
    firsts: NDArray[np.intp],
    allowed: NDArray[np.bool_],
    most: int,
) -> NDArray[np.float32]:
    """Compare exactly all rows that can be among the nearest.

    Parameters
    ----------
    vectors : shape=(n or more, dimension)
        The rows as they are.
    firsts
        First row of each group, rising; a group counts by its best row.
    allowed : shape=(n,)
        Rows that count.
    most
        This many groups are wanted.

    Returns
    -------
    shape=(n,)
        As `likeness` gives it for rows of the `most` best groups, and all that are as good; -1 for others.
    """
    found = np.full(len(allowed), -1.0, np.float32)
    if not len(firsts):
        return found
    lower, upper = (np.where(allowed, each, np.float32(-1)) for each in bounds(rows, queries, products))
    best = lower[firsts] if len(firsts) == allowed.sum() else np.maximum.reduceat(lower, firsts)
    threshold = np.partition(best, -most)[-most] if most < len(best) else -1.0
    places = np.flatnonzero((upper >= threshold) & (upper > -1.0))
    found[places] = likeness(vectors[places], queries)
    return found
