r"""GUANO: lines of text in the chunk ``guan`` of a WAV, most by bat recorders.

After the GUANO specification 1.0 (github.com/riggsd/guano-spec): UTF-8, a field a line, ``Key: Value`` or
``Namespace|Key: Value``; the key ends at the first colon, ``\n`` in a value is a line break, and white space
and zeros around lines are padding. Fields are kept in their order and with their own names, empty ones as
well.
"""

from __future__ import annotations

import json
import re

from curate.recorders.claim import RecorderClaim, number, position, told
from curate.recorders.stamps import read_stamp

#: Version of the format that is written.
VERSION = "1.0"

_PADDING = " \t\n\x0b\x0c\r\0"

#: White space that parts lines of their own; other line breaks of Unicode may stand in values.
_LINE = re.compile(r"\r\n|\n|\r")

_HIGHEST_KHZ = 1000.0

_NUMBER = re.compile(r"\d+(\.\d+)?")

#: Fields of the specification that are numbers, whatever unit follows.
_NUMBERS = (
    "Loc Elevation", "Temperature Ext", "Temperature Int", "Filter HP", "Filter LP", "Samplerate", "Length",
)  # fmt: skip

#: What Song Meters call their own name, and Frontier Labs' recorders the state of their battery.
_NAME, _LEVEL = "WA|Song Meter|Prefix", "FLABS|BatteryLevel"


def fields_of(data: bytes) -> tuple[list[tuple[str, str]], list[str]]:
    r"""List the fields, and the broken lines.

    Bytes that are not UTF-8 are taken for Windows-1252, in which older programs write.

    Examples
    --------
    >>> fields_of(b"GUANO|Version: 1.0\nNote: \nTimestamp: 2024-03-11T05:45:00Z\n\0\0")
    ([('GUANO|Version', '1.0'), ('Note', ''), ('Timestamp', '2024-03-11T05:45:00Z')], [])
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("cp1252", "replace")
    fields: list[tuple[str, str]] = []
    odd: list[str] = []
    for line in _LINE.split(text):
        words = line.strip(_PADDING)
        if not words:
            continue
        key, colon, value = words.partition(":")
        if colon and key.strip():
            fields.append(("|".join(part.strip() for part in key.split("|")), value.strip(_PADDING)))
        else:
            odd.append(words)
    return fields, odd


def claim(data: bytes) -> RecorderClaim | None:
    """Read a chunk, or `None` if it is empty."""
    fields, odd = fields_of(data)
    if not fields:
        return None
    known: dict[str, str] = {}
    problems = [f"GUANO line without a field: {line[:60]}" for line in odd]
    for key, value in fields:
        if known.setdefault(key, value) != value:
            problems.append(f"GUANO says {key} twice: {known[key]}, {value}")
    start = read_stamp(known.get("Timestamp", ""))
    if known.get("Timestamp") and not start:
        problems.append(f"GUANO Timestamp is no time: {known['Timestamp']}")
    problems += [
        f"GUANO {name} is no number: {known[name]}"
        for name in _NUMBERS
        if known.get(name) and number(known[name]) is None
    ]
    latitude, longitude, where = _place(known.get("Loc Position", ""))
    factor, wrong = _expansion(known.get("TE", ""))
    return RecorderClaim(
        "guano",
        start=start,
        site=_ending(known, "site", "site name", "location") or _prefix(known),
        latitude=latitude,
        longitude=longitude,
        elevation=number(known.get("Loc Elevation", "")),
        device=" ".join(filter(None, (known.get("Make", ""), known.get("Model", "")))),
        serial=known.get("Serial", "") or _ending(known, "serial number", "serial"),
        gain=_ending(known, "gain", "gain (a)", "gainch1") or _gains(_ending(known, "audio settings")),
        battery=_volts(_ending(known, "battery voltage", "battery")) or _percent(known.get(_LEVEL, "")),
        temperature=next(
            (
                degrees
                for name in ("Temperature Ext", "Temperature Int")
                if (degrees := number(known.get(name, ""))) is not None
            ),
            None,
        ),
        filter=_filter(number(known.get("Filter HP", "")), number(known.get("Filter LP", ""))),
        time_expansion=factor,
        sr=number(known.get("Samplerate", "")),
        length=number(known.get("Length", "")),
        fields=tuple(fields),
        problems=(*problems, *told(where, wrong)),
    )


def _ending(known: dict[str, str], *names: str) -> str:
    """Find the field of any namespace whose last word is one of these names."""
    for name in names:
        for key, value in known.items():
            if value and key.rpartition("|")[2].casefold() == name:
                return value
    return ""


def _place(text: str) -> tuple[float | None, float | None, str]:
    """Read degrees parted by white space, as the specification has it, or by a comma."""
    if not text:
        return None, None, ""
    numbers = re.fullmatch(r"\(?\s*([+-]?[\d.]+)(?:\s*[,;]\s*|\s+)([+-]?[\d.]+)\s*\)?", text)
    try:
        pair = (float(numbers[1]), float(numbers[2])) if numbers else None
    except ValueError:
        pair = None
    if pair is None:
        return None, None, f"GUANO Loc Position is no place: {text}"
    return position(*pair)


def _expansion(text: str) -> tuple[float | None, str]:
    if not text:
        return None, ""
    factor = number(text)
    if factor is None or factor <= 0:
        return None, f"GUANO TE is no factor: {text}"
    return factor, ""


def _prefix(known: dict[str, str]) -> str:
    """Find the name that a person gave to a Song Meter. Without one it is called after its serial number."""
    name, serial = known.get(_NAME, ""), known.get("Serial", "")
    return "" if name.casefold() == serial.casefold() else name


def _gains(settings: str) -> str:
    """Read the gain of each channel, in dB, of a Song Meter's settings in JSON.

    Examples
    --------
    >>> _gains('[{"rate": 24000, "gain": 18.0}, {"rate": 24000, "gain": "12.00"}]')
    '18 dB, 12 dB'
    """
    try:
        found = [number(str(each["gain"])) for each in json.loads(settings)] if settings else []
    except (ValueError, TypeError, KeyError, RecursionError):
        return ""
    return ", ".join(dict.fromkeys(f"{gain:g} dB" for gain in found if gain is not None))


def _percent(text: str) -> str:
    return f"{text} %" if _NUMBER.fullmatch(text) else text


def _volts(text: str) -> str:
    """Give a bare number its unit: GUANO fields of batteries count volts."""
    return f"{text} V" if _NUMBER.fullmatch(text) else text


def _filter(high_pass: float | None, low_pass: float | None) -> str:
    words = []
    for name, khz in (("high-pass", high_pass), ("low-pass", low_pass)):
        if khz is not None and 0 < khz < _HIGHEST_KHZ:
            words.append(f"{name} {khz:g} kHz")
    return ", ".join(words)


def text_of(fields: list[tuple[str, str]]) -> bytes:
    r"""Write fields as the text of a chunk, padded to whole words.

    Examples
    --------
    >>> text_of([("GUANO|Version", "1.0"), ("Note", "")])
    b'GUANO|Version: 1.0\nNote:\n '
    """
    lines = "".join(f"{key}: {value}".rstrip() + "\n" for key, value in fields)
    data = lines.encode()
    return data + b" " * (len(data) % 2)
