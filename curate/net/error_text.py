"""What an error answer says, in a few words for a message."""

from __future__ import annotations

import html
import json
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import requests

#: Bytes of an error page that are looked at.
_ENOUGH = 4096

#: Characters of a server's words that go into a message.
_LONGEST = 120


def words_of(response: requests.Response) -> str:
    """Read the start of an error answer: ``: its words``, or nothing if it lacks one."""
    body = response.raw.read(_ENOUGH, decode_content=True)
    words = said(body)
    return f": {words}" if words else ""


def said(body: bytes) -> str:
    """Find the message in the body of an error: JSON in its many forms, HTML, or plain text.

    Examples
    --------
    >>> said(b'{"error":{"code":"missing_parameter","message":"No query specified"}}')
    'No query specified'
    >>> said(b"<html><title>503</title><body><h1>Service Unavailable</h1></body></html>")
    '503 Service Unavailable'
    >>> said(b"Cannot parse asia into a known Continent")
    'Cannot parse asia into a known Continent'
    """
    text = body.decode("utf-8", "replace")
    try:
        text = _message(json.loads(text)) or text
    except (ValueError, RecursionError):
        text = re.sub(r"(?is)<(script|style).*?</\1\s*>|<[^>]*>", " ", text)
    text = " ".join(html.unescape(text).split())
    text = "".join(c for c in text if c.isprintable())
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def _message(value: object) -> str | None:
    """Text of an error object: what is called message, else what is called error, at any depth."""
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return next((found for part in value if (found := _message(part))), None)
    if isinstance(value, dict):
        names = ("message", "error", "errors", "detail")
        return next((found for name in names if (found := _message(value.get(name)))), None)
    return None
