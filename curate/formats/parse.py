"""What a cell of somebody else's table may hold, turned into the values of a `Row`.

A cell is text from a CSV file or a typed value from JSON or Parquet. These functions are
lenient about spelling and raise `ValueError` for what cannot be meant.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from typing import Any

from curate.formats.lists import looks_like_list, names_in

_LONE_BYTE = re.compile("[\ud800-\udfff]")
_DECIMAL_COMMA = re.compile(r"[+-]?\d*,\d+(?:e[+-]?\d+)?", re.IGNORECASE)

#: Words for an empty cell of R, pandas, numpy, spreadsheets, SAS and databases (MySQL, PostgreSQL: ``\N``),
#: in lower case, and the dashes of people.
NOTHING = frozenset({
    "-", "--", ".", "\\n", "\u2013", "\u2014",
    "#div/0!", "#n/a", "#n/a n/a", "#na", "#name?", "#null!", "#num!", "#ref!", "#value!", "(null)",
    "-1.#ind", "-1.#qnan", "-nan", "1.#ind", "1.#qnan", "<na>", "<null>", "n.a.", "n/a", "na",
    "na_character_", "na_integer_", "na_real_", "nan", "nat", "none", "null",
})  # fmt: skip

#: Words of people for what they do not know; one recordist of this name would be many strangers.
_UNKNOWN = frozenset({
    "no data", "not available", "not given", "not known", "not provided", "not recorded", "undefined",
    "unknown", "unspecified",
})  # fmt: skip

_LONGEST = max(map(len, NOTHING))


def text(value: object) -> str:
    r"""Read a cell as text: stripped, empty for nothing, whole numbers without a point.

    Bytes that are not UTF-8 are taken for Windows-1252, in which older programs write tables.

    Examples
    --------
    >>> text(1139490.0), text(" asbfly "), text(float("nan")), text("m\udce9sange")
    ('1139490', 'asbfly', '', 'mésange')
    """
    if value is None:
        return ""
    if isinstance(value, float):
        if math.isnan(value):
            return ""
        if value.is_integer():
            value = int(value)
    cell = str(value).strip()
    return cell if cell.isascii() else _LONE_BYTE.sub(_from_windows, cell)


def is_nothing(value: object) -> bool:
    """Whether a cell is empty, or holds a word that programs write for an empty cell.

    Examples
    --------
    >>> is_nothing("NA"), is_nothing("<NA>"), is_nothing(""), is_nothing(None), is_nothing("Nana")
    (True, True, True, True, False)
    """
    if isinstance(value, str):
        if len(value) > 2 * _LONGEST:
            return False
        value = value.strip().casefold()
        return not value or value in NOTHING
    return not text(value)


def known(value: object) -> str:
    """Read a cell as text, and a word for an empty cell as empty.

    For columns in which such a word is never a value of its own: licences, recordists, places. A word such as
    ``unknown`` is none there, either.

    Examples
    --------
    >>> known("NA"), known("Unknown"), known(" Nadia ")
    ('', '', 'Nadia')
    """
    found = "" if is_nothing(value) else text(value)
    return "" if found.casefold() in _UNKNOWN else found


def hidden_place(value: object) -> str:
    """Read what an archive says of a place: ``yes`` where it hides it behind a random point, else its words.

    Examples
    --------
    >>> hidden_place("true"), hidden_place(False), hidden_place("the date is withheld")
    ('yes', '', 'the date is withheld')
    >>> hidden_place("Coordinate uncertainty increased to 27126m to protect threatened taxon")
    'yes'
    """
    words = known(value)
    plain = words.casefold()
    if plain in ("1", "t", "true", "y", "yes", "obscured") or "coordinate uncertainty increased" in plain:
        return "yes"
    return "" if plain in ("0", "f", "false", "n", "no", "open") else words


def _from_windows(match: re.Match[str]) -> str:
    byte = match[0].encode("utf-8", "surrogateescape") if "\udc80" <= match[0] <= "\udcff" else b"?"
    try:
        return byte.decode("cp1252")
    except UnicodeDecodeError:
        # Windows-1252 leaves five bytes undefined.
        return byte.decode("latin-1")


def printable(name: str) -> str:
    r"""Write the undecodable bytes of a file name as escapes.

    Examples
    --------
    >>> printable("caf\udce9")
    'caf\\udce9'
    """
    return name.encode("utf-8", "backslashreplace").decode("utf-8")


def number(value: object) -> float | None:
    """Read a cell as a finite number, or `None` for an empty cell, NaN, or a word for nothing.

    A comma alone is a decimal comma, as spreadsheets of many countries write it.

    Raises
    ------
    ValueError
        If it is something else.

    Examples
    --------
    >>> number("2.5"), number("2,5"), number("9,1E-01"), number("")
    (2.5, 2.5, 0.91, None)
    """
    cell = known(value)
    if not cell:
        return None
    try:
        result = float(cell.replace(",", ".") if _DECIMAL_COMMA.fullmatch(cell) else cell)
    except ValueError:
        raise ValueError(f"expected a number, found '{cell}'") from None
    return result if math.isfinite(result) else None


#: Hours, minutes and seconds; pandas writes days before them.
_CLOCK = re.compile(r"(?:(\d+) days? (?:\+)?)?(\d{1,2}):([0-5]\d):([0-5]\d(?:[.,]\d+)?)")


def seconds(value: object) -> float | None:
    """Read a cell as seconds: a number, or hours, minutes and seconds; `None` where `number` gives none.

    Two parts alone may be hours and minutes or minutes and seconds, and are refused.

    Raises
    ------
    ValueError
        If it is something else.

    Examples
    --------
    >>> seconds("5,5"), seconds("00:01:05.5"), seconds("0 days 00:00:01.5"), seconds("")
    (5.5, 65.5, 1.5, None)
    """
    clock = _CLOCK.fullmatch(text(value))
    if clock is None:
        return number(value)
    days, hours, minutes, rest = clock.groups(default="0")
    return int(days) * 86_400 + int(hours) * 3600 + int(minutes) * 60 + float(rest.replace(",", "."))


def whole_number(value: object) -> int | None:
    """Read a cell as an integer, or `None` for an empty cell or NaN.

    Raises
    ------
    ValueError
        If it is something else.
    """
    result = number(value)
    if result is not None and not result.is_integer():
        raise ValueError(f"expected a whole number, found '{text(value)}'")
    return None if result is None else int(result)


def rating(value: object) -> float | None:
    """Read a cell as a rating from 0 to 5, or `None` where `number` gives none.

    Raises
    ------
    ValueError
        If it is something else. Of another scale nobody knows what is best.

    Examples
    --------
    >>> rating("4.5"), rating("")
    (4.5, None)
    """
    result = number(value)
    if result is not None and not 0 <= result <= _MOST_RATED:
        raise ValueError(f"expected a rating from 0 to {_MOST_RATED:g}, found '{text(value)}'")
    return result


def latitude(value: object) -> float | None:
    """Read a cell as degrees north, or `None` where `number` gives none.

    Raises
    ------
    ValueError
        If it is something else, or beyond the poles.

    Examples
    --------
    >>> latitude("-22.5"), latitude("22.5 S"), latitude("")
    (-22.5, -22.5, None)
    """
    return _degrees(value, 90.0)


def longitude(value: object) -> float | None:
    """Read a cell as degrees east, from -180 to 180, or `None` where `number` gives none.

    Raises
    ------
    ValueError
        If it is something else, or more than half around the globe.
    """
    return _degrees(value, 180.0)


#: Degrees with the side of the globe behind them: ``10.5 S``.
_SIDE = re.compile(r"(?P<degrees>\d+(?:[.,]\d+)?)\s*\u00b0?\s*(?P<side>[NSEW])", re.IGNORECASE)

_MOST_RATED = 5.0


def _degrees(value: object, most: float) -> float | None:
    sided = _SIDE.fullmatch(known(value))
    if sided is None:
        result = number(value)
    else:
        side = sided["side"].upper()
        if (side in "EW") != (most > 90.0):  # noqa: PLR2004 - beyond it there are only longitudes
            raise ValueError(f"expected degrees, found '{text(value)}'")
        result = number(sided["degrees"])
        result = -result if result is not None and side in "SW" else result
    if result is not None and abs(result) > most:
        raise ValueError(f"expected degrees from {-most:g} to {most:g}, found '{text(value)}'")
    return result


def names(value: object) -> tuple[str, ...]:
    """Read a cell as a list of names, without empty ones.

    It may be a list, one as JSON, Python, numpy or R print it, or names between ``;`` or ``|``.

    Raises
    ------
    ValueError
        If it begins like a list and is none.

    Examples
    --------
    >>> names("['call', 'song']"), names("['call' 'song']"), names("['']"), names("a; b"), names("NA")
    (('call', 'song'), ('call', 'song'), (), ('a', 'b'), ())
    """
    if isinstance(value, list | tuple | set | frozenset):
        return tuple(name for name in map(text, value) if name)
    return () if is_nothing(value) else names_in(text(value))


def labels(value: object) -> tuple[str, ...]:
    """Read the cell of a label: one name as it stands, or those of a printed list.

    Raises
    ------
    ValueError
        If it begins like a list and is none.

    Examples
    --------
    >>> labels("owl; wren"), labels("['owl' 'wren']"), labels("")
    (('owl; wren',), ('owl', 'wren'), ())
    """
    if isinstance(value, list | tuple):
        return names(value)
    name = text(value)
    if looks_like_list(name):
        return names_in(name)
    return (name,) if name else ()


def mapping(value: object) -> dict[str, Any]:
    """Read a JSON value as an object. An empty one where it is something else."""
    return value if isinstance(value, dict) else {}


def items(value: object) -> list[Any]:
    """Read a JSON value as a list. An empty one where it is something else."""
    return value if isinstance(value, list) else []


_ISO = re.compile(r"\d{4}(?:-\d{2}(?:-\d{2}(?:[T ].*)?)?)?(?:/.*)?")
_DIGITS = re.compile(r"(\d{4})(\d{2})(\d{2})")
_YEAR_FIRST = re.compile(r"(\d{4})([./-])(\d{1,2})(?:\2(\d{1,2}))?((?:[T ].*)?)")
_DAY_FIRST = re.compile(r"(\d{1,2})([./-])(\d{1,2})\2(\d{4})((?: \d{1,2}:\d\d(?::\d\d)?)?)")

_MONTHS = 12


def date_of_table(value: object) -> str:
    """Read a date as tables have it, and spell it as ISO 8601 does.

    Raises
    ------
    ValueError
        If nobody can tell which date is meant: ``05/06/2024`` is in May or in June. Also if
        no calendar has it.

    Examples
    --------
    >>> [date_of_table(cell) for cell in ("20240517", "17/05/2024", "7.5.2024 5:30", "2024/5/7", "2024")]
    ['2024-05-17', '2024-05-17', '2024-05-07 05:30', '2024-05-07', '2024']
    """
    date = iso_date(value)
    if digits := _DIGITS.fullmatch(date):
        date = "-".join(digits.groups())
    elif (named := _YEAR_FIRST.fullmatch(date)) and (named[4] or named[2] != "."):
        if named[2] == "/" and not named[4] and int(named[3]) == (int(named[1]) + 1) % 100:
            raise ValueError(f"expected a date such as 2024-05-17, found '{date}', which may be two years")
        date = "-".join([named[1], *(f"{int(part):02d}" for part in named.group(3, 4) if part)]) + named[5]
    elif named := _DAY_FIRST.fullmatch(date):
        day, month = int(named[1]), int(named[3])
        if named[2] != "." and month > _MONTHS:  # as in the United States
            day, month = month, day
        elif named[2] != "." and day <= _MONTHS and day != month:
            raise ValueError(f"expected a date such as 2024-05-17, found '{date}', which may be two dates")
        hour, colon, rest = named[5].strip().partition(":")
        date = f"{named[4]}-{month:02d}-{day:02d}" + (f" {int(hour):02d}:{rest}" if colon else "")
    if date and not (_ISO.fullmatch(date) and is_possible(date)):
        raise ValueError(f"expected a date such as 2024-05-17, found '{text(value)}'")
    return date


#: The dates in one of ISO 8601, which may be the two ends of a range.
_DAYS = re.compile(r"(?:^|/)(\d{4})-(\d{2})(?:-(\d{2}))?")


def is_possible(date: str) -> bool:
    """Whether the calendar has all days that a date in ISO 8601 names, as far as it names them.

    Examples
    --------
    >>> [is_possible(date) for date in ("2020-02-29", "2021-02-29", "2021-13", "2021", "2021-05/2021-13")]
    [True, False, False, True, False]
    """
    for found in _DAYS.finditer(date):
        year, month, day = (int(part or 1) for part in found.groups())
        try:
            dt.date(year, month, day)
        except ValueError:
            return False
    return True


def iso_date(value: object) -> str:
    """Read a cell as a date, as far as it is known: archives write 00 for what is not.

    Examples
    --------
    >>> iso_date("2013-05-00"), iso_date("2004-00-00"), iso_date("0000-00-00")
    ('2013-05', '2004', '')
    """
    date = re.sub(r"(-00)+$", "", known(value))
    return "" if date == "0000" else date
