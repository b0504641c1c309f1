"""One page from the numbers and excerpts of a report: one HTML file for use offline.

Jinja escapes every word that is not of our making, the page forbids every script but its own
by that script's hash, and links lead to http and https alone.
"""

from __future__ import annotations

import base64
import hashlib
import shlex
from collections import defaultdict
from collections.abc import Mapping, Sequence
from importlib.resources import files
from urllib.parse import urlsplit

from markupsafe import Markup

from curate.formatting import count, share
from curate.reporting.calendar import calendar
from curate.reporting.classes import classes
from curate.reporting.excerpt import Excerpt
from curate.reporting.facts import ReportFacts
from curate.reporting.flow import flow
from curate.reporting.map_picture import COLOURS, OTHERS, MapPlane, map_picture
from curate.reporting.places import DOTS, places
from curate.reporting.tables import hours, tables

#: By which a page of ours is known.
MARK = '<meta name="generator" content="curate report">'

_HERE = files("curate.reporting")


def page(facts: ReportFacts, excerpts: Sequence[Excerpt], plane: MapPlane | None = None) -> str:
    """Write the page.

    Parameters
    ----------
    excerpts
        Of some of the doubtful cuts, in their order.
    plane
        The dots of the map.
    """
    from jinja2 import Environment, StrictUndefined  # noqa: PLC0415 - not needed for the numbers

    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters.update(
        count=count,
        data=_data,
        hours=hours,
        link=_link,
        options=_options,
        quote=shlex.quote,
        share=share,
    )
    script = _text("page.js")
    return environment.from_string(_text("page.html")).render(
        facts=facts,
        excerpts=excerpts,
        figures=_figures(facts, plane),
        map_colours=(*COLOURS, OTHERS),
        tables=tables(facts),
        names=defaultdict(str, {each.label: each.common_name for each in facts.classes}),
        dots=DOTS,
        mark=Markup(MARK),  # noqa: S704 - ours
        style=Markup(_text("page.css")),  # noqa: S704 - ours
        script=Markup(script),  # noqa: S704 - ours
        script_hash=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
    )


def _figures(facts: ReportFacts, plane: MapPlane | None) -> dict[str, Markup]:
    """Draw what there is to draw."""
    amounts = {
        "seconds": (f"{hours(facts.came_in.seconds)} came in", hours),
        "recordings": (f"{count(facts.came_in.recordings, 'recording')} came in", _plain),
        "classes": (f"{facts.came_in.classes:,} classes came in", _plain),
    }
    drawn = {
        what: flow(f"flow-{what}", facts.flow[what], came_in=came_in, say=say)
        for what, (came_in, say) in amounts.items()
        if facts.flow.get(what)
    }
    if facts.classes:
        drawn["histogram"] = classes("histogram", facts.classes, facts.rare_below)
    if facts.places is not None:
        drawn["places"] = places("places", facts.places)
    if facts.map is not None and plane is not None:
        drawn["map"] = map_picture("map", facts.map, plane)
    nights = calendar("calendar", facts.recorders)
    return drawn if nights is None else drawn | {"calendar": nights}


def _text(name: str) -> str:
    return (_HERE / name).read_text(encoding="utf-8")


def _plain(amount: float) -> str:
    return f"{amount:,.0f}"


def _options(settings: Mapping[str, object]) -> str:
    """Give settings as options of a command.

    Examples
    --------
    >>> _options({"profile": "careful", "min_speech": 0.25})
    ' --profile careful --min-speech 0.25'
    """
    words = ((name.replace("_", "-"), shlex.quote(str(value))) for name, value in settings.items())
    return "".join(f" --{name} {value}" for name, value in words)


def _data(data: bytes, kind: str) -> str:
    """Put bytes into an address."""
    return f"data:{kind};base64,{base64.b64encode(data).decode()}"


def _link(address: str) -> str:
    """Give an address that may be followed, or nothing: an archive may say ``javascript:``.

    Examples
    --------
    >>> _link("https://example.org/1"), _link("javascript:alert(1)"), _link("http://[")
    ('https://example.org/1', '', '')
    """
    try:
        return address if urlsplit(address).scheme in ("http", "https") else ""
    except ValueError:
        return ""
