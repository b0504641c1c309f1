"""Cells of archives' answers: text, numbers, dates and lengths, where unknown is `None`."""

from __future__ import annotations

import html
import math
import re
from datetime import date as calendar
from functools import lru_cache

#: What archives write for "I do not know".
_NOTHING = frozenset(
    {"", "?", "-", "--", "none", "null", "unknown", "no score", "n/a", "na", "not specified"}
)


def text(value: object) -> str | None:
    r"""Read a cell as plain text: entities decoded, white space at the ends gone.

    Some texts were encoded twice on their way to the archive, so they are decoded up to three times.

    Examples
    --------
    >>> text("O&amp;#039;Reilly "), text("?"), text(None)
    ("O'Reilly", None, None)
    """
    return None if value is None else _plain(str(value))


@lru_cache(maxsize=100_000)
def _plain(plain: str) -> str | None:
    """Decode one text; most cells repeat, and what repeats is kept once."""
    for _ in range(3):
        decoded = html.unescape(plain)
        if decoded == plain:
            break
        plain = decoded
    plain = plain.replace("\r\n", "\n").replace("\0", "").strip()
    plain = plain.encode("utf-8", "replace").decode("utf-8")  # a lone surrogate cannot be stored
    return None if plain.lower() in _NOTHING or not plain.strip("?.-\u2013\u2014 ") else plain


def number(value: object) -> float | None:
    """Read a finite number. Anything else is unknown.

    Examples
    --------
    >>> number("1300"), number("?"), number("12 m")
    (1300.0, None, None)
    """
    plain = text(value)
    if plain is None:
        return None
    try:
        found = float(plain)
    except ValueError:
        return None
    return found if math.isfinite(found) else None


def whole(value: object) -> int | None:
    """Read a whole number.

    Examples
    --------
    >>> whole("48000"), whole(3), whole("many")
    (48000, 3, None)
    """
    found = number(value)
    return None if found is None else int(found)


def degrees(value: object, limit: float) -> float | None:
    """Read a coordinate. One outside ``-limit`` to ``limit`` is unknown.

    Examples
    --------
    >>> degrees("43.6571", 90), degrees("334", 90)
    (43.6571, None)
    """
    found = number(value)
    return found if found is not None and abs(found) <= limit else None


