"""Questions to Xeno-canto, put together so that values stay values.

A term is ``tag:value``; values in double quotes may hold spaces. The API takes tags only.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from curate.archives.asked_for import day
from curate.archives.bounding_box import corners
from curate.errors import UsageError
from curate.lookup import suggestion

_GROUPS = ("bats", "birds", "frogs", "grasshoppers", "land mammals", "soundscape")


def term(tag: str, value: str) -> str:
    """Write one term.

    Raises
    ------
    UsageError
        If the value holds a double quote, which cannot be written.

    Examples
    --------
    >>> term("cnt", "United States"), term("q", "A"), term("sp", "merula")
    ('cnt:"United States"', 'q:A', 'sp:merula')
    """
    if '"' in value or "\n" in value or not value.strip():
        raise UsageError(f"unknown search for Xeno-canto: {value!r}", hint="leave out double quotes")
    return f"{tag}:{value}" if re.fullmatch(r"[\w.,-]+", value) else f'{tag}:"{value}"'


def name(scientific: str) -> str:
    """Ask for a taxon by its scientific name.

    Examples
    --------
    >>> name("Turdus merula"), name("Turdus"), name("Turdidae"), name("Turdus merula mauritanicus")
    ('gen:Turdus sp:merula', 'gen:Turdus', 'fam:Turdidae', 'gen:Turdus sp:merula ssp:mauritanicus')
    """
    parts = scientific.split()
    if len(parts) == 1 and parts[0].endswith("idae"):
        return term("fam", parts[0])
    return " ".join(term(tag, part) for tag, part in zip(("gen", "sp", "ssp"), parts, strict=False))


def tags(
    *,
    group: str | None,
    country: str | None,
    box: str | None,
    quality: str | None,
    since: str | None,
    length: str | None,
    query: str | None,
) -> str:
    """Join all that narrows a question down.

    Raises
    ------
    UsageError
        If a value cannot be meant.

    Examples
    --------
    >>> tags(group="birds", country=None, box=None, quality=">C", since=None, length="5-30", query=None)
    'grp:birds q:">C" len:5-30'
    """
    found = []
    if group is not None:
        group = group.lower()
        if group not in _GROUPS:
            raise UsageError(f"unknown group of Xeno-canto: '{group}'", hint=suggestion(group, _GROUPS))
        found.append(term("grp", group))
    if country is not None:
        found.append(term("cnt", _country(country)))
    if box is not None:
        found.append(f"box:{_box(box)}")
    if quality is not None:
        expected = "A to E, or '>C' for better than C"
        found.append(term("q", _matching(quality.upper(), r"[<>=]?[A-E]", "a quality", expected)))
    if since is not None:
        found.append(term("since", _since(since)))
    if length is not None:
        found.append(term("len", _length(length)))
    if query is not None and query.strip():
        if ":" not in query:
            raise UsageError(
                f"Xeno-canto takes only tags: got '{query}'",
                hint="for example --query 'type:song rmk:dawn', or use --taxon",
            )
        _check_ranges(query)
        found.append(" ".join(query.split()))
    return " ".join(found)


def _check_ranges(query: str) -> None:
    """Refuse a range where Xeno-canto reads only its first number, and says nothing of it.

    Only ``len`` and ``nr`` take ranges (https://xeno-canto.org/explore/api).
    """
    number = r"-?\d+(?:\.\d+)?"
    found = re.search(rf'(?:^|\s)(year|month|smp|temp):"?({number})\s*-\s*({number})(?=["\s]|$)', query)
    if found is not None:
        tag, low, high = found.groups()
        below, above = low, high
        if tag in {"year", "month"}:  # whole numbers, so those next to the two ends take them in
            below, above = f"{float(low) - 1:g}", f"{float(high) + 1:g}"
        raise UsageError(
            f"Xeno-canto reads {tag}:{low}-{high} as {tag}:{low}",
            hint=f'expected its two limits: {tag}:">{below}" {tag}:"<{above}"',
        )


def _country(country: str) -> str:
    """Take a country by its name: CO is also how Comoros and Congo begin."""
    if re.fullmatch(r"=?[A-Za-z]{2}", country.strip()):
        raise UsageError(
            f"Xeno-canto knows countries by their names, not as '{country}'",
            hint="expected for example --country Colombia",
        )
    return country


def _since(since: str) -> str:
    """Give the date of so many days ago: what was answered on another day is not what is asked today."""
    told = _matching(since, r"\d{1,5}|\d{4}-\d\d-\d\d", "a date", "2025-01-31, or a number of days")
    if told.isdecimal():
        return (datetime.now(UTC).date() - timedelta(days=int(told))).isoformat()
    return day(told)


def _length(length: str) -> str:
    form = r"[<>=]?\d+(\.\d+)?|\d+(\.\d+)?-\d+(\.\d+)?"
    seconds = _matching(length, form, "a length", "'<30', '>5' or '5-30' seconds")
    low, dash, high = seconds.partition("-")
    if dash and float(low) > float(high):
        raise UsageError(f"'{length}' holds no length", hint=f"expected the smaller first: {high}-{low}")
    return seconds


def _matching(value: str, form: str, what: str, expected: str) -> str:
    plain = value.strip()
    if not re.fullmatch(form, plain):
        raise UsageError(f"'{value}' is not {what}", hint=f"expected {expected}")
    return plain


def _box(box: str) -> str:
    low_lat, low_lon, high_lat, high_lon = corners(box)
    return f"{low_lat:g},{low_lon:g},{high_lat:g},{high_lon:g}"
