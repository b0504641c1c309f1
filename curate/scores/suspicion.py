"""Which labels a model doubts: confident learning on out-of-fold scores.

The method is that of Northcutt, Jiang and Chuang, "Confident Learning: Estimating Uncertainty in
Dataset Labels" (JAIR 70, 2021), which the library cleanlab implements: a recording counts for a
class if its score reaches the mean score of the recordings that carry this label, so that a class
of which the model is never sure is not doubted as a whole. A label with the highest score of all is no
suspect, as in cleanlab: else one recording that a model gives 0.00 for its label would make all others
suspects of that class. Recordings are ranked by their normalized margin. The scores must come from models
that did not train on the recording.

Beyond it, classes that are known to be in the background are no other opinion.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Numbers = NDArray[np.intp]

#: Added to scores that are compared with thresholds, for the rounding of means; as cleanlab does.
_TINY = 1e-6


@dataclass(frozen=True, slots=True, eq=False)
class Suspicion:
    """What a model says of labels.

    Parameters
    ----------
    margin : 0 to 1, shape (recordings,)
        Half of 1 plus the label's own score less the best other one: 0 where the model is sure of
        another class, 1 where it is sure of the label and of nothing else.
    other : shape (recordings,)
        The class that a recording counts for instead of its label; else the best other one.
    suspects : shape (recordings,)
        Which recordings count for another class than their label.
    joint : shape (classes, classes)
        How many recordings with the label of the row count for the class of the column.
    """

    margin: Floats
    other: Numbers
    suspects: NDArray[np.bool_]
    joint: NDArray[np.intp]


def suspect(values: Floats, labels: Numbers, background: NDArray[np.bool_]) -> Suspicion:
    """Compare scores with labels.

    Parameters
    ----------
    values : 0 to 1, shape (recordings, classes)
    labels : shape (recordings,)
        Column of each recording's label.
    background : shape (recordings, classes)
        Classes that are known to be heard besides the label: they are left out.
    """
    rows = np.arange(len(labels))
    own = values[rows, labels]
    others = np.where(background, -1.0, values)
    others[rows, labels] = -1.0
    best = others.argmax(axis=1)
    margin = (1.0 + own - np.maximum(others[rows, best], 0.0)) / 2.0
    confident = values >= class_thresholds(values, labels) - _TINY
    confident &= ~background
    believed = np.where(confident, values, -1.0).argmax(axis=1)
    counted = confident.any(axis=1)
    fits_best = own >= others[rows, best]
    believed[fits_best] = labels[fits_best]
    suspects = counted & (believed != labels)
    joint = np.zeros((values.shape[1], values.shape[1]), dtype=np.intp)
    np.add.at(joint, (labels[counted], believed[counted]), 1)
    return Suspicion(margin, np.where(suspects, believed, best), suspects, joint)


def class_thresholds(values: Floats, labels: Numbers) -> Floats:
    """Mean score for each class of the recordings with this label. Infinite if missing.

    Returns
    -------
    Shape (classes,).
    """
    sums, counts = np.zeros(values.shape[1]), np.zeros(values.shape[1])
    np.add.at(sums, labels, values[np.arange(len(labels)), labels])
    np.add.at(counts, labels, 1.0)
    means: Floats = np.divide(sums, counts, out=np.full(values.shape[1], np.inf), where=counts > 0)
    return means


def noise(joint: NDArray[np.intp]) -> Floats:
    """Share of the recordings of each label that are of another class, as far as they count for any.

    Returns
    -------
    Shape (classes,); 0 where nothing counts. As in cleanlab every class holds one right label at least.
    """
    counts = joint.astype(float)
    np.fill_diagonal(counts, np.maximum(counts.diagonal(), 1.0))
    return np.asarray(1.0 - counts.diagonal() / counts.sum(axis=1))
