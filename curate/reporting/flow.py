"""Where what came in goes: a band for each reason, as wide as its share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from markupsafe import Markup

from curate.reporting.facts import FlowPart
from curate.reporting.svg import BLUE, INK, RED, SIZE, SOFT, draw, shortened

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: Height of all that came in, thickness of the thinnest band, and room for a band's two lines of words.
_WHOLE, _THIN, _SLOT = 130.0, 1.5, 33.0

#: Left and right ends of the bands.
_LEFT, _RIGHT, _BAR = 0.0, 94.0, 8.0

#: Characters that fit beside a band.
_WORDS = 33

#: Bands that are drawn; the smallest of more are one.
_MOST = 8


def flow(name: str, streams: Sequence[FlowPart], *, came_in: str, say: Callable[[float], str]) -> Markup:
    """Draw bands from one bar on the left to one bar each on the right.

    Parameters
    ----------
    streams
        In order, from top to bottom.
    came_in
        What is above the left bar.
    say
        An amount in words.
    """
    streams = _few(streams)
    total = sum(stream.amount for stream in streams) or 1.0
    thick = [max(_THIN, stream.amount / total * _WHOLE) for stream in streams]
    slots = [max(_SLOT, height + 6) for height in thick]
    top = 2.2 * SIZE
    shares = [f"{say(each.amount)} · {100 * each.amount / total:.1f} %" for each in streams]
    height = top + max(sum(slots), sum(thick)) + 4

    def paint(ax: Axes) -> None:
        left, slot = top + max(0.0, (sum(slots) - sum(thick)) / 2), top
        ax.text(_LEFT, top - SIZE, came_in, weight="bold", va="baseline")
        _bar(ax, _LEFT, left, sum(thick), INK)
        for stream, share, width, room in zip(streams, shares, thick, slots, strict=True):
            colour = BLUE if stream.goes_out else RED
            right = slot + (room - width) / 2
            _band(ax, left, right, width, colour)
            _bar(ax, _RIGHT, right, width, colour)
            middle = slot + room / 2
            words = shortened(stream.name, _WORDS)
            ax.text(_RIGHT + _BAR + 6, middle - 3, words, va="baseline")
            ax.text(_RIGHT + _BAR + 6, middle + SIZE, share, va="baseline", color=SOFT)
            left, slot = left + width, slot + room

    listed = "; ".join(f"{each.name}: {share}" for each, share in zip(streams, shares, strict=True))
    return draw(name, f"{came_in}. {listed}.", height, paint)


def _few(streams: Sequence[FlowPart]) -> list[FlowPart]:
    """Join the smallest reasons, so that the drawing stays one."""
    if len(streams) <= _MOST:
        return list(streams)
    out = [stream for stream in streams if stream.goes_out][: _MOST - 1]
    lost = [stream for stream in streams if not stream.goes_out]
    shown = lost[: max(1, _MOST - 1 - len(out))]
    rest = lost[len(shown) :]
    more = FlowPart(f"{len(rest)} other reasons", sum(each.amount for each in rest), goes_out=False)
    return [*out, *shown, more]


def _bar(ax: Axes, x: float, y: float, height: float, colour: str) -> None:
    from matplotlib.patches import Rectangle  # noqa: PLC0415 - heavy

    ax.add_patch(Rectangle((x, y), _BAR, height, facecolor=colour, edgecolor="none"))


def _band(ax: Axes, left: float, right: float, width: float, colour: str) -> None:
    from matplotlib.patches import PathPatch  # noqa: PLC0415 - heavy
    from matplotlib.path import Path  # noqa: PLC0415

    start, end = _LEFT + _BAR, _RIGHT
    middle = (start + end) / 2
    points = [
        (start, left),
        (middle, left),
        (middle, right),
        (end, right),
        (end, right + width),
        (middle, right + width),
        (middle, left + width),
        (start, left + width),
    ]
    curve = [Path.MOVETO, *[Path.CURVE4] * 3, Path.LINETO, *[Path.CURVE4] * 3]
    ax.add_patch(PathPatch(Path(points, curve), facecolor=colour, edgecolor="none", alpha=0.35))
