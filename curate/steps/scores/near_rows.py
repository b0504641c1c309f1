"""The rows of a dataset that are nearest to an example: all are compared, most of them in whole numbers."""

from __future__ import annotations

from collections.abc import Sequence
from operator import attrgetter
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from curate.catalogue import quick_vectors
from curate.catalogue.dataset import Dataset
from curate.catalogue.vectors import VectorRows
from curate.embedders.whole_products import products
from curate.errors import CatalogueError
from curate.progress import Progress
from curate.scores import neighbours
from curate.scores.quick_rows import QuickRows, nearest_scores, quick_rows

#: Fewer rows are compared as they are, in a third of a second.
LEAST = 50_000

#: Rows that are put into whole numbers at a time.
_ROWS = 8192


def keep_quick_rows(
    dataset: Dataset, path: Path, mapped: NDArray[np.float16], rows: int, progress: Progress
) -> None:
    """Put rows that lack them into whole numbers, next to the file of vectors, for this search and all later.

    Where nobody may write, or another command does, rows are compared as they are.

    Parameters
    ----------
    mapped : shape=(rows of the file, dimension)
    rows
        This many are asked about, from the first one on.
    """
    dimension = mapped.shape[1]
    if rows < LEAST or quick_vectors.rows_of(path, dimension) >= rows:
        return
    try:
        with dataset.noting():
            # Asked again: another command may have added rows before this one got the right to write.
            there = quick_vectors.rows_of(path, dimension)
            quick_vectors.cut(path, there, dimension)  # to whole rows
            with progress("preparing the search, once", rows - there, "windows") as advance:
                for start in range(there, rows, _ROWS):
                    made = quick_rows(mapped[start : min(start + _ROWS, rows)])
                    quick_vectors.append(path, made.numbers, made.steps)
                    advance(len(made.numbers))
    except (CatalogueError, OSError):
        return


def near_scores(
    path: Path,
    mapped: NDArray[np.float16],
    queries: NDArray[np.float32],
    held: Sequence[VectorRows],
    most: int,
    *,
    by_row: bool,
) -> NDArray[np.float32]:
    """Compare the rows of some recordings with an example.

    Parameters
    ----------
    path
        Of the file of vectors.
    mapped : shape=(rows of the file, dimension)
    held
        The recordings that count.
    most
        This many of them are wanted at least, each by its best row.
    by_row
        This many rows are wanted instead.

    Returns
    -------
    shape=(rows of the file,)
        The cosine for all that are among the nearest; -1 or the cosine for others.
    """
    firsts, counts = (
        np.fromiter(map(attrgetter(name), held), np.intp, len(held)) for name in ("first", "windows")
    )
    kept = quick_vectors.opened(path, int((firsts + counts).max(initial=0)), mapped.shape[1])
    if kept is None or len(kept[0]) < LEAST:
        return neighbours.likeness(mapped, queries)
    places = np.repeat(firsts - np.cumsum(counts) + counts, counts) + np.arange(counts.sum())
    allowed = np.zeros(len(kept[0]), bool)
    allowed[places] = True
    # Rising, and none without rows: `reduceat` would give an empty group the row of the next.
    firsts = np.sort(places if by_row else firsts[counts > 0])
    found = np.full(len(mapped), -1.0, np.float32)
    found[: len(allowed)] = nearest_scores(
        mapped, QuickRows(*kept), queries, products, firsts=firsts, allowed=allowed, most=most
    )
    return found
