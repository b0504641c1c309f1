"""Which recordings the ledger must say something else of, found by columns.

`strip-voice` and `trim` decide about blocks of recordings and write only what differs. A *row* is a recording
of the block.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from operator import itemgetter

import numpy as np

from curate.catalogue import cuts
from curate.catalogue.store import Store
from curate.steps.common import interval_columns as columns
from curate.steps.common.interval_columns import Flags, Floats, Ints, Spans


class Words:
    """Numbers for what cuts say in words, the same for equal words."""

    def __init__(self) -> None:
        self._codes: dict[str, int] = {}
        self._actions: list[int] = []

    def code(self, told: str) -> int:
        """Give the number of what `cuts.told` gives."""
        found = self._codes.get(told)
        if found is None:
            found = self._codes[told] = len(self._codes)
            self._actions.append(cuts.ACTION_CODES[cuts.action_told(told)])
        return found

    def codes(self, told: Sequence[str]) -> Ints:
        """Give the numbers of many."""
        for each in set(told) - self._codes.keys():
            self.code(each)
        return np.fromiter(map(self._codes.__getitem__, told), dtype=np.int64, count=len(told))

    def actions(self, codes: Ints) -> Ints:
        """Give what is done, as numbers of `cuts.ACTION_CODES`."""
        return np.array(self._actions, dtype=np.int64)[codes]


@dataclass(frozen=True, slots=True)
class LedgerColumns:
    """The cuts of one step in a block, in the order of the ledger.

    Parameters
    ----------
    score
        NaN if missing.
    told
        What the cuts say, as `Words` numbers it.
    """

    spans: Spans
    score: Floats
    told: Ints

    @classmethod
    def read(cls, store: Store, step: str, numbers: Ints, words: Words) -> LedgerColumns:
        """Read what the ledger says of recordings whose numbers rise."""
        cells = cuts.told_between(store, step, int(numbers[0]), int(numbers[-1]))
        of, onset, offset, score, told = (list(map(itemgetter(place), cells)) for place in range(5))
        row = np.searchsorted(numbers, np.array(of, dtype=np.int64)).astype(np.int64)
        spans = Spans(row, np.array(onset, dtype=float), np.array(offset, dtype=float))
        return cls(spans, np.array(score, dtype=float), words.codes(told))

    def where(self, chosen: Flags) -> LedgerColumns:
        """Keep some."""
        return LedgerColumns(self.spans.where(chosen), self.score[chosen], self.told[chosen])


@dataclass(frozen=True, slots=True)
class Differing:
    """The rows that differ: in anything, in what is done to the sound, and in the sound that is left."""

    any: Flags
    done: Flags
    sound: Flags

    @classmethod
    def of(cls, new: LedgerColumns, old: LedgerColumns, words: Words, rows: int) -> Differing:
        """Compare what shall be said with what the ledger says."""
        some = _differ(_cells(new), _cells(old), rows)
        mine, theirs = (_sound(each.where(some[each.spans.row]), words) for each in (new, old))
        done = _differ((*mine[0], mine[1]), (*theirs[0], theirs[1]), rows)
        left, was_left = (columns.union(columns.together(spans)) for spans, _ in (mine, theirs))
        return cls(some, done, _differ(left, was_left, rows))


#: The row first, then what is compared.
_Cells = tuple[Ints, *tuple[Floats | Ints, ...]]


def _cells(each: LedgerColumns) -> _Cells:
    return (*each.spans, each.score, each.told)


def _sound(each: LedgerColumns, words: Words) -> tuple[Spans, Ints]:
    """Give where sound is changed, and what is done to it."""
    does = words.actions(each.told)
    changes = does != cuts.ACTION_CODES["flag"]
    return each.spans.where(changes), does[changes]


def _differ(one: _Cells, other: _Cells, rows: int) -> Flags:
    """Tell which rows have other cells in one than in the other. The row is the first column of both."""
    row, other_row = one[0], other[0]
    differ: Flags = np.bincount(row, minlength=rows) != np.bincount(other_row, minlength=rows)
    left, other_left = ~differ[row], ~differ[other_row]  # they have equally many, so cells pair up
    row = row[left]
    for mine, theirs in zip(one[1:], other[1:], strict=True):
        a, b = mine[left], theirs[other_left]
        unequal = a != b
        if a.dtype.kind == "f":
            unequal &= ~(np.isnan(a) & np.isnan(b))
        differ[row[unequal]] = True
    return differ
