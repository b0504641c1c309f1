"""Which recordings the ledger must say something else of, found by columns.

`strip-voice` and `trim` decide about blocks of recordings and write only what differs. A *row* is a recording
of the block.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple, dataclass
from operator import itemgetter

import numpy as np

from curate.catalogue import cuts
from curate.catalogue.cuts import Cells
from curate.catalogue.store import Store
from curate.decisions.voice_cuts import withheld
from curate.model import Cut
from curate.steps.common import interval_columns as columns
from curate.steps.common.interval_columns import Flags, Floats, Ints, Spans


class CutWords:
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
        What the cuts say, as `CutWords` numbers it.
    """

    spans: Spans
    score: Floats
    told: Ints

    @classmethod
    def read(
        cls, store: Store, step: str, numbers: Ints, spans: Sequence[tuple[int, int]], words: CutWords
    ) -> LedgerColumns:
        """Read what the ledger says of recordings whose numbers rise: all that lie in some ranges."""
        cells = [cut for ends in spans for cut in cuts.told_between(store, step, *ends)]
        of, onset, offset, score, told = (list(map(itemgetter(place), cells)) for place in range(5))
        row = np.searchsorted(numbers, np.array(of, dtype=np.int64)).astype(np.int64)
        where = Spans(row, np.array(onset, dtype=float), np.array(offset, dtype=float))
        return cls(where, np.array(score, dtype=float), words.codes(told))

    def where(self, chosen: Flags) -> LedgerColumns:
        """Keep some."""
        return LedgerColumns(self.spans.where(chosen), self.score[chosen], self.told[chosen])


#: What a cut says: action, reason, producer and detail.
Told = tuple[str, str, str, str]


@dataclass(frozen=True, slots=True)
class ToldCuts:
    """What is decided of a block, in the order of the ledger.

    Parameters
    ----------
    score
        NaN if missing.
    code
        What each cut says, as its place in `told`.
    """

    spans: Spans
    score: Floats
    code: Ints
    told: Sequence[Told]

    def of_rows(self, chosen: Flags) -> ToldCuts:
        """Keep those of some rows."""
        some = chosen[self.spans.row]
        return ToldCuts(self.spans.where(some), self.score[some], self.code[some], self.told)

    def ledger(self, rows: Ints, words: CutWords) -> LedgerColumns:
        """Give the same for other rows: `rows` are the new places of the old ones."""
        codes = np.array([words.code(cuts.told(*each)) for each in self.told], dtype=np.int64)
        return LedgerColumns(self.spans._replace(row=rows[self.spans.row]), self.score, codes[self.code])

    def cells(self, numbers: Ints) -> list[Cells]:
        """Give the cuts in order, each with the number of its row first."""
        action, reason, producer, detail = (
            np.array(column, dtype=object)[self.code] for column in zip(*self.told, strict=True)
        )
        scores = [None if score != score else score for score in self.score.tolist()]  # noqa: PLR0124 - NaN
        ends = (self.spans.onset.tolist(), self.spans.offset.tolist())
        of = numbers[self.spans.row].tolist()
        return list(zip(of, *ends, action, reason, scores, producer, detail, strict=True))


@dataclass(frozen=True, slots=True)
class Differing:
    """The rows that differ: in anything, in what is done to the sound, and in the sound that is left."""

    any: Flags
    done: Flags
    sound: Flags

    @classmethod
    def of(cls, new: LedgerColumns, old: LedgerColumns, words: CutWords, rows: int) -> Differing:
        """Compare what shall be said with what the ledger says."""
        some = _differ(_cells(new), _cells(old), rows)
        mine, theirs = (_sound(each.where(some[each.spans.row]), words) for each in (new, old))
        done = _differ((*mine[0], mine[1]), (*theirs[0], theirs[1]), rows)
        left, was_left = (columns.union(columns.together(spans)) for spans, _ in (mine, theirs))
        return cls(some, done, _differ(left, was_left, rows))


@dataclass(slots=True)
class Rewriting:
    """What a step must write into the ledger for a block.

    Parameters
    ----------
    of, cells
        The recordings of which the ledger must say something else, and what that is.
    done, sound
        Those of which other stretches are changed, and of which other sound is left.
    """

    of: list[int]
    cells: list[Cells]
    done: list[int]
    sound: list[int]

    @classmethod
    def nothing(cls) -> Rewriting:
        """Give one that writes nothing."""
        return cls([], [], [], [])

    @classmethod
    def by_columns(
        cls, made: ToldCuts, places: Ints, old: LedgerColumns, words: CutWords, numbers: Ints
    ) -> Rewriting:
        """Compare what is decided with what the ledger says.

        Parameters
        ----------
        places
            Of the rows of `made` among the recordings of the block.
        old
            Of the recordings that `made` is about.
        numbers
            Of all recordings of the block.
        """
        differing = Differing.of(made.ledger(places, words), old, words, len(numbers))
        of, done, sound = (
            numbers[each].tolist() for each in (differing.any, differing.done, differing.sound)
        )
        return cls(of, made.of_rows(differing.any[places]).cells(numbers[places]), done, sound)

    def compare(self, recording: int, new: Sequence[Cut], old: Sequence[Cut]) -> None:
        """Take in one recording more, if it differs."""
        if new == old:
            return
        self.of.append(recording)
        self.cells += [(recording, *astuple(cut)) for cut in new]
        if _changes(new) != _changes(old):
            self.done.append(recording)
        if withheld(new) != withheld(old):
            self.sound.append(recording)

    def write(self, store: Store, step: str) -> list[int]:
        """Write it, and give the recordings of which other sound is left, in order."""
        # A copy goes by each single cut, as in `cuts.replace`. Later steps go by the sound that is kept.
        if self.of:
            cuts.replace_all(store, step, self.cells, of=self.of, sounds=self.done)
        return sorted(self.sound)


def _changes(made: Sequence[Cut]) -> list[tuple[float, float, str]]:
    return [(cut.onset, cut.offset, cut.action) for cut in made if cut.action != "flag"]


#: The row first, then what is compared.
_Cells = tuple[Ints, *tuple[Floats | Ints, ...]]


def _cells(each: LedgerColumns) -> _Cells:
    return (*each.spans, each.score, each.told)


def _sound(each: LedgerColumns, words: CutWords) -> tuple[Spans, Ints]:
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
