"""Which recordings had something left to go out, kept as a bit each.

What a step decides may hang on the cuts of others by that alone. Then most changes of cuts change nothing.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Iterable, Sequence

import numpy as np

from curate.catalogue import listings, runs
from curate.catalogue.store import Store
from curate.steps.common.retentions import still_heard

#: More changes than this, and a step decides again: to look at them costs as much.
_MOST = 100_000


def keep(store: Store, step: str, numbers: Iterable[int]) -> None:
    """Keep which recordings go out, next to the outcome of a step, inside its transaction."""
    bits = np.zeros(runs.last_recording(store) + 1, dtype=bool)
    bits[np.fromiter(numbers, dtype=np.int64)] = True
    runs.keep(store, _name(step), {}, {"bits": b64encode(np.packbits(bits).tobytes()).decode()})


def keep_again(store: Store, step: str) -> None:
    """Keep the same once more: it stands."""
    kept = runs.kept(store, _name(step), {})
    assert kept is not None
    runs.keep(store, _name(step), {}, kept)


def only_cut_otherwise(store: Store, step: str, made_from: Sequence[str]) -> bool:
    """Whether, of what a step was made from, only cuts changed, and the same recordings go out."""
    kept = runs.kept(store, _name(step), {})
    if kept is None or not runs.is_unchanged(store, step, [kind for kind in made_from if kind != "cuts/"]):
        return False
    members = runs.changed_since(store, step, ("cuts/",), most=_MOST)
    if members is None:
        return False
    bits = np.unpackbits(np.frombuffer(b64decode(kept["bits"]), dtype=np.uint8))
    rows = listings.lengths(store, sorted(members))
    now = [number for (number, *_), _ in still_heard(store, rows, lambda row: row)]
    before = [number for number in members if bits[number]]
    return now == sorted(before)


def _name(step: str) -> str:
    return f"{step} of what goes out"
