"""``*.log.xml``, which Ocean Instruments' host software writes next to what it unpacks of a SoundTrap.

Each ``PROC_EVENT`` holds one ``WavFileHandler`` with one attribute: starts in local time and in UTC,
microseconds of the start, time that was lost between samples. ``EVENT`` holds gain, battery (mV) and
temperature (°C x 100).
A log of several files (clicks beside the sound) tells of the sound first.
"""

from __future__ import annotations

import re
from datetime import timedelta
from xml.etree.ElementTree import Element, ParseError

from curate.recorders.claim import RecorderClaim, number, told
from curate.recorders.stamps import local, offset_of, read_stamp, stamp

#: How such a log is called, behind the name of its recording without its ending.
ENDING = ".log.xml"

#: Lost time that is told, in seconds: less is the drift of a clock that keeps a second a day or so.
_LOST = 0.1

#: Offsets from UTC are whole quarters of an hour.
_QUARTER = timedelta(minutes=15)

_MILLION, _THOUSAND, _HUNDRED = 1e6, 1000, 100


def claim(data: bytes, name_start: str = "") -> RecorderClaim | None:
    """Read a log, or `None` if the file is another's.

    Parameters
    ----------
    name_start
        Clock time that the recording's name tells, for logs that name no local time.
    """
    from defusedxml import DefusedXmlException  # noqa: PLC0415 - few recordings have such a log
    from defusedxml.ElementTree import fromstring  # noqa: PLC0415

    try:
        root: Element = fromstring(data)
    except (ParseError, DefusedXmlException, ValueError, LookupError) as error:
        return RecorderClaim("log", problems=(f"log: SoundTrap's log is no XML that can be read: {error}",))
    handled = [each for event in root.iter("WavFileHandler") for each in event.attrib.items()]
    values: dict[str, str] = {}
    for name, value in handled:
        values.setdefault(name, value.strip())
    start = _start(values, name_start)
    if not values:
        return None
    lost = (number(values.get("CumulativeSamplingGap", "")) or 0) / _MILLION
    is_filled = any("zeros" in value for name, value in handled if name == "Info")
    battery, warmth = (_value(root, name) for name in ("INT_BATT", "TEMPERATURE"))
    gain = next((each.get("Gain", "") for each in root.iter("AUDIO") if each.get("Gain")), "")
    return RecorderClaim(
        "log",
        start=start,
        device="SoundTrap",
        gain=gain.lower(),
        battery="" if battery is None else f"{battery / _THOUSAND:.2f} V",
        temperature=None if warmth is None else warmth / _HUNDRED,
        fields=(*handled, *((each.tag, (each.text or "").strip()) for each in root.iterfind("EVENT/*"))),
        problems=told(
            "" if start else "log: SoundTrap's log names no start in UTC that can be read",
            f"gaps: the recorder lost {lost:.1f} s inside this file, so later times are early by up to that"
            if abs(lost) >= _LOST and not is_filled
            else "",
        ),
    )


def _start(values: dict[str, str], name_start: str) -> str:
    """Give the start as the local clock showed it, with its offset and its microseconds; empty if none."""
    utc, there = (read_stamp(values.get(f"SamplingStartTime{zone}", "")) for zone in ("UTC", "Local"))
    if not utc or offset_of(utc) not in ("", "Z"):
        return ""
    there = there or name_start or utc
    apart = local(there) - local(utc)
    # The name is set when a file is opened, a moment before or after its first sample.
    offset = round(apart / _QUARTER) * _QUARTER
    at = local(utc) + offset
    minutes = round(offset / timedelta(minutes=1))
    sign = "-" if minutes < 0 else "+"
    zone = "Z" if not minutes else f"{sign}{abs(minutes) // 60:02d}:{abs(minutes) % 60:02d}"
    micro = number(values.get("SamplingStartTimeSubS", "")) or 0
    fraction = f"{int(micro):06d}" if 0 <= micro < _MILLION else ""
    return stamp(*at.timetuple()[:6], fraction, zone)


def _value(root: Element, name: str) -> float | None:
    """Read the first number of an event's child, or `None` if it has none."""
    found = (number((each.text or "").strip()) for each in root.iterfind(f"EVENT/{name}"))
    return next((value for value in found if value is not None), None)


def is_log(name: str) -> bool:
    """Whether a file is called as such logs are.

    Examples
    --------
    >>> is_log("5678.200711120000.log.xml"), is_log("notes.xml")
    (True, False)
    """
    stem = name.casefold().removesuffix(ENDING)
    return bool(stem != name.casefold() and re.fullmatch(r"\d{3,10}\.\d{12}", stem))
