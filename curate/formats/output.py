"""Files that are written whole or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from curate.errors import UsageError


@contextmanager
def whole_file(out: Path) -> Iterator[Path]:
    """Give a path beside `out` to write to, and rename it when the block ends well.

    Folders that lead to `out` are made. After an error the file beside is removed and what
    was at `out` is as it was.

    Raises
    ------
    UsageError
        If `out` is a folder.
    """
    if out.is_dir():
        raise UsageError(f"cannot write the file {out}: it is a folder", hint="name a file inside it")
    out.parent.mkdir(parents=True, exist_ok=True)
    part = out.with_name(out.name + ".part")
    try:
        yield part
        part.replace(out)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
