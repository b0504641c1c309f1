"""What browsers ask, checked: numbers in range, short text, bodies of bounded size."""

from __future__ import annotations

import base64
import binascii
import json
import math
import re
from typing import Any, get_args

import numpy as np
from numpy.typing import NDArray
from starlette.requests import Request

from curate.decisions.verdicts import LABELS, PAIRS, SEARCHED
from curate.errors import NotInCatalogue, UsageError
from curate.model import Judgement
from curate.web.review_session import Decision

#: Longest body of a request, in bytes, and longest texts.
_BODY = 64 * 1024
_NAME = 64
_LABEL = 120

#: How the page names what it sends.
_ACT = re.compile(r"[0-9a-f]{0,64}\Z")

#: Digits of the number of a recording; SQLite holds no longer ones.
_DIGITS = 18


def number(request: Request, name: str, default: float, *, low: float, high: float) -> float:
    """Read a number from the query. A value beyond its range is an error."""
    text = request.query_params.get(name)
    if text is None:
        return default
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    return _checked(name, value, low, high)


def recording(request: Request) -> int:
    """Read the number of a recording from the path.

    Raises
    ------
    NotInCatalogue
        If it is no number, or longer than any.
    """
    text = request.path_params["recording"]
    if not (text.isascii() and text.isdecimal() and len(text) <= _DIGITS):
        raise NotInCatalogue("unknown recording")
    return int(text)


def text(value: object, what: str, *, longest: int = _LABEL, least: int = 0) -> str:
    """Check a text that a person typed. Control characters and broken Unicode are refused."""
    found = value.strip() if isinstance(value, str) else None
    if found is None or not least <= len(found) <= longest or not found.isprintable():
        raise UsageError(f"{what} must be {least} to {longest} printable characters")
    return found


def reviewer(value: object) -> str:
    """Check the name of a reviewer."""
    return text(value, "the reviewer's name", longest=_NAME, least=1)


async def body(request: Request, *, longest: int = _BODY) -> dict[str, Any]:
    """Read a JSON object of at most so many bytes.

    Raises
    ------
    UsageError
        If it is none, or longer than any that the page sends.
    """
    data = b""
    async for chunk in request.stream():
        data += chunk
        if len(data) > longest:
            raise UsageError("that is too long for a verdict")
    try:
        found = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise UsageError("not JSON") from error
    if not isinstance(found, dict):
        raise UsageError("a JSON object is expected")
    return found


def chosen(value: object, n: int) -> NDArray[np.bool_]:
    """Read which of `n` points are meant: a bit of each, the lowest of a byte first, in base64."""
    try:
        packed = base64.b64decode(value if isinstance(value, str) else "", validate=True)
    except (binascii.Error, ValueError) as error:
        raise UsageError("a selection is base64") from error
    if len(packed) != -(-n // 8):
        raise UsageError(f"a selection among {n:,} points is expected")
    bits = np.unpackbits(np.frombuffer(packed, np.uint8), bitorder="little")
    if bits[n:].any():
        raise UsageError(f"there are only {n:,} points")
    return bits[:n].astype(np.bool_)


def longest_selection(n: int) -> int:
    """Bytes that a request about a selection among `n` points may have."""
    return _BODY + n // 6


def act(value: object) -> str:
    """Check the name of an act, or empty if missing."""
    if not isinstance(value, str) or not _ACT.match(value):
        raise UsageError("the name of an act is hexadecimal digits")
    return value


def decision(found: dict[str, Any]) -> Decision:
    """Read a verdict."""
    judgement: Judgement | None = next(
        (each for each in get_args(Judgement) if each == found.get("judgement")), None
    )
    if judgement is None:
        raise UsageError(f"a judgement is one of: {', '.join(get_args(Judgement))}")
    label = text(found.get("label", ""), "a label", least=1 if judgement in (*LABELS, *SEARCHED) else 0)
    onset, offset = (_seconds(found.get(name), name) for name in ("onset", "offset"))
    if onset >= offset:
        raise UsageError("a stretch ends after it starts")
    other = found.get("other", 0)
    if isinstance(other, bool) or not isinstance(other, int) or (other > 0) != (judgement in PAIRS):
        raise UsageError(
            f"{' and '.join(PAIRS)} are said of two recordings: other is the number of the second"
        )
    return Decision(
        text(found.get("key"), "the item's key", least=1),
        reviewer(found.get("reviewer")),
        judgement,
        onset,
        offset,
        label,
        found.get("beside") is True,
        other,
        act(found.get("act", "")),
    )


def _seconds(value: object, name: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise UsageError(f"{name} must be seconds")
    try:
        return _checked(name, float(value), 0.0, 1e7)
    except OverflowError as error:
        raise UsageError(f"{name} must be seconds") from error


def _checked(name: str, value: float, low: float, high: float) -> float:
    if not low <= value <= high:
        raise UsageError(f"{name} must be {low:g} to {high:g}")
    return value
