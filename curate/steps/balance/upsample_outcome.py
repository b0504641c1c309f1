"""What `upsample` counted last, and whether it would count the same now."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from curate.catalogue import runs
from curate.catalogue.store import Store
from curate.steps.balance.window_rows import load_windowing
from curate.steps.common import going_out

STEP = "upsample"

#: The step that divides.
SPLIT = "split"

#: What shares are made from, as `catalogue.runs` knows it; they are told of, too.
MADE_FROM = (
    "recordings",
    "recorders",
    "labels",
    "more_labels",
    "clusters",
    "cuts/",
    "assignments/",
    f"settings/{SPLIT}",
    "settings/windows",
)


def keep(
    store: Store, parameters: Mapping[str, Any], summary: Mapping[str, Any], numbers: Iterable[int]
) -> None:
    """Keep what a run counted, and the recordings of which anything goes out, inside its transaction."""
    runs.keep(store, STEP, parameters, summary)
    going_out.keep(store, STEP, numbers)


def counts_the_same(store: Store) -> bool:
    """Whether a run with the latest settings would count the same."""
    if runs.is_unchanged(store, STEP, MADE_FROM):
        return True
    # Windows lie between cuts, so their number hangs on more than whether anything is left.
    return load_windowing(store) is None and going_out.only_cut_otherwise(store, STEP, MADE_FROM)


def standing(store: Store, parameters: Mapping[str, Any]) -> dict[str, Any] | None:
    """Read what the latest run counted, if one with these settings would count the same, else `None`."""
    kept = runs.kept(store, STEP, parameters)
    if kept is None or not counts_the_same(store):
        return None
    if not runs.is_unchanged(store, STEP, MADE_FROM):
        with store.transaction():  # so that the next run need not look at these cuts
            runs.keep(store, STEP, parameters, kept)
            going_out.keep_again(store, STEP)
    return kept
