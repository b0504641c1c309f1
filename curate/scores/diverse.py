"""A diverse choice, the farthest first.

Each next vector is the one that is least like those chosen before it: Gonzalez 1985, "Clustering to minimize
the maximum intercluster distance". What lies far out comes early, wrong labels among it: look for them first.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def farthest_first(vectors: NDArray[np.float32], most: int) -> list[int]:
    """Order rows so that each is the farthest from all before it.

    Parameters
    ----------
    vectors : shape=(n, dimension), of length 1
        The first row begins; of equal ones the earlier comes first.
    most
        This many rows at most.

    Examples
    --------
    >>> farthest_first(np.array([[1, 0], [0.8, 0.6], [0, 1]], np.float32), 3)
    [0, 2, 1]
    """
    chosen: list[int] = []
    nearest = np.full(len(vectors), -np.inf, np.float32)  # cosine with the nearest that is chosen
    for _ in range(min(most, len(vectors))):
        row = int(nearest.argmin())
        chosen.append(row)
        nearest = np.maximum(nearest, vectors @ vectors[row])
        nearest[row] = np.inf
    return chosen
