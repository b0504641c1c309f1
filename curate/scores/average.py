"""Scores of several models, brought into line window by window and averaged.

Models need not agree in the order of their rows or columns, nor in their windows and classes: each
number is averaged over the models that gave it, so that one for insects joins one for birds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

#: Number of a recording, and onset and offset in it in whole milliseconds.
Window = tuple[int, int, int]


@dataclass(frozen=True, slots=True, eq=False)
class ScoreTable:
    """Scores of windows for classes.

    Parameters
    ----------
    windows
        In rising order after `average`; none twice.
    classes
        None twice.
    values : 0 to 1, shape (windows, classes)
        NaN where nothing is said.
    """

    windows: list[Window]
    classes: tuple[str, ...]
    values: NDArray[np.float64]


def renamed(table: ScoreTable, names: Mapping[str, str]) -> ScoreTable:
    """Give classes other names. Of several with one name, the highest score counts.

    Parameters
    ----------
    names
        By the present name; what is not in it keeps its own.
    """
    called = [names.get(name, name) for name in table.classes]
    classes = tuple(dict.fromkeys(called))
    if len(classes) == len(called):
        return ScoreTable(table.windows, classes, table.values)
    values = np.full((len(table.windows), len(classes)), np.nan)
    for at, name in enumerate(called):
        column = values[:, classes.index(name)]
        np.fmax(column, table.values[:, at], out=column)
    return ScoreTable(table.windows, classes, values)


def average(tables: Sequence[ScoreTable]) -> tuple[ScoreTable, int]:
    """Take the mean of every score over the models that gave it.

    Returns
    -------
    The means, for all windows and classes that any table has; and how many of the windows some
    table lacks.
    """
    windows = sorted({window for table in tables for window in table.windows})
    classes = tuple(sorted({name for table in tables for name in table.classes}))
    row_of = {window: at for at, window in enumerate(windows)}
    column_of = {name: at for at, name in enumerate(classes)}
    total = np.zeros((len(windows), len(classes)))
    given = np.zeros((len(windows), len(classes)), dtype=np.uint16)
    seen = np.zeros(len(windows), dtype=np.intp)
    for table in tables:
        rows = np.fromiter((row_of[window] for window in table.windows), dtype=np.intp)
        columns = [column_of[name] for name in table.classes]
        for at, column in enumerate(columns):  # one at a time, as tables are large
            known = ~np.isnan(table.values[:, at])
            total[rows[known], column] += table.values[known, at]
            given[rows[known], column] += 1
        seen[rows] += 1
    total[given == 0] = np.nan  # nobody said anything
    np.divide(total, given, out=total, where=given > 0)
    return ScoreTable(windows, classes, total), int(np.count_nonzero(seen < len(tables)))
