"""On what kind of disk a dataset lies: SQLite's write-ahead log is for those of one machine only."""

from __future__ import annotations

import os
import re
from pathlib import Path

#: File systems on which several processes of one machine may share memory safely, which
#: SQLite's write-ahead log needs (https://sqlite.org/wal.html, "All processes using a
#: database must be on the same host"). Anything else keeps the rollback journal.
_LOCAL_FILE_SYSTEMS = frozenset(
    {
        "apfs",
        "bcachefs",
        "btrfs",
        "ext2",
        "ext3",
        "ext4",
        "f2fs",
        "hfs",
        "jfs",
        "overlay",
        "tmpfs",
        "xfs",
        "zfs",
    }
)

#: How mountinfo writes what would end a field: blanks, newlines and the backslash itself (proc(5)).
_OCTAL = re.compile(r"\\([0-7]{3})")


def is_local(folder: Path, *, mounts: Path = Path("/proc/self/mountinfo")) -> bool:
    """Tell whether a folder is known to lie on a disk of this machine.

    Unknown (no ``/proc``, an unlisted file system) counts as not local, which costs speed
    and never safety.

    Parameters
    ----------
    mounts
        The system's list of what is mounted where (proc(5)).
    """
    if not mounts.is_file():
        return False
    where = os.path.realpath(folder)
    best, file_system = "", ""
    # Not at whatever Unicode calls a blank: such a character may be part of a name.
    for line in filter(None, mounts.read_text(encoding="utf-8", errors="surrogateescape").split("\n")):
        # A dash ends the fields, since any number of optional ones stands before it (proc(5)).
        fields, _, rest = line.partition(" - ")
        point = _OCTAL.sub(lambda found: chr(int(found[1], 8)), fields.split(" ")[4])
        inside = where == point or where.startswith(point.rstrip("/") + "/")
        # `>=`, since of two mounts at one place the later one hides the earlier.
        if inside and len(point) >= len(best):
            best, file_system = point, rest.split()[0]
    return file_system in _LOCAL_FILE_SYSTEMS
