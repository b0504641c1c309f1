"""Batch effects: measured values that a recorder or recordist moves away from what its classes have.

Laboratories call it a batch effect where samples of one day or machine differ from all others (Leek et al.
2010, Nature Reviews Genetics 11). Each value is taken relative to the median of its class. What lies beyond
a bound is far. The bound follows the values themselves, so wide spread moves it out. Are more recordings of
a batch far, on one side, than chance and their classes explain? An exact test says how likely that is.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from curate.scores.beyond_chance import tail
from curate.scores.standing import LEAST, members

Floats = NDArray[np.float64]
Labels = NDArray[np.intp]

#: Share of usual values beyond the bound, if they fall off by the exponential law or faster.
BEYOND = 0.01

#: Between these shares of the values lies their usual spread. What one in ten has is usual: a mixed set of
#: sample rates, say. Outliers, which are fewer, are above both.
_MIDDLE, _MOST = 0.5, 0.9

#: Times that the bound is taken again without what lies beyond it. It settles after two or three.
_ROUNDS = 10

#: Fewer recordings are no group.
LEAST_OF_BATCH = 5

#: At least this share of a batch must be far, for a large batch has some by chance.
_PART = 1 / 3

#: From this share of all values on, a batch is left out of the bound that it is held against.
_LARGE = 0.02


@dataclass(frozen=True, slots=True)
class Scale:
    """How fine a value is.

    Parameters
    ----------
    step
        Least spread that is believed. A class without any spread would make all else an outlier.
    least
        A smaller difference is never far.
    """

    step: float
    least: float


@dataclass(frozen=True, slots=True, eq=False)
class BatchEffect:
    """Recordings of a batch that are far from their classes, on one side.

    Parameters
    ----------
    batch
        Its number.
    rows : shape=(n,)
    difference
        Median of their differences from the medians of their classes.
    probability
        Of so many or more by chance. Not corrected for the number of tries.
    """

    batch: int
    rows: Labels
    difference: float
    probability: float


def differences(values: Floats, classes: Labels) -> Floats:
    """Take off the median of each class.

    Parameters
    ----------
    values : shape=(n,)
        NaN where not known.
    classes : shape=(n,)

    Returns
    -------
    shape=(n,)
        NaN where not known, and in classes of fewer than 5 known ones.

    Examples
    --------
    >>> differences(np.array([1.0, 2.0, 3.0, 4.0, 9.0]), np.zeros(5, int))
    array([-2., -1.,  0.,  1.,  6.])
    """
    found = np.full(len(values), np.nan)
    for own in members(classes):
        some = own[~np.isnan(values[own])]
        if len(some) >= LEAST:
            found[some] = values[some] - np.median(values[some])
    return found


def bound(off: Floats, scale: Scale) -> float:
    """Say beyond which difference a value is far: one in a hundred, by the spread of the others.

    The spread is that of an exponential law through the median and the ninth decile of the differences.
    Values of a heavier tail have a farther bound. What lies beyond is left out, and the bound taken again.

    Parameters
    ----------
    off : shape=(n,)
        Differences; NaN where not known.

    Examples
    --------
    >>> round(bound(np.arange(-50.0, 51.0), Scale(1.0, 1.0)))
    74
    """
    every = np.abs(off[~np.isnan(off)])
    usual, limit = every, np.inf
    for _ in range(_ROUNDS):
        if not len(usual):
            break
        middle, most = np.quantile(usual, [_MIDDLE, _MOST])
        rate = max(scale.step, (most - middle) / np.log((1 - _MIDDLE) / (1 - _MOST)))
        limit = max(scale.least, most + rate * np.log((1 - _MOST) / BEYOND))
        kept = every[every <= limit]
        if len(kept) == len(usual):
            break
        usual = kept
    return float(limit)


def strays(off: Floats, scale: Scale) -> tuple[Labels, Labels]:
    """List the rows that are far below, and far above.

    Parameters
    ----------
    off : shape=(n,)
        Differences; NaN where not known.
    """
    limit = bound(off, scale)
    return np.flatnonzero(off < -limit), np.flatnonzero(off > limit)


def chance_of_strays(number: int, off: Floats) -> float:
    """Give the probability of so many or more far values on one side, by Poisson's law.

    Examples
    --------
    >>> round(chance_of_strays(5, np.zeros(100)), 4)
    0.0037
    """
    from scipy.special import gammainc  # noqa: PLC0415 - loads what the help of the command lacks

    return float(gammainc(number, BEYOND * np.count_nonzero(~np.isnan(off)))) if number else 1.0


def batch_effects(values: Floats, classes: Labels, batches: Labels, scale: Scale) -> Iterator[BatchEffect]:
    """Find batches of which a good part is far from the others of its classes.

    A batch is held against the others alone: their medians, and their spread where it is large. One of more
    than half of all values has too few others.

    Parameters
    ----------
    values : shape=(n,)
        NaN where not known.
    classes : shape=(n,)
    batches : shape=(n,)
        The batch of each row; below 0 where it is not known.
    """
    known = ~np.isnan(values)
    off = differences(values, classes)
    limit = bound(off, scale)
    of_class = {int(classes[own[0]]): own for own in members(np.where(known, classes, -1))}
    for own in members(np.where(known, batches, -1)):
        batch = int(batches[own[0]])
        if batch < 0 or not LEAST_OF_BATCH <= len(own) <= known.sum() / 2:
            continue
        inside = np.zeros(len(values), bool)
        inside[own] = True
        kinds = np.unique(classes[own])
        moved = off.copy()
        compared = []
        for kind in kinds.tolist():
            every = of_class[kind]
            others = every[~inside[every]]
            # A class that is nearly all of this batch says nothing of it.
            if len(others) >= LEAST:
                moved[every] = values[every] - np.median(values[others])
                compared.append(every)
        large = len(own) >= _LARGE * known.sum()
        yield from _sides(moved, compared, inside, bound(moved[~inside], scale) if large else limit, batch)


def _sides(
    moved: Floats, compared: list[Labels], inside: NDArray[np.bool_], limit: float, batch: int
) -> Iterator[BatchEffect]:
    """Test both sides of one batch."""
    if not compared:
        return
    rows = np.concatenate(compared)
    own = rows[inside[rows]]
    for side in (-1, 1):
        far = own[side * moved[own] > limit]
        if len(far) < max(LEAST_OF_BATCH, _PART * len(own)):
            continue
        counts = np.array(
            [
                (len(every), np.count_nonzero(side * moved[every] > limit), np.count_nonzero(inside[every]))
                for every in compared
            ]
        )
        # The law is the same for the far ones among the batch, and for the batch among the far ones.
        probability = tail(counts[:, 0], counts[:, 1], counts[:, 2], len(far))
        yield BatchEffect(batch, np.sort(far), float(np.median(moved[far])), probability)
