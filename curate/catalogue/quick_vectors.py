"""Vectors in whole numbers, in two files next to those that they are of: what `similar` rules rows out by.

They hold a row for each row of the file of vectors, from its first one on. Only who may write touches them,
and rows that are written over go from here first.
"""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

#: Endings of the files of whole numbers, and of a step and a distance for each row.
NUMBERS, STEPS = ".i8", ".i8s"

#: Step and distance.
_PAIR = 2

_STEP = np.dtype("<f4")


def rows_of(path: Path, dimension: int) -> int:
    """Count the rows that are there for the file of vectors at a path."""
    sizes = _sizes(dimension)
    return min(
        (path.with_suffix(suffix).stat().st_size // size if path.with_suffix(suffix).exists() else 0)
        for suffix, size in sizes.items()
    )


def cut(path: Path, rows: int, dimension: int) -> None:
    """Keep at most this many rows."""
    for suffix, size in _sizes(dimension).items():
        beside = path.with_suffix(suffix)
        if beside.exists() and beside.stat().st_size > rows * size:
            os.truncate(beside, rows * size)


def append(path: Path, numbers: NDArray[np.int8], steps: NDArray[np.float32]) -> None:
    """Add rows behind those that are there.

    Parameters
    ----------
    numbers : shape=(n, dimension)
    steps : shape=(n, 2)
    """
    for suffix, array in ((NUMBERS, numbers), (STEPS, steps.astype(_STEP))):
        with path.with_suffix(suffix).open("ab") as file:
            file.write(np.ascontiguousarray(array).tobytes())


def opened(path: Path, rows: int, dimension: int) -> tuple[NDArray[np.int8], NDArray[np.float32]] | None:
    """Map the first rows into memory, or `None` if some are missing."""
    try:
        if not rows or rows_of(path, dimension) < rows:
            return None
        # Copy-on-write, for PyTorch takes no array that cannot be written to; nobody writes.
        numbers = np.memmap(path.with_suffix(NUMBERS), np.int8, "c", shape=(rows, dimension))
        steps = np.memmap(path.with_suffix(STEPS), _STEP, "c", shape=(rows, _PAIR))
    except OSError:
        return None
    return numbers, steps


def _sizes(dimension: int) -> dict[str, int]:
    return {NUMBERS: dimension, STEPS: _PAIR * _STEP.itemsize}
