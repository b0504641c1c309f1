"""The comment that AudioMoth writes into its files, in the words of every firmware.

Read from the firmware's own sources (AudioMoth-Firmware-Basic, ``setHeaderComment``, 1.0 to 1.11)::

    1.0   Recorded at 19:17:30 10/12/2017 by AudioMoth 0FE081F80FE081F0 at gain setting 2 while
          battery state was < 3.6V
    1.2   Recorded at 10:30:00 11/04/2018 (UTC+5:30) by AudioMoth ... at gain setting 2 while
          battery state was 4.7V
    1.4   ... (UTC-3) by AudioMoth ... at medium gain setting while battery state was less than 2.5V
          and temperature was -3.0C. Band-pass filter applied with cut-off frequencies of 1.0kHz and
          10.0kHz. Recording cancelled before completion due to low voltage.
    1.6   ... (UTC) during deployment 9B31BB3E63D3D1F5 using external microphone at medium-high gain
          while battery was greater than 4.9V and temperature was 20.1C. Amplitude threshold was 2%
          with 1s minimum trigger duration. Band-pass filter with frequencies of 1.0kHz and 10.0kHz
          applied. Recording stopped due to switch position change.
    1.7   ... Recording stopped by magnetic switch.

Its own programs write another comment into the parts that they make of a file (AudioMoth-Utils 1.8.0), and
leave the artist. When a part began is in its name and its GUANO::

    Split from 20240311_054500.WAV as file 2 of 3.

Days stand before months. Firmware before 1.5 writes a zone of less than an hour without its sign
(``UTC:30``): that is no zone.
"""

from __future__ import annotations

import re

from curate.recorders.claim import RecorderClaim, told
from curate.recorders.stamps import stamp, zone

_RECORDED = re.compile(
    r"Recorded at (\d\d?):(\d\d):(\d\d)(?:\.(\d+))? (\d\d?)/(\d\d?)/(\d{4})(?: \((UTC[^)]*)\))?",
)
_PART = re.compile(r"(?:Split|Expanded|Synchronised) from (.+?) as file (\d+) of (\d+)\.?")
_DEVICE = re.compile(r"AudioMoth ([0-9A-Fa-f]{8,16})\b")
_DEPLOYMENT = re.compile(r"during deployment ([0-9A-Fa-f]{16})")
_GAIN = re.compile(r"at gain setting (\d)|at ([a-z]+(?:-[a-z]+)?) gain\b")
_BATTERY = re.compile(r"battery (?:state )?was (less than|greater than|<|>)? ?(\d+(?:\.\d+)?) ?V")
_TEMPERATURE = re.compile(r"temperature was (-?\d+(?:\.\d+)?) ?C")
_FILTER = re.compile(
    r"(Band|High|Low)-pass filter (?:applied )?with (?:cut-off )?frequenc(?:y|ies) of ([\d.]+) ?kHz"
    r"(?: and ([\d.]+) ?kHz)?",
)
_STOPPED = re.compile(
    r"Recording (?:cancelled before completion|stopped) (?:due to|by) ([^.]+(?:\.\d[^.]*)?)\.?"
)
_TRIGGER = re.compile(r"((?:Amplitude threshold|Frequency trigger) .+?)\.(?:\s|$)")
_MORE = (
    ("deployment", "deployment", _DEPLOYMENT),
    ("stopped", "Recording ", _STOPPED),
    ("trigger", "hreshold", _TRIGGER),
)
#: What firmware before 1.2 writes for every serial number: the address at which it lies.
_ADDRESS = "0FE081F80FE081F0"

_LIMITS = {"less than": "< ", "<": "< ", "greater than": "> ", ">": "> "}


def claim(comment: str, artist: str = "") -> RecorderClaim | None:
    """Read the comment, and the artist, which names the device, or `None` if the comment is of another kind.

    Parameters
    ----------
    comment, artist
        The fields ``ICMT`` and ``IART`` of LIST INFO, or the comment and artist of a FLAC made of it.
    """
    when = _RECORDED.match(comment)
    if when is None:
        return _part(comment, artist)
    hour, minute, second, fraction, day, month, year, written = when.groups()
    offset = zone(re.sub(r"^UTC:\s?\d+$", "?", written or ""))
    start = stamp(
        int(year), int(month), int(day), int(hour), int(minute), int(second), fraction or "", offset or ""
    )
    device = _DEVICE.search(comment) or _DEVICE.search(artist)
    gain, battery, warmth = _GAIN.search(comment), _BATTERY.search(comment), _TEMPERATURE.search(comment)
    serial = device[1].upper() if device else ""
    fields = [("ICMT", comment)] + ([("IART", artist)] if artist else [])
    # To look for a word costs less than to look for a pattern, a hundred thousand times.
    fields += [
        (name, found[1])
        for name, word, pattern in _MORE
        if word in comment and (found := pattern.search(comment))
    ]
    return RecorderClaim(
        "audiomoth",
        start=start,
        device="AudioMoth",
        serial=serial if serial != _ADDRESS else "",
        gain=(gain[1] or gain[2].lower()) if gain else "",
        battery=f"{_LIMITS.get((battery[1] or '').lower(), '')}{battery[2]} V" if battery else "",
        temperature=float(warmth[1]) if warmth else None,
        filter=_filter(comment),
        fields=tuple(fields),
        problems=told(
            "" if start else f"AudioMoth's comment names no time that there is: {when[0]}",
            f"AudioMoth's comment names no zone that there is: {written}" if offset is None else "",
            f"AudioMoth's firmware before 1.2 writes {serial} for any serial number"
            if serial == _ADDRESS
            else "",
        ),
    )


def _part(comment: str, artist: str) -> RecorderClaim | None:
    """Read the comment of a part, or `None` if the file is none."""
    part, device = _PART.fullmatch(comment), _DEVICE.search(artist)
    if part is None or device is None:
        return None
    whole, number, count = part.groups()
    fields = (("ICMT", comment), ("IART", artist), ("part", f"{number} of {count} of {whole}"))
    return RecorderClaim("audiomoth", device="AudioMoth", serial=device[1].upper(), fields=fields)


def _filter(comment: str) -> str:
    found = _FILTER.search(comment) if "-pass" in comment else None
    if found is None:
        return ""
    band = f"{float(found[2]):g}" + (f" to {float(found[3]):g}" if found[3] else "")
    return f"{found[1].lower()}-pass {band} kHz"
