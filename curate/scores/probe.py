"""A probe: from a few examples to a score of every window, and what to ask next.

Logistic regression on centred vectors of length 1, as in agile modelling (Dumoulin et al. 2023, "The search
for squid"). What nobody decided about counts a little as a counterexample: what is searched for is rare.
A line alone follows a class of several kinds of calls badly. So the nearest examples on either side count as
much as the line does.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from curate.scores.neighbours import unit

Vectors = NDArray[np.floating]

#: Windows of the background that are taken for counterexamples, evenly spread.
_BACKGROUND = 256

#: What all of them weigh together, against one for each example.
_WEIGHT = 2.0

#: Inverse strength of the penalty (scikit-learn's C): a few examples of many numbers need a strong one. Of
#: 1, 10 and 100 this needs the fewest verdicts on real recordings (``bench/vectors/search.py``).
_C = 1.0

#: Rows that become single precision at a time.
_ROWS = 4096

#: Of so many times as many uncertain windows as are asked about, the most different ones are chosen. As many
#: likely ones are looked at for some that are no near twins: an answer about one says it of the other.
_POOL = 4

#: Cosine from which on two windows are near twins, such as windows that overlap.
_TWIN = 0.97

#: Examples on each side that are near: their mean cosine counts. Of 1, 2, 3 and 5 this needs the fewest
#: verdicts on average (``bench/vectors/search.py``).
_NEAR = 2

#: Of the questions this share is about what is probably wanted, the rest about what is uncertain.
_LIKELY = 0.7


@dataclass(frozen=True, slots=True)
class Probe:
    """A direction in the space of vectors, and where along it things begin to be wanted.

    Parameters
    ----------
    mean : shape=(dimension,)
        Of the background, taken off before.
    weights : shape=(dimension,)
    bias
    liked, unliked : shape=(m, dimension)
        Examples and counterexamples, centred and of length 1.
    middle
        Nearness to the examples that says neither yes nor no, as long as there is no counterexample.
    near
        What a nearness of 1 adds to the line.
    """

    mean: NDArray[np.float32]
    weights: NDArray[np.float32]
    bias: float
    liked: NDArray[np.float32]
    unliked: NDArray[np.float32]
    middle: float
    near: float

    def scores(self, rows: Vectors) -> NDArray[np.float32]:
        """Score vectors, shape=(n,), from 0 to 1. One of zeros has 0."""
        found = np.zeros(len(rows), np.float32)
        for start in range(0, len(rows), _ROWS):
            part = np.asarray(rows[start : start + _ROWS], np.float32)
            sounds = part.any(axis=1)
            along = self.along(unit(unit(part) - self.mean))
            found[start : start + _ROWS] = np.where(sounds, 1.0 / (1.0 + np.exp(-along)), 0.0)
        return found

    def along(self, vectors: NDArray[np.float32]) -> NDArray[np.float32]:
        """Say how far on the wanted side centred vectors of length 1 are: the logit of their score."""
        line: NDArray[np.float32] = vectors @ self.weights + np.float32(self.bias)
        return line + np.float32(self.near) * self.nearness(vectors)

    def nearness(self, vectors: NDArray[np.float32]) -> NDArray[np.float32]:
        """Say how much nearer the nearest examples are than the nearest counterexamples."""
        against = _nearest(vectors, self.unliked) if len(self.unliked) else np.float32(self.middle)
        return _nearest(vectors, self.liked) - against


def _nearest(vectors: NDArray[np.float32], examples: NDArray[np.float32]) -> NDArray[np.float32]:
    """Give the mean cosine to the nearest examples."""
    cosines = vectors @ examples.T
    k = min(_NEAR, len(examples))
    mean: NDArray[np.float32] = np.partition(cosines, len(examples) - k, axis=1)[:, -k:].mean(axis=1)
    return mean


def trained(rows: Vectors, liked: Vectors, unliked: Vectors) -> Probe:
    """Train a probe.

    Parameters
    ----------
    rows : shape=(n, dimension)
        All vectors, of which the background is drawn: from those of sound, of which there must be one.
    liked, unliked : shape=(m, dimension)
        Examples and counterexamples; at least one is liked.
    """
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415 - takes a second

    sounds = np.concatenate(
        [
            start + np.flatnonzero(np.asarray(rows[start : start + _ROWS]).any(axis=1))
            for start in range(0, len(rows), _ROWS)
        ]
    )
    background = unit(np.asarray(rows[sounds[:: max(1, len(sounds) // _BACKGROUND)]], np.float32))
    mean: NDArray[np.float32] = background.mean(axis=0)
    parts = [unit(liked), unit(unliked), background]
    counts = [len(part) for part in parts]
    vectors = unit(np.concatenate(parts) - mean)
    wanted = np.repeat([True, False, False], counts)
    # Both sides weigh alike, however many more counterexamples there are.
    against = len(unliked) + _WEIGHT
    weigh = np.repeat([1.0, len(liked) / against, len(liked) * _WEIGHT / against / len(background)], counts)
    model = LogisticRegression(C=_C, max_iter=1000).fit(vectors, wanted, sample_weight=weigh)
    line = model.coef_[0].astype(np.float32), float(model.intercept_[0])
    liked, unliked, rest = np.split(vectors, np.cumsum(counts)[:-1])
    middle = (1 + float(_nearest(rest, liked).mean())) / 2
    bare = Probe(mean, *line, liked, unliked, middle, 0.0)
    # Both count alike: they have the same spread over the background.
    spread = float(bare.nearness(rest).std())
    return replace(bare, near=float(bare.along(rest).std()) / spread if spread > 0 else 0.0)


#: Why a window is asked about.
Reason = Literal["likely", "uncertain"]


def questions(
    scores: NDArray[np.float32], rows: Vectors, undecided: NDArray[np.bool_], n: int
) -> list[tuple[int, Reason]]:
    """Choose the windows about which a verdict helps most: what is likely, what is uncertain, all different.

    Parameters
    ----------
    scores : shape=(rows,), 0 to 1
    undecided : shape=(rows,)
        Which may be asked about.
    n
        This many at most.
    """
    open_ = np.flatnonzero(undecided & (scores > 0))
    likely = open_[np.argsort(-scores[open_], kind="stable")]
    first = _without_twins(rows, likely[: max(n, _POOL * n)], min(n, round(_LIKELY * n) or 1))
    left = np.setdiff1d(open_, first)
    unsure = left[np.argsort(np.abs(scores[left] - 0.5), kind="stable")]
    second = _apart(rows, unsure[: _POOL * n], n - len(first))
    return [*((place, "likely") for place in first), *((place, "uncertain") for place in second)]


def _without_twins(rows: Vectors, pool: NDArray[np.intp], n: int) -> list[int]:
    """Choose the first of a pool that are no near twins of an earlier one; twins where they run out."""
    if n <= 0 or not len(pool):
        return []
    vectors = _of(rows, pool)
    chosen: list[int] = []
    twins: list[int] = []
    for place in range(len(pool)):
        is_twin = bool(chosen) and float((vectors[chosen] @ vectors[place]).max()) > _TWIN
        (twins if is_twin else chosen).append(place)
        if len(chosen) == n:
            break
    return [int(pool[place]) for place in (chosen + twins)[:n]]


def _of(rows: Vectors, pool: NDArray[np.intp]) -> NDArray[np.float32]:
    """Read vectors of a pool, of length 1. A file is read in the order of its rows."""
    return unit(np.asarray(rows[np.sort(pool)]))[np.argsort(np.argsort(pool))]


def _apart(rows: Vectors, pool: NDArray[np.intp], n: int) -> list[int]:
    """Choose places of a pool, the first of it first, then what is furthest from all that are chosen."""
    if n <= 0 or not len(pool):
        return []
    vectors = _of(rows, pool)
    chosen = [0]
    nearest = vectors @ vectors[0]
    while len(chosen) < min(n, len(pool)):
        nearest[chosen] = np.inf
        following = int(nearest.argmin())
        chosen.append(following)
        nearest = np.maximum(nearest, vectors @ vectors[following])
    return [int(pool[place]) for place in chosen]
