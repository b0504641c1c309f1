"""A manifest that stands: it is written again only after a change.

What the files of the recordings are like is no part of the catalogue, so they are looked at each time.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import MISSING, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from curate.catalogue import cuts, exports, listings, runs
from curate.catalogue.dataset import Dataset
from curate.catalogue.paths import stored
from curate.catalogue.store import Store
from curate.errors import CatalogueError
from curate.steps.common.export_states import MADE_FROM, hash_of, outcome_of
from curate.steps.common.witness import Witness
from curate.steps.export.manifest_rows import Shares
from curate.steps.export.manifest_summary import ManifestSummary

#: Fields of a summary that are kept as they are: numbers, texts, and lists and tables of them.
_PLAIN = tuple(
    each.name
    for each in fields(ManifestSummary)
    if each.default is not MISSING or each.name in ("not_learnt", "respelt", "guessed")
)


def settings_of(dataset: Dataset, asked_for: Mapping[str, Any], form: str) -> dict[str, Any]:
    """Give all by which a manifest is reported apart from others of its place."""
    return {"options": dict(asked_for), "format": form, "dataset": str(dataset.folder)}


def standing(dataset: Dataset, target: Path, settings: Mapping[str, Any]) -> ManifestSummary | None:
    """Give the summary of a manifest that would be written as it stands there, and note that, else `None`."""
    store = dataset.store
    with store.snapshot():
        where = stored(str(target), dataset.folder)
        kept = runs.standing(store, outcome_of(where), settings, MADE_FROM)
        noted = next((each for each in exports.every(store) if each.path == where), None)
        # An earlier version counted less.
        if (
            kept is None
            or not kept.keys() >= set(_PLAIN)
            or noted is None
            or noted.sha256 != hash_of(str(target))
        ):
            return None
        if not _are_there(dataset):
            return None
        summary = ManifestSummary(**{name: kept[name] for name in _PLAIN})
        summary.shares, summary.not_written = Shares(kept["surplus"]), Counter(kept["not_written"])
        summary.missing = sum(not os.path.isfile(path) for path in _raw_files(dataset, kept["raw"]))
    try:
        with dataset.noting() as writable:
            exports.touch(writable, where, datetime.now(UTC).isoformat(timespec="seconds"))
    except CatalogueError as error:
        summary.not_noted = error.message
    return summary


def keep(
    store: Store,
    *,
    dataset: Dataset,
    witness: Witness,
    settings: Mapping[str, Any],
    summary: ManifestSummary,
    raw: Sequence[Sequence[int]],
) -> None:
    """Keep what a manifest counted, for the next one of its place.

    Parameters
    ----------
    store
        In whose transaction.
    witness
        Since the manifest was begun.
    raw
        First and last numbers of the recordings whose raw files it names.
    """
    if witness.saw_nobody and _are_there(dataset):
        kept = {name: getattr(summary, name) for name in _PLAIN} | {"raw": raw}
        kept |= {"surplus": summary.shares.surplus, "not_written": summary.not_written}
        runs.keep(store, outcome_of(stored(summary.path, dataset.folder)), settings, kept)


def _are_there(dataset: Dataset) -> bool:
    """Whether all clean copies are where the catalogue has them; another row is written where one is not."""
    found = cuts.sizes_of_copies(dataset.store)
    return all(os.path.isfile(dataset.path(path)) for _, path, size in found if size is not None)


def _raw_files(dataset: Dataset, ranges: Sequence[Sequence[int]]) -> Iterator[str]:
    """Stream the raw files of recordings, by first and last numbers in rising order."""
    ahead = iter(ranges)
    # After the last range, (0, -1) holds no number, and ends the inner loop.
    first, last = next(ahead, (0, -1))
    for number, cell in listings.paths(dataset.store):
        while number > last >= first:
            first, last = next(ahead, (0, -1))
        if first <= number <= last:
            yield dataset.path(cell)
