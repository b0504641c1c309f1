"""Whether a neighbourhood holds more of something than its classes explain: an exact test.

Within a class it is Fisher's: of the class' recordings with a value, how many would be among as many drawn
by lot (the hypergeometric distribution)? Over classes the counts add up, so their distributions are
convolved: the exact conditional test of stratified tables (Gart 1970). A recordist who
recorded all of a class is thus no news among neighbours of that class.
"""

from __future__ import annotations

import functools
from math import comb

import numpy as np
from numpy.typing import NDArray

Labels = NDArray[np.intp]


def neighbourhoods(
    classes: Labels, near: Labels, counts: NDArray[np.bool_], values: Labels
) -> NDArray[np.float64]:
    """Say how likely it is by chance that this many neighbours share a recording's value, or more.

    Parameters
    ----------
    classes, values : shape=(n,)
    near : shape=(n, k), k at most 16
        Rows of each recording's neighbours.
    counts : shape=(n, k)
        Which of them count.

    Returns
    -------
    shape=(n,), 0 to 1
        Not corrected for the number of tries. 1 where no more share it than is expected.
    """
    sizes = np.bincount(classes)
    width = int(values.max(initial=0)) + 1
    cells, held = np.unique(classes * width + values, return_counts=True)

    def of(kinds: Labels, wanted: Labels) -> Labels:
        """Count the recordings of a class that have a value."""
        cell = kinds * width + wanted
        place = np.minimum(np.searchsorted(cells, cell), len(cells) - 1)
        return np.where(cells[place] == cell, held[place], 0)

    shared = ((values[near] == values[:, np.newaxis]) & counts).sum(axis=1)
    kinds = classes[near]
    expected = (of(kinds, values[:, np.newaxis]) / sizes[kinds] * counts).sum(axis=1)
    found = np.ones(len(values))
    for row in np.flatnonzero(shared > expected).tolist():
        drawn = np.bincount(kinds[row][counts[row]], minlength=len(sizes))
        some = np.flatnonzero(drawn)
        having = of(some, np.full(len(some), values[row]))
        own = (some == classes[row]).astype(int)  # it is no neighbour of itself
        found[row] = tail(sizes[some] - own, drawn[some], having - own, int(shared[row]))
    return found


def tail(sizes: Labels, drawn: Labels, held: Labels, found: int) -> float:
    """Give the probability that `found` or more with a value are drawn.

    Parameters
    ----------
    sizes, drawn, held : shape=(classes,)
        Recordings of each class: all, those drawn, and those with the value.

    Examples
    --------
    >>> tail(np.array([4]), np.array([2]), np.array([2]), 2)
    0.16666666666666666
    """
    total = np.ones(1)
    for size, some, having in zip(sizes.tolist(), drawn.tolist(), held.tolist(), strict=True):
        if some and having:
            total = np.convolve(total, _hypergeometric(size, having, some))
    return float(min(1.0, total[found:].sum()))


@functools.lru_cache(maxsize=100_000)
def _hypergeometric(size: int, having: int, drawn: int) -> NDArray[np.float64]:
    """Give the probability of each number with the value among this many drawn."""
    ways = comb(size, drawn)
    most = min(drawn, having)
    return np.array([comb(having, k) * comb(size - having, drawn - k) / ways for k in range(most + 1)])
