"""Where recordings were made: dots on a plain graticule only."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from markupsafe import Markup

from curate.reporting.facts import Places
from curate.reporting.svg import BLUE, LINE, SIZE, SOFT, WIDTH, draw

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: Least number of recordings of a square, and the diameter of its dot.
DOTS = ((1, 5.0), (10, 7.0), (100, 10.0), (1000, 14.0))

#: Distances between lines of the graticule, degrees.
_STEPS = (0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 90)

#: The frame around the map, and the bounds of its height.
_LEFT, _BOTTOM, _LOWEST, _HIGHEST = 50.0, 30.0, 130.0, 320.0

#: Squares that the largest dot may cover from side to side.
_SQUARES = 3.0

#: Least extent of the map: below, a dot says more of the recorder's error than of a place.
_LEAST = 0.2


def places(name: str, found: Places) -> Markup:
    """Draw a map of equal degrees, stretched so that distances are right in its middle."""
    south, north = _widened([cell[0] for cell in found.cells], found.size, 90)
    west, east = _widened([cell[1] for cell in found.cells], found.size, 180)
    stretch = max(0.2, math.cos(math.radians((south + north) / 2)))
    width = WIDTH - _LEFT - 22
    height = min(max(width * (north - south) / ((east - west) * stretch), _LOWEST), _HIGHEST)

    def x(longitude: float) -> float:
        return _LEFT + width * (longitude - west) / (east - west)

    def y(latitude: float) -> float:
        return 6 + height * (north - latitude) / (north - south)

    # Where squares lie close, large dots would hide each other: at most a few squares wide.
    shrink = min(1.0, _SQUARES * width * found.size / ((east - west) * DOTS[-1][1]))

    def paint(ax: Axes) -> None:
        step, digits = _step(east - west, width / 50)
        for k in range(math.ceil(west / step), math.floor(east / step) + 1):
            ax.plot([x(k * step)] * 2, [y(north), y(south)], color=LINE, lw=0.6)
            words = _degrees(k * step, "E", "W", digits)
            ax.text(x(k * step), y(south) + 13, words, ha="center", va="baseline", size=SIZE - 1, color=SOFT)
        step, digits = _step(north - south, height / 25)
        for k in range(math.ceil(south / step), math.floor(north / step) + 1):
            ax.plot([x(west), x(east)], [y(k * step)] * 2, color=LINE, lw=0.6 if k else 1.2)
            words = _degrees(k * step, "N", "S", digits)
            ax.text(_LEFT - 4, y(k * step) + 3, words, ha="right", va="baseline", size=SIZE - 1, color=SOFT)
        ax.plot(
            [x(west), x(east), x(east), x(west), x(west)],
            [y(south), y(south), y(north), y(north), y(south)],
            color=SOFT,
            lw=0.8,
        )
        bounds = [least for least, _ in DOTS[1:]] + [math.inf]
        for (least, size), bound in zip(DOTS, bounds, strict=True):
            some = [(x(cell[1]), y(cell[0])) for cell in found.cells if least <= cell[2] < bound]
            if some:
                ax.plot(*zip(*some, strict=True), "o", ms=size * shrink, color=BLUE, alpha=0.6, mew=0)

    words = (
        f"Map of {found.known} recordings between {_degrees(south, 'N', 'S', 1)} and "
        f"{_degrees(north, 'N', 'S', 1)}, "
        f"{_degrees(west, 'E', 'W', 1)} and {_degrees(east, 'E', 'W', 1)}, in {len(found.cells)} squares."
    )
    return draw(name, words, height + _BOTTOM, paint)


def _step(extent: float, most: float) -> tuple[float, int]:
    """Choose the distance of the graticule's lines, at most this many, and the digits of their names."""
    step = next((step for step in _STEPS if extent / step <= most), _STEPS[-1])
    return step, 2 if step < 0.1 else 1 if step < 1 else 0  # noqa: PLR2004


def _widened(values: list[float], size: float, limit: float) -> tuple[float, float]:
    """Bounds of a map around values, with a margin, inside the globe."""
    low, high = min(values) - size, max(values) + size
    margin = max(0.06 * (high - low), (_LEAST - (high - low)) / 2)
    return max(-limit, low - margin), min(limit, high + margin)


def _degrees(value: float, positive: str, negative: str, digits: int) -> str:
    """Say a coordinate.

    Examples
    --------
    >>> _degrees(-74.5, "E", "W", 1), _degrees(0, "N", "S", 0)
    ('74.5° W', '0°')
    """
    text = f"{abs(value):.{digits}f}°"
    return text if not float(text[:-1]) else f"{text} {positive if value > 0 else negative}"
