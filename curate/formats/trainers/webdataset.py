"""WebDataset shards: ``<split>-000000.tar`` with ``<key>.<ending>`` and ``<key>.json`` for each row.

Keys hold no dot and no slash, so every reader parts them from the ending alike. The same rows
give the same bytes: members bear no time, owner or right of this machine.
"""

from __future__ import annotations

import io
import json
import os
import tarfile
from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path

from curate.formats.trainers import card
from curate.formats.trainers.audiofolder import metadata
from curate.model import Row

_COPY_BYTES = 1 << 20


class _Shards:
    """The tar files of one split: a new one begins when the last is full."""

    def __init__(self, out: Path, split: str, limit: int) -> None:
        self._out, self._split, self._limit = out, split, limit
        self._number, self._bytes = 0, 0
        self._tar: tarfile.TarFile | None = None

    def add(self, members: list[tuple[str, int, str | bytes]]) -> None:
        """Add the members of one row: name, size, and content or the path of a file."""
        size = sum(size for _, size, _ in members)
        if self._tar is not None and self._bytes + size > self._limit:
            self.close()
        if self._tar is None:
            path = self._out / f"{self._split}-{self._number:06d}.tar"
            # GNU, not PAX: its headers hold no time of their own.
            self._tar = tarfile.TarFile(path, "w", format=tarfile.GNU_FORMAT, copybufsize=_COPY_BYTES)
            self._number += 1
            self._bytes = 0
        self._bytes += size
        for name, length, content in members:
            info = tarfile.TarInfo(name)
            info.size = length
            with open(content, "rb") if isinstance(content, str) else io.BytesIO(content) as source:
                self._tar.addfile(info, source)

    def close(self) -> None:
        """Finish the shard that is open."""
        if self._tar is not None:
            self._tar.close()
            self._tar = None


def write(rows: Iterable[Row], out: Path, *, shard_mb: int = 1000) -> int:
    """Write the shards and a card into a folder that exists, and return the number of rows.

    Parameters
    ----------
    rows
        Their paths can be read. ``extra["name"]`` is ``<split>/<key>.<ending>``.
    shard_mb
        Megabytes that a shard holds at most, unless one row alone is larger.
    """
    encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
    about = card.Card()
    count = 0
    splits: dict[str, _Shards] = {}
    with ExitStack() as stack:
        for row in rows:
            split, _, name = row.extra["name"].partition("/")
            if split not in splits:
                splits[split] = _Shards(out, split, shard_mb * 1_000_000)
                stack.callback(splits[split].close)
            told = encode(metadata(row)).encode("utf-8", "backslashreplace")
            key = os.path.splitext(name)[0]
            splits[split].add([(name, os.path.getsize(row.path), row.path), (f"{key}.json", len(told), told)])
            about.add(row)
            count += 1
    about.write(out / "README.md")
    return count
