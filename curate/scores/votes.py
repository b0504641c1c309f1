"""What a recording's nearest neighbours say of its label: a vote without twins."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from curate.scores.likeness_groups import TWIN, Neighbours

Labels = NDArray[np.intp]

#: Neighbours that are looked at for voters, and voters at most.
LOOKED_AT, VOTERS = 50, 10

#: With fewer voters nothing is said.
LEAST = 3

#: Power of the cosine that a vote weighs: the nearest count most.
_POWER = 4


def votes(
    near: Neighbours, labels: Labels, ties: Labels, classes: int
) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
    """Count votes: of the nearest neighbours, one of each tie, for their own labels.

    Near twins, and recordings that are tied to the one that is asked about, have no vote.

    Parameters
    ----------
    labels : shape=(n,)
        Number of each one's class, below `classes`; -1 for one without a label, which has no vote.
    ties : shape=(n,)
        Equal for those that are tied together, such as by one recordist at one place.

    Returns
    -------
    Share of the votes for each class, shape=(n, classes), and the number of voters, shape=(n,).

    Examples
    --------
    >>> near = Neighbours(np.array([[1, 2], [0, 2], [0, 1]]), np.full((3, 2), 1.0))
    >>> votes(near, np.array([0, 1, 1]), np.array([0, 1, 0]), 2)[0]
    array([[0., 1.],
           [1., 0.],
           [0., 1.]])
    """
    n = len(labels)
    rows = np.arange(n)
    values = np.zeros((n, classes))
    count = np.zeros(n, np.intp)
    spoken = np.full((n, VOTERS), -1, np.intp)
    for place, distance in zip(near.places.T, near.distances.T, strict=True):
        cosine = 1.0 - distance**2 / 2.0
        tie = ties[place]
        may = (cosine > 0) & (cosine < TWIN) & (labels[place] >= 0) & (tie != ties) & (count < VOTERS)
        may &= ~(spoken == tie[:, np.newaxis]).any(axis=1)
        own = rows[may]
        np.add.at(values, (own, labels[place[may]]), cosine[may] ** _POWER)
        spoken[own, count[may]] = tie[may]
        count[may] += 1
    total = values.sum(axis=1, keepdims=True)
    return np.divide(values, total, out=values, where=total > 0), count
