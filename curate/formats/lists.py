r"""Lists of names in one cell, as programs print them.

Python, JSON, numpy (no commas), sets, tuples, R, PostgreSQL, and names between ``;`` or ``|``. numpy leaves
out the commas, and Python joins adjacent texts into one: a cell is therefore read token by token.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterable
from functools import lru_cache

_QUOTED = r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\""
_TOKEN = re.compile(
    rf"(?:np\.str_\(\s*(?P<scalar>{_QUOTED})\s*\)|(?P<quoted>{_QUOTED})|(?P<bare>[^\s,'\"\[\]{{}}()]+))",
    re.DOTALL,
)
_BETWEEN = re.compile(r"\s*(,?)\s*", re.DOTALL)

#: What R, numpy and Python write around a list.
_CALL = re.compile(
    r"(?:array|frozenset|set|list|tuple|c|Index)\((?P<inside>.*?)(?:,\s*dtype=[^()]*)?,?\s*\)", re.DOTALL
)
_PAIRS = {"[": "]", "{": "}", "(": ")"}
_NUMBER = re.compile(r"[+-]?\d+(?:\.\d*)?")

#: Unquoted, these stand for nothing.
_NOTHING = frozenset({"nan", "none", "null", "na", "nat", "<na>"})


def looks_like_list(cell: str) -> bool:
    """Whether a cell begins as a printed list does.

    Examples
    --------
    >>> [looks_like_list(cell) for cell in ("['a']", "{'a'}", "('a',)", "set()", "(song)", "a; b")]
    [True, True, True, True, False, False]
    """
    if cell.startswith(("[", "{")) or _CALL.fullmatch(cell):
        return True
    return re.match(r"\(\s*['\")]", cell) is not None


@lru_cache(maxsize=4096)
def names_in(cell: str) -> tuple[str, ...]:
    r"""Read the names in a cell, without empty ones.

    Raises
    ------
    ValueError
        If it begins like a list and is none.

    Examples
    --------
    >>> names_in("['a' 'b']"), names_in("{'a', 'b'}"), names_in("a|b; c"), names_in("['']")
    (('a', 'b'), ('a', 'b'), ('a', 'b', 'c'), ())
    """
    cell = cell.strip()
    if not looks_like_list(cell):
        return _named(re.split(r"[;|]", cell))
    if cell.startswith("["):
        try:
            listed = json.loads(cell)
        except (ValueError, RecursionError):
            pass
        else:
            return _flat(listed, cell)
    return _named(_items(cell))


def _flat(listed: object, cell: str) -> tuple[str, ...]:
    if not isinstance(listed, list) or any(isinstance(name, list | dict) for name in listed):
        raise _unexpected(cell)
    return _named("" if name is None else _plain(name) for name in listed)


def _plain(name: object) -> str:
    if isinstance(name, float) and name.is_integer():
        name = int(name)
    return str(name)


def _named(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(name for each in names if (name := each.strip()))


def _items(cell: str) -> list[str]:
    """Read what stands between the brackets of a list."""
    call = _CALL.fullmatch(cell)
    inside = call["inside"].strip() if call else cell
    is_braces = inside.startswith("{")
    if inside[:1] in _PAIRS:
        if not inside.endswith(_PAIRS[inside[0]]):
            raise _unexpected(cell)
        inside = inside[1:-1].strip()
    elif call and not cell.startswith("c(") and inside:
        raise _unexpected(cell)
    if is_braces and not re.search(r"['\"]", inside):  # PostgreSQL: {a,b c}
        if re.search(r"[:{}\[\]]", inside):
            raise _unexpected(cell)
        return inside.split(",")
    return _tokens(inside, cell)


def _tokens(inside: str, cell: str) -> list[str]:
    """Read tokens; either commas or blanks stand between all of them."""
    found: list[str] = []
    between: set[str] = set()
    at = 0
    while at < len(inside):
        token = _TOKEN.match(inside, at)
        if token is None:
            raise _unexpected(cell)
        found.append(_value(token, cell))
        gap = _BETWEEN.match(inside, token.end())
        assert gap is not None
        at = gap.end()
        if at < len(inside):
            if not gap[0]:
                raise _unexpected(cell)  # two texts that touch
            between.add(gap[1])
    if len(between) > 1:
        raise _unexpected(cell)
    return found


def _value(token: re.Match[str], cell: str) -> str:
    bare = token["bare"]
    if bare is None:
        try:
            return str(ast.literal_eval(_escaped(token["scalar"] or token["quoted"])))
        # The five that its documentation names.
        except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
            raise _unexpected(cell) from None
    if bare.casefold() in _NOTHING:
        return ""
    if not _NUMBER.fullmatch(bare):
        raise _unexpected(cell)
    return _plain(float(bare)) if "." in bare else bare


def _escaped(quoted: str) -> str:
    """Write bytes that are not UTF-8 as escapes, which Python reads."""
    return quoted.encode("utf-8", "backslashreplace").decode("utf-8")


def _unexpected(cell: str) -> ValueError:
    return ValueError(f"expected a list, found '{cell[:60]}'")
