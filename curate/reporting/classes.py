"""How many recordings each class has, before and after: bars with names, or a curve of many."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from markupsafe import Markup
from numpy.typing import NDArray

from curate.reporting.facts import ClassFacts
from curate.reporting.svg import BLUE, INK, LINE, ORANGE, SIZE, SKY, SOFT, WIDTH, draw, shortened

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: Classes that get a bar with a name each; more are a curve.
_BARS = 30

#: Points of a curve: as many as a screen can show.
_POINTS = 300

_ROW = 18.0
_LEFT, _RIGHT = 126.0, 250.0


def classes(name: str, found: Sequence[ClassFacts], rare_below: int) -> Markup:
    """Draw classes from the most to the least frequent. Rare ones are orange, and said to be."""
    rare = sum(each.rare for each in found)
    words = (
        f"Recordings of {len(found)} classes, before in light and after in full colour: "
        f"from {found[0].recordings_in} to {found[-1].recordings_in} came in; "
        f"{rare} classes are rare: fewer than {rare_below} are kept."
    )
    if len(found) <= _BARS:
        return draw(name, words, _ROW * len(found) + 6, lambda ax: _bars(ax, found, rare_below))
    return draw(name, words, 210.0, lambda ax: _curve(ax, found, rare_below))


def _bars(ax: Axes, found: Sequence[ClassFacts], rare_below: int) -> None:
    from matplotlib.patches import Rectangle  # noqa: PLC0415 - heavy

    scale = (_RIGHT - _LEFT) / max(1, *(each.recordings_in for each in found))
    for place, each in enumerate(found):
        y = place * _ROW + 4
        title = each.common_name or each.scientific_name or each.label
        ax.text(_LEFT - 5, y + 10, shortened(title, 21), ha="right", va="baseline", size=SIZE - 0.5)
        for count, colour in (
            (each.recordings_in, SKY),
            (each.recordings_out, ORANGE if each.rare else BLUE),
        ):
            alpha = 0.45 if colour == SKY else 1.0
            bar = Rectangle((_LEFT, y), count * scale, 12, facecolor=colour, edgecolor="none", alpha=alpha)
            ax.add_patch(bar)
        same = each.recordings_in == each.recordings_out
        numbers = f"{each.recordings_out:,}" + ("" if same else f" of {each.recordings_in:,}")
        end = _LEFT + each.recordings_in * scale + 5
        ax.text(end, y + 10, numbers + (" rare" if each.rare else ""), va="baseline", size=SIZE - 0.5)
    if 0 < rare_below * scale < _RIGHT - _LEFT:
        x = _LEFT + rare_below * scale
        ax.plot([x, x], [0, _ROW * len(found) + 4], color=INK, lw=0.8, dashes=(3, 3))


def _curve(ax: Axes, found: Sequence[ClassFacts], rare_below: int) -> None:
    left, right, top, bottom = 44.0, WIDTH - 4, 12.0, 182.0
    places = np.unique(np.linspace(0, len(found) - 1, min(len(found), _POINTS)).round().astype(int))
    before = np.array([found[place].recordings_in for place in places], float)
    after = np.array([found[place].recordings_out for place in places], float)
    highest = max(10.0, float(before.max()))

    def height(count: NDArray[np.float64]) -> NDArray[np.float64]:
        # Logarithms, with 0 on the ground: log(1 + n).
        level: NDArray[np.float64] = bottom - (bottom - top) * np.log1p(count) / np.log1p(highest)
        return level

    x = left + (right - left) * places / max(1, len(found) - 1)
    for count in (1, 10, 100, 1_000, 10_000, 100_000):
        if count <= highest:
            y = float(height(np.array(count, float)))
            ax.plot([left, right], [y, y], color=LINE, lw=0.6)
            ax.text(left - 4, y + 3, f"{count:,}", ha="right", va="baseline", size=SIZE - 1, color=SOFT)
    ground = np.full_like(x, bottom)
    ax.fill_between(x, height(before), ground, color=SKY, alpha=0.45, lw=0)
    ax.fill_between(x, height(after), ground, color=BLUE, lw=0)
    ax.fill_between(x, height(after), ground, where=after < rare_below, color=ORANGE, lw=0)
    if 0 < rare_below < highest:
        y = float(height(np.array(rare_below, float)))
        ax.plot([left, right], [y, y], color=INK, lw=0.8, dashes=(3, 3))
        ax.text(right, y - 4, f"rare: fewer than {rare_below}", ha="right", va="baseline", size=SIZE - 1)
    ax.text(left, bottom + 14, "most frequent", va="baseline", size=SIZE - 1, color=SOFT)
    words = f"{len(found):,} classes, least frequent"
    ax.text(right, bottom + 14, words, ha="right", va="baseline", size=SIZE - 1, color=SOFT)
