"""Names that a server gave, made harmless: they stay inside a folder, and every file system takes them."""

from __future__ import annotations

import hashlib
import os
import re

from curate.storage.device_names import is_device_name

#: What Windows, macOS or a terminal does not take in a name: control characters and separators.
_UNSAFE = re.compile(r'[\x00-\x1f\x7f-\x9f<>:"/\\|?*]')

#: Bytes that a name may have nearly everywhere; an extension is kept of longer ones.
_LONGEST = 200

_LONGEST_EXTENSION = 16


def inside(name: str) -> str | None:
    r"""Make a relative path of a name in an archive, or `None` if it leads out of its folder.

    Parts that are harmless stay as they are, so that tables find their files. Others
    get six hexadecimal digits of their hash, so that two never meet in one name.

    Examples
    --------
    >>> inside("train_audio/rubthr1/XC1.ogg"), inside("a/../../b"), inside("C:\\b.ogg")
    ('train_audio/rubthr1/XC1.ogg', None, None)
    >>> inside("site: 1/a?.wav")
    'site_ 1-dec4f7/a_-b42253.wav'
    """
    name = name.replace("\\", "/")
    if name.startswith("/") or re.match(r"[A-Za-z]:(/|$)", name):
        return None
    parts = [part for part in name.split("/") if part not in {"", "."}]
    if not parts or ".." in parts:
        return None
    return "/".join(map(_harmless, parts))


def _harmless(part: str) -> str:
    """Make one part of a path."""
    safe = _UNSAFE.sub("_", part).rstrip(" .") or "_"
    if is_device_name(safe):
        safe = f"_{safe}"
    if safe == part and len(os.fsencode(part)) <= _LONGEST:
        return part
    digest = hashlib.sha256(part.encode("utf-8", "surrogateescape")).hexdigest()[:6]
    stem, extension = os.path.splitext(safe)
    if len(os.fsencode(extension)) > _LONGEST_EXTENSION:
        stem, extension = safe, ""
    # 7 is the hyphen and six digits. Characters go one by one: a cut between bytes would break one.
    while len(os.fsencode(stem)) > _LONGEST - _LONGEST_EXTENSION - 7:
        stem = stem[:-1]
    return f"{stem}-{digest}{extension}"
