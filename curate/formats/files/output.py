"""Files that are written atomically."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from curate.errors import UsageError


@contextmanager
def whole_file(out: Path) -> Iterator[Path]:
    """Give a path next to `out` to write to, and rename it when the block ends well.

    Folders that lead to `out` are made. After an error the part file is removed and what
    was at `out` is as it was.

    Raises
    ------
    UsageError
        If `out` is a folder.
    """
    if out.is_dir():
        raise UsageError(f"failed to write the file {out}: it is a folder", hint="name a file inside it")
    out.parent.mkdir(parents=True, exist_ok=True)
    part = out.with_name(out.name + ".part")
    try:
        yield part
        part.replace(out)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


@contextmanager
def text_file(out: Path) -> Iterator[TextIO]:
    """Open a text file to write, which appears atomically: UTF-8, and any bytes of file names."""
    with (
        whole_file(out) as part,
        part.open("w", encoding="utf-8", errors="surrogateescape", newline="") as handle,
    ):
        yield handle


@contextmanager
def packed_file(out: Path) -> Iterator[TextIO]:
    """Open a text file that is packed with gzip as it is written. The same text gives the same bytes."""
    import gzip  # noqa: PLC0415 - few formats need it
    import io  # noqa: PLC0415

    # Level 1 packs lines that repeat each other to within a third of what level 9 does, six times as fast.
    with (
        whole_file(out) as part,
        part.open("wb") as raw,
        gzip.GzipFile("", "wb", compresslevel=1, fileobj=raw, mtime=0) as packed,
        io.TextIOWrapper(packed, encoding="utf-8", errors="surrogateescape", newline="") as handle,
    ):
        yield handle
