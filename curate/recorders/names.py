"""What the names of files tell: recorders call their files by date and time.

    20240311_054500.WAV                        AudioMoth; ...T.WAV where a trigger began it
    24F3190361DA4A1C_20240311_054500.WAV       AudioMoth that was told to add its serial number
    5E90A4D4.WAV                               AudioMoth before 1.2: seconds since 1970 in hexadecimal, UTC
    S4A12345_20240311_054500.wav               Song Meter SM4, SM4BAT, Mini, Micro: a prefix, or the serial
    number SITE1_0+1_20240311_054500_000.wav          Song Meter SM3 with channels, split by Kaleidoscope
    SITE1_20240311$054500.wav                  Song Meter with a clock that GPS set
    SwiftOne_20220719_000000_-0400.wav         Swift, with its zone
    20201029T175002+1000_REC.flac              Frontier Labs BAR
    S20240815T060409+1000_E20240815T070409+1000_-27.38+152.87.wav   BAR-LT: start, end, place
    2019-03-21 20-51-12.wav                    Anabat Swift
    5678.200711120000.wav                      SoundTrap: two digits of the year
    AMAR123.20240311T054500Z.wav               AMAR
    2024-03-11-birdnet-05:45:00.wav            BirdNET-Pi; its detections have a species before the date
    parus_major_85p_20240311T054500Z.wav       a detection of BirdNET-Go

A name tells a zone only where one is written. A day that does not exist is no date.
"""

from __future__ import annotations

import os
import re
from datetime import datetime, timezone

from curate.recorders.claim import RecorderClaim, position
from curate.recorders.stamps import stamp, zone

_ZONE = r"Z|_?\(?(?:UTC)?[+-]\d{1,2}:?(?:\d\d)?\)?|_?\(?UTC\)?"
_PLAIN = re.compile(r"((?:19|20)\d\d)(\d\d)(\d\d)_(\d\d)(\d\d)(\d\d)")
_USUAL = re.compile(
    r"(?:(?P<prefix>.*?)[_\- .])?(?P<year>(?:19|20)\d\d)(?P<dash>-?)(?P<month>\d\d)(?P=dash)(?P<day>\d\d)"
    r"(?:[_$T \-]T?|(?P<birdnet>-birdnet-(?:[\w.]+-)?))?"
    r"(?P<hour>\d\d)(?P<colon>[-:._]?)(?P<minute>\d\d)(?P=colon)(?P<second>\d\d)"
    r"(?:[.,](?P<fraction>\d{1,6}))?"
    rf"(?P<zone>{_ZONE})?(?P<trigger>T)?(?:\(\d{{1,3}}\))?(?:[_\- .](?P<rest>.*))?"
)
_FROM_TO = re.compile(
    r"S(?P<start>\d{8}T\d{6}(?:\.?\d+)?(?:Z|[+-]\d{4}))_E\d{8}T\d{6}(?:\.?\d+)?(?:Z|[+-]\d{4})"
    r"(?:_(?P<latitude>[+-]\d+(?:\.\d+)?)(?P<longitude>[+-]\d+(?:\.\d+)?))?(?:_.*)?"
)
#: A BAR's place behind the time: ``[-27.2819 153.1361]``.
_BRACKETS = re.compile(r"\[(-?\d{1,2}\.\d+) (-?\d{1,3}\.\d+)\]")

#: How BARs name recordings, and the folder of a day: its date, and the name of the schedule.
_BAR, _BAR_DAY = re.compile(r"\d{6}[\d ]\dT\d{6}(?:Z|[+-]\d{4})"), re.compile(r"(?:19|20)\d{6}_.+")

#: Firmware 3.08 of BAR-LT writes days below ten with a blank: ``201905 8T020000``.
_BLANK_DAY = re.compile(r"(?<!\d)(\d{6}) (\d)(?=T\d{6})")

#: A part of a second without its point, by BAR-LT as well.
_POINTLESS = re.compile(r"(T\d{6})(\d+)")

_SOUNDTRAP = re.compile(r"(?P<serial>\d{3,10})\.(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(?:\.\w+)?")
_HEXADECIMAL = re.compile(r"(?=.*[A-F])[0-9A-F]{8}")

#: AudioMoth named its files by hexadecimal seconds from 2017 on, until 2019; recorders that were not updated
#: still do.
_HEXADECIMAL_YEARS = range(2017, 2040)

_MOTH = re.compile(r"[0-9A-F]{16}", re.IGNORECASE)

#: Serial numbers as Wildlife Acoustics write them, which stand for a name that nobody gave.
_SONG_METER = re.compile(r"(?:S[2-5M][A-Z]|SM\d|2M[A-Z]|MSM|EMT)\d{4,6}", re.IGNORECASE)

#: Channels and gains that Song Meters put behind the prefix: ``_0+1``, ``_-0-``, ``_0``.
_CHANNELS = re.compile(r"(?:_(?:[01]\+1|-?[01]-?))+$")

#: Words that recorders and their programs put in front, which name no site.
_DEVICES = {
    "amar": "JASCO AMAR",
    "audiomoth": "AudioMoth",
    "swift": "Swift",
    "swiftone": "SwiftOne",
    "owl": "Owl Sense",
}

#: Words that stand for no site, by programs and by systems that copied a file.
_NO_SITE = frozenset({"audio", "copy of", "rec", "recording", "sound", "voice"})

#: Programs that detect and cut clips.
_DETECTORS = ("BirdNET-Pi", "BirdNET-Go")

#: What BirdNET-Go puts before the time: a species, and how sure it is.
_DETECTION = re.compile(r".+_\d{1,3}p")


