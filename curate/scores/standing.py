"""How each vector stands to the others of its class: how far it lies from them, and in what direction."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from curate.scores.neighbours import unit

Floats = NDArray[np.float64]
Labels = NDArray[np.intp]

#: A class with fewer vectors says nothing of what is usual in it.
LEAST = 5

#: A modified z-score above this is an outlier:
#: Iglewicz and Hoaglin 1993, "How to Detect and Handle Outliers".
OUTLIER = 3.5

#: The median absolute deviation of a normal distribution, over its standard deviation.
_MAD = 0.6745

#: Neighbours whose mean distance is that of a vector to its class: one alone may be its twin.
_NEAR = 3


def members(classes: Labels) -> Iterator[Labels]:
    """List the rows of each class, one class after another.

    Parameters
    ----------
    classes : shape=(n,)
    """
    order = np.argsort(classes, kind="stable")
    if len(order):
        yield from np.split(order, np.flatnonzero(np.diff(classes[order])) + 1)


def directions(vectors: NDArray[np.float32], classes: Labels) -> NDArray[np.float32]:
    """Give the direction of each vector from the mean of its class, or zeros in a class of fewer than 5.

    What is wrong with recordings of many classes moves them all the same way.

    Parameters
    ----------
    vectors : shape=(n, dimension)
    classes : shape=(n,)

    Returns
    -------
    shape=(n, dimension), of length 1
    """
    moved = np.zeros_like(vectors)
    for own in members(classes):
        if len(own) >= LEAST:
            moved[own] = vectors[own] - vectors[own].mean(axis=0)
    return unit(moved)


def standing(vectors: NDArray[np.float32], classes: Labels, apart: NDArray[np.bool_]) -> Floats:
    """Say of some vectors what share of the others of their class lies closer to the middle of those others.

    Parameters
    ----------
    apart : shape=(n,)
        Which vectors are compared with the others.

    Returns
    -------
    shape=(n,), 0 to 1
        NaN for those that are not `apart`, and where fewer than 5 others are of the class.
    """
    found = np.full(len(vectors), np.nan)
    for own in members(classes):
        some, rest = own[apart[own]], own[~apart[own]]
        if not len(some) or len(rest) < LEAST:
            continue
        middle = vectors[rest].mean(axis=0)
        # Each of the others is compared with a middle that it is no part of, either.
        usual = np.linalg.norm(vectors[rest] - middle, axis=1) * len(rest) / (len(rest) - 1)
        away = np.linalg.norm(vectors[some] - middle, axis=1)
        found[some] = np.searchsorted(np.sort(usual), away) / len(rest)
    return found


def outlying(distances: Floats) -> Floats:
    """Say how unusual distances are among those of a class: the modified z-score.

    Parameters
    ----------
    distances : shape=(n, k)
        Of each member to its nearest ones in the class.

    Returns
    -------
    shape=(n,)
        0 in a class of fewer than 5, or without spread.

    Examples
    --------
    >>> outlying(np.array([[1.0], [1.1], [0.9], [1.0], [3.0], [1.2]])).round(1)
    array([-0.3,  0.3, -1. , -0.3, 13.2,  1. ])
    """
    if len(distances) < LEAST or not distances.shape[1]:
        return np.zeros(len(distances))
    own = distances[:, :_NEAR].mean(axis=1)
    off = own - np.median(own)
    spread = float(np.median(np.abs(off)))
    return off * _MAD / spread if spread > 0 else np.zeros(len(own))


def mixture(neighbours: Labels, classes: Labels) -> Floats:
    """Say how mixed the classes of each vector's neighbours are: their entropy.

    Parameters
    ----------
    neighbours : shape=(n, k)
        Rows.
    classes : shape=(n,)

    Returns
    -------
    shape=(n,), 0 to 1
        0 where all are of one class, 1 where each is of another.

    Examples
    --------
    >>> mixture(np.array([[1, 2], [0, 2], [0, 1]]), np.array([0, 0, 1]))
    array([1., 1., 0.])
    """
    k = neighbours.shape[1]
    if k < 2:  # noqa: PLR2004 - one neighbour has one class
        return np.zeros(len(neighbours))
    ordered = np.sort(classes[neighbours], axis=1)
    same = ordered[:, :, np.newaxis] == ordered[:, np.newaxis, :]
    # The mean over neighbours of the logarithm of their class' share is the entropy.
    entropy: Floats = np.abs(np.log(same.mean(axis=2)).mean(axis=1))
    return entropy / float(np.log(k))


def numbered(names: Sequence[str]) -> tuple[Labels, list[str]]:
    """Give each name its number in the order of the alphabet."""
    known = sorted(set(names))
    place = {name: at for at, name in enumerate(known)}
    return np.array([place[name] for name in names], np.intp), known
