"""A file on its way in: the bytes so far, and what is known of the version that they belong to.

``<stem>.part`` holds the bytes, ``<stem>.part.json`` what the server called the version. A short file
has no such note: it is fetched again rather than resumed by a later run.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from curate.net.content_type import HEAD

#: Bytes at the end of a part that are fetched again and compared, so that two versions of a file are
#: not joined where a server names no version, nor zeros kept that a power cut left.
OVERLAP = 4096

#: A file shorter than this is not worth a note.
_WORTH = 256 * 1024


@dataclass(frozen=True, slots=True)
class Version:
    """What a server says that tells one version of a file from another.

    Parameters
    ----------
    etag, last_modified
        As in the headers. None where there are none.
    total : bytes
        Length of the whole file.
    """

    etag: str | None = None
    last_modified: str | None = None
    total: int | None = None

    @classmethod
    def of(cls, headers: Mapping[str, str], total: int | None) -> Self:
        """Read the headers of an answer."""
        return cls(headers.get("ETag"), headers.get("Last-Modified"), total)

    @property
    def validator(self) -> str | None:
        """Value of `If-Range`, which must not be a weak one (RFC 9110, 13.1.5)."""
        if self.etag and not self.etag.startswith("W/"):
            return self.etag
        return self.last_modified

    def contradicts(self, other: Version) -> bool:
        """Whether the two cannot be the same version."""
        pairs = (
            (self.etag, other.etag),
            (self.last_modified, other.last_modified),
            (self.total, other.total),
        )
        return any(mine is not None and theirs is not None and mine != theirs for mine, theirs in pairs)


class Part:
    """The bytes of one file that have come in. Open while in its ``with``.

    Parameters
    ----------
    stem
        Final path without extension.
    source
        What the file is fetched from. A part from elsewhere is not resumed.
    md5
        Whether the MD5 is wanted next to the SHA-256.

    Attributes
    ----------
    size : bytes so far
    head
        The first of them.
    version
        What they belong to. None before the first answer.
    pieces
        Number of answers that the bytes came in.
    """

    def __init__(self, stem: Path, source: str, *, md5: bool = False) -> None:
        self.path = Path(f"{stem}.part")
        self._note = Path(f"{stem}.part.json")
        self._source = hashlib.sha256(source.encode("utf-8", "surrogateescape")).hexdigest()
        self._md5 = md5
        self._file: IO[bytes]
        self._again = b""
        self._noted = False

    def __enter__(self) -> Self:
        self.version = self._known()
        try:
            self._file = open(self.path, "r+b" if self.version is not None else "w+b", buffering=0)
        except FileNotFoundError:
            # There is no folder yet, or the part of the note is gone.
            self.version = None
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._file = open(self.path, "w+b", buffering=0)
        self._read_back()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()
        if not self.size:
            self.remove()

    def _known(self) -> Version | None:
        """Read the note of an earlier run; a torn or foreign one is none."""
        try:
            data = self._note.read_bytes()
            self._noted = True
            note = json.loads(data)
            if note.pop("source") == self._source:
                return Version(**note)
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return None
        return None

    def _read_back(self) -> None:
        """Hash the bytes that are there, and go to their end."""
        self._reset()
        while chunk := self._file.read(1 << 20):
            self._count(chunk)
        self.pieces = 1 if self.size else 0

    def _reset(self) -> None:
        self.size = 0
        self.head = b""
        self.pieces = 0
        self._sha256 = hashlib.sha256()
        self._md5_sum = hashlib.md5(usedforsecurity=False) if self._md5 else None

    def _count(self, chunk: bytes) -> None:
        self.size += len(chunk)
        if len(self.head) < HEAD:
            self.head += chunk[: HEAD - len(self.head)]
        self._sha256.update(chunk)
        if self._md5_sum is not None:
            self._md5_sum.update(chunk)

    def digest(self, algorithm: str) -> str:
        """Give the ``md5`` or ``sha256`` of the bytes so far, in hex."""
        chosen = self._md5_sum if algorithm == "md5" else self._sha256
        assert chosen is not None
        return chosen.hexdigest()

    def resume_at(self) -> int:
        """First byte to ask for: a few of those that are there come once more."""
        return max(0, self.size - OVERLAP)

    def restart(self) -> int:
        """Throw all bytes away. Gives their number."""
        lost = self.size
        self._file.seek(0)
        self._file.truncate()
        self._reset()
        return lost

    def begin(self, version: Version, first: int) -> None:
        """Prepare for the bytes of an answer.

        Parameters
        ----------
        version
        first
            Position of the first of them: 0, or as `resume_at`.
        """
        self.pieces += 1
        self._again = b""
        if first:
            self._file.seek(first)
            # Reading leaves the file at its end, where `add` continues.
            self._again = self._file.read(self.size - first)
        if version != self.version:
            self.version = version
            self._write_note()

    def _write_note(self) -> None:
        assert self.version is not None
        if self.version.total is None or self.version.total >= _WORTH:
            self._note.write_text(json.dumps({"source": self._source, **asdict(self.version)}))
            self._noted = True
        else:
            self._drop_note()

    def _drop_note(self) -> None:
        if self._noted:
            self._note.unlink(missing_ok=True)
            self._noted = False

    def add(self, chunk: bytes) -> int | None:
        """Append what came in.

        Returns
        -------
        Number of new bytes. None if those that came once more are not the same as before.
        """
        if self._again:
            known = min(len(self._again), len(chunk))
            if chunk[:known] != self._again[:known]:
                return None
            self._again, chunk = self._again[known:], chunk[known:]
        # An unbuffered file may take only a part of what it is given.
        left = memoryview(chunk)
        while left:
            left = left[self._file.write(left) :]
        self._count(chunk)
        return len(chunk)

    def remove(self) -> None:
        """Leave nothing on the disk."""
        self._drop_note()
        self.path.unlink(missing_ok=True)

    def finish(self, path: Path) -> None:
        """Give the file its name, once all of it is on the disk."""
        os.fsync(self._file.fileno())
        self._file.close()  # Windows renames no open file
        # In this order: a note beside a finished file would stay for ever.
        self._drop_note()
        os.replace(self.path, path)
        put_on_disk(path.parent)


def put_on_disk(path: str | os.PathLike[str]) -> None:
    """Have a file, or the names in a folder, on the disk, where the system can (Windows opens no folder)."""
    if os.name == "nt":
        return
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def content_range(text: str | None) -> tuple[int, int | None] | None:
    """First byte and total of a `Content-Range`, or `None` if it makes no sense.

    Examples
    --------
    >>> content_range("bytes 100-199/500"), content_range("bytes 0-9/*"), content_range("100")
    ((100, 500), (0, None), None)
    """
    found = re.fullmatch(r"bytes (\d+)-(\d+)/(\d+|\*)", (text or "").strip())
    if found is None:
        return None
    return int(found[1]), None if found[3] == "*" else int(found[3])
