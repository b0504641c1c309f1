"""The map of all windows as a still picture: dots in the colours of the most frequent classes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from markupsafe import Markup

from curate.formatting import count
from curate.reporting.facts import MapFacts
from curate.reporting.svg import WIDTH, draw

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: Colours that stand out on light and on dark pages (Okabe and Ito 2008); what is more frequent comes first.
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#8c6bb1")

#: The colour of all other classes.
OTHERS = "#8a939e"

#: Height of the picture, in units of its width, and pixels of a unit.
_HEIGHT, _DPI = 300.0, 216

#: Room around the dots, and the sizes of many and of few of them, in square units.
_MARGIN, _SMALL, _LARGE, _MANY = 6.0, 1.2, 9.0, 3000


@dataclass(frozen=True, slots=True)
class MapPlane:
    """Where dots lie.

    Parameters
    ----------
    x, y : 0 to 1
        To the right, and upwards.
    colour
        The place of each one's class in `MapFacts.classes`.
    """

    x: Sequence[float]
    y: Sequence[float]
    colour: Sequence[int]


def map_picture(name: str, facts: MapFacts, plane: MapPlane) -> Markup:
    """Draw the dots. Those of frequent classes lie above the others."""
    side = _HEIGHT - 2 * _MARGIN
    left = (WIDTH - side) / 2
    size = _SMALL if len(plane.x) > _MANY else _LARGE

    def paint(ax: Axes) -> None:
        shown = [OTHERS if k >= len(COLOURS) else COLOURS[k] for k in plane.colour]
        order = sorted(range(len(shown)), key=lambda k: -plane.colour[k])
        ax.scatter(
            [left + side * plane.x[k] for k in order],
            [_MARGIN + side * (1 - plane.y[k]) for k in order],
            s=size,
            c=[shown[k] for k in order],
            linewidths=0,
            rasterized=True,  # so many marks would outweigh the page
        )

    words = f"A map of {count(facts.drawn, 'window')} by {facts.model}: alike sounds are close together."
    return draw(name, words, _HEIGHT, paint, dpi=_DPI)
