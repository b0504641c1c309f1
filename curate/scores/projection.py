"""Vectors as points of a plane: what is alike lies together.

Principal components are there at once and the same on every machine. UMAP (McInnes et al. 2018, extra
``map``) keeps neighbours together where two components cannot, and takes minutes for a large set.
"""

from __future__ import annotations

import importlib.util
import warnings
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy import linalg

from curate.errors import UsageError
from curate.release import install_hint
from curate.scores.neighbours import unit

#: Rows by which the components are found: more of them turn the axes by less than a degree.
_SAMPLE = 4096

#: Rows that become single precision at a time: 16 MB at 1,024 numbers a row.
_ROWS = 4096

#: UMAP's own defaults, named here so that another version of it draws the same.
_NEIGHBOURS, _LEAST_DISTANCE = 15, 0.1

#: UMAP needs more points than this to find neighbours among.
_FEW = 4

#: Numbers of a vector that UMAP gets: the components that hold nearly all of it, in a fraction of the time.
_COMPONENTS = 50


def pca(rows: NDArray[np.floating], dimensions: int = 2) -> NDArray[np.float32]:
    """Project vectors of length 1 on their principal components.

    The components are those of about 4,096 rows, evenly spread; all rows are projected on them.

    Parameters
    ----------
    rows : shape=(n, dimension)
        May lie on a disk; each row counts by its direction alone.

    Returns
    -------
    shape=(n, dimensions)
        Each component points to where its largest weight is positive, so that a map is never mirrored.
    """
    placed = np.zeros((len(rows), dimensions), np.float32)
    if not len(rows):
        return placed
    sample = unit(np.asarray(rows[:: max(1, len(rows) // _SAMPLE)]))
    mean = sample.mean(axis=0)
    sample -= mean
    axes = _axes(sample, min(dimensions, rows.shape[1]))
    origin = mean @ axes
    for start in range(0, len(rows), _ROWS):
        single = np.asarray(rows[start : start + _ROWS], np.float32)
        length = np.sqrt(np.einsum("ij,ij->i", single, single))[:, np.newaxis]
        along = np.divide(
            single @ axes, length, out=np.zeros((len(single), len(origin)), np.float32), where=length > 0
        )
        placed[start : start + _ROWS, : len(origin)] = along - origin
    return placed


def _axes(sample: NDArray[np.float32], number: int) -> NDArray[np.float32]:
    """Find the directions in which centred rows differ most, shape=(dimension, number)."""
    dimension = sample.shape[1]
    covariance = (sample.T @ sample).astype(np.float64)
    # Only the strongest ones are made out: all of them take ten times as long.
    _, found = linalg.eigh(covariance, subset_by_index=(dimension - number, dimension - 1))
    axes: NDArray[np.float32] = found[:, ::-1].astype(np.float32)
    largest = np.abs(axes).argmax(axis=0)
    axes *= np.where(axes[largest, np.arange(number)] < 0, -1, 1).astype(np.float32)
    return axes


def umap(rows: NDArray[np.floating]) -> NDArray[np.float32]:
    """Lay vectors out by UMAP, from their principal components, shape=(n, 2). Always the same on a machine.

    Raises
    ------
    UsageError
        If the extra ``map`` is not installed.
    """
    if importlib.util.find_spec("umap") is None:
        raise UsageError("umap needs umap-learn", hint=install_hint("map"))
    if len(rows) <= _FEW:
        return pca(rows)
    with warnings.catch_warnings():
        # Of tensorflow, which nothing here needs, of its one thread, and of arguments of its own parts.
        warnings.simplefilter("ignore")
        from umap import UMAP  # noqa: PLC0415 - an optional extra, and it takes seconds

        kept = pca(rows, min(_COMPONENTS, rows.shape[1]))
        made = UMAP(
            n_neighbors=min(_NEIGHBOURS, len(rows) - 1),
            min_dist=_LEAST_DISTANCE,
            metric="euclidean",
            init=_spread(kept[:, :2]),
            random_state=1,
            n_jobs=1,
        )
        placed: NDArray[np.float32] = made.fit_transform(kept).astype(np.float32)
    return placed


def _spread(start: NDArray[np.float32]) -> NDArray[np.float32]:
    """Scale a first layout to the width from which UMAP starts, and part what lies in one place."""
    jitter = np.random.default_rng(1).normal(scale=1e-4, size=start.shape)
    return (10 * (start / max(1e-9, float(np.abs(start).max()))) + jitter).astype(np.float32)


#: Each way to lay vectors out.
PROJECTIONS: dict[str, Callable[[NDArray[np.floating]], NDArray[np.float32]]] = {"pca": pca, "umap": umap}
