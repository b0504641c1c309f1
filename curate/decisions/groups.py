"""Which recordings must stay together: made by one person at one place, or the same sound.

A model that has heard a recordist's microphone and site in training knows them again in
validation, so recordings that share them are never divided. Pure.
"""

from __future__ import annotations

import math
import os
import re
from array import array
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from curate.decisions.hidden_places import Cell, cell_of, joined_names
from curate.decisions.label_spellings import person
from curate.errors import UsageError

GroupKey = Literal["day", "folder", "likeness", "night", "recordist", "site"]
GROUP_KEYS: tuple[GroupKey, ...] = ("day", "folder", "likeness", "night", "recordist", "site")

#: No key that recordings agree in: near twins stay together whatever else is known of them.
LIKENESS: GroupKey = "likeness"

#: What groups are made by where nobody says it, as far as it is known.
USUAL_KEYS: tuple[GroupKey, ...] = ("recordist", "site")

#: Kilometres in a degree of latitude: the meridian of WGS 84, 40,007.86 km, over 360.
KM_PER_DEGREE = 111.133

#: Names and places that are remembered: many recordings share them.
_REMEMBERED = 65_536

#: Characters of date and time in the name of a file, at least: eight digits and six.
_STAMP = 14

#: Characters of a date that is known to the day.
_DAY = 10


#: What recordings of a group agree in: recordist, site, folder, day and night.
_Key = tuple[str, Hashable, str, str, str]


@dataclass(frozen=True, slots=True)
class Item:
    """What dividing a dataset needs to know of one recording.

    Parameters
    ----------
    number
        Number in the catalogue.
    label, secondary
        Its class, empty if it has none, and those heard in the background.
    latitude, longitude : degrees, WGS 84
    site
        Name of the place; empty where nobody gave it one.
    folder
        Where its file lies.
    is_by_recorder
        Whether its file is named by date and time: see `named_by_recorder`.
    date
        ISO 8601, as far as known.
    same
        Numbers of recordings that hold the same sound: they and this one stay together.
    fold
        The fold that it has already; None for a new recording.
    tied
        Whether another recording, of those that are kept or not, holds the same sound.
    night
        Date on which its night began, noon to noon; empty where it is not known.
    has_vectors
        Whether it is known which recordings sound nearly the same; they are among `same`.
    is_hidden
        Whether its coordinates are a random point of a cell: see `hidden_places`.
    is_stated
        Whether a table or its set gave it its fold, and no division.
    """

    number: int
    label: str = ""
    secondary: tuple[str, ...] = ()
    archive: str = ""
    recordist: str = ""
    latitude: float | None = None
    longitude: float | None = None
    date: str = ""
    same: tuple[int, ...] = ()
    fold: int | None = None
    site: str = ""
    folder: str = ""
    tied: bool = False
    night: str = ""
    has_vectors: bool = False
    is_by_recorder: bool = False
    is_hidden: bool = False
    is_stated: bool = False

    @property
    def labels(self) -> tuple[str, ...]:
        """All classes, each once."""
        own = (self.label,) if self.label else ()
        return own + tuple(name for name in dict.fromkeys(self.secondary) if name != self.label)


def named_by_recorder(path: str) -> bool:
    """Whether a file is named as recorders in the field name theirs: by date and time.

    Examples
    --------
    >>> [named_by_recorder(path) for path in ("a/20210605_053000.WAV", "a/XC1348.mp3")]
    [True, False]
    """
    stem = os.path.splitext(os.path.basename(path))[0]
    if len(stem) < _STAMP:  # as in most archives
        return False
    return re.fullmatch(r"(?:.+[_-])?\d{8}[_T-]?\d{6}Z?", stem) is not None


def grouped(items: Sequence[Item], keys: Sequence[GroupKey], *, site_km: float = 1.0) -> list[array[int]]:
    """Put recordings together that belong in one fold.

    Parameters
    ----------
    keys
        Recordings that agree in all of these are one group: ``recordist`` and ``site`` make a
        group of what one person recorded at one place. Without keys, only the same sound joins;
        ``likeness`` adds nothing here, as near twins are among what is the same.
    site_km : > 0
        Coordinates are rounded to squares of this size.

    Returns
    -------
    Places in `items`, one array a group, in the order of their first recordings
        A recording of which nothing that is a key is known, but for its day or night, is a group of its own.
        A site is the square of the coordinates; without them it is the name, or the one square in which that
        name is. A hidden place may be any in its cell, so it joins all those of the same recordist there.

    Raises
    ------
    UsageError
        If a key is unknown, or ``day`` stands alone.
    """
    same = {item.number: item.same for item in items if item.same}
    return joined(group_keys(items, keys, site_km=site_km), [item.number for item in items], same)


