"""Names that Windows keeps for devices: a file or folder of such a name fails there."""

from __future__ import annotations

import re

#: https://learn.microsoft.com/windows/win32/fileio/naming-a-file#naming-conventions, "Do not use"
_DEVICES = re.compile(r"(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]) *(\..*)?", re.IGNORECASE | re.DOTALL)


def is_device_name(name: str) -> bool:
    """Whether Windows takes a name for a device, whatever stands behind its first dot.

    Examples
    --------
    >>> is_device_name("aux"), is_device_name("Aux.1.flac"), is_device_name("auxiliary")
    (True, True, False)
    """
    return _DEVICES.fullmatch(name) is not None
