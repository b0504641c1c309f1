"""Groups of likeness: HDBSCAN over the nearest neighbours of each vector.

Campello, Moulavi and Sander 2013, "Density-Based Clustering Based on Hierarchical Density Estimates"; the
implementation is scikit-learn's. It gets the distances to the nearest neighbours only, so memory grows with
the number of vectors and not with its square. The smallest size of a group is chosen by stability (Hennig
2007, "Cluster-wise assessment of cluster stability", Computational Statistics & Data Analysis 52): members
of a stable group come together again when a fifth of all vectors is left out.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from curate.scores.neighbours import unit

Floats = NDArray[np.float32]
Labels = NDArray[np.intp]

#: Neighbours of each vector that the groups are made from.
NEIGHBOURS = 16

#: Cosine from which two are near twins: the same sound at two rates differs by about 0.02.
TWIN = 0.97

#: Vectors that are compared at a time, and with how many others: 64 MB at 1,024 numbers a vector.
_TOGETHER, _OTHERS = 2048, 16384

#: Sizes that the smallest group may have; tried where it is a quarter of the vectors at most.
SIZES = (5, 8, 12, 20, 30, 50)

#: Fewer vectors have no groups: a group would be most of them.
LEAST = 4 * SIZES[0]

#: Neighbours, itself among them, within which a vector's surroundings are dense.
_CORE = 3

#: What is left out in turn, and how often.
_LEFT_OUT, _ROUNDS = 0.2, 4

#: Hennig's bound: a group with a lower mean Jaccard index is no stable one.
STABLE = 0.75

#: The longest distance of two directions, between what no neighbours tie together.
_FAR = 2.0

#: Vectors that are equal; a distance of 0 would be no neighbour in a sparse matrix.
_NEAR = 1e-6


@dataclass(frozen=True, slots=True, eq=False)
class Neighbours:
    """The nearest neighbours of each vector, itself left out.

    Parameters
    ----------
    places : shape=(n, k)
        Row of each neighbour, the nearest first.
    distances : shape=(n, k), 0 to 2
        Length of the difference of the two directions.
    """

    places: Labels
    distances: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Trial:
    """How stable the groups of at least `size` are.

    Parameters
    ----------
    stable
        Groups that come again.
    stability : 0 to 1
        Mean Jaccard index of all groups; 0 where there are none.
    """

    size: int
    groups: int
    stable: int
    stability: float


@dataclass(frozen=True, slots=True, eq=False)
class Grouping:
    """Which vectors are of a group.

    Parameters
    ----------
    labels : shape=(n,)
        Number of the group, the largest is 0; -1 for those in none.
    sure : 0 to 1, shape=(n,)
        How firmly each is a member.
    stability : 0 to 1, shape=(groups,)
        Mean Jaccard index of each group.
    size
        The smallest that a group could be; 0 where too few vectors have no groups.
    trials
        All sizes that were tried.
    """

    labels: Labels
    sure: NDArray[np.float64]
    stability: NDArray[np.float64]
    size: int
    trials: Sequence[Trial]


def nearest(
    vectors: NDArray[np.floating],
    k: int = NEIGHBOURS,
    *,
    rows: Labels | None = None,
    advance: Callable[[float], None] = lambda _: None,
) -> Neighbours:
    """Find the nearest neighbours of each vector, exactly. Fewer if there are fewer vectors.

    Every vector is compared with every other, some at a time: time grows with the square of their number.

    Parameters
    ----------
    vectors : shape=(all, dimension)
        Of any length, and may lie on a disk: some rows at a time become single precision.
    rows : shape=(n,)
        The rows that are compared, all where None. Neighbours are places among them.
    advance
        Is told how many vectors are done.
    """
    from sklearn.neighbors import NearestNeighbors  # noqa: PLC0415 - takes a second

    n = len(vectors) if rows is None else len(rows)
    k = min(k, n - 1)
    if k < 1:
        return Neighbours(np.empty((n, 0), np.intp), np.empty((n, 0)))

    def directions(start: int, count: int) -> Floats:
        part = slice(start, min(start + count, n))
        return unit(vectors[part] if rows is None else vectors[rows[part]])

    # One neighbour more than asked for: a vector is the nearest to itself.
    places, distances = np.full((n, k + 1), -1, np.intp), np.full((n, k + 1), np.inf)
    for first in range(0, n, _OTHERS):
        others = directions(first, _OTHERS)
        search: Any = NearestNeighbors(n_neighbors=min(k + 1, len(others)), algorithm="brute").fit(others)
        for start in range(0, n, _TOGETHER):
            far, found = search.kneighbors(directions(start, _TOGETHER))
            part = slice(start, start + len(far))
            far, found = np.hstack([distances[part], far]), np.hstack([places[part], found + first])
            order = np.argsort(far, axis=1, kind="stable")[:, : k + 1]
            distances[part] = np.take_along_axis(far, order, axis=1)
            places[part] = np.take_along_axis(found, order, axis=1)
            advance(len(order) * len(others) / n)
    own = places == np.arange(n)[:, np.newaxis]
    own[~own.any(axis=1), -1] = True  # it lies behind others that are equal to it
    return Neighbours(places[~own].reshape(n, k), distances[~own].reshape(n, k))


def near_twins(near: Neighbours) -> list[tuple[int, int, float]]:
    """List the pairs that are nearly the same, each once: two rows, the lower first, and their cosine."""
    cosine = 1.0 - near.distances**2 / 2.0
    rows, columns = np.nonzero(cosine >= TWIN)
    pairs: dict[tuple[int, int], float] = {}
    for row, column in zip(rows.tolist(), columns.tolist(), strict=True):
        low, high = sorted((row, int(near.places[row, column])))
        pairs[low, high] = float(cosine[row, column])
    return [(low, high, like) for (low, high), like in sorted(pairs.items())]


def group(near: Neighbours, *, seed: int = 0) -> Grouping:
    """Form groups. Of the sizes tried, the one with most stable groups, then with the highest stability.

    Parameters
    ----------
    seed
        Of what is left out in turn.
    """
    n = len(near.places)
    sizes = [size for size in SIZES if size * 4 <= n]
    if n < LEAST:
        return Grouping(np.full(n, -1), np.zeros(n), np.empty(0), 0, [])
    graph = _graph(near)
    rng = np.random.default_rng(seed)
    parts = [np.flatnonzero(rng.random(n) >= _LEFT_OUT) for _ in range(_ROUNDS)]
    smaller = [_connected(graph[part][:, part]) for part in parts]
    whole = _connected(graph)
    found = []
    for size in sizes:
        labels, sure = _hdbscan(whole, size)
        again = [(part, _hdbscan(some, size)[0]) for part, some in zip(parts, smaller, strict=True)]
        found.append((labels, sure, stability_of(labels, again)))
    trials = [
        Trial(size, len(stability), int((stability >= STABLE).sum()), _mean(stability))
        for size, (_, _, stability) in zip(sizes, found, strict=True)
    ]
    best = max(range(len(sizes)), key=lambda at: (trials[at].stable, trials[at].stability))
    labels, sure, stability = found[best]
    return Grouping(labels, sure, stability, sizes[best], trials)


def stability_of(labels: Labels, again: Sequence[tuple[Labels, Labels]]) -> NDArray[np.float64]:
    """Tell how well each group comes again: the mean over rounds of its best Jaccard index.

    Parameters
    ----------
    labels : shape=(n,)
    again
        Of each round the rows that were taken, and their labels.

    Examples
    --------
    >>> labels = np.array([0, 0, 1, 1, -1])
    >>> stability_of(labels, [(np.arange(5), np.array([1, 1, 0, -1, -1]))])
    array([1. , 0.5])
    """
    number = int(labels.max(initial=-1)) + 1
    total = np.zeros(number)
    for part, there in again:
        here = labels[part]
        others = int(there.max(initial=-1)) + 1
        if not others:
            continue
        both = np.zeros((number, others))
        is_in = (here >= 0) & (there >= 0)
        np.add.at(both, (here[is_in], there[is_in]), 1)
        own = np.bincount(here[here >= 0], minlength=number)
        other = np.bincount(there[there >= 0], minlength=others)
        either = own[:, np.newaxis] + other - both
        total += np.divide(both, either, out=np.zeros_like(both), where=either > 0).max(axis=1)
    return total / max(1, len(again))


def _mean(values: NDArray[np.float64]) -> float:
    return float(values.mean()) if len(values) else 0.0


def _graph(near: Neighbours) -> Any:  # noqa: ANN401 - a sparse matrix
    """Put neighbours into a matrix that is the same both ways: 1 over their distance."""
    from scipy.sparse import csr_array  # noqa: PLC0415 - as above

    n, k = near.places.shape
    rows = np.repeat(np.arange(n), k)
    close = 1.0 / np.maximum(near.distances.ravel(), _NEAR)
    one_way = csr_array((close, (rows, near.places.ravel())), shape=(n, n))
    return one_way.maximum(one_way.T).tocsr()


def _connected(graph: Any) -> Any:  # noqa: ANN401 - a sparse matrix
    """Give the distances, with parts that hang apart tied by the longest one: HDBSCAN takes a whole."""
    from scipy.sparse import coo_array, csr_matrix  # noqa: PLC0415 - as above
    from scipy.sparse.csgraph import connected_components  # noqa: PLC0415

    n = graph.shape[0]
    first = np.unique(connected_components(graph, directed=False)[1], return_index=True)[1]
    # A vector of which most neighbours are left out has too few distances for a core.
    poor = np.flatnonzero(np.diff(graph.indptr) < _CORE)
    ends = {*zip(first[:-1].tolist(), first[1:].tolist(), strict=True)}
    ends |= {(at, (at + step) % n) for at in poor.tolist() for step in range(1, _CORE + 1)}
    if ends:
        one, other = np.array(sorted(ends)).T
        bridge = coo_array((np.full(len(one), 1.0 / _FAR), (one, other)), shape=(n, n)).tocsr()
        graph = graph.maximum(bridge.maximum(bridge.T))
    whole = csr_matrix(graph)
    whole.data = 1.0 / whole.data
    return whole


def _hdbscan(graph: Any, size: int) -> tuple[Labels, NDArray[np.float64]]:  # noqa: ANN401 - a sparse matrix
    from sklearn.cluster import HDBSCAN  # noqa: PLC0415 - as above

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        model: Any = HDBSCAN(min_cluster_size=size, min_samples=_CORE, metric="precomputed", copy=True).fit(
            graph
        )
    return ranked(model.labels_, model.probabilities_)


def ranked(labels: Labels, sure: NDArray[np.float64]) -> tuple[Labels, NDArray[np.float64]]:
    """Give groups other numbers, the largest first. What is in none is -1, and sure of nothing.

    HDBSCAN marks rows that are no numbers by labels below -1, with NaN for how sure it is.
    """
    grouped = labels[labels >= 0]
    order = np.argsort(-np.bincount(grouped), kind="stable")
    rank = np.empty(len(order) + 1, np.intp)
    rank[order], rank[-1] = np.arange(len(order)), -1
    return rank[np.maximum(labels, -1)], np.where(labels < 0, 0.0, np.nan_to_num(sure))
