"""Places that an archive hides: published as a random point of the cell in which they lie.

iNaturalist hides the places of threatened species, and those that an observer wants hidden. A cell is 0.2
degrees high and wide, and begins at a multiple of that (https://github.com/inaturalist/iNaturalistAPI/issues/109).
So two points of one cell may be one place, and so may a point of it that is not hidden.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterable, Mapping
from typing import NamedTuple

#: Cells in a degree.
_PER_DEGREE = 5


class Cell(NamedTuple):
    """A cell: how many lie between it and the equator, and the meridian of Greenwich."""

    row: int
    column: int

    @property
    def centre(self) -> tuple[float, float]:
        """Latitude and longitude in degrees."""
        return (self.row + 0.5) / _PER_DEGREE, (self.column + 0.5) / _PER_DEGREE

    def meets(self, south: float, west: float, north: float, east: float) -> bool:
        """Whether the cell and an area have more than an edge in common.

        Examples
        --------
        >>> Cell(6, 6).meets(1.25, 1.39, 1.26, 1.41), Cell(6, 6).meets(1.4, 1.2, 1.5, 1.3)
        (True, False)
        """
        return (
            south * _PER_DEGREE < self.row + 1
            and north * _PER_DEGREE > self.row
            and west * _PER_DEGREE < self.column + 1
            and east * _PER_DEGREE > self.column
        )


def cell_of(latitude: float, longitude: float) -> Cell:
    """Find the cell in which a point lies.

    Examples
    --------
    >>> cell_of(1.22, 1.33), cell_of(-1.22, 0.0)
    (Cell(row=6, column=6), Cell(row=-7, column=0))
    """
    return Cell(math.floor(latitude * _PER_DEGREE), math.floor(longitude * _PER_DEGREE))


def joined_names(pairs: Iterable[tuple[Hashable, Hashable]]) -> Mapping[Hashable, Hashable]:
    """Give one name to what is joined by pairs, in however many steps.

    Examples
    --------
    >>> names = joined_names([("a", "b"), ("c", "d"), ("d", "b")])
    >>> len({names[each] for each in "abcd"})
    1
    """
    heads: dict[Hashable, Hashable] = {}

    def head(name: Hashable) -> Hashable:
        while (above := heads.setdefault(name, name)) != name:
            # Path halving: the next walk is half as long.
            heads[name] = heads[above]
            name = above
        return name

    for one, other in pairs:
        heads[head(other)] = head(one)
    return {name: head(name) for name in heads}
