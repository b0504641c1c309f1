"""What the system refused, in words: a full disk, a file that is gone, a folder in the way.

SQLite's own words for a full disk are translated in `catalogue.store`, an encoder's in `audio.write`.
"""

from __future__ import annotations

import os
import re

from curate.disk_full import disk_full, is_disk_full
from curate.errors import CurateError


def explain_system_error(error: OSError) -> CurateError:
    """Say what the system refused about a file. The name of the part file is left out."""
    if error.filename is None:
        hint = "make room, and run the same command again" if is_disk_full(error) else None
        return CurateError(f"input or output: {error.strerror or error}", hint=hint)
    from curate.lookup import near_path

    name = re.sub(r"[.]([^/]+)[.](tables|converted)(/.*)?$", r"\1", os.fsdecode(error.filename)).removesuffix(
        ".part"
    )
    if is_disk_full(error):
        return disk_full(name)
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        hint = near_path(name)
    elif isinstance(error, FileExistsError):
        hint = "it is a file, where a folder is needed: name another place"
    else:
        hint = "name another place, or make this one writable"
    return CurateError(f"{name}: {error.strerror or error}", hint=hint)
