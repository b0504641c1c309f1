"""What a report counts of recordings: by class, archive, licence, fold, place and reason, block by block.

What is kept is what `curate manifest` would write without windows: recordings that decode and
are not dropped, less what is cut; what is muted is kept as silence.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from curate.archives.licenses import normalise
from curate.catalogue.store import Store
from curate.decisions.split import TEST
from curate.reporting.facts import (
    Amount,
    ClassFacts,
    Duplicates,
    FlowPart,
    FoldFacts,
    ReportFacts,
    SourceFacts,
)
from curate.steps.balance.leakage import Divided
from curate.steps.balance.split_summary import fold_name
from curate.steps.common.interval_columns import Flags, Floats, Ints
from curate.steps.common.reason_columns import ReasonColumns, reason_columns
from curate.steps.common.retention_columns import Ledger, RetentionColumns, retention_columns
from curate.steps.inspect.places import places


@dataclass(frozen=True, slots=True)
class ReportBlock:
    """A block of recordings as `overview.recordings` lists them."""

    numbers: Ints
    archives: Sequence[str]
    licenses: Sequence[str]
    failed: Flags
    duration: Floats
    sr: Floats
    labels: Sequence[str]
    recordists: Sequence[str]
    points: Sequence[tuple[float | None, float | None]]
    folds: Sequence[int | None]
    copies: Ints
    clusters: Sequence[int | None]
    sites: Sequence[str]
    obscured: Sequence[str]
    firsts: Sequence[int | None]

    @classmethod
    def of(cls, cells: Sequence[tuple[Any, ...]]) -> ReportBlock:
        """Read the rows of the query."""
        (
            number,
            archive,
            license,
            status,
            duration,
            sr,
            label,
            who,
            *where,
            fold,
            copies,
            cluster,
            site,
            obscured,
            first,
        ) = zip(*cells, strict=True)
        codes = {each: normalise(each).code for each in set(license)}
        return cls(
            np.array(number, dtype=np.int64),
            archive,
            [codes[each] for each in license],
            np.array([each != "ok" for each in status]),
            np.array(duration, dtype=float),
            np.array(sr, dtype=float),
            label,
            who,
            list(zip(*where, strict=True)),
            fold,
            np.array(copies, dtype=np.int64),
            cluster,
            site,
            obscured,
            first,
        )


class _Sums:
    """Sums by name, which may be of any kind; they are added up in the order of the recordings."""

    def __init__(self) -> None:
        self._places: dict[Any, int] = {}
        self._sums = np.zeros((0, 0))

    def add(self, names: Sequence[Hashable], *columns: npt.NDArray[Any]) -> None:
        """Add numbers or flags of some recordings under their names."""
        places = self._places
        for name in dict.fromkeys(names):
            places.setdefault(name, len(places))
        at = np.array([places[name] for name in names], dtype=np.int64)
        more = np.zeros((len(columns), len(places)))
        more[: len(self._sums), : self._sums.shape[1]] = self._sums
        self._sums = more
        for sums, column in zip(self._sums, columns, strict=True):
            # Not `sums[at] += column`, which would add only once where a name comes several times.
            np.add.at(sums, at, column)

    def __iter__(self) -> Iterator[tuple[Any, list[float]]]:
        """Give each name with its sums."""
        return zip(self._places, self._sums.T.tolist(), strict=True)


class ReportTally:
    """Counts block by block. Memory grows with classes, groups and places, and a little with what has a fold.

    Attributes
    ----------
    divided
        The recordings with a fold of which anything is kept.
    """

    def __init__(self) -> None:
        self._recordings: Counter[tuple[str, bool]] = Counter()
        self._seconds: defaultdict[tuple[str, bool], float] = defaultdict(float)
        self._classes, self._archives, self._licenses, self._folds = _Sums(), _Sums(), _Sums(), _Sums()
        self._labels: dict[str, set[tuple[Any, str]]] = defaultdict(set)
        self._clusters: dict[int, list[str]] = {}
        self._points: Counter[tuple[float | None, float | None]] = Counter()
        self.divided = Divided()

    def add(self, store: Store, block: ReportBlock) -> None:
        """Count some recordings."""
        ledger = Ledger.read(store, block.numbers)
        duration = np.where(block.failed, 0.0, block.duration)
        ends = retention_columns(store, block.numbers, duration, block.sr, ledger)
        self._count_reasons(ends, reason_columns(ends, ledger, duration, block.failed))
        ones = np.ones(len(duration))
        # Four sums of all that has two sides: recordings and seconds that came in, and those that go out.
        sides = (ones, ends.goes_out, block.duration, ends.kept)
        is_named = np.array([bool(label) for label in block.labels])
        self._classes.add(list(filter(None, block.labels)), *(side[is_named] for side in sides))
        self._archives.add(block.archives, *sides, block.failed)
        self._licenses.add(block.licenses, *sides, block.failed)
        self._labels["archives"].update(zip(block.archives, block.labels, strict=True))
        self._labels["licenses"].update(zip(block.licenses, block.labels, strict=True))
        for cluster, label in zip(block.clusters, block.labels, strict=True):
            if cluster is not None:
                self._clusters.setdefault(cluster, []).append(label)
        self._points.update(block.points)
        self._count_folds(block, ends)

    def _count_reasons(self, ends: RetentionColumns, why: ReasonColumns) -> None:
        goes_out = ends.goes_out.tolist()
        self._recordings.update(zip(why.recording, goes_out, strict=True))
        muted = np.zeros(len(goes_out))
        for row, seconds in why.muted.items():
            muted[row] = sum(seconds.values())
        # One after the other, as sums of floating point hang on their order.
        heard = ("kept", True)
        self._seconds[heard] = float(np.cumsum(np.append(self._seconds[heard], ends.kept - muted))[-1])
        for row in sorted(why.lost.keys() | why.muted.keys()):
            for name, amount in why.muted.get(row, {}).items():
                self._seconds[f"kept, {name}", True] += amount
            for name, amount in why.lost.get(row, {}).items():
                self._seconds[name, False] += amount

    def _count_folds(self, block: ReportBlock, ends: RetentionColumns) -> None:
        at = np.flatnonzero(ends.goes_out)
        rows = at.tolist()
        folds = [block.folds[row] for row in rows]
        self._folds.add(folds, np.ones(len(rows)), ends.kept[at], block.copies[at])
        self._labels["folds"].update(zip(folds, [block.labels[row] for row in rows], strict=True))
        numbers = block.numbers.tolist()
        for row, fold in zip(rows, folds, strict=True):
            if fold is not None:
                number, together = numbers[row], (block.clusters[row], block.firsts[row])
                same = tuple(known for known in together if known is not None and known != number)
                place = (
                    block.recordists[row],
                    *block.points[row],
                    block.sites[row],
                    block.obscured[row],
                )
                self.divided.add(number, fold, place, same)

    def facts(
        self, taxa: Mapping[str, tuple[str, str, str]], rare: int, split: Mapping[str, Any] | None
    ) -> ReportFacts:
        """Put the counts together."""
        classes = [
            ClassFacts(
                label,
                recordings_in=int(came),
                recordings_out=int(out),
                seconds_in=seconds_in,
                seconds_out=seconds_out,
            )
            for label, (came, out, seconds_in, seconds_out) in self._classes
        ]
        classes.sort(key=lambda each: (-each.recordings_in, each.label))
        for each in classes:
            each.scientific_name, each.common_name, each.class_name = taxa.get(each.label, ("", "", ""))
            each.rare = each.recordings_out < rare
        left = sum(each.recordings_out > 0 for each in classes)
        scarce = sum(each.rare and each.recordings_out > 0 for each in classes)
        out = sum(number for (_, goes_out), number in self._recordings.items() if goes_out)
        seconds = sum(amount for (_, goes_out), amount in self._seconds.items() if goes_out)
        return ReportFacts(
            rare_below=rare,
            came_in=Amount(self._recordings.total(), sum(self._seconds.values()), len(classes)),
            goes_out=Amount(out, seconds, left),
            flow={
                "seconds": _streams(self._seconds),
                "recordings": _streams(self._recordings),
                "classes": _streams(
                    {
                        (f"common: {rare} recordings or more", True): left - scarce,
                        (f"rare: fewer than {rare} recordings", True): scarce,
                        ("lost: no recording kept", False): len(classes) - left,
                    }
                ),
            },
            classes=classes,
            archives=self._sources("archives", self._archives),
            licenses=self._sources("licenses", self._licenses),
            duplicates=_duplicates(self._clusters),
            folds=self._fold_facts(split),
            places=places(_known(self._points)),
        )

    def _classes_of(self, what: str) -> Counter[Any]:
        """Count the classes of each archive, licence or fold."""
        return Counter(name for name, label in self._labels[what] if label)

    def _sources(self, what: str, found: _Sums) -> list[SourceFacts]:
        labels = self._classes_of(what)
        sources = [
            SourceFacts(name, int(came), int(out), seconds_in, seconds_out, labels[name], int(failed))
            for name, (came, out, seconds_in, seconds_out, failed) in found
        ]
        return sorted(sources, key=lambda each: (-each.recordings_in, each.name))

    def _fold_facts(self, split: Mapping[str, Any] | None) -> list[FoldFacts]:
        found = dict(self._folds)
        if set(found) <= {None}:
            return []
        shares = {int(fold): 1.0 for fold in (split["shares"] if split else found) if fold is not None}
        labels = self._classes_of("folds")
        order = sorted(found, key=lambda fold: (fold is None, fold == TEST, fold or 0))
        return [
            FoldFacts(
                fold,
                "none yet" if fold is None else fold_name(fold, shares),
                int(found[fold][0]),
                found[fold][1],
                labels[fold],
                int(found[fold][2]),
            )
            for fold in order
        ]


def _streams(amounts: Mapping[tuple[str, bool], float]) -> list[FlowPart]:
    """Order what is kept before what does not, the largest first; nothing of nothing."""
    streams = [FlowPart(name, amount, goes_out) for (name, goes_out), amount in amounts.items() if amount > 0]
    return sorted(streams, key=lambda each: (not each.goes_out, -each.amount, each.name))


def _known(
    points: Mapping[tuple[float | None, float | None], int],
) -> dict[tuple[float, float] | None, int]:
    """Put all places of which half or nothing is known under None."""
    found: Counter[tuple[float, float] | None] = Counter()
    for (latitude, longitude), number in points.items():
        found[None if latitude is None or longitude is None else (latitude, longitude)] += number
    return found


def _duplicates(clusters: Mapping[int, Sequence[str]]) -> Duplicates | None:
    several = [labels for labels in clusters.values() if len(labels) > 1]
    if not several:
        return None
    return Duplicates(len(several), sum(map(len, several)), sum(len(set(labels)) > 1 for labels in several))