def group_keys(
    items: Sequence[Item], keys: Sequence[GroupKey], *, site_km: float = 1.0
) -> Iterator[Hashable | None]:
    """Give what each recording shares with the rest of its group, or `None` if it is alone.

    Parameters and errors are those of `grouped`.
    """
    check_keys(keys, site_km)
    keys = [key for key in keys if key != LIKENESS]
    squares = _named_squares(items, site_km)
    if "site" not in keys or not any(map(hidden_in, items)):
        return (_key(item, keys, squares, site_km) for item in items)
    names = joined_names(_maybe_the_same(items, keys, squares, site_km))
    own = (_key(item, keys, squares, site_km) for item in items)
    return (names.get(key, key) for key in own)


def joined(
    keys: Iterable[Hashable | None], numbers: Sequence[int], same: Mapping[int, Sequence[int]]
) -> list[array[int]]:
    """Put together what shares a key, and what holds the same sound.

    Parameters
    ----------
    keys
        Of each recording, from `group_keys`.
    numbers
        Of the recordings.
    same
        By number, of those that have any: numbers of recordings that hold the same sound.

    Returns
    -------
    Places in `numbers`, one array a group, in the order of their first recordings

    Examples
    --------
    >>> [list(group) for group in joined(["pond", None, "pond", "hill"], [1, 2, 3, 4], {4: [2]})]
    [[0, 2], [1, 3]]
    """
    first: dict[Hashable, int] = {}
    # A list of a million numbers takes 40 MB, and an array 8.
    parents = array(
        "q", (place if key is None else first.setdefault(key, place) for place, key in enumerate(keys))
    )
    # Most sounds are heard once: only these can join anything.
    several = {number for others in same.values() for number in others} | same.keys()
    by_number: dict[int, int] = {}
    for place, number in enumerate(numbers):
        if number in several:
            for each in (number, *same.get(number, ())):
                _join(parents, by_number.setdefault(each, place), place)
    groups: dict[int, array[int]] = {}
    for place in range(len(parents)):
        root = _root(parents, place)
        if root not in groups:
            groups[root] = array("q")
        groups[root].append(place)
    return list(groups.values())


def ties(group: Sequence[Item], keys: Sequence[GroupKey]) -> str:
    """Say in words what holds a group together: what all its recordings share, or else the same sound.

    Examples
    --------
    >>> ties([Item(1, recordist="Ada", site="pond"), Item(2, site="pond", recordist="ada")], USUAL_KEYS)
    'recordist Ada, site pond'
    """
    first, parts = group[0], []
    people = {person(item.recordist) for item in group}
    if "recordist" in keys and len(people) == 1 and first.recordist:
        parts.append(f"recordist {first.recordist}")
    if "site" in keys and any(map(hidden_in, group)):
        parts.append("places that their archive hides")
    elif "site" in keys and len({item.site for item in group}) == 1 and first.site:
        parts.append(f"site {first.site}")
    elif "site" in keys and len({site_of(item, 1.0) for item in group}) == 1 and first.latitude is not None:
        parts.append(f"site {first.latitude:g}, {first.longitude:g}")
    if "folder" in keys and len({item.folder for item in group}) == 1 and first.folder:
        parts.append(f"folder {first.folder}")
    if parts:
        return ", ".join(parts)
    alike = sum(bool(item.same) for item in group)
    return f"the same sound: {alike:,} of them hold one that others hold, too"


def check_keys(keys: Sequence[str], site_km: float) -> None:
    """Make sure that `grouped` can use these settings.

    Raises
    ------
    UsageError
        As `grouped`.
    """
    unknown = [key for key in keys if key not in GROUP_KEYS]
    if unknown:
        raise UsageError(f"unknown group key '{unknown[0]}'", hint=f"there are: {', '.join(GROUP_KEYS)}")
    if set(keys) - {LIKENESS} == {"day"}:
        raise UsageError(
            "a day alone is too wide for a group", hint="say whose or where: --group recordist,day"
        )
    if not 0 < site_km < math.inf:
        raise UsageError(f"site_km is {site_km}", hint="give the size of a site in kilometres, such as 1")


def site_of(item: Item, site_km: float) -> tuple[int, int] | None:
    """Square of the globe in which a recording was made, `None` if unknown.

    Squares lie in rows of equal latitude; in each row they are as wide as they are high.
    """
    if item.latitude is None or item.longitude is None:
        return None
    return _square(item.latitude, item.longitude, site_km)


@lru_cache(maxsize=_REMEMBERED)
def _square(latitude: float, longitude: float, site_km: float) -> tuple[int, int]:
    step = site_km / KM_PER_DEGREE
    row = round(latitude / step)
    return row, round(longitude / _width(row, step))


def _area(square: tuple[int, int], site_km: float) -> tuple[float, float, float, float]:
    """South, west, north and east of a square, in degrees."""
    row, column = square
    step = site_km / KM_PER_DEGREE
    width = _width(row, step)
    return (row - 0.5) * step, (column - 0.5) * width, (row + 0.5) * step, (column + 0.5) * width


