#!/usr/bin/env bash
# metamoth puts an AudioMoth in a zone of half hours west of Greenwich one hour too far east.
#
# AudioMoth writes the zone that it was set to into the comment of each file: (UTC-3:30) is Newfoundland, (UTC-9:30) the
# Marquesas. The sign holds for hours and minutes.
#
# Versions: metamoth 1.2.2, Python 3.11; the comment as firmware 1.6.0 to 1.7.1 writes it.
# Seen:     (UTC-3:30) becomes UTC-02:30, so that 05:45:00 is 08:15 in UTC instead of 09:15. (UTC+5:30) is right.
# Ends with an error if that has changed.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet metamoth==1.2.2
cd "$folder"
"$folder/venv/bin/python" - <<'PYTHON'
import struct
from pathlib import Path

import metamoth


def chunk(name: bytes, content: bytes) -> bytes:
    return name + struct.pack("<I", len(content)) + content


def recorded(zone: str) -> Path:
    """Write a tenth of a second of silence at 48 kHz, with the header of an AudioMoth."""
    comment = (
        f"Recorded at 05:45:00 11/03/2024 ({zone}) by AudioMoth 24E144085F256C6D at medium gain while battery was 4.5V "
        "and temperature was 8.5C."
    )
    told = chunk(b"ICMT", comment.encode().ljust(384, b"\0"))
    told += chunk(b"IART", b"AudioMoth 24E144085F256C6D".ljust(32, b"\0"))
    parts = chunk(b"fmt ", struct.pack("<HHIIHH", 1, 1, 48000, 96000, 2, 16))
    parts += chunk(b"LIST", b"INFO" + told) + chunk(b"data", bytes(9600))
    path = Path("20240311_054500.WAV")
    path.write_bytes(chunk(b"RIFF", b"WAVE" + parts))
    return path


def hours(zone: str) -> float:
    found = metamoth.parse_metadata(recorded(zone))
    offset = found.timezone.utcoffset(None).total_seconds() / 3600
    print(zone, found.datetime, found.timezone, offset)
    return offset


assert (hours("UTC"), hours("UTC-3"), hours("UTC+5:30")) == (0.0, -3.0, 5.5)
assert (hours("UTC-3:30"), hours("UTC-9:30")) == (-2.5, -8.5), "half hours west of Greenwich are read otherwise now"
PYTHON
