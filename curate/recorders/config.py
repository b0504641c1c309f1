"""``CONFIG.TXT``, which AudioMoth writes next to its recordings: how it was set up."""

from __future__ import annotations

import re

from curate.recorders.claim import RecorderClaim


def fields_of(data: bytes) -> list[tuple[str, str]]:
    """List the settings, with their own names. ``-`` stands for an unset one."""
    fields = []
    for line in data.decode("utf-8", "replace").splitlines():
        name, colon, value = line.partition(":")
        # Times stand in values only: "Recording period 1 : 00:00 - 24:00 (UTC)".
        if colon and name.strip():
            fields.append((" ".join(name.split()), value.strip()))
    return fields


def claim(data: bytes) -> RecorderClaim | None:
    """Read the settings, or `None` if the file is another's."""
    fields = fields_of(data)
    known = dict(fields)
    if not {"Device ID", "Sample rate (Hz)"} & known.keys() or "Gain" not in known:
        return None
    return RecorderClaim(
        "config",
        device="AudioMoth",
        serial=known.get("Device ID", "").upper(),
        gain=known["Gain"].lower(),
        filter=_filter(known.get("Filter", "")),
        fields=tuple(fields),
    )


def _filter(text: str) -> str:
    match = re.match(r"(Band|High|Low)-pass \(([^)]*)\)", text, re.IGNORECASE)
    if match is None:
        return ""
    band = re.sub(r"\s*kHz", "", match[2]).replace(" - ", " to ")
    return f"{match[1].lower()}-pass {band} kHz"


def is_config(name: str) -> bool:
    """Whether a file is called as AudioMoth calls its settings.

    Examples
    --------
    >>> is_config("CONFIG.TXT"), is_config("readme.txt")
    (True, False)
    """
    return name.upper() == "CONFIG.TXT"
