"""What goes into a request and what comes out of it, as plain records."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from curate.errors import NetError

#: Looks at a file that has come in whole, before it gets its name: None if it is good, else what
#: is wrong with it, in words. The network does not decode; who downloads audio passes a check that does.
Check = Callable[[Path], str | None]


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """What a server said, with every secret of the request taken out of it.

    Parameters
    ----------
    status
        2xx to 4xx. Redirects are followed, and 408, 425, 429 and 5xx were tried again.
    headers
        Names in lower case.
    body
        Decoded as `Content-Encoding` says.
    url
        Where the answer came from, after redirects, with ``***`` for secrets.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)
    url: str

    @property
    def ok(self) -> bool:
        """Whether the server did what was asked."""
        return self.status // 100 == 2  # noqa: PLR2004

    def text(self) -> str:
        """Body as text: UTF-8, with U+FFFD where it is not."""
        return self.body.decode("utf-8", "replace")

    def json(self) -> Any:  # noqa: ANN401
        """Body as JSON.

        Raises
        ------
        NetError
            If it is none, as for the error pages of a proxy. Names the URL and the first words.
        """
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            pass
        start = " ".join(self.text()[:200].split())[:80]
        raise NetError(
            f"{self.url} answered {self.status} with something other than JSON: {start!r}",
            hint="the server may be overloaded. Run the same command again later",
        )


@dataclass(frozen=True, slots=True)
class Expectation:
    """What is known of a file before it is fetched. What is `None` is not checked.

    Parameters
    ----------
    size : bytes
    checksum
        ``md5:<hex>`` or ``sha256:<hex>``.
    kinds
        ``audio`` refuses what is not sound, by `Content-Type` and by the first bytes.
    name_hint
        File name that the source gives. Its extension is taken if the bytes do not contradict it.
    """

    size: int | None = None
    checksum: str | None = None
    kinds: Literal["audio", "any"] = "audio"
    name_hint: str | None = None


@dataclass(frozen=True, slots=True)
class Downloaded:
    """A file that came in whole, was verified, and has its name.

    Parameters
    ----------
    path
        `target_stem` of the request with the file's true extension.
    bytes
        Size of the file.
    sha256
        Of its bytes, in hex.
    content_type
        As the server said, in lower case and without parameters. None if it said nothing.
    resumed
        Whether bytes of an earlier run or attempt were kept.
    """

    path: Path
    bytes: int
    sha256: str
    content_type: str | None
    resumed: bool
