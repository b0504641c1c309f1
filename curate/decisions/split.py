"""Folds: whole groups of recordings, so that every class is divided as the shares say.

A number says what a recording is for. Fold k >= 0 is validated on while the others train;
`TRAIN` is trained on always; `TEST` never. With shares for training, validation and test
there is one fold to validate on, 0.

The groups are dealt out greedily, the hardest to place first, and then moved one by one as
long as that helps: iterative stratification (Sechidis et al. 2011, ECML PKDD) for groups.
Only a group's own classes are looked at, so the cost grows with the number of labels, not
with recordings times classes. Pure, and the same on every machine for the same seed.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from curate.decisions.groups import Item
from curate.errors import UsageError

#: Trained on in every round.
TRAIN = -1

#: Never trained on, nor validated on.
TEST = -2

#: Rounds over all groups in which each may move; nearly all of the gain is in the first two.
_SWEEPS = 4


@dataclass(slots=True)
class Division:
    """Which fold each recording gets.

    Parameters
    ----------
    folds
        One number for each item.
    rare_labels, rare
        Classes that were too rare to divide, and the recordings that train because of them.
    held_out
        Recordings that test because of their archive, those of other archives in their groups included.
    """

    folds: list[int]
    rare_labels: list[str] = field(default_factory=list)
    rare: int = 0
    held_out: int = 0


def shares_of(
    folds: int | None, train: float | None, valid: float | None, test: float | None
) -> dict[int, float]:
    """Turn what a person asked for into the share of each fold.

    Parameters
    ----------
    folds : 2 or more
        None with neither `valid` nor `test` nor `train` is 5.
    train, valid, test : 0 to 1
        With `folds` only `test` may be given. `train` is what the others leave.

    Returns
    -------
    Share of each fold, all above 0 and 1 together.

    Raises
    ------
    UsageError
        If they contradict each other.

    Examples
    --------
    >>> shares_of(None, None, 0.2, 0.1)
    {-1: 0.7, 0: 0.2, -2: 0.1}
    >>> shares_of(2, None, None, 0.2)
    {0: 0.4, 1: 0.4, -2: 0.2}
    """
    for name, value in (("train", train), ("valid", valid), ("test", test)):
        if value is not None and not 0 <= value <= 1:
            raise UsageError(f"--{name} is {value:g}", hint="give a share between 0 and 1")
    rest = round(1 - (valid or 0) - (test or 0), 9)
    if folds is not None or (train, valid, test) == (None, None, None):
        folds = 5 if folds is None else folds
        if train is not None or valid is not None:
            raise UsageError("--folds validates on each fold in turn: it goes with --test only")
        if folds < 2:  # noqa: PLR2004
            raise UsageError(f"--folds is {folds}", hint="give 2 or more, or --valid 0.2 for one division")
        shares = {number: round(rest / folds, 9) for number in range(folds)}
    else:
        if train is not None and valid is None:
            valid = round(1 - train - (test or 0), 9)
            rest = train
        if train is not None and abs(train - rest) > 1e-6:  # noqa: PLR2004
            raise UsageError("--train, --valid and --test must add up to 1", hint="leave one of them out")
        shares = {TRAIN: rest, 0: valid or 0.0}
    shares[TEST] = test or 0.0
    if min(shares.values()) < 0 or sum(share > 0 for share in shares.values()) < 2:  # noqa: PLR2004
        raise UsageError("the shares leave every fold empty", hint="for example --valid 0.2 --test 0.1")
    return {number: share for number, share in shares.items() if share > 0}


def divide(
    items: Sequence[Item],
    groups: Sequence[Sequence[int]],
    shares: Mapping[int, float],
    *,
    rare_in_train: int = 0,
    holdout_archive: str | None = None,
    seed: int = 0,
) -> Division:
    """Give every recording a fold. Recordings of one group get the same.

    What has a fold keeps it, and new recordings of its group get the same one.

    Parameters
    ----------
    groups
        Places in `items`: each in exactly one group.
    shares
        As `shares_of` gives them.
    rare_in_train
        Groups with a class of no more recordings than this train always. 0: none.
    holdout_archive
        Groups with a recording of this archive test.
    """
    division = Division([TRAIN] * len(items))
    totals = Counter(item.label for item in items if item.label)
    rare = {label for label, count in totals.items() if count <= rare_in_train}
    free: list[Sequence[int]] = []
    fixed: list[tuple[Sequence[int], int]] = []
    met: set[str] = set()
    for group in groups:
        given = Counter(own for place in group if (own := items[place].fold) is not None)
        fold: int | None = None
        if given:
            # Of several the one with most recordings; to move the others is a person's decision.
            fold = min(given, key=lambda number: (-given[number], number))
        elif holdout_archive and any(items[place].archive == holdout_archive for place in group):
            fold = TEST
            division.held_out += len(group)
        elif found := {items[place].label for place in group} & rare:
            fold = TRAIN
            met |= found
            division.rare += len(group)
        if fold is None:
            free.append(group)
            continue
        fixed.append((group, fold))
        for place in group:
            # A group that is in several folds stays there: only its new recordings follow the majority.
            known = items[place].fold
            division.folds[place] = fold if known is None else known
    division.rare_labels = sorted(met)
    dealer = _Dealer(items, free, fixed, shares)
    for group, fold in zip(free, dealer.deal(seed), strict=True):
        for place in group:
            division.folds[place] = fold
    return division


class _Dealer:
    """Deals groups out so that each class comes as near as possible to its share of each fold.

    The cost is that of a chi-square test, summed over classes and folds: the squared distance
    between what there is and what there should be, over what there should be. The number of
    recordings counts as one more class that all are of.
    """

    def __init__(
        self,
        items: Sequence[Item],
        free: Sequence[Sequence[int]],
        fixed: Sequence[tuple[Sequence[int], int]],
        shares: Mapping[int, float],
    ) -> None:
        self._numbers = list(shares)
        codes: dict[str, int] = {"": 0}  # no class: the number of recordings
        self._groups = [_counted(items, group, codes) for group in free]
        # A fold without a share, such as that of held-out tests, takes nothing from the others.
        there = [(_counted(items, group, codes), fold) for group, fold in fixed if fold in shares]
        totals = [0] * len(codes)
        for counts in (*self._groups, *(counts for counts, _ in there)):
            for code, count in counts:
                totals[code] += count
        #: What each fold lacks of each class, and what it should have.
        self._wanted = [[share * total for total in totals] for share in shares.values()]
        self._lacks = [list(wanted) for wanted in self._wanted]
        for counts, fold in there:
            self._take(counts, self._numbers.index(fold), 1)
        self._difficulty = [sum(n * n / totals[code] for code, n in counts) for counts in self._groups]

    def deal(self, seed: int) -> list[int]:
        """Fold of each free group."""
        order = list(range(len(self._groups)))
        random.Random(seed).shuffle(order)
        # The hardest first: large groups and rare classes leave the least choice, and easy ones
        # fill the gaps. The shuffle decides between equals.
        order.sort(key=lambda at: -self._difficulty[at])
        places = [0] * len(order)
        for at in order:
            places[at] = self._best(self._groups[at])
            self._take(self._groups[at], places[at], 1)
        # The first choices were made before the last groups came. Take each group out and place it
        # again, until no move helps.
        for _ in range(_SWEEPS):
            moved = 0
            for at in order:
                counts, old = self._groups[at], places[at]
                self._take(counts, old, -1)
                new = self._best(counts, prefer=old)
                self._take(counts, new, 1)
                places[at] = new
                moved += new != old
            if not moved:
                break
        return [self._numbers[place] for place in places]

    def _best(self, counts: Sequence[tuple[int, int]], prefer: int = -1) -> int:
        """Find the fold in which the cost grows least by a group."""
        best, least = 0, float("inf")
        for place, (lacks, wanted) in enumerate(zip(self._lacks, self._wanted, strict=True)):
            cost = 0.0
            for code, count in counts:
                # (lacks - count)^2 - lacks^2, over `wanted`: how much the squared distance grows.
                cost += count * (count - 2 * lacks[code]) / wanted[code]
            # Strictly less by more than rounding, so that sweeps end.
            if cost < least - 1e-9 or (place == prefer and cost < least + 1e-9):
                best, least = place, cost
        return best

    def _take(self, counts: Sequence[tuple[int, int]], place: int, sign: int) -> None:
        lacks = self._lacks[place]
        for code, count in counts:
            lacks[code] -= sign * count


def _counted(items: Sequence[Item], group: Sequence[int], codes: dict[str, int]) -> list[tuple[int, int]]:
    """Classes of a group as numbers, with how many recordings have each."""
    counts: Counter[int] = Counter({0: len(group)})
    for place in group:
        for label in items[place].labels:
            counts[codes.setdefault(label, len(codes))] += 1
    return list(counts.items())
