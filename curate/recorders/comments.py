"""Comments of FLAC and Ogg files: ``KEY=value``, by the recorder itself or by whoever packed its WAV.

Frontier Labs' BAR and BAR-LT write FLAC with ``RecordingStart``, ``SensorLocation``, ``BatteryLevel`` and
more. Programs that pack AudioMoth's WAV carry its comment along; curate's own copies carry GUANO as one
comment of this name.
"""

from __future__ import annotations

import re
import struct

from curate.recorders import audiomoth, guano
from curate.recorders.claim import RecorderClaim, number, position, told
from curate.recorders.stamps import read_stamp

_LENGTH = struct.Struct("<I")

#: Where firmwares of Frontier Labs put the gain.
_GAINS = ("microphonegain", "microphone1gain", "channelgain", "channelgain1", "channel1gain")

#: Comment in which copies carry GUANO.
GUANO = "GUANO"


def fields_of(data: bytes) -> list[tuple[str, str]]:
    """List the comments of a block as FLAC, Vorbis and Opus write it, the program that wrote it first."""
    fields: list[tuple[str, str]] = []
    try:
        (length,) = _LENGTH.unpack_from(data)
        at = _LENGTH.size + length
        fields.append(("vendor", data[_LENGTH.size : at].decode("utf-8", "replace")))
        (count,) = _LENGTH.unpack_from(data, at)
        at += _LENGTH.size
        for _ in range(count):
            (length,) = _LENGTH.unpack_from(data, at)
            at += _LENGTH.size
            if at + length > len(data):
                break
            name, equals, value = data[at : at + length].decode("utf-8", "replace").partition("=")
            at += length
            if equals:
                fields.append((name, value))
    except struct.error:
        pass  # What was read until here counts.
    return fields


def block_of(fields: list[tuple[str, str]], vendor: str) -> bytes:
    """Write comments as such a block."""
    parts = [_LENGTH.pack(len(vendor.encode())), vendor.encode(), _LENGTH.pack(len(fields))]
    for name, value in fields:
        words = f"{name}={value}".encode()
        parts += [_LENGTH.pack(len(words)), words]
    return b"".join(parts)


def claims(data: bytes) -> list[RecorderClaim]:
    """Read a block: what it says itself, and what it carries of GUANO and of AudioMoth."""
    fields = fields_of(data)
    known: dict[str, str] = {}
    for name, value in fields:
        known.setdefault(name.casefold(), value)
    found = []
    carried = guano.claim(known.get(GUANO.casefold(), "").encode())
    if carried is not None:
        found.append(carried)
    moth = audiomoth.claim(known.get("comment", "") or known.get("description", ""), known.get("artist", ""))
    if moth is not None:
        found.append(moth)
    own = [(name, value) for name, value in fields if name != "vendor" and name.upper() != GUANO]
    if own and moth is None:
        found.append(_frontier(known, own))
    return found


def _frontier(known: dict[str, str], own: list[tuple[str, str]]) -> RecorderClaim:
    """Read the comments of Frontier Labs; of other files they are kept, and say nothing that is known."""
    known = {name: value for name, value in known.items() if value.strip().casefold() != "unknown"}
    when = known.get("recordingstart", "")
    start = read_stamp(when)
    latitude, longitude, where = _place(known.get("sensorlocation", ""))
    is_frontier = "sensorfirmwareversion" in known or "sensoruid" in known
    return RecorderClaim(
        "comments",
        start=start,
        latitude=latitude,
        longitude=longitude,
        device="Frontier Labs" if is_frontier else "",
        serial=known.get("sensoruid", ""),
        gain=_first(known, *_GAINS),
        battery=re.sub(r"(?<=\d)(?=[%V])", " ", known.get("batterylevel", "")),
        temperature=number(known.get("temperature", "")),
        fields=tuple(own),
        problems=told(where, f"RecordingStart is no time: {when}" if when and not start else ""),
    )


def _first(known: dict[str, str], *names: str) -> str:
    return next((known[name] for name in names if known.get(name)), "")


def _place(text: str) -> tuple[float | None, float | None, str]:
    """Read signed degrees, with or without anything between them: ``-27.38+152.87``, ``-27.38, 152.87``."""
    numbers = re.match(r"\s*([+-]?\d+(?:\.\d+)?)(?:[\s,]+|(?=[+-]))([+-]?\d+(?:\.\d+)?)", text)
    if numbers is None:
        return None, None, f"SensorLocation is no place: {text}" if text.strip() else ""
    return position(float(numbers[1]), float(numbers[2]))
