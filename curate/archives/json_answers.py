"""What all archives' answers have in common: JSON, and words for what was refused."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from curate.errors import CurateError, NetError, UsageError
from curate.net.error_text import said
from curate.net.records import HttpAnswer


def as_object(body: bytes, archive: str) -> dict[str, Any]:
    """Read an answer that must be a JSON object.

    Raises
    ------
    NetError
        If it is none.
    """
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        start = " ".join(body[:200].decode("utf-8", "replace").split())[:80]
        raise NetError(
            f"{archive} answered with something else than promised: {start!r}",
            hint="run the same command again later. With --refresh, stored answers are requested again",
        )
    return found


def list_in(answer: Mapping[str, Any], name: str, archive: str) -> list[dict[str, Any]]:
    """Take the list that an answer must have: one without it, such as an error under 200, is no empty one.

    Raises
    ------
    NetError
        If it is missing.
    """
    found = answer.get(name)
    if not isinstance(found, list):
        words = said(json.dumps(found if isinstance(found, dict) else answer).encode())
        raise NetError(
            f"{archive}'s answer lacks '{name}': {words}",
            hint="run the same command again later",
        )
    return listed(found)


def listed(value: object) -> list[dict[str, Any]]:
    """Take the objects in a list. Anything else counts as missing."""
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def refused(answer: HttpAnswer, archive: str, *, hint: str | None = None) -> CurateError:
    """Make an error of an answer that refuses: 400 and 422 are wrong questions."""
    message = f"{archive} refused the question ({answer.status}): {said(answer.body) or 'no words'}"
    if answer.status in (400, 422):
        return UsageError(message, hint=hint)
    return NetError(message, hint=hint)
