"""Which recordings must stay together: made by one person at one place, or the same sound.

A model that has heard a recordist's microphone and site in training knows them again in
validation, so recordings that share them are never divided. Pure.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Literal

from curate.errors import UsageError

GroupKey = Literal["day", "recordist", "site"]
GROUP_KEYS: tuple[GroupKey, ...] = ("day", "recordist", "site")

#: Kilometres in a degree of latitude: the meridian of WGS 84, 40,007.86 km, over 360.
_KM_PER_DEGREE = 111.133

#: Characters of a date that is known to the day.
_DAY = 10


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
    date
        ISO 8601, as far as known.
    same
        Numbers of recordings that hold the same sound: they and this one stay together.
    fold
        The fold that it has already; None for a new recording.
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

    @property
    def labels(self) -> tuple[str, ...]:
        """All classes, each once."""
        own = (self.label,) if self.label else ()
        return own + tuple(name for name in dict.fromkeys(self.secondary) if name != self.label)


def grouped(items: Sequence[Item], keys: Sequence[GroupKey], *, site_km: float = 1.0) -> list[list[int]]:
    """Put recordings together that must not be divided.

    Parameters
    ----------
    keys
        Recordings that agree in all of these are one group: ``recordist`` and ``site`` make a
        group of what one person recorded at one place. Without keys, only the same sound joins.
    site_km : > 0
        Coordinates are rounded to squares of this size.

    Returns
    -------
    Places in `items`, one list a group, in the order of their first recordings
        A recording whose recordist is unknown (where that is a key) is a group of its own, as is
        one without coordinates where ``site`` is a key and ``recordist`` is not.

    Raises
    ------
    UsageError
        If a key is unknown, or ``day`` stands alone.
    """
    check_keys(keys, site_km)
    parents = list(range(len(items)))
    first: dict[Hashable, int] = {}
    for place, item in enumerate(items):
        key = _key(item, keys, site_km)
        if key is not None:
            _join(parents, first.setdefault(key, place), place)
        # Not a tuple, so never equal to a key.
        for number in (item.number, *item.same):
            _join(parents, first.setdefault(number, place), place)
    groups: dict[int, list[int]] = {}
    for place in range(len(items)):
        groups.setdefault(_root(parents, place), []).append(place)
    return list(groups.values())


def check_keys(keys: Sequence[str], site_km: float) -> None:
    """Make sure that `grouped` can use these settings.

    Raises
    ------
    UsageError
        As `grouped`.
    """
    unknown = [key for key in keys if key not in GROUP_KEYS]
    if unknown:
        raise UsageError(f"no group key '{unknown[0]}'", hint=f"there are: {', '.join(GROUP_KEYS)}")
    if list(keys) == ["day"]:
        raise UsageError("a day alone is no group", hint="say whose or where: --group recordist,day")
    if not 0 < site_km < math.inf:
        raise UsageError(f"site_km is {site_km}", hint="give the size of a site in kilometres, such as 1")


def site_of(item: Item, site_km: float) -> tuple[int, int] | None:
    """Square of the globe in which a recording was made, None if nobody knows.

    Squares lie in rows of equal latitude; in each row they are as wide as they are high.
    """
    if item.latitude is None or item.longitude is None:
        return None
    step = site_km / _KM_PER_DEGREE
    row = round(item.latitude / step)
    width = step / max(math.cos(math.radians(row * step)), 1e-9)
    return row, round(item.longitude / width)


def _key(item: Item, keys: Sequence[GroupKey], site_km: float) -> Hashable | None:
    """Give what an item shares with the rest of its group, None if it is alone."""
    if not keys:
        return None
    recordist = " ".join(item.recordist.casefold().split()) if "recordist" in keys else ""
    if "recordist" in keys and not recordist:
        return None
    site = site_of(item, site_km) if "site" in keys else None
    if "recordist" not in keys and site is None:
        return None
    # All incomplete dates count as one: "2019" may be any day of it.
    day = item.date[:10] if "day" in keys and len(item.date) >= _DAY else ""
    return recordist, site, day


def _root(parents: list[int], place: int) -> int:
    while parents[place] != place:
        parents[place] = parents[parents[place]]
        place = parents[place]
    return place


def _join(parents: list[int], one: int, other: int) -> None:
    low, high = sorted((_root(parents, one), _root(parents, other)))
    parents[high] = low
