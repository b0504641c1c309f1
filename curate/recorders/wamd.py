"""Wildlife Acoustics' own chunk, ``wamd``: a list of numbered entries.

After the maker's description (``wa_meta.h``): each entry is a number of 16 bits, a length of 32 bits and its
bytes, all little-endian. Numbers below are the maker's.
"""

from __future__ import annotations

import re
import struct

from curate.recorders.claim import RecorderClaim, number, position, told
from curate.recorders.stamps import read_stamp

#: Entries that are text, and what they are called.
_TEXTS: dict[int, str] = {
    0x01: "model",
    0x02: "serial",
    0x03: "firmware",
    0x04: "prefix",
    0x05: "timestamp",
    0x06: "gps first",
    0x07: "gps track",
    0x08: "software",
    0x09: "license",
    0x0A: "notes",
    0x0B: "auto id",
    0x0C: "manual id",
    0x0E: "auto id statistics",
    0x12: "microphone",
    0x13: "sensitivity",
    0x14: "gps last",
    0x15: "temperature int",
    0x16: "temperature ext",
    0x17: "humidity",
    0x18: "light",
}
_VERSION, _TIME_EXPANSION, _PADDING = 0x00, 0x0F, 0xFFFF
_HEADER = struct.Struct("<HI")
_SHORT = struct.Struct("<H")


def fields_of(data: bytes) -> list[tuple[str, str]]:
    """List the entries that are text or numbers. Those of bytes (a voice note, a program) by their length."""
    fields = []
    at = 0
    while at + _HEADER.size <= len(data):
        kind, length = _HEADER.unpack_from(data, at)
        at += _HEADER.size
        value = data[at : at + length]
        if len(value) < length:
            break
        at += length
        if kind in (_VERSION, _TIME_EXPANSION) and length >= _SHORT.size:
            name = "version" if kind == _VERSION else "time expansion"
            fields.append((name, str(_SHORT.unpack_from(value)[0])))
        elif kind in _TEXTS:
            fields.append((_TEXTS[kind], value.decode("utf-8", "replace").strip("\0 \r\n\t")))
        elif kind != _PADDING:
            fields.append((f"entry {kind:#06x}", f"{length} bytes"))
    return fields


def claim(data: bytes) -> RecorderClaim | None:
    """Read a chunk, or `None` if it is empty."""
    fields = fields_of(data)
    if not fields:
        return None
    known: dict[str, str] = {}
    for name, value in fields:
        known.setdefault(name, value)
    start = read_stamp(known.get("timestamp", ""))
    wrong = f"wamd timestamp is no time: {known['timestamp']}" if known.get("timestamp") and not start else ""
    latitude, longitude, elevation, where = _place(known.get("gps first", "") or known.get("gps last", ""))
    factor = number(known.get("time expansion", ""))
    model = known.get("model", "")
    warmth = number(known.get("temperature ext", ""))
    serial = known.get("serial", "")
    prefix = known.get("prefix", "")
    return RecorderClaim(
        "wamd",
        start=start,
        # A recorder that nobody gave a name is called after its serial number.
        site=""
        if not prefix or prefix.casefold() == serial.casefold() or serial.endswith(prefix)
        else prefix,
        latitude=latitude,
        longitude=longitude,
        elevation=elevation,
        device=f"Wildlife Acoustics {model}" if model else "",
        serial=serial,
        gain=_gain(known.get("microphone", "")),
        temperature=number(known.get("temperature int", "")) if warmth is None else warmth,
        time_expansion=factor or None,
        fields=tuple(fields),
        problems=told(wrong, where),
    )


def _gain(microphone: str) -> str:
    found = re.search(r"gain\s*[=:]?\s*([+-]?[\d.]+\s*dB)", microphone, re.IGNORECASE)
    return found[1] if found else ""


def _place(text: str) -> tuple[float | None, float | None, float | None, str]:
    """Read ``WGS84,37.18780,N,86.10573,W,228.6``, or signed degrees without letters.

    Older firmware leaves the name of the globe's model empty: ``,37.18780,N,86.10573,W``.
    """
    if not text:
        return None, None, None, ""
    parts = [part.strip() for part in text.split(",")]
    if not parts[0] or parts[0].upper().startswith("WGS"):
        parts = parts[1:]
    parts += [""] * (2 - len(parts))
    lettered = len(parts) >= 4 and parts[1].upper() in ("N", "S") and parts[3].upper() in ("E", "W")  # noqa: PLR2004
    latitude, longitude = number(parts[0]), number(parts[2 if lettered else 1])
    rest = parts[4:] if lettered else parts[2:]
    if lettered and latitude is not None and longitude is not None:
        latitude *= -1 if parts[1].upper() == "S" else 1
        longitude *= -1 if parts[3].upper() == "W" else 1
    if latitude is None or longitude is None:
        return None, None, None, f"wamd position is no place: {text}" if any(parts) else ""
    where = position(latitude, longitude)
    return where[0], where[1], number(rest[0]) if rest else None, where[2]
