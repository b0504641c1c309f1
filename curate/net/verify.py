"""Whether what came is what was asked for. Each function says in words what is wrong, or gives `None`."""

from __future__ import annotations

import hashlib
from pathlib import Path

from curate.net.content_type import extension, kind_of, refusal
from curate.net.error_text import said
from curate.net.partial_file import Part
from curate.net.records import Downloaded, Expectation

#: Extensions of what may begin as a web page does.
_PAGES = (".htm", ".html", ".svg", ".xml")


def refusal_of(head: bytes, expect: Expectation, content_type: str | None) -> str | None:
    """Look at the first bytes of a file."""
    kind = kind_of(head)
    if expect.kinds == "audio":
        found = refusal(kind, content_type)
        # An error page says why: a quota, a login, a recording that was withdrawn.
        words = said(head) if kind in ("page", "text") else ""
        return f"{found} instead of sound{': ' if words else ''}{words}" if found else None
    if kind == "page" and expect.name_hint and not expect.name_hint.lower().endswith(_PAGES):
        return f"a web page instead of {expect.name_hint}"
    return None


def fault_of(part: Part, expect: Expectation, content_type: str | None) -> str | None:
    """Look at a file that came in whole."""
    if expect.size is not None and part.size != expect.size:
        return f"{part.size} bytes, not {expect.size}"
    if expect.checksum is not None:
        algorithm, _, checksum = expect.checksum.partition(":")
        if part.digest(algorithm) != checksum.lower():
            return f"its {algorithm} is {part.digest(algorithm)}, not {checksum}"
    return refusal_of(part.head, expect, content_type)


def already_there(stem: Path, expect: Expectation) -> Downloaded | None:
    """Find the file of an earlier run. Only a checksum tells that it is the one."""
    if expect.checksum is None or expect.name_hint is None:
        return None
    path = Path(f"{stem}{extension(None, [expect.name_hint], None, audio=expect.kinds == 'audio')}")
    algorithm, _, checksum = expect.checksum.partition(":")
    try:
        with open(path, "rb") as file:
            if hashlib.file_digest(file, algorithm).hexdigest() != checksum.lower():
                return None
            file.seek(0)
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
            return Downloaded(path, file.tell(), sha256, None, resumed=True)
    except OSError:
        return None
