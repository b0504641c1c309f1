"""How a split came out: what each fold and each class has, and what chance would have done."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from itertools import accumulate
from typing import Any

from curate.decisions.groups import GroupKey, Item, ties
from curate.decisions.split import TEST, TRAIN, Division
from curate.formatting import Displayed
from curate.model import Problem


@dataclass(slots=True)
class FoldCount:
    """What one fold holds: recordings, their classes, and the seconds that are kept of them.

    `name` is ``train``, ``valid``, ``test`` or the fold's number. Classes that are only heard in the
    background do not count.
    """

    fold: int
    name: str
    share: float
    recordings: int = 0
    labels: int = 0
    seconds: float = 0.0


@dataclass(slots=True)
class ClassCount:
    """How a class is divided.

    Parameters
    ----------
    recordings
        In each fold, background included, in the order of `SplitSummary.folds`.
    divergence : 0 to 1
        Share of its recordings that would have to change folds to meet the shares exactly.
    """

    label: str
    recordings: list[int]
    divergence: float


@dataclass(slots=True)
class SplitSummary(Displayed):
    """What a split gave.

    Parameters
    ----------
    recordings, new, kept
        All that have a fold now; given in this run; kept from before or from a table.
    group, untold
        Keys by which the groups were made; and the recordings that do not tell one, by key.
    hidden
        Recordings whose archive hides the place: one recordist's in one cell of 0.2 degrees stay together.
    near_twins
        Pairs that sound nearly the same, by the key ``likeness``: they stay together.
    groups, largest
        Groups of recordings that stay together, and the size of the largest.
    divided_groups
        Groups in more than one fold: only where folds were given before the group was joined.
    random_divided_groups
        How many a plain random split with the same shares would have divided.
    divergence
        Mean over the classes.
    absent
        By the fold's name, the classes that it has none of.
    untrained
        By the fold's name, the classes that it has all of: nothing trains on them while it validates.
    tied_by
        What holds the largest group together, where it is larger than any fold should be.
    rare_labels, rare
        Classes too rare to divide, and the recordings in their groups: they train always.
    held_out
        Recordings that test because of ``--holdout-archive``.
    test_parts
        Recordings that test because the set that they came with says so.
    moved
        Recordings that had another fold than the one that ``--from`` gives.
    unmatched, unmatched_names
        Rows of ``--from`` that name no recording, and the first names of them.
    balance_lost
        Whether copies and weights of an earlier upsampling are taken back.
    problems
        Names in the table of ``--from`` that match a recording in part alone.
    """

    recordings: int = 0
    new: int = 0
    kept: int = 0
    group: list[GroupKey] = field(default_factory=list)
    untold: dict[GroupKey, int] = field(default_factory=dict)
    hidden: int = 0
    near_twins: int = 0
    groups: int = 0
    largest: int = 0
    tied_by: str = ""
    divided_groups: int = 0
    random_divided_groups: int = 0
    divergence: float = 0.0
    folds: list[FoldCount] = field(default_factory=list)
    classes: list[ClassCount] = field(default_factory=list)
    absent: dict[str, list[str]] = field(default_factory=dict)
    untrained: dict[str, list[str]] = field(default_factory=dict)
    rare_labels: list[str] = field(default_factory=list)
    rare: int = 0
    held_out: int = 0
    test_parts: int = 0
    moved: int = 0
    unmatched: int = 0
    unmatched_names: list[str] = field(default_factory=list)
    balance_lost: bool = False
    problems: list[Problem] = field(default_factory=list)
    elapsed_s: float = 0.0

    @classmethod
    def of(cls, kept: Mapping[str, Any]) -> SplitSummary:
        """Read what `kept_later` gave."""
        summary = cls(**kept)
        summary.folds = [FoldCount(**each) for each in kept["folds"]]
        summary.classes = [ClassCount(**each) for each in kept["classes"]]
        return summary

    @property
    def kept_later(self) -> dict[str, Any]:
        """What a run after this one would count with the same recordings: all have their folds by then."""
        later = replace(
            self,
            new=0,
            kept=self.recordings,
            rare_labels=[],
            rare=0,
            held_out=0,
            test_parts=0,
            moved=0,
            balance_lost=False,
            problems=[],
        )
        return asdict(later)

    @property
    def counts(self) -> dict[str, Any]:
        """What the list of runs keeps."""
        return {
            "recordings": self.recordings,
            "new": self.new,
            "folds": {row.name: row.recordings for row in self.folds},
            "divergence": round(self.divergence, 4),
        }


def fold_name(fold: int, shares: Mapping[int, float]) -> str:
    """Word for a fold. One that alone is validated on is ``valid``.

    Examples
    --------
    >>> fold_name(0, {-1: 0.8, 0: 0.2}), fold_name(0, {0: 0.5, 1: 0.5}), fold_name(-1, {0: 0.5, 1: 0.5})
    ('valid', '0', 'train')
    """
    if fold < 0:
        return {TRAIN: "train", TEST: "test"}[fold]
    return str(fold) if 1 in shares else "valid"


def count(
    summary: SplitSummary,
    items: Sequence[Item],
    groups: Sequence[Sequence[int]],
    division: Division,
    *,
    seconds: Sequence[float],
    shares: Mapping[int, float],
    seed: int,
) -> None:
    """Count what each fold and each class got."""
    numbers = sorted({*shares, *division.folds}, key=lambda n: (n == TEST, n))
    at = {number: place for place, number in enumerate(numbers)}
    summary.folds = [FoldCount(n, fold_name(n, shares), shares.get(n, 0.0)) for n in numbers]
    classes: dict[str, list[int]] = {}
    own: list[set[str]] = [set() for _ in numbers]
    for item, fold, length in zip(items, division.folds, seconds, strict=True):
        row = summary.folds[at[fold]]
        row.recordings += 1
        row.seconds += length
        own[at[fold]] |= {item.label} - {""}
        for label in item.labels:
            classes.setdefault(label, [0] * len(numbers))[at[fold]] += 1
    for label, counts in sorted(classes.items()):
        # What trains always or tests for another reason than its share takes no part.
        part = [have if number in shares else 0 for number, have in zip(numbers, counts, strict=True)]
        total = sum(part)
        ideal = [total * shares.get(number, 0.0) for number in numbers]
        off = sum(abs(have - want) for have, want in zip(part, ideal, strict=True)) / (2 * total or 1)
        summary.classes.append(ClassCount(label, counts, off))
    for place, row in enumerate(summary.folds):
        missing = [found.label for found in summary.classes if not found.recordings[place]]
        row.labels = len(own[place])
        if missing and row.fold in shares:
            summary.absent[row.name] = missing
        alone = [found.label for found in summary.classes if found.recordings[place] == sum(found.recordings)]
        if alone and row.fold != TRAIN:
            summary.untrained[row.name] = alone
    summary.divergence = sum(found.divergence for found in summary.classes) / (len(summary.classes) or 1)
    summary.recordings = len(items)
    summary.kept = sum(item.fold is not None for item in items)
    summary.new = summary.recordings - summary.kept
    summary.groups, summary.largest = len(groups), max(map(len, groups), default=0)
    if summary.largest > max(2, max(shares.values()) * len(items)):
        summary.tied_by = ties([items[place] for place in max(groups, key=len)], summary.group)
    summary.divided_groups = sum(len({division.folds[place] for place in group}) > 1 for group in groups)
    summary.random_divided_groups = _divided_by_chance(groups, shares, seed)
    summary.rare_labels, summary.rare = division.rare_labels, division.rare
    summary.held_out = division.held_out


def _divided_by_chance(groups: Sequence[Sequence[int]], shares: Mapping[int, float], seed: int) -> int:
    """Count the groups that end in several folds where each recording is drawn by itself."""
    draw = random.Random(seed)
    folds, bounds = list(shares), list(accumulate(shares.values()))
    return sum(
        len(set(draw.choices(folds, cum_weights=bounds, k=len(group)))) > 1
        for group in groups
        if len(group) > 1
    )
