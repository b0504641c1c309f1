"""Nearest neighbours of a vector, by cosine and exactly: every row is looked at."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

#: Rows that become single precision at a time: 16 MB at 1,024 numbers a row.
_ROWS = 4096


def unit(vectors: NDArray[np.floating]) -> NDArray[np.float32]:
    """Give vectors length 1, shape=(..., dimension). One of zeros stays so."""
    single = np.asarray(vectors, np.float32)
    length = np.linalg.norm(single, axis=-1, keepdims=True)
    scaled: NDArray[np.float32] = np.divide(single, length, out=np.zeros_like(single), where=length > 0)
    return scaled


def likeness(rows: NDArray[np.float16], queries: NDArray[np.float32]) -> NDArray[np.float32]:
    """Compare rows with vectors: of each row the cosine with the vector that is nearest to it.

    Parameters
    ----------
    rows : shape=(n, dimension)
        May lie on a disk: it is read once, from its first row to its last.
    queries : shape=(m, dimension), m at least 1

    Returns
    -------
    shape=(n,), from -1 to 1
        -1 for a row of zeros, which is like nothing.
    """
    directions = unit(queries).T
    found = np.full(len(rows), -1.0, np.float32)
    for start in range(0, len(rows), _ROWS):
        single = np.asarray(rows[start : start + _ROWS], np.float32)
        length = np.sqrt(np.einsum("ij,ij->i", single, single))
        with np.errstate(invalid="ignore"):  # a kernel for small matrices may leave the flag behind
            best = (single @ directions).max(axis=1)
        np.divide(best, length, out=found[start : start + _ROWS], where=length > 0)
    return np.clip(found, -1.0, 1.0)