def claim(stem: str) -> RecorderClaim | None:
    """Read the name of a file without its ending, or `None` if it lacks a time.

    Examples
    --------
    >>> claim("S4A12345_20240311_054500").start, claim("S4A12345_20240311_054500").serial
    ('2024-03-11T05:45:00', 'S4A12345')
    >>> claim("Pond_20240311_240000").start, claim("Pond_20240311_240000").site
    ('2024-03-12T00:00:00', 'Pond')
    >>> claim("5E90A4D4").start, claim("XC563936") is None
    ('2020-04-10T16:54:44Z', True)
    """
    plain = _PLAIN.fullmatch(stem)
    if plain is not None:
        year, month, day, hour, minute, second = map(int, plain.groups())
        start = stamp(year, month, day, hour, minute, second)
        return RecorderClaim("name", start=start, fields=(("name", stem),)) if start else None
    for read in (_from_to, _usual, _soundtrap, _hexadecimal):
        found = read(stem)
        if found is not None:
            return found
    return None


def _from_to(stem: str) -> RecorderClaim | None:
    match = _FROM_TO.fullmatch(stem)
    inner = _USUAL.fullmatch(_POINTLESS.sub(r"\1.\2", match["start"])) if match else None
    if match is None or inner is None:
        return None
    latitude, longitude = (
        float(part) if (part := match[name]) else None for name in ("latitude", "longitude")
    )
    place = position(latitude, longitude)
    return RecorderClaim(
        "name",
        start=_start(inner),
        latitude=place[0],
        longitude=place[1],
        device="Frontier Labs",
        fields=(("name", stem),),
    )


def _usual(stem: str) -> RecorderClaim | None:
    match = _USUAL.fullmatch(_BLANK_DAY.sub(r"\g<1>0\2", stem))
    start = _start(match) if match else ""
    if match is None or not start:
        return None
    prefix = _CHANNELS.sub("", match["prefix"] or "").strip("_- .")
    words = re.split(r"[_\- .]", prefix)
    serial = device = ""
    if _MOTH.fullmatch(prefix):
        serial, device, prefix = prefix.upper(), "AudioMoth", ""
    elif _SONG_METER.fullmatch(prefix):
        serial, device, prefix = prefix, "Wildlife Acoustics Song Meter", ""
    elif match["birdnet"] or _DETECTION.fullmatch(prefix):
        device, prefix = _DETECTORS[0 if match["birdnet"] else 1], ""
    elif prefix.casefold() in _NO_SITE:
        prefix = ""
    elif (word := re.sub(r"\d+$", "", words[0]).casefold()) in _DEVICES and len(words) <= 2:  # noqa: PLR2004
        device, serial = _DEVICES[word], words[1] if len(words) > 1 else ""
        prefix = ""
    fields = [("name", stem)] + ([("trigger", "yes")] if match["trigger"] else [])
    place = _BRACKETS.search(match["rest"] or "")
    latitude, longitude, _ = position(float(place[1]), float(place[2])) if place else (None, None, "")
    return RecorderClaim(
        "name",
        start=start,
        site=prefix,
        latitude=latitude,
        longitude=longitude,
        serial=serial,
        device=device,
        fields=tuple(fields),
    )


def _start(match: re.Match[str]) -> str:
    offset = zone((match["zone"] or "").lstrip("_"))
    year, month, day, hour, minute, second = (
        int(match[name]) for name in ("year", "month", "day", "hour", "minute", "second")
    )
    return stamp(year, month, day, hour, minute, second, match["fraction"] or "", offset or "")


def _soundtrap(stem: str) -> RecorderClaim | None:
    match = _SOUNDTRAP.fullmatch(stem)
    if match is None:
        return None
    year, month, day, hour, minute, second = (int(part) for part in match.groups()[1:])
    start = stamp(2000 + year, month, day, hour, minute, second)
    if not start:
        return None
    return RecorderClaim(
        "name", start=start, serial=match["serial"], device="SoundTrap", fields=(("name", stem),)
    )


def _hexadecimal(stem: str) -> RecorderClaim | None:
    """Read seconds since 1970; a name of digits alone may be anything, and tells none."""
    if not _HEXADECIMAL.fullmatch(stem):
        return None
    at = datetime.fromtimestamp(int(stem, 16), timezone.utc)  # noqa: UP017 - plain in 3.11, too
    if at.year not in _HEXADECIMAL_YEARS:
        return None
    start = stamp(at.year, at.month, at.day, at.hour, at.minute, at.second, "", "Z")
    return RecorderClaim("name", start=start, device="AudioMoth", fields=(("name", stem),))


def is_recorders(stem: str) -> bool:
    """Whether a recorder named a file. A detector names its clips: folders of them are classes, not sites.

    Examples
    --------
    >>> is_recorders("20240311_054500"), is_recorders("XC563936 - Soundscape")
    (True, False)
    >>> is_recorders("parus_major_85p_20240311T054500Z")
    False
    """
    found = claim(stem)
    return found is not None and found.device not in _DETECTORS


def is_in_folder_of_a_day(path: str) -> bool:
    """Whether a recording lies in a folder that a BAR made for one day of a schedule, which is no place.

    Examples
    --------
    >>> is_in_folder_of_a_day("creek/20190324_AAO/20190324T060000+1000_REC.flac")
    True
    >>> is_in_folder_of_a_day("20190324_creek/20190324_060000.WAV")
    False
    """
    folder, name = os.path.split(path)
    return _BAR_DAY.fullmatch(os.path.basename(folder)) is not None and _BAR.match(name) is not None