def _width(row: int, step: float) -> float:
    # Degrees of longitude shrink towards the poles. The limit keeps the pole itself finite.
    return step / max(math.cos(math.radians(row * step)), 1e-9)


def hidden_in(item: Item) -> Cell | None:
    """Cell in which the hidden place of a recording lies, `None` where it is known, or nothing is."""
    if not item.is_hidden or item.latitude is None or item.longitude is None:
        return None
    return cell_of(item.latitude, item.longitude)


def told(items: Sequence[Item]) -> dict[GroupKey, int]:
    """Count the recordings of which each key is known."""
    return {
        "day": sum(len(item.date) >= _DAY for item in items),
        "folder": sum(bool(item.folder) for item in items),
        "likeness": sum(item.has_vectors for item in items),
        "night": sum(bool(item.night) for item in items),
        "recordist": sum(bool(_folded(item.recordist)) for item in items),
        "site": sum(bool(_folded(item.site)) or site_of(item, 1.0) is not None for item in items),
    }


def usual_keys(items: Sequence[Item]) -> list[GroupKey]:
    """Choose by what recordings are grouped unless somebody says otherwise: what any of them tells."""
    known = told(items)
    return [key for key in USUAL_KEYS if known[key]]


def _key(
    item: Item, keys: Sequence[GroupKey], squares: Mapping[str, tuple[int, int] | None], site_km: float
) -> _Key | None:
    """Give what an item shares with the rest of its group, None if it is alone."""
    recordist = person(item.recordist) if "recordist" in keys else ""
    folder = item.folder if "folder" in keys else ""
    site: Hashable = None
    if "site" in keys:
        name = _folded(item.site)
        cell = hidden_in(item)
        if cell is not None:
            site = _named(cell)
        else:
            site = site_of(item, site_km) or squares.get(name) or name or None
    night = item.night if "night" in keys else ""
    # A night is shared by all who were out in it; a day of nobody and nowhere says nothing.
    if not recordist and not folder and site is None and (not night or len(keys) > 1):
        return None
    # All incomplete dates count as one: "2019" may be any day of it.
    day = item.date[:_DAY] if "day" in keys and len(item.date) >= _DAY else ""
    return recordist, site, folder, day, night


def _maybe_the_same(
    items: Sequence[Item],
    keys: Sequence[GroupKey],
    squares: Mapping[str, tuple[int, int] | None],
    site_km: float,
) -> Iterator[tuple[Hashable, Hashable]]:
    """List pairs of keys that may stand for one place: a cell with hidden ones, and what lies in it."""
    cells: dict[Hashable, set[Cell]] = {}
    places: dict[_Key, tuple[int, int]] = {}
    for item in items:
        square, key = site_of(item, site_km), _key(item, keys, squares, site_km)
        if square is None or key is None:
            continue
        cell = hidden_in(item)
        if cell is None:
            places[key] = square
        else:
            cells.setdefault(_elsewhere(key, None), set()).add(cell)
            # A square may be larger than a cell.
            yield key, _elsewhere(key, _square(*cell.centre, site_km))
    for known, square in places.items():
        area = _area(square, site_km)
        for cell in cells.get(_elsewhere(known, None), ()):
            if cell.meets(*area):
                yield known, _elsewhere(known, _named(cell))


def _elsewhere(key: _Key, site: Hashable) -> Hashable:
    """Give the key that the same recordist, folder and day have at another place."""
    return key[0], site, *key[2:]


def _named(cell: Cell) -> Hashable:
    """Name a cell, so that it equals no square."""
    return "hidden", cell


def _named_squares(items: Sequence[Item], site_km: float) -> dict[str, tuple[int, int] | None]:
    """Find the square of each site's name, None where recordings of one name lie in several."""
    squares: dict[str, tuple[int, int] | None] = {}
    for item in items:
        square = None if item.is_hidden else site_of(item, site_km)
        if item.site and square is not None:
            known = squares.setdefault(_folded(item.site), square)
            squares[_folded(item.site)] = square if known == square else None
    return squares


@lru_cache(maxsize=_REMEMBERED)
def _folded(name: str) -> str:
    """Reduce a name to what spellings of it have in common."""
    return " ".join(name.casefold().split())


def _root(parents: array[int], place: int) -> int:
    while parents[place] != place:
        # Path halving: chains of copies stay short to walk, also among a million recordings.
        parents[place] = parents[parents[place]]
        place = parents[place]
    return place


def _join(parents: array[int], one: int, other: int) -> None:
    low, high = sorted((_root(parents, one), _root(parents, other)))
    # The first recording is always the root, so the order of joins changes no group.
    parents[high] = low
