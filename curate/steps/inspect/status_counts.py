"""The counts of `curate status`, each kept until something changes that it is made from.

What is kept is counted by range of recordings, and only ranges in which something changed are counted again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from curate.catalogue import attribution, counts, damage, layers, ranges, runs
from curate.catalogue.dataset import Dataset
from curate.catalogue.store import Store
from curate.steps.common.voice_ledger import LAYER as SPEECH
from curate.steps.inspect.failures import failures_to_hear, problems
from curate.steps.inspect.what_goes_out import VoicesOut, WhatGoesOut, what_goes_out

#: Under which name, and a word more, the ledger of runs keeps the counts.
STEP = "status"

_GOES_OUT = f"{STEP} goes out"

#: What the counts by range are made from.
_RANGES_FROM = ("recordings", "cuts/", "copies", "assignments/folds", "coverage/")

#: What `catalogue.counts.TOTALS` counts, in its order.
_TOTALS = ("recordings", "failed", "seconds", "bytes", "labels", "unlabelled", "clean_copies", "clean_bytes")


@dataclass(frozen=True, slots=True)
class _Part:
    """Counts, and what they are made from, as `catalogue.runs` knows it."""

    made_from: tuple[str, ...]
    count: Callable[[Dataset], Any]


def _totals(dataset: Dataset) -> dict[str, Any]:
    found = dict(zip(_TOTALS, dataset.store.one(counts.TOTALS) or (), strict=True))
    found["damaged"], found["damaged_seconds"] = damage.totals(dataset.store)
    return found | {"problems": problems(dataset), "licenses": list(attribution.licenses(dataset.store))}


_PARTS = {
    "archives": _Part(("recordings", "labels"), lambda dataset: list(dataset.store.dicts(counts.ARCHIVES))),
    "cuts": _Part(("cuts/",), lambda dataset: list(dataset.store.dicts(counts.CUTS))),
    "failures": _Part(("recordings", "coverage/"), failures_to_hear),
    "layers": _Part(("recordings", "coverage/"), lambda dataset: counts.layers(dataset.store)),
    "totals": _Part(("recordings", "labels", "copies", "coverage/"), _totals),
}


@dataclass(slots=True)
class StatusCounts:
    """What hangs on the recordings alone.

    Parameters
    ----------
    parts
        By the names of `_PARTS`.
    ranges
        What is kept, by range of recordings.
    """

    settings: dict[str, Any]
    parts: dict[str, Any] = field(default_factory=dict)
    ranges: dict[int, WhatGoesOut] = field(default_factory=dict)

    @classmethod
    def of(cls, dataset: Dataset) -> StatusCounts:
        """Count what changed since it was counted last."""
        store = dataset.store
        found = cls({"folder": str(dataset.folder), "layer": layers.find_number(store, SPEECH)})
        for name, part in _PARTS.items():
            kept = runs.standing(store, f"{STEP} {name}", found.settings, part.made_from)
            found.parts[name] = part.count(dataset) if kept is None else kept["counts"]
        found.ranges = what_goes_out(store, SPEECH, found._known(store))
        return found

    def _known(self, store: Store) -> dict[int, WhatGoesOut]:
        """Read what is known of ranges in which nothing changed."""
        return {
            place: WhatGoesOut(**cells | {"voices": VoicesOut(**cells["voices"])})
            for place, cells in ranges.unchanged(store, _GOES_OUT, self.settings, _RANGES_FROM).items()
        }

    def keep(self, store: Store) -> None:
        """Keep all counts, inside a transaction."""
        runs.forget(store, STEP)  # where an earlier version kept all in one
        for name, part in self.parts.items():
            runs.keep(store, f"{STEP} {name}", self.settings, {"counts": part})
        found = {place: asdict(cells) for place, cells in self.ranges.items()}
        ranges.keep(store, _GOES_OUT, self.settings, found)

    @property
    def goes_out(self) -> WhatGoesOut:
        """What is kept of all recordings."""
        found = WhatGoesOut()
        for cells in self.ranges.values():
            found.add(cells)
        if not found.folded:
            found.unfolded = 0  # nobody divided them
        return found

    @property
    def values(self) -> dict[str, Any]:
        """The fields of a summary that they fill."""
        out = self.goes_out
        totals = {name: value for name, value in self.parts["totals"].items() if name != "licenses"}
        names = (each.name for each in fields(out) if each.name not in ("folded", "voices"))
        lists = {name: self.parts[name] for name in ("archives", "cuts", "layers")}
        return totals | lists | {name: getattr(out, name) for name in names}
