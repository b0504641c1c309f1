"""What all archives' answers have in common: JSON, and words for what was refused."""

from __future__ import annotations

import json
import re
from typing import Any

from curate.errors import CurateError, NetError, UsageError
from curate.net.answer import Answer


def as_object(body: bytes, archive: str) -> dict[str, Any]:
    """Read an answer that must be a JSON object.

    Raises
    ------
    NetError
        If it is none.
    """
    try:
        found = json.loads(body)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        start = " ".join(body[:200].decode("utf-8", "replace").split())[:80]
        raise NetError(
            f"{archive} answered with something else than promised: {start!r}",
            hint="run the same command again later; with --refresh, kept answers are asked for anew",
        )
    return found


def listed(value: object) -> list[dict[str, Any]]:
    """Take the objects in a list; anything else counts as none."""
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def words_of(answer: Answer) -> str:
    """Find what a server says in an error: in JSON of any shape, else the first words of its text.

    Examples
    --------
    >>> words_of(Answer(400, {}, b'{"error":{"code":"missing_parameter","message":"No query"}}', ""))
    'No query'
    >>> words_of(Answer(400, {}, b"Cannot parse asia into a known Continent", ""))
    'Cannot parse asia into a known Continent'
    """
    text = answer.body.decode("utf-8", "replace")
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    if isinstance(found, dict):
        inner = found.get("error")
        for place in (found, inner if isinstance(inner, dict) else {}):
            if isinstance(place.get("message"), str):
                return str(place["message"])
        if isinstance(inner, str):
            return inner
    plain = re.sub(r"<(script|style).*?</\1>|<[^>]*>", " ", text, flags=re.DOTALL | re.IGNORECASE)
    return " ".join(plain.split())[:200] or "no words"


def refused(answer: Answer, archive: str, *, hint: str | None = None) -> CurateError:
    """Make an error of an answer that refuses: 400 and 422 are wrong questions, others are not."""
    message = f"{archive} refused the question ({answer.status}): {words_of(answer)}"
    if answer.status in (400, 422):
        return UsageError(message, hint=hint)
    return NetError(message, hint=hint)
