"""What readers that guess the types of columns take a name for: a number, a truth value, an empty cell."""

from __future__ import annotations

import re

#: What pandas takes for an empty cell unless it is told otherwise (`pandas.read_csv`, ``na_values``).
EMPTY = frozenset({
    "#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN", "<NA>", "N/A",
    "NA", "NULL", "NaN", "None", "n/a", "nan", "null",
})  # fmt: skip

_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|[+-]?inf(?:inity)?", re.IGNORECASE)

_TRUTH = frozenset({"true", "false"})


def guessed(name: str) -> str:
    """Say what pandas takes a name in a table of text for, or empty where it stays a text.

    Examples
    --------
    >>> guessed("007"), guessed("NA"), guessed("True"), guessed("asbfly")
    ('a number', 'an empty cell', 'a truth value', '')
    """
    name = name.strip()
    if name in EMPTY:
        return "an empty cell"
    if _NUMBER.fullmatch(name):
        return "a number"
    return "a truth value" if name.casefold() in _TRUTH else ""
