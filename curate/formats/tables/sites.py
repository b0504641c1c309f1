"""A table of sites: where each is, and by which zone its clocks count."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from curate.errors import FormatError
from curate.formats import Report, parse
from curate.formats.tables import table
from curate.formats.tables.sheets import open_sheet
from curate.model import Problem, Site
from curate.recorders.claim import position

#: Columns that may name the site, the likeliest first; of Camtrap DP's deployments, the place.
_NAMES = (
    "site", "site_name", "site_id", "location_name", "locationname", "location", "location_id", "locationid",
    "station", "plot", "deployment_id", "deploymentid", "name",
)  # fmt: skip

_ZONES = ("zone", "timezone", "time_zone", "tz")


def read_sites(path: Path, *, report: Report) -> dict[str, Site]:
    """Read the sites of a table, by their names as `key` spells them.

    A row whose place or name cannot be used is reported.

    Raises
    ------
    FormatError
        If the table is missing, lacks a column, or puts one site in two places.
    """
    sheet = open_sheet(path)
    found: dict[str, Site] = {}
    lines: dict[str, int] = {}
    for line, site in _sites(path, sheet.columns, sheet.records(report), report):
        name = key(site.name)
        if found.get(name, site) != site:
            raise FormatError(
                f"{path}:{line}: {site.name} is elsewhere in line {lines[name]}",
                hint="give each site one place. A recorder that moved counts as two sites",
            )
        found[name] = site
        lines.setdefault(name, line)
    return found


def key(name: str) -> str:
    """Spell the name of a site as all spellings of it have in common.

    Examples
    --------
    >>> key("North_pond ") == key("north pond")
    True
    """
    return table.normal(name) or name


def _sites(
    path: Path, columns: list[str], records: Iterator[table.Record], report: Report
) -> Iterator[tuple[int, Site]]:
    name, zone = table.find(columns, _NAMES), table.find(columns, _ZONES)
    latitude, longitude = (table.find(columns, table.FIELDS[each][1]) for each in ("latitude", "longitude"))
    height = table.find(columns, table.EXTRAS["elevation"][1])
    if name is None or latitude is None or longitude is None:
        raise FormatError(
            f"{path} lacks a column of {'names' if name is None else 'places'}",
            hint=f"it needs site, latitude and longitude. Columns there: {', '.join(columns)}",
        )
    for line, record in records:
        try:
            at = _cell(record, latitude, parse.latitude), _cell(record, longitude, parse.longitude)
            elevation = None if height is None else _cell(record, height, parse.number)
        except ValueError as error:
            report(Problem("bad-row", f"{path}:{line}", str(error)))
            continue
        north, east, why = position(*at)
        site = parse.known(record[name])
        if north is None or east is None or not site:
            why = "a site without a name" if not site else why or f"{site} has no latitude or no longitude"
            report(Problem("bad-row", f"{path}:{line}", why))
            continue
        clock = "" if zone is None else parse.known(record[zone])
        yield line, Site(site, north, east, elevation, clock)


def _cell(record: Mapping[str, Any], column: str, convert: Callable[[object], float | None]) -> float | None:
    try:
        return convert(record[column])
    except ValueError as error:
        raise ValueError(f"column {column}: {error}") from None
