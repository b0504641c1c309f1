"""Reading the values of a claim: numbers with units behind them, degrees that can be meant."""

from __future__ import annotations

import math
import re

from curate.model import RecorderClaim

__all__ = ["RecorderClaim", "number", "position", "told"]
_DIGITS = re.compile(r"[+-]?[\d.,]*\d")
_NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)")

#: A number with a decimal comma. With three digits behind it, a comma may part thousands.
_COMMA = re.compile(r"[+-]?\d+,\d{1,2}")

#: Degrees that no place goes beyond.
_POLE, _DATE_LINE = 90, 180


def number(text: str) -> float | None:
    """Read the number at the start of a text, whatever unit follows, or `None` if missing.

    Examples
    --------
    >>> number("23.5C"), number("-3.0 °C"), number("warm")
    (23.5, -3.0, None)
    >>> number("21,5"), number("48,000")
    (21.5, None)
    """
    found = _DIGITS.match(text.strip())
    digits = found[0] if found else ""
    digits = digits.replace(",", ".") if _COMMA.fullmatch(digits) else digits
    value = float(digits) if _NUMBER.fullmatch(digits) else math.nan
    return value if math.isfinite(value) else None


def position(latitude: float | None, longitude: float | None) -> tuple[float | None, float | None, str]:
    """Accept degrees that can be meant, else give none, and say why.

    A receiver without a fix writes 0, 0: a place in the ocean where nobody leaves a recorder.

    Examples
    --------
    >>> position(37.2, -86.1), position(0.0, 0.0)
    ((37.2, -86.1, ''), (None, None, 'position 0, 0: the receiver had no fix'))
    """
    if latitude is None or longitude is None:
        return None, None, ""
    if latitude == longitude == 0:
        return None, None, "position 0, 0: the receiver had no fix"
    if (
        not (math.isfinite(latitude) and math.isfinite(longitude))
        or abs(latitude) > _POLE
        or abs(longitude) > _DATE_LINE
    ):
        return None, None, f"position {latitude:g}, {longitude:g} is not on the globe"
    return latitude, longitude, ""


def told(*problems: str) -> tuple[str, ...]:
    """List the problems that there are."""
    return tuple(problem for problem in problems if problem)
