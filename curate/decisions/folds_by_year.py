"""Folds by year: the earliest recordings train, the latest test. Pure.

What a model will hear is later than what it was trained on, so this is how it will fare; the
recordists of the years are the same ones, so groups other than the same sound are divided.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate

from curate.decisions.groups import Item
from curate.decisions.split import TEST, TRAIN, Division


def divide_by_year(
    items: Sequence[Item], groups: Sequence[Sequence[int]], shares: Mapping[int, float]
) -> Division:
    """Give every recording a fold by its year.

    Folds to validate on follow each other in time. A group goes where its latest year goes, or with those of
    it that have a fold; one without a year trains always. Years that have a fold keep it, and later ones go
    on from them. What fold a year has, its recordings say that hold a sound of their own: others may lie
    where a copy of another year does. Folds that are stated, as by a table, say nothing of a year, nor do
    those that no year gets.

    Parameters
    ----------
    groups
        Recordings of the same sound, as places in `items`.
    shares
        As `decisions.split.shares_of` gives them; a whole year goes where its middle lies. If that leaves a
        fold empty, and there are years enough, the years are cut so that each fold has one.
    """
    latest = [
        max((year for place in group if (year := year_of(items[place].date)) is not None), default=None)
        for group in groups
    ]
    years_have = {None, *shares}
    stated = [
        any(items[place].is_stated or items[place].fold not in years_have for place in group)
        for group in groups
    ]
    free = [(group, last) for group, last, is_so in zip(groups, latest, stated, strict=True) if not is_so]
    order = sorted(shares, key=_in_time)
    known = _given(items, free)
    if not known:
        sizes: Counter[int] = Counter()
        for group, last in free:
            if last is not None:
                sizes[last] += len(group)
        known = _folds_of_years(sizes, [shares[fold] for fold in order], order)
    division = Division([TRAIN] * len(items))
    for group, last in zip(groups, latest, strict=True):
        folds = Counter(own for place in group if (own := items[place].fold) is not None)
        if folds:
            new = _most(folds)
        elif last is None:
            new = TRAIN
        else:
            new = known[max((year for year in known if year <= last), default=min(known))]
        for place in group:
            own = items[place].fold
            division.folds[place] = new if own is None else own
    return division


def _given(items: Sequence[Item], groups: Iterable[tuple[Sequence[int], int | None]]) -> dict[int, int]:
    """Tell which fold years have already, by groups with the latest year of each."""
    surely: defaultdict[int, Counter[int]] = defaultdict(Counter)
    probably: defaultdict[int, Counter[int]] = defaultdict(Counter)
    for group, last in groups:
        years = {place: year for place in group if (year := year_of(items[place].date)) is not None}
        for place, year in years.items():
            fold = items[place].fold
            if fold is not None and len(years) == 1 and not items[place].tied:
                surely[year][fold] += 1
            elif fold is not None and year == last:
                probably[year][fold] += 1
    given = {year: _most(folds) for year, folds in surely.items()}
    for year in sorted(probably.keys() - surely.keys()):
        # A copy may lie where an earlier year does, but no year has an earlier fold than one before it.
        earlier = [given[old] for old in given if old <= year]
        given[year] = max([_most(probably[year]), *earlier], key=_in_time)
    return given


def _in_time(fold: int) -> tuple[bool, int]:
    """Order folds by the years that they get: training first, and the test last."""
    return fold == TEST, fold


def _most(folds: Counter[int]) -> int:
    return min(folds, key=lambda fold: (-folds[fold], fold))


def _folds_of_years(
    sizes: Mapping[int, int], shares: Sequence[float], order: Sequence[int]
) -> dict[int, int]:
    ends = list(accumulate(shares))
    ends[-1] = 1.0
    total, before = sum(sizes.values()), 0
    places = []
    for year in sorted(sizes):
        places.append(bisect_left(ends, (before + sizes[year] / 2) / total))
        before += sizes[year]
    if len(set(places)) < len(order) <= len(places):
        places = _all_filled([sizes[year] / total for year in sorted(sizes)], shares)
    return {year: order[place] for year, place in zip(sorted(sizes), places, strict=True)}


def _all_filled(sizes: Sequence[float], shares: Sequence[float]) -> list[int]:
    """Cut a row of years into periods, none empty, as near the shares as they allow: least squares.

    Examples
    --------
    >>> _all_filled([0.2, 0.2, 0.3, 0.3], [0.6, 0.2, 0.2])
    [0, 0, 1, 2]
    """
    sums = list(accumulate(sizes, initial=0.0))
    # For the first periods: by where the last of them ends, how far off they are, and where each ends.
    best: dict[int, tuple[float, list[int]]] = {0: (0.0, [])}
    for number, share in enumerate(shares, start=1):
        left = len(shares) - number
        last = range(number, len(sizes) - left + 1) if left else [len(sizes)]
        best = {
            end: min(
                (off + (sums[end] - sums[start] - share) ** 2, [*cuts, end])
                for start, (off, cuts) in best.items()
                if start < end
            )
            for end in last
        }
    ((_, ends),) = best.values()
    return [bisect_left(ends, place + 1) for place in range(len(sizes))]


def year_of(date: str) -> int | None:
    """Year of an ISO date, `None` if missing.

    Examples
    --------
    >>> year_of("2024-05-17"), year_of("")
    (2024, None)
    """
    head = date[:4]
    return int(head) if len(head) == 4 and head.isdecimal() and head != "0000" else None  # noqa: PLR2004
