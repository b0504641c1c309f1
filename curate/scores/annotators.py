"""What several annotators say, combined: the method of Dawid and Skene.

"Maximum Likelihood Estimation of Observer Error-Rates Using the EM Algorithm" (Applied Statistics
28, 1979): the true labels and each annotator's table of errors are estimated in turn, so that who
is often right counts more, and who always takes one class for another is understood. It begins at the
shares of votes. crowd-kit has the same method; the tests compare the two.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
T = TypeVar("T")

#: Iterations at most, and the gain of log-likelihood per answer below which they end.
_ITERATIONS = 200
_TOLERANCE = 1e-9

#: Probabilities that differ by less are the same: sums of logarithms are not exact.
_EQUAL = 1e-6

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
        """Give each item its likeliest label, and how likely that is. Of equal ones the first."""
        return [(item, labels[0], sure) for item, labels, sure in self.tied()]

    def tied(self) -> list[tuple[str, list[str], float]]:
        """Give each item the labels that share the highest probability, and that probability."""
        highest = self.probability.max(axis=1)
        return [
            (item, [self.labels[at] for at in np.flatnonzero(row >= most - _EQUAL)], float(most))
            for item, row, most in zip(self.items, self.probability, highest, strict=True)
        ]


def one_vote(answers: Sequence[tuple[str, T, str]]) -> list[tuple[str, T, str]]:
    """Leave one answer of each annotator to each item: a person agrees only with others.

    Of several the label counts that was given most often, and of equally frequent ones the last.

    Parameters
    ----------
    answers
        Annotator, item and label, in the order in which they were given.

    Examples
    --------
    >>> one_vote([("ana", "r1", "owl"), ("ana", "r1", "owl"), ("ana", "r1", "frog"), ("ben", "r1", "frog")])
    [('ana', 'r1', 'owl'), ('ben', 'r1', 'frog')]
    """
    given: dict[tuple[str, T], list[str]] = {}
    for who, item, label in answers:
        given.setdefault((who, item), []).append(label)
    votes = []
    for (who, item), labels in given.items():
        last = {label: at for at, label in enumerate(labels)}
        votes.append((who, item, max(last, key=lambda label: (labels.count(label), last[label]))))
    return votes


def dawid_skene(answers: Sequence[tuple[str, str, str]]) -> Consensus:
    """Estimate true labels.

    Parameters
    ----------
    answers
        Annotator, item and label, one or more; see `one_vote` for several of one annotator.
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
