"""Secrets are taken out of every text that leaves the network package.

Those of a run are known by their values. A URL of a table may hold others: a user's password, or the
signature of a store that lets whoever has it in.
"""

from __future__ import annotations

import json
import logging
import re
import threading
from collections.abc import Iterable, Mapping
from urllib.parse import quote, quote_plus, urlsplit, urlunsplit

#: What stands where a secret was.
STARS = "***"

#: A shorter secret is taken out only where it is the value of its parameter: as a mere
#: word it might stand in any text.
_SHORTEST = 8


#: Names of query parameters whose values let in whoever has them: tokens and keys of APIs, and the signatures
#: of S3, Google Cloud Storage, Azure and CloudFront, with their dates. ``key`` alone may name a file.
_NAMES = (
    r"(?:[\w.-]*[_.-])?(?:token|signature|credential|password|passwd|secret)"
    r"|(?:user|access|auth)token|sig|api[_-]?key|awsaccesskeyid|googleaccessid|key-pair-id|jwt|pwd"
    r"|x-(?:amz|goog)-[\w-]+|expires"
)
_PARAMETER = re.compile(rf"(?i)(?<=[?&;])((?:{_NAMES})=)[^&#;\s\"'<>)]*")
_USER = re.compile(r"(?i)(?<=://)[^/?#@\s\"'<>]+@")


def without_secrets(url: str) -> str:
    """Take a user's name and password, and parameters that are secrets, out of a URL that is kept.

    Examples
    --------
    >>> without_secrets("https://ann:pass@example.org/a.wav?id=5&X-Amz-Signature=ab12&token=cd#t=1")
    'https://example.org/a.wav?id=5#t=1'
    """
    try:
        parts = urlsplit(url)
    except ValueError:
        return hidden(url)
    kept = [each for each in parts.query.split("&") if not _PARAMETER.search(f"?{each}")]
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2], query="&".join(kept)))


def hidden(text: str) -> str:
    """Put stars in the place of secrets in the URLs of a text.

    Examples
    --------
    >>> hidden("https://ann:pass@example.org/a.wav?sig=ab12&id=5 answered 404")
    'https://***@example.org/a.wav?sig=***&id=5 answered 404'
    """
    if "://" not in text:  # as nearly all
        return text
    return _PARAMETER.sub(rf"\1{STARS}", _USER.sub(f"{STARS}@", text))


class Redactor(logging.Filter):
    """Knows the secrets of a run. As a filter, takes them out of log records."""

    def __init__(self) -> None:
        super().__init__()
        self._lock = threading.Lock()
        self._pattern: re.Pattern[str] | None = None
        self._known: set[str] = set()

    def learn(self, secret: Mapping[str, str] | None, headers: Mapping[str, str] | None = None) -> None:
        """Keep these to yourself from now on.

        Parameters
        ----------
        secret
            Query parameters.
        headers
            Of which `Authorization` is secret.
        """
        parts = [part for name, value in (secret or {}).items() for part in _parameter(name, value)]
        for name, value in (headers or {}).items():
            if name.lower() == "authorization":
                parts += _value(value) + _value(value.rpartition(" ")[2])
        with self._lock:
            if set(parts) - self._known:
                self._known.update(parts)
                # Longest first: a secret that begins with another one would leave its end in the text.
                self._pattern = re.compile("|".join(sorted(self._known, key=len, reverse=True)))

    def __call__(self, text: str) -> str:
        """Give back a text for people without secrets, also those in its URLs."""
        return hidden(self.known(text))

    def known(self, text: str) -> str:
        """Give back the text without the run's own secrets; a long one is quickly seen to hold none."""
        return self._pattern.sub(STARS, text) if self._pattern else text

    def bytes(self, body: bytes) -> bytes:
        """Give back the bytes of an answer without secrets: some servers repeat the question."""
        if not self._pattern:
            return body
        return self.known(body.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape")

    def filter(self, record: logging.LogRecord) -> bool:
        """Take the secrets out of a log record (urllib3 logs each URL)."""
        record.msg, record.args = self(record.getMessage()), None
        return True


def _parameter(name: str, value: str) -> Iterable[str]:
    """Patterns of a secret query parameter."""
    yield rf"(?<=[?&]{re.escape(quote_plus(name))}=)[^&#\s\"'<>)]+"
    yield from _value(value)


def _value(value: str) -> list[str]:
    """Patterns of a secret, as it is and as URLs and JSON write it."""
    if len(value) < _SHORTEST:
        return []
    forms = {value, quote(value, safe=""), quote(value), quote_plus(value), json.dumps(value)[1:-1]}
    return [re.escape(form) for form in forms]
