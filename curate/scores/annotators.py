"""What several annotators say, combined: the method of Dawid and Skene.

"Maximum Likelihood Estimation of Observer Error-Rates Using the EM Algorithm" (Applied Statistics
28, 1979): the true labels and each annotator's table of errors are estimated in turn, so that who
is often right counts more, and who always takes one class for another is understood. It begins at the
shares of votes. crowd-kit has the same method; the tests compare the two.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

#: Iterations at most, and the gain of log-likelihood per answer below which they end.
_ITERATIONS = 200
_TOLERANCE = 1e-9

#: Instead of nothing, where a logarithm is taken.
_TINY = 1e-10


@dataclass(frozen=True, slots=True, eq=False)
class Consensus:
    """Labels that annotators agree on, and how far each of them is to be trusted.

    Parameters
    ----------
    items, labels, annotators
        In alphabetical order.
    probability : 0 to 1, shape (items, labels)
    confusion : 0 to 1, shape (annotators, true labels, given labels)
    """

    items: list[str]
    labels: list[str]
    annotators: list[str]
    probability: Floats
    confusion: Floats

    def best(self) -> list[tuple[str, str, float]]:
        """Give each item its likeliest label, and how likely that is."""
        columns = self.probability.argmax(axis=1)
        return [
            (item, self.labels[column], float(self.probability[row, column]))
            for row, (item, column) in enumerate(zip(self.items, columns.tolist(), strict=True))
        ]


def dawid_skene(answers: Sequence[tuple[str, str, str]]) -> Consensus:
    """Estimate true labels.

    Parameters
    ----------
    answers
        Annotator, item and label, one or more; an annotator may answer an item more than once.
    """
    answers = sorted(answers)  # so that sums, and what they tip, do not depend on the order
    annotators, items, labels = (sorted({answer[at] for answer in answers}) for at in range(3))
    who = _numbers([answer[0] for answer in answers], annotators)
    what = _numbers([answer[1] for answer in answers], items)
    said = _numbers([answer[2] for answer in answers], labels)
    votes = np.zeros((len(items), len(labels)))
    np.add.at(votes, (what, said), 1.0)
    probability = votes / votes.sum(axis=1, keepdims=True)
    confusion, prior = _errors(who, what, said, probability, len(annotators))
    before = -np.inf
    for _ in range(_ITERATIONS):
        logs = np.log(prior + _TINY) + _summed(np.log(confusion + _TINY), who, what, said, len(items))
        highest = logs.max(axis=1, keepdims=True)
        likely = np.exp(logs - highest)
        probability = likely / likely.sum(axis=1, keepdims=True)
        confusion, prior = _errors(who, what, said, probability, len(annotators))
        likelihood = float(np.sum(highest[:, 0] + np.log(likely.sum(axis=1))))
        if likelihood - before < _TOLERANCE * len(answers):
            break
        before = likelihood
    return Consensus(items, labels, annotators, probability, confusion)


def _numbers(names: list[str], of: list[str]) -> NDArray[np.intp]:
    place = {name: at for at, name in enumerate(of)}
    return np.fromiter((place[name] for name in names), dtype=np.intp, count=len(names))


def _errors(
    who: NDArray[np.intp], what: NDArray[np.intp], said: NDArray[np.intp], probability: Floats, count: int
) -> tuple[Floats, Floats]:
    """Estimate each annotator's errors, and how common labels are, from the labels (the M step)."""
    confusion = np.zeros((count, probability.shape[1], probability.shape[1]))
    np.add.at(confusion.transpose(0, 2, 1), (who, said), probability[what])
    sums = confusion.sum(axis=2, keepdims=True)
    confusion = np.divide(confusion, sums, out=np.zeros_like(confusion), where=sums > 0)
    return confusion, probability.mean(axis=0)


def _summed(
    logs: Floats, who: NDArray[np.intp], what: NDArray[np.intp], said: NDArray[np.intp], count: int
) -> Floats:
    """Sum over the answers about each item what they tell of each true label; shape (items, labels)."""
    total = np.zeros((count, logs.shape[1]))
    np.add.at(total, what, logs[who, :, said])
    return total
