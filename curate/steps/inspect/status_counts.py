"""The counts of `curate status`, each kept until something changes that it is made from.

They are counted by range of recordings, and only ranges in which something changed are counted again.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
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

#: What `catalogue.counts.TOTALS` counts.
_TOTALS = ("recordings", "failed", "seconds", "bytes", "labels", "unlabelled", "clean_copies", "clean_bytes")

#: What is counted of a range. Texts tell rows apart, or are those of the first. Numbers and lists add up.
Rows = list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class _Part:
    """Counts of a range.

    Parameters
    ----------
    made_from
        As `catalogue.runs` knows it.
    count
        Takes the first and the last number of the range.
    keys
        What tells rows apart.
    """

    made_from: tuple[str, ...]
    count: Callable[[Dataset, int, int], Rows]
    keys: tuple[str, ...] = ()


def _rows_of(sql: str) -> Callable[[Dataset, int, int], Rows]:
    return lambda dataset, first, last: list(dataset.store.dicts(sql, {"first": first, "last": last}))


def _archives(dataset: Dataset, first: int, last: int) -> Rows:
    rows = _rows_of(counts.ARCHIVES)(dataset, first, last)
    return [each | {"labels": sorted(set(json.loads(each["labels"])) - {None})} for each in rows]


def _holes(dataset: Dataset, first: int, last: int) -> Rows:
    damaged, seconds = damage.totals(dataset.store, first, last)
    return [{"damaged": damaged, "damaged_seconds": seconds}]


def _licenses(dataset: Dataset, first: int, last: int) -> Rows:
    found = attribution.licenses(dataset.store, first, last)
    return [{"license": each, "recordings": number, "changed": changed} for each, number, changed in found]


def _goes_out(dataset: Dataset, first: int, last: int) -> Rows:
    return [asdict(what_goes_out(dataset.store, SPEECH, first, last))]


_PARTS = {
    "archives": _Part(("recordings", "labels"), _archives, ("archive",)),
    "cuts": _Part(("cuts/",), _rows_of(counts.CUTS), ("step", "action", "reason")),
    "failures": _Part(("recordings", "coverage/"), failures_to_hear, ("step", "reason")),
    "goes out": _Part(
        ("recordings", "recorders", "cuts/", "copies", "assignments/folds", "coverage/"), _goes_out
    ),
    "holes": _Part(("coverage/",), _holes),
    "layers": _Part(
        ("recordings", "coverage/"),
        lambda dataset, first, last: counts.layers_between(dataset.store, first, last),
        ("layer",),
    ),
    "licenses": _Part(("recordings", "copies"), _licenses, ("license",)),
    "problems": _Part(("recordings",), problems, ("step", "reason")),
    "totals": _Part(("recordings", "labels", "copies"), _rows_of(counts.TOTALS)),
}


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
    parts: dict[str, dict[int, Rows]] = field(default_factory=dict)

    @classmethod
    def of(cls, dataset: Dataset, names: Iterable[str] = tuple(_PARTS)) -> StatusCounts:
        """Count what changed since it was counted last. All parts, or some."""
        store = dataset.store
        speech = layers.find_number(store, SPEECH)
        found = cls({"folder": str(dataset.folder), "layer": speech, "range": ranges.SIZE})
        kept = runs.kept(store, STEP, found.settings) or {}
        for name in names:
            part = _PARTS[name]
            known = ranges.untouched(store, STEP, part.made_from, kept.get(name, {}))
            found.parts[name] = {
                place: known[place] if place in known else part.count(dataset, *ranges.ends(place))
                for place in ranges.places(store)
            }
        return found

    def keep(self, store: Store) -> None:
        """Keep all counts, inside a transaction."""
        for name in self.parts:  # where an earlier version kept each by itself
            runs.forget(store, f"{STEP} {name}")
        runs.keep(store, STEP, self.settings, self.parts)

    def rows(self, name: str) -> Rows:
        """Add up what is counted of all ranges, sorted by what tells rows apart."""
        keys = _PARTS[name].keys
        found: dict[tuple[str, ...], dict[str, Any]] = {}
        for row in (row for rows in self.parts[name].values() for row in rows):
            kind = tuple(row[key] for key in keys)
            if kind in found:
                _add(found[kind], row, keys)
            else:
                found[kind] = _copied(row)
        return [found[kind] for kind in sorted(found)]

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
        rows = self.rows("goes out")
        found = WhatGoesOut()
        for cells in rows:
            found = WhatGoesOut(**cells | {"voices": VoicesOut(**cells["voices"])})
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


def _copied(row: dict[str, Any]) -> dict[str, Any]:
    """Copy a row, so that adding to it leaves what is kept as it is."""
    return {name: _copied(cell) if isinstance(cell, dict) else cell for name, cell in row.items()}


def _add(into: dict[str, Any], more: dict[str, Any], keys: Sequence[str]) -> None:
    """Add numbers and lists of a row to those of another."""
    for name, cell in more.items():
        if isinstance(cell, dict):
            _add(into[name], cell, ())
        elif name not in keys and not isinstance(cell, str):
            into[name] = into[name] + cell  # a list of what is kept stays as it is
