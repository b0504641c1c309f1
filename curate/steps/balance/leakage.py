"""How far a split is a split: what belongs together and lies in two folds all the same."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from heapq import nlargest

from curate.decisions.groups import Item, group_keys, joined, usual_keys
from curate.reporting.facts import Leakage

#: Divided groups that are named; the rest is counted.
_NAMED = 10

#: Recordist, latitude, longitude, name of the site, and what the archive says where it hides the place.
Place = tuple[str, float | None, float | None, str, str]


@dataclass(slots=True)
class Divided:
    """Recordings with a fold, gathered one by one: who and where, once for all that share it."""

    numbers: array[int] = field(default_factory=lambda: array("q"))
    folds: array[int] = field(default_factory=lambda: array("q"))
    same: dict[int, tuple[int, ...]] = field(default_factory=dict)
    _places: dict[Place, int] = field(default_factory=dict)
    _at: array[int] = field(default_factory=lambda: array("q"))

    def add(self, number: int, fold: int, place: Place, same: tuple[int, ...]) -> None:
        """Take one in. `same` are the numbers of others that hold the same sound."""
        self.numbers.append(number)
        self.folds.append(fold)
        self._at.append(self._places.setdefault(place, len(self._places)))
        if same:
            self.same[number] = same

    def items(self) -> list[Item]:
        """List who recorded where, once each."""
        return [
            Item(
                at,
                recordist=recordist,
                latitude=latitude,
                longitude=longitude,
                site=site,
                is_hidden=obscured == "yes",
            )
            for at, (recordist, latitude, longitude, site, obscured) in enumerate(self._places)
        ]

    def place(self, member: int) -> int:
        """Tell which of `items` is that of a recording."""
        return self._at[member]

    def groups(self, items: Sequence[Item]) -> list[array[int]]:
        """Put together what `curate split` does by default."""
        keys = list(group_keys(items, usual_keys(items)))
        return joined((keys[at] for at in self._at), self.numbers, self.same)


def leakage(found: Divided, ordered: Callable[[Sequence[int]], Mapping[int, int]]) -> Leakage | None:
    """Look at the groups that `curate split` makes by default: of one recordist at one site, or one sound.

    Parameters
    ----------
    ordered
        Gives, of some numbers, by what their recordings are ordered: the first of a group speaks for it.

    Returns
    -------
    None where nothing has a fold.
    """
    if not found.numbers:
        return None
    result = Leakage()
    items = found.items()
    divided: list[array[int]] = []
    for group in found.groups(items):
        result.groups += 1
        if len(group) > 1:
            result.several += 1
            if len({found.folds[member] for member in group}) > 1:
                divided.append(group)
    result.divided = len(divided)
    result.share = result.divided / result.several if result.several else 0.0
    result.recordings = sum(map(len, divided))
    largest = nlargest(_NAMED, map(len, divided))
    # All that are as large as the tenth: which of them are named is decided by the order below.
    worst = [group for group in divided if len(group) >= largest[-1]]
    rank = ordered([found.numbers[member] for group in worst for member in group])
    heads = [(min(group, key=lambda member: rank[found.numbers[member]]), group) for group in worst]
    heads.sort(key=lambda each: (-len(each[1]), found.numbers[each[0]]))
    for head, group in heads[:_NAMED]:
        item = items[found.place(head)]
        result.worst.append(
            {
                "recordist": item.recordist,
                "latitude": item.latitude,
                "longitude": item.longitude,
                "site": item.site,
                "folds": sorted({found.folds[member] for member in group}),
                "recordings": len(group),
            }
        )
    return result
