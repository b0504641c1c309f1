"""From a drawing to SVG that stands in a page: themed by the page, said aloud, always the same.

Colours are drawn with fixed numbers and become CSS variables, so that one drawing serves light
and dark pages. They are those of Okabe and Ito (2008, "Color Universal Design"), which people
with any colour vision can tell apart.
"""

from __future__ import annotations

import html
import io
import logging
import re
import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

if TYPE_CHECKING:
    from matplotlib.axes import Axes

INK, SOFT, LINE = "#111111", "#777777", "#dddddd"
BLUE, ORANGE, RED, SKY = "#0072b2", "#e69f00", "#d55e00", "#56b4e9"

#: The page's variable for each colour of a drawing.
_VARIABLES = {
    INK: "--ink",
    SOFT: "--soft",
    LINE: "--line",
    BLUE: "--blue",
    ORANGE: "--orange",
    RED: "--red",
    SKY: "--sky",
}

#: Width of every drawing, in its own units: about a phone's, so that its words are readable there.
WIDTH = 320.0

#: Size of its words, in the same units.
SIZE = 11.0


def draw(name: str, words: str, height: float, paint: Callable[[Axes], None], *, dpi: int = 100) -> Markup:
    """Paint on a plane of `WIDTH` by `height` units, with the origin at the upper left.

    Parameters
    ----------
    name
        Unique in the page.
    words
        What the drawing shows, for those who cannot see it.
    dpi
        Pixels of 72 units, in what is painted as pixels.
    """
    # Drawn for the first time on a slow machine, it warns that its cache of fonts takes a moment.
    logging.getLogger("matplotlib.font_manager").setLevel(logging.ERROR)
    import matplotlib as mpl  # noqa: PLC0415 - heavy
    from matplotlib.figure import Figure  # noqa: PLC0415

    settings: Any = {
        "font.family": "sans-serif",
        "font.size": SIZE,
        "svg.fonttype": "none",  # words stay words: found, copied and read aloud
        "svg.hashsalt": name,
        "text.color": INK,
        "text.parse_math": False,  # names hold dollar signs
    }
    out = io.BytesIO()
    with mpl.rc_context(settings), warnings.catch_warnings():
        # The page's own fonts draw the words; what matplotlib's lack does not matter.
        warnings.filterwarnings("ignore", message="Glyph .* missing from")
        warnings.filterwarnings("ignore", message="Matplotlib currently does not support")
        figure = Figure(figsize=(WIDTH / 72, height / 72))
        plane = figure.add_axes((0, 0, 1, 1))
        plane.set(xlim=(0, WIDTH), ylim=(height, 0))
        plane.set_axis_off()
        paint(plane)
        nothing = dict.fromkeys(("Creator", "Date", "Format", "Type"))
        figure.savefig(out, format="svg", transparent=True, metadata=nothing, dpi=dpi)
    return Markup(_placed(out.getvalue().decode(), name, words))  # noqa: S704 - of our making, names escaped


def _placed(text: str, name: str, words: str) -> str:
    """Make a drawing fit to stand in a page next to others."""
    text = text[text.index("<svg") :]
    text = re.sub(r"<metadata>.*?</metadata>\s*", "", text, flags=re.DOTALL)
    text = re.sub(r"<!--.*?-->\s*", "", text, flags=re.DOTALL)
    text = re.sub(r"<defs>\s*<style.*?</style>\s*</defs>\s*", "", text, count=1, flags=re.DOTALL)
    # Ids are the page's: those of two drawings must differ.
    text = re.sub(r'\bid="([^"]*)"', rf'id="{name}-\1"', text)
    text = re.sub(r'href="#([^"]*)"', rf'href="#{name}-\1"', text)
    text = re.sub(r"url\(#([^)]*)\)", rf"url(#{name}-\1)", text)
    for colour, variable in _VARIABLES.items():
        text = text.replace(colour, f"var({variable})")
    opening, _, rest = text.partition(">")
    # As wide as the page lets it be.
    opening = re.sub(r'\s(?:width|height)="[^"]*"', "", opening)
    return f'{opening} role="img" aria-label="{html.escape(words)}">{rest}'


def shortened(text: str, length: int) -> str:
    """Text of at most this many characters.

    Examples
    --------
    >>> shortened("Silverline Wren", 8)
    'Silverl…'
    """
    return text if len(text) <= length else text[: length - 1].rstrip() + "…"
