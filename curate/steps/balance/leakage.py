"""How far a split is a split: what belongs together and lies in two folds all the same."""

from __future__ import annotations

from collections.abc import Sequence

from curate.decisions.groups import Item, grouped, usual_keys
from curate.reporting.facts import Leakage

#: Divided groups that are named; the rest is counted.
_NAMED = 10


def leakage(items: Sequence[Item]) -> Leakage | None:
    """Look at the groups that `curate split` makes by default: of one recordist at one site, or one sound.

    Parameters
    ----------
    items
        Recordings with a fold.

    Returns
    -------
    None where nothing has a fold.
    """
    if not items:
        return None
    result = Leakage()
    divided: list[list[Item]] = []
    for group in grouped(items, usual_keys(items)):
        members = [items[place] for place in group]
        result.groups += 1
        result.several += len(members) > 1
        if len({item.fold for item in members}) > 1:
            divided.append(members)
    result.divided = len(divided)
    result.share = result.divided / result.several if result.several else 0.0
    result.recordings = sum(map(len, divided))
    divided.sort(key=lambda members: (-len(members), members[0].number))
    result.worst = [
        {
            "recordist": members[0].recordist,
            "latitude": members[0].latitude,
            "longitude": members[0].longitude,
            "site": members[0].site,
            "folds": sorted({item.fold for item in members if item.fold is not None}),
            "recordings": len(members),
        }
        for members in divided[:_NAMED]
    ]
    return result
