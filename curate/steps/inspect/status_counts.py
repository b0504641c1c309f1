"""The counts of `curate status`, each kept until something changes that it is made from.

They are counted by range of recordings, and only ranges in which something changed are counted again. Their
sums are kept, too: where nothing changed, the ranges are not read.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from curate.catalogue import attribution, counts, damage, layers, ranges, runs
from curate.catalogue.dataset import Dataset
from curate.catalogue.store import Store
from curate.steps.common.voice_ledger import LAYER as SPEECH
from curate.steps.inspect.failures import failures_to_hear, in_order, problems
from curate.steps.inspect.what_goes_out import VoicesOut, WhatGoesOut, what_goes_out

#: Under which name the ledger of runs keeps the counts.
STEP = "status"

#: The same of the sums over all ranges.
_SUMS = f"{STEP} in all"

#: What `catalogue.counts.TOTALS` counts.
_TOTALS = ("recordings", "failed", "seconds", "bytes", "labels", "unlabelled", "clean_copies", "clean_bytes")

#: What is counted of a range. Texts tell rows apart, or are those of the first. Numbers and lists add up.
Rows = list[dict[str, Any]]

#: First and last number of ranges, rising.
Spans = Sequence[tuple[int, int]]

_ENDS = ("first", "last")


@dataclass(frozen=True, slots=True)
class _Part:
    """Counts of a range.

    Parameters
    ----------
    made_from
        As `catalogue.runs` knows it.
    count
        Counts ranges, by the first and the last number of each.
    keys
        What tells rows apart.
    is_fine
        Whether the ranges are those of `ranges.FINE`, or large ones.
    """

    made_from: tuple[str, ...]
    count: Callable[[Dataset, Spans], Iterator[Rows]]
    keys: tuple[str, ...] = ()
    is_fine: bool = True

    @property
    def size(self) -> int:
        """How many recordings a range holds."""
        return ranges.FINE if self.is_fine else ranges.SIZE


def _each(count: Callable[[Dataset, int, int], Rows]) -> Callable[[Dataset, Spans], Iterator[Rows]]:
    """Count one range after the other."""
    return lambda dataset, spans: (count(dataset, first, last) for first, last in spans)


def _rows_of(sql: str) -> Callable[[Dataset, Spans], Iterator[Rows]]:
    return _each(lambda dataset, *ends: list(dataset.store.dicts(sql, dict(zip(_ENDS, ends, strict=True)))))


def _archives(dataset: Dataset, first: int, last: int) -> Rows:
    rows = dataset.store.dicts(counts.ARCHIVES, {"first": first, "last": last})
    return [each | {"labels": sorted(set(json.loads(each["labels"])) - {None})} for each in rows]


def _holes(dataset: Dataset, first: int, last: int) -> Rows:
    damaged, seconds = damage.totals(dataset.store, first, last)
    return [{"damaged": damaged, "damaged_seconds": seconds}]


def _licenses(dataset: Dataset, first: int, last: int) -> Rows:
    found = attribution.licenses(dataset.store, first, last)
    return [{"license": each, "recordings": number, "changed": changed} for each, number, changed in found]


def _goes_out(dataset: Dataset, spans: Spans) -> Iterator[Rows]:
    at_once = max(1, ranges.SIZE // ranges.FINE)
    for some in (spans[at : at + at_once] for at in range(0, len(spans), at_once)):
        for found in what_goes_out(dataset.store, SPEECH, some):
            cells = asdict(found)
            yield [cells | cells.pop("voices")]


_PARTS = {
    # The labels of a range are listed, which takes room.
    "archives": _Part(("recordings", "labels"), _each(_archives), ("archive",), is_fine=False),
    "cuts": _Part(("cuts/",), _rows_of(counts.CUTS), ("step", "action", "reason")),
    "failures": _Part(("recordings", "coverage/"), _each(failures_to_hear), ("step", "reason")),
    "goes out": _Part(
        ("recordings", "recorders", "cuts/", "copies", "assignments/folds", "coverage/"), _goes_out
    ),
    "holes": _Part(("coverage/",), _each(_holes)),
    "layers": _Part(
        ("recordings", "coverage/"),
        _each(lambda dataset, *ends: counts.layers_between(dataset.store, *ends)),
        ("layer",),
    ),
    "licenses": _Part(("recordings", "copies"), _each(_licenses), ("license",)),
    "problems": _Part(("recordings",), _each(problems), ("step", "reason")),
    "totals": _Part(("recordings", "labels", "copies"), _rows_of(counts.TOTALS)),
}


@dataclass(slots=True)
class _Counted:
    """What is counted of ranges: the cells of each row, without their names."""

    names: list[str] = field(default_factory=list)
    ranges: dict[Any, list[list[Any]]] = field(default_factory=dict)

    def renewed(self, dataset: Dataset, part: _Part) -> _Counted:
        """Count the ranges in which something changed since these counts were kept."""
        store, size = dataset.store, part.size
        known = ranges.untouched(store, STEP, part.made_from, self.ranges, size)
        places = ranges.places(store, size)
        others = [place for place in places if place not in known]
        names = self.names
        for place, rows in zip(
            others, part.count(dataset, [ranges.ends(each, size) for each in others]), strict=True
        ):
            names = list(rows[0]) if rows else names
            known[place] = [list(row.values()) for row in rows]
        return _Counted(names, {place: known[place] for place in places})

    def sums(self, keys: Sequence[str]) -> Rows:
        """Add up the rows of all ranges that are alike in some cells, sorted by these."""
        alike = [self.names.index(key) for key in keys] if self.names else []
        others = [at for at, name in enumerate(self.names) if name not in keys]
        found: dict[tuple[str, ...], list[Any]] = {}
        for row in (row for rows in self.ranges.values() for row in rows):
            kind = tuple([row[at] for at in alike])
            if kind not in found:
                found[kind] = list(row)
                continue
            sums = found[kind]
            for at in others:
                if not isinstance(row[at], str):
                    sums[at] = sums[at] + row[at]  # a list of what is kept stays as it is
        return [dict(zip(self.names, found[kind], strict=True)) for kind in sorted(found)]


@dataclass(slots=True)
class StatusCounts:
    """What hangs on the recordings alone.

    Parameters
    ----------
    settings
        What the counts go by, next to what they are made from.
    parts
        By the names of `_PARTS`, what is counted of each range.
    """

    settings: dict[str, Any]
    parts: dict[str, _Counted] = field(default_factory=dict)
    _sums: dict[str, Rows] = field(default_factory=dict)

    @classmethod
    def of(cls, dataset: Dataset, names: Iterable[str] = tuple(_PARTS)) -> StatusCounts:
        """Count what changed since it was counted last. All parts, or some."""
        store = dataset.store
        speech = layers.find_number(store, SPEECH)
        found = cls({"folder": str(dataset.folder), "layer": speech, "range": [ranges.SIZE, ranges.FINE]})
        kinds = sorted({kind for name in names for kind in _PARTS[name].made_from})
        sums = runs.standing(store, _SUMS, found.settings, kinds)
        if sums is not None:
            found._sums = sums
            return found
        kept = runs.kept(store, STEP, found.settings) or {}
        for name in names:
            part = _PARTS[name]
            before = _Counted(**kept[name]) if name in kept else _Counted()
            found.parts[name] = before.renewed(dataset, part)
        return found

    def keep(self, store: Store) -> None:
        """Keep all counts, inside a transaction."""
        if not self.parts:
            return  # they stand
        for name in self.parts:  # where an earlier version kept each by itself
            runs.forget(store, f"{STEP} {name}")
        kept = {name: {"names": each.names, "ranges": each.ranges} for name, each in self.parts.items()}
        runs.keep(store, STEP, self.settings, kept)
        runs.keep(store, _SUMS, self.settings, {name: self.rows(name) for name in self.parts})

    def rows(self, name: str) -> Rows:
        """Add up what is counted of all ranges, sorted by what tells rows apart."""
        if name not in self._sums:
            self._sums[name] = self.parts[name].sums(_PARTS[name].keys)
        return self._sums[name]

    @property
    def totals(self) -> dict[str, Any]:
        """What there is of all recordings."""
        (found,) = self.rows("totals") or [dict.fromkeys(_TOTALS, 0) | {"seconds": 0.0}]
        return found

    @property
    def holes(self) -> dict[str, Any]:
        """How many recordings have lost sound, and how much."""
        (found,) = self.rows("holes") or [{"damaged": 0, "damaged_seconds": 0.0}]
        return found

    @property
    def problems(self) -> Rows:
        """What decoders complain of in recordings that they decode."""
        return in_order(self.rows("problems"))

    def layers(self, store: Store) -> Rows:
        """Say what each layer looked at and found."""
        totals = self.totals
        decoded = totals["recordings"] - totals["failed"]
        return counts.layers(store, self.rows("layers"), decoded=decoded)

    @property
    def goes_out(self) -> WhatGoesOut:
        """What is kept of all recordings."""
        cells = next(iter(self.rows("goes out")), {})
        voices = {each.name: cells[each.name] for each in fields(VoicesOut) if cells}
        rest = {name: cell for name, cell in cells.items() if name not in voices}
        found = WhatGoesOut(**rest, voices=VoicesOut(**voices))
        if not found.folded:
            found.unfolded = 0  # nobody divided them
        return found

    def values(self, store: Store) -> dict[str, Any]:
        """Give the fields of a summary that they fill."""
        out = self.goes_out
        names = (each.name for each in fields(out) if each.name not in ("folded", "voices"))
        archives = self.rows("archives")
        labels = {label for each in archives for label in each["labels"]}
        lists = {
            "archives": [_counted_labels(each) for each in archives],
            "cuts": self.rows("cuts"),
            "layers": self.layers(store),
            "problems": self.problems,
        }
        totals = self.totals | self.holes | {"labels": len(labels)}
        return totals | lists | {name: getattr(out, name) for name in names}


def _counted_labels(archive: dict[str, Any]) -> dict[str, Any]:
    seconds = archive["seconds"]
    rest = {name: archive[name] for name in ("archive", "recordings", "failed")}
    return rest | {"labels": len(set(archive["labels"])), "seconds": seconds}
