"""Products of matrices of 8-bit numbers: by PyTorch, or by numpy where PyTorch would first have to load."""

from __future__ import annotations

import functools
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from numpy.typing import NDArray

from curate.settings import cpu_count

#: Columns up to which numpy is as quick: PyTorch takes a third of its time for each, and a second to load.
_FEW = 4

#: Threads that convert rows. More of them wait for the same memory.
_THREADS = 4


def products(rows: NDArray[np.int8], columns: NDArray[np.int8]) -> NDArray[np.float32]:
    """Multiply rows, shape=(n, dimension), with columns, shape=(dimension, m), exactly up to 2 ** 24."""
    if "torch" not in sys.modules and columns.shape[1] <= _FEW:
        return by_numpy(rows, columns)
    import torch  # noqa: PLC0415 - takes a second

    multiply = _multiply(torch)
    if multiply is None:
        return by_numpy(rows, columns)
    made: NDArray[np.int32] = multiply(torch.from_numpy(rows), torch.from_numpy(columns)).numpy()
    return made.astype(np.float32)


def by_numpy(rows: NDArray[np.int8], columns: NDArray[np.int8]) -> NDArray[np.float32]:
    """Multiply in single precision. Small blocks of rows are converted in the cache, by several threads."""
    asked = np.ascontiguousarray(columns.T, np.float32)
    made = np.empty((len(rows), len(asked)), np.float32)

    def fill(part: slice) -> None:
        for at, column in enumerate(asked):
            # BLAS would start threads of its own in each of these.
            made[part, at] = np.einsum("ij,j->i", rows[part], column, dtype=np.float32, casting="same_kind")

    threads = min(_THREADS, cpu_count())
    size = max(1, -(-len(rows) // threads))
    with ThreadPoolExecutor(threads) as workers:
        list(workers.map(fill, [slice(start, start + size) for start in range(0, len(rows), size)]))
    return made


@functools.cache
def _multiply(torch: Any) -> Any:  # noqa: ANN401 - it has no types
    """Take PyTorch's own kernel, if it has one that counts right on this machine."""
    multiply: Any = getattr(torch, "_int_mm", None)
    draw = torch.Generator().manual_seed(0)
    one, other = (
        torch.randint(-127, 128, shape, dtype=torch.int8, generator=draw) for shape in ((64, 96), (96, 3))
    )
    try:
        right = torch.equal(multiply(one, other).long(), one.long() @ other.long())
    except (RuntimeError, TypeError, NotImplementedError):
        return None
    return multiply if right else None
