"""Files of this machine that a table names as ``file://``: read only where the user said so, and verified.

A table may come from anybody and name any path. A file must lie in the allowed folder, also after links
are followed, and be a plain file. It is copied, verified and named as a download is.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import IO
from urllib.parse import urlsplit
from urllib.request import url2pathname

from curate.errors import AddressRefused, BodyRefused, NotOnServer
from curate.net.content_type import extension, kind_of
from curate.net.partial_file import Part, Version
from curate.net.records import Downloaded
from curate.net.transfer import Wanted
from curate.net.verify import fault_of

_CHUNK = 1 << 20


def is_local(url: str) -> bool:
    """Whether a URL names a file of this machine."""
    return url[:5].lower() == "file:"


def fetch_local(wanted: Wanted, allowed: Path | None) -> Downloaded:
    """Copy a file to where a download would put it.

    Parameters
    ----------
    wanted
    allowed
        The folder in which it must lie. None allows none.

    Raises
    ------
    AddressRefused
        If it does not lie there, or is on another machine.
    NotOnServer
        If there is no such file.
    BodyRefused
        If it is no plain file, or not what was expected.
    """
    path = _inside(wanted.shown, allowed)
    md5 = (wanted.expect.checksum or "").startswith("md5:")
    with _opened(path, wanted.shown) as file, Part(wanted.stem, wanted.shown, md5=md5) as part:
        wanted.advance(-part.restart())
        part.begin(Version(total=os.fstat(file.fileno()).st_size), 0)
        while chunk := file.read(_CHUNK):
            part.add(chunk)
            wanted.advance(len(chunk))
        problem = fault_of(part, wanted.expect, None)
        if problem is None and wanted.check is not None:
            problem = wanted.check(part.path)
        if problem is not None:
            wanted.advance(-part.size)
            part.remove()
            raise BodyRefused(f"{wanted.shown}: {problem}", hint="the copy was deleted")
        audio = wanted.expect.kinds == "audio"
        names = [wanted.expect.name_hint, path.name]
        target = Path(f"{wanted.stem}{extension(kind_of(part.head), names, None, audio=audio)}")
        part.finish(target)
        return Downloaded(target, part.size, part.digest("sha256"), None, resumed=False)


def _inside(url: str, allowed: Path | None) -> Path:
    """Find the file behind a URL, if it may be read."""
    if allowed is None:
        hint = "if you trust your table, --allow-files FOLDER reads the files in that folder"
        raise AddressRefused(f"'{url}' is refused: it is a file of this machine", hint=hint)
    parts = urlsplit(url)
    if parts.netloc not in {"", "localhost"}:
        raise AddressRefused(f"'{url}' is a file of another machine", hint="only files of this one are read")
    try:
        path = Path(url2pathname(parts.path)).resolve()
    except (OSError, ValueError, RuntimeError) as error:
        raise AddressRefused(f"'{url}' lacks a file name: {error}", hint="correct it in your table") from None
    if not path.is_relative_to(allowed.resolve()):
        hint = f"--allow-files allows '{allowed}'; what links of it lead to does not lie in it"
        raise AddressRefused(f"'{url}' is refused: it is outside the allowed folder", hint=hint)
    return path


def _opened(path: Path, url: str) -> IO[bytes]:
    """Open a plain file, and nothing that waits or acts when it is opened."""
    flags = (
        os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
    )
    try:
        handle = os.open(path, flags)
    except FileNotFoundError:
        raise NotOnServer(f"{url}: the file is missing", hint="correct it in your table") from None
    except OSError as error:
        raise BodyRefused(f"{url}: {error.strerror}", hint="make it readable") from None
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise BodyRefused(f"{url}: expected a plain file", hint="correct it in your table")
    return os.fdopen(handle, "rb")
