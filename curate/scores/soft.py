"""From scores of a model to soft labels: which windows to believe, and how much.

What the teams do that won BirdCLEF+ 2025, as far as it is public. The second place (Sydorskyi and
Gonçalves, CEUR-WS Vol-4038, paper 256, and the code next to it) takes windows whose best class has
0.5 or more and sets scores below 0.1 to nothing. The first place (N. Babych) raises scores to a
power, so that weak ones lose more than strong ones, and draws recordings by the sum of their
windows' best scores. The power for low-ranked classes is MYSO's ("Post-Processing with Power
Adjustment for Low-Ranked Classes", Kaggle, 2025): a class that is weak in all of a recording is
weakened further.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from curate.errors import UsageError

Scores = NDArray[np.float64]

#: Digits of a soft label behind the point; what is less is nothing.
_DIGITS = 6


@dataclass(frozen=True, slots=True)
class Choices:
    """How scores become soft labels.

    Parameters
    ----------
    keep_above, zero_below : 0 to 1
        What the best class of a window must have to count; below which a score in it is nothing.
    power
        To which scores are raised in the end.
    top_n, top_n_power
        See `weaken_low_ranked`; None leaves low-ranked classes as they are.
    max_per_class
        See `capped`; None keeps all.
    """

    keep_above: float = 0.5
    zero_below: float = 0.1
    power: float = 1.0
    top_n: int | None = None
    top_n_power: float = 2.0
    max_per_class: int | None = None

    def check(self) -> None:
        """Refuse invalid choices.

        Raises
        ------
        UsageError
            If one is out of range.
        """
        if not 0 <= self.zero_below <= self.keep_above <= 1:
            raise UsageError(
                "zero-below and keep-above must be from 0 to 1, the first at most the second: "
                f"got {self.zero_below:g} and {self.keep_above:g}"
            )
        if self.power <= 0 or self.top_n_power <= 0:
            raise UsageError(f"powers must be above 0: got {self.power:g} and {self.top_n_power:g}")
        for name, count in (("top-n", self.top_n), ("max-per-class", self.max_per_class)):
            if count is not None and count < 1:
                raise UsageError(f"{name} must be 1 or more: got {count}")


def soft_labels(
    values: Scores, recordings: NDArray[np.intp], choices: Choices, gone: NDArray[np.bool_] | None = None
) -> tuple[Scores, int, int]:
    """Turn scores into soft labels.

    Parameters
    ----------
    values : shape (windows, classes), 0 to 1
    recordings : shape (windows,)
        Which recording a window is of; windows of one recording stand together.
    gone : shape (windows,)
        Windows that are cut: see `capped`.

    Returns
    -------
    Soft labels, 0 everywhere in windows that are not believed; how many of them were too weak; and how
    many had enough better ones.
    """
    if values.size == 0:
        return values, len(values), 0
    if choices.top_n is not None:
        values = weaken_low_ranked(values, recordings, top_n=choices.top_n, power=choices.top_n_power)
    kept = values.max(axis=1) >= max(choices.keep_above, 10**-_DIGITS)
    weak = int(np.count_nonzero(~kept))
    left = (
        kept
        if choices.max_per_class is None
        else capped(values, kept, limit=choices.max_per_class, gone=gone)
    )
    soft: Scores = np.where(values < choices.zero_below, 0.0, values)
    soft **= choices.power
    np.round(soft, _DIGITS, out=soft)
    soft[~left] = 0.0
    return soft, weak, int(np.count_nonzero(kept & ~left))


def weaken_low_ranked(values: Scores, recordings: NDArray[np.intp], *, top_n: int, power: float) -> Scores:
    """Raise to a power the scores of all but the best classes of each recording.

    Parameters
    ----------
    values : shape (windows, classes), 0 to 1
    recordings : shape (windows,)
        Which recording a window is of; windows of one recording stand together.
    top_n
        This many classes are left as they are: those with the highest score in any window, of equals the
        first column.
    """
    raised = values.copy()
    borders = np.flatnonzero(np.diff(recordings)) + 1
    starts = [0, *borders.tolist()] if len(values) else []
    for start, end in zip(starts, [*starts[1:], len(values)], strict=True):
        order = np.argsort(-values[start:end].max(axis=0), kind="stable")
        low = order[top_n:]
        raised[start:end, low] = values[start:end, low] ** power
    return raised


def capped(
    values: Scores, kept: NDArray[np.bool_], *, limit: int, gone: NDArray[np.bool_] | None = None
) -> NDArray[np.bool_]:
    """Keep at most `limit` windows of each best class: those with its highest scores.

    Of equals the earlier window stays. One that is `gone` takes no place: it stays as long as another would.
    """
    left = np.zeros_like(kept)
    rows = np.flatnonzero(kept)
    best = values[rows].argmax(axis=1)
    order = np.argsort(-values[rows, best], kind="stable")
    count: Counter[int] = Counter()
    for at in order:
        left[rows[at]] = count[int(best[at])] < limit
        count[int(best[at])] += gone is None or not gone[rows[at]]
    return left