def date(value: object) -> str | None:
    """Read a date as far as it is known and possible.

    Examples
    --------
    >>> date("2015-06-23"), date("1998-06-00"), date("2004-00-00"), date("0000-00-00")
    ('2015-06-23', '1998-06', '2004', None)
    >>> date("2015-02-31"), date("2021-12-23T10:05:00"), date("2021-01-01/2021-01-31")
    ('2015-02', '2021-12-23', '2021-01')
    """
    plain = text(value) or ""
    first, slash, last = plain.partition("/")
    if slash:  # an interval: what both ends share
        shared = [
            a
            for a, b in zip((date(first) or "").split("-"), (date(last) or "").split("-"), strict=False)
            if a == b
        ]
        return "-".join(shared) or None
    found = re.match(r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?(?!\d)", plain)
    if found is None or int(found[1]) == 0:
        return None
    year, month, day = int(found[1]), int(found[2] or 0), int(found[3] or 0)
    if not 1 <= month <= 12:  # noqa: PLR2004
        return f"{year:04}"
    try:
        return calendar(year, month, day).isoformat()
    except ValueError:
        return f"{year:04}-{month:02}"


def clock(value: object) -> str | None:
    """Read a time of day: hours and minutes, or the archive's word.

    Examples
    --------
    >>> clock("7.05"), clock("19:30:00"), clock("?"), clock("morning"), clock("2021-06-25T22:18:43+00:00")
    ('07:05', '19:30', None, 'morning', '22:18')
    >>> clock("7:05 at the dam"), clock("7:00-8:00 pm")
    ('07:05', '7:00-8:00 pm')
    >>> clock("xx:xx"), clock("?:?")
    (None, None)
    >>> clock("7:17 pm"), clock("12:05am"), clock("6:30 P.M."), clock("5 am"), clock("am")
    ('19:17', '00:05', '18:30', '05:00', 'am')
    """
    plain = text(value)
    # An X stands for a digit that nobody knows.
    if plain is None or not any(c.isalnum() and c not in "xX" for c in plain):
        return None
    half_day = re.fullmatch(r"(\d{1,2})(?:[:.](\d\d))?(?:[:.]\d\d)?\s*([ap])\.?\s?m\.?", plain.lower())
    if half_day:
        hour, minute = int(half_day[1]), half_day[2] or "00"
        if hour <= 12:  # noqa: PLR2004 - else the letters add nothing to a time of 24 hours
            hour = hour % 12 + (12 if half_day[3] == "p" else 0)
    else:
        # An interval such as "7:00-8:00 pm" keeps its words: its beginning may be of either half.
        found = re.match(
            r"(?:\d{4}-\d\d-\d\d[T ])?(\d{1,2})[:.](\d\d)(?!\d)(?!.*(?<![^\W\d_])[ap]\.?\s?m\b)",
            plain,
            re.IGNORECASE,
        )
        if found is None:
            return plain
        hour, minute = int(found[1]), found[2]
    return f"{hour:02}:{minute}" if hour < 24 and int(minute) < 60 else plain  # noqa: PLR2004


def length(value: object) -> float | None:
    """Read a length such as ``4:13`` or ``1:02:03`` as seconds. 0 is unknown.

    Examples
    --------
    >>> length("4:13"), length("1:02:03"), length("0:00"), length("long")
    (253.0, 3723.0, None, None)
    """
    parts = (text(value) or "").split(":")
    is_number = all(re.fullmatch(r"\d+(\.\d+)?", part) for part in parts)
    if not is_number or len(parts) > 3:  # noqa: PLR2004 - hours, minutes, seconds
        return None
    seconds = 0.0
    for part in parts:
        seconds = 60 * seconds + float(part)
    return seconds or None


#: What behind a name says that it stands for more than one species.
_SEVERAL = r"(?:[\u00d7/]|(?:x|agg\.?|aggr\.?|gr\.|s\.\s?l\.|sensu lato|group|complex|hybrid)(?!\w))"


def binomial(name: str | None) -> str | None:
    """Shorten a name to genus and species, leaving out authors, subgenus or subspecies.

    A hybrid, an aggregate and a choice of two are of no one species.

    Examples
    --------
    >>> binomial("Turdus merula (Linnaeus, 1758)"), binomial("Turdus merula merula"), binomial("Turdus sp.")
    ('Turdus merula', 'Turdus merula', None)
    >>> binomial("Anas platyrhynchos \u00d7 rubripes"), binomial("Chorthippus biguttulus agg.")
    (None, None)
    """
    plain = re.sub(r"\(.*?\)", " ", name or "")
    found = re.match(rf"\s*([A-Z][a-z-]+)\s+([a-z][a-z-]+)(?![a-z.]|\s*{_SEVERAL})", plain)
    return f"{found[1]} {found[2]}" if found and found[2] not in ("sp", "cf", "aff") else None


def absolute(url: object) -> str | None:
    """Give a URL its scheme if it lacks one.

    Examples
    --------
    >>> absolute("//xeno-canto.org/494231"), absolute("")
    ('https://xeno-canto.org/494231', None)
    """
    plain = text(url)
    return f"https:{plain}" if plain and plain.startswith("//") else plain


#: Hexadecimal digits of the checksums that are understood.
_DIGITS = {32: "md5", 64: "sha256"}


def checksum(value: object) -> str | None:
    """Read a checksum with the name of its kind. Otherwise the length tells it.

    Raises
    ------
    ValueError
        If it is none that could be compared.

    Examples
    --------
    >>> checksum("D41D8CD98F00B204E9800998ECF8427E"), checksum("n/a")
    ('md5:d41d8cd98f00b204e9800998ecf8427e', None)
    """
    cell = text(value)
    if cell is None:
        return None
    said, _, digits = cell.lower().rpartition(":")
    kind = _DIGITS.get(len(digits)) if re.fullmatch(r"[0-9a-f]+", digits) else None
    if kind is None or said not in ("", kind):
        raise ValueError(f"expected an md5 or a sha256, found '{cell[:80]}'")
    return f"{kind}:{digits}"
