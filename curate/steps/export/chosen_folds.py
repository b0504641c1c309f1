"""Which folds go into an export, and under which name of a split."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from curate.errors import UsageError
from curate.formats.files.layout import ExportLayout
from curate.model import Row

_GROUP = re.compile(r"(?:(?P<split>[A-Za-z][A-Za-z0-9_]*)=)?(?P<folds>-?\d+(?:,-?\d+)*)")

#: Name of the split of each fold.
Folds = dict[int, str]


def parse(text: str | None, form: str, shape: ExportLayout) -> Folds | None:
    """Read which folds are wanted: ``0,1``, or for formats with splits ``train=1,2,3 validation=0``.

    Raises
    ------
    UsageError
        If it is something else, a fold stands in two splits, or the format has no splits.
    """
    if text is None:
        return None
    wanted: Folds = {}
    for group in text.split():
        match = _GROUP.fullmatch(group)
        if match is None:
            raise UsageError(
                f"failed to read the folds '{text}'",
                hint="write numbers between commas (0,1), or splits: train=1,2,3,4 validation=0",
            )
        if match["split"] and not shape.splits:
            raise UsageError(
                f"the format {form} lacks splits", hint="write one table for each: --folds 0, --folds 1,2,3"
            )
        for number in map(int, match["folds"].split(",")):
            if wanted.setdefault(number, match["split"] or "train") != (match["split"] or "train"):
                raise UsageError(f"fold {number} is in two splits")
    if not wanted:
        raise UsageError("--folds is empty")
    return wanted


def check(wanted: Folds | None, there: Iterable[int]) -> None:
    """Refuse folds if all of them are empty.

    Parameters
    ----------
    there
        The folds that recordings are in.

    Raises
    ------
    UsageError
        If nothing would be left.
    """
    known = sorted(there)
    if wanted is None or not wanted.keys().isdisjoint(known):
        return
    if not known:
        raise UsageError("the recordings lack folds", hint="run 'curate split --folds 5' first")
    raise UsageError(
        f"empty fold: {', '.join(map(str, wanted))}",
        hint=f"there are: {', '.join(map(str, known))}",
    )


def chosen(rows: Iterable[Row], folds: Folds | None) -> Iterator[Row]:
    """Keep the rows of the wanted folds, with the name of their split."""
    for row in rows:
        if folds is None:
            yield row
        elif row.fold is not None and row.fold in folds:
            yield replace(row, extra={**row.extra, "split": folds[row.fold]})
