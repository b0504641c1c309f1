"""Where recordings were made, in squares coarse enough to draw."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from curate.reporting.facts import Places

#: Sides of the squares that there may be, in degrees.
_SIZES = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0)

#: Squares side by side: as many as a phone's screen can tell apart.
_ACROSS = 80


def places(points: Mapping[tuple[float, float] | None, int]) -> Places | None:
    """Count recordings by square.

    Parameters
    ----------
    points
        Latitude and longitude in degrees, and the recordings made there; those under None, and
        those that lie nowhere on the globe, count as unknown.

    Returns
    -------
    None where no place is known.

    Examples
    --------
    >>> places({(10.001, 20.0): 2, (10.0, 20.0): 1, None: 4})
    Places(known=3, unknown=4, size=0.01, cells=[(10.0, 20.0, 3)])
    """
    known = {point: number for point, number in points.items() if point is not None and _on_globe(*point)}
    if not known:
        return None
    spans = [max(values) - min(values) for values in zip(*known, strict=True)]
    size = next((size for size in _SIZES if max(spans) / size <= _ACROSS), _SIZES[-1])
    cells: Counter[tuple[int, int]] = Counter()
    for (latitude, longitude), number in known.items():
        cells[round(latitude / size), round(longitude / size)] += number
    return Places(
        known=sum(known.values()),
        unknown=sum(points.values()) - sum(known.values()),
        size=size,
        cells=[(round(y * size, 6), round(x * size, 6), number) for (y, x), number in sorted(cells.items())],
    )


def _on_globe(latitude: float, longitude: float) -> bool:
    return abs(latitude) <= 90 and abs(longitude) <= 180  # noqa: PLR2004
