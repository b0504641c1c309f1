"""Whether a file still is the one that was registered."""

from __future__ import annotations

from curate.errors import DecodeFailed, FileGone
from curate.storage.files import size_and_version_to_open


def check_unchanged(path: str, *, size: int, mtime_ns: int) -> None:
    """Make sure that a file still is the one that was registered.

    Raises
    ------
    DecodeFailed
        If it is gone (`FileGone`), or its size or time of change differ.
    """
    # The words go into the catalogue, which cannot hold a name that is not UTF-8.
    shown = path.encode(errors="backslashreplace").decode()
    try:
        now = size_and_version_to_open(path)
    except OSError as error:
        raise FileGone(
            f"{shown}: {error.strerror}",
            hint="put the file back, or run 'curate import' on its new place",
            path=path,
        ) from error
    if now != (size, mtime_ns):
        raise DecodeFailed(
            f"{shown} has changed since it was imported",
            hint="put the original back, or accept it: curate import --replace-changed",
        )
