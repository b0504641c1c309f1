"""A calendar of recorders: a row for each, a column for each night. How much of its schedule it kept."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING

from markupsafe import Markup

from curate.formatting import count
from curate.model import NightFacts, RecorderSchedule
from curate.reporting.svg import BLUE, INK, LINE, ORANGE, RED, SIZE, SOFT, WIDTH, draw, shortened

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: Recorders that are drawn; the table has all.
MOST = 40

#: Nights that are drawn: a year.
MOST_NIGHTS = 366

_LEFT, _TOP, _ROW = 96.0, 16.0, 12.0
_NAME = 16


def calendar(name: str, found: Sequence[RecorderSchedule]) -> Markup | None:
    """Draw the calendar, or `None` if all nights are missing.

    Parameters
    ----------
    name
        Unique in the page.
    """
    shown = [each for each in found if each.nights][:MOST]
    if not shown:
        return None
    first = min(each.first for each in shown)
    last = max(each.last for each in shown)
    nights = min(MOST_NIGHTS, _days(first, last) + 1)
    width = (WIDTH - _LEFT) / nights
    height = _TOP + _ROW * len(shown) + 4

    def paint(plane: Axes) -> None:
        from matplotlib.patches import Circle, Rectangle  # noqa: PLC0415 - heavy

        plane.text(_LEFT, _TOP - 5, first, size=SIZE - 3, color=SOFT)
        plane.text(WIDTH, _TOP - 5, last, size=SIZE - 3, color=SOFT, ha="right")
        for row, each in enumerate(shown):
            top = _TOP + row * _ROW
            label = shortened(f"{each.site} {each.recorder}".strip(), _NAME)
            plane.text(0, top + _ROW - 4, label, size=SIZE - 3, color=INK)
            for night in each.nights:
                column = _days(first, night.night)
                if column >= nights:
                    continue
                corner = (_LEFT + column * width, top + 1)
                size = (width * 0.92, _ROW - 2)
                plane.add_patch(Rectangle(corner, *size, facecolor=LINE, linewidth=0))
                plane.add_patch(Rectangle(corner, *size, facecolor=BLUE, alpha=_shade(night), linewidth=0))
                if night.faulty or not night.recordings:
                    plane.add_patch(Rectangle(corner, size[0], 2, facecolor=RED, linewidth=0))
                if night.voice:
                    middle = (corner[0] + size[0] / 2, top + _ROW / 2)
                    plane.add_patch(Circle(middle, min(2.0, size[0] / 2), facecolor=ORANGE, linewidth=0))

    return draw(name, _words(shown, first, last), height, paint)


def _shade(night: NightFacts) -> float:
    """Half a night is half as dark; a night that recorded anything can be seen."""
    return 0.0 if not night.recordings else 0.15 + 0.85 * night.coverage


def _words(shown: Sequence[RecorderSchedule], first: str, last: str) -> str:
    missing = sum(len(each.missing) for each in shown)
    voices = sum(bool(night.voice) for each in shown for night in each.nights)
    return (
        f"Nights of {count(len(shown), 'recorder')} from {first} to {last}: "
        f"{count(missing, 'night')} without a recording, {count(voices, 'night')} with voices"
    )


def _days(first: str, night: str) -> int:
    return (date.fromisoformat(night) - date.fromisoformat(first)) // timedelta(days=1)
