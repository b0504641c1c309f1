#!/usr/bin/env bash
# AudioMoth's own splitter drops the time zone, gain, battery and temperature of a recording.
#
# Older firmware writes all this into the comment of the WAV and nowhere else. audiomoth-utils, which the AudioMoth
# Configuration App calls, puts "Split from ... as file 1 of 3." in its place. The names of the parts have the right
# time, in a zone that nothing tells any more. A file that was not longer than a part keeps its comment.
#
# Versions: audiomoth-utils 1.8.0, Node.js 18 or later, soundfile 0.14.0, numpy 2.4, Python 3.11.
# Seen:     3 s of 05:45:00 (UTC-3:30), battery 4.5V, 8.5C, split into parts of 1 s: names end in 054500, 054501, 054502; no
#           comment has the zone, nor the gain, voltage or temperature. Split into parts of 3 s, the comment is kept.
# Ends with an error if that has changed.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet 'numpy==2.4.*' soundfile==0.14.0
cd "$folder"
npm install --silent --no-audit --no-fund audiomoth-utils@1.8.0
"$folder/venv/bin/python" - <<'PYTHON'
import struct
import subprocess
from pathlib import Path

import soundfile as sf

COMMENT = (
    "Recorded at 05:45:00 11/03/2024 (UTC-3:30) by AudioMoth 24E144085F256C6D at medium gain while battery was 4.5V and "
    "temperature was 8.5C."
)
CALL = (
    "const [path, seconds] = process.argv.slice(1); const done = require('audiomoth-utils').split(path, seconds, '', +seconds);"
    "if (!done.success) throw Error(done.error)"
)
SR = 48000


def chunk(name: bytes, content: bytes) -> bytes:
    return name + struct.pack("<I", len(content)) + content


told = chunk(b"ICMT", COMMENT.encode().ljust(384, b"\0")) + chunk(b"IART", b"AudioMoth 24E144085F256C6D".ljust(32, b"\0"))
parts = chunk(b"fmt ", struct.pack("<HHIIHH", 1, 1, SR, 2 * SR, 2, 16)) + chunk(b"LIST", b"INFO" + told)
parts += chunk(b"data", bytes(3 * 2 * SR))
Path("20240311_054500.WAV").write_bytes(chunk(b"RIFF", b"WAVE" + parts))


def split(seconds: int) -> dict[str, str]:
    folder = Path(str(seconds))
    folder.mkdir()
    subprocess.run(["node", "-e", CALL, "20240311_054500.WAV", folder.name], check=True)
    comments = {}
    for path in sorted(folder.iterdir()):
        with sf.SoundFile(path) as file:
            assert len(file) == seconds * SR
            comments[path.stem] = file.comment
    print(seconds, comments)
    return comments


assert split(3) == {"20240311_054500": COMMENT}
found = split(1)
assert list(found) == ["20240311_054500", "20240311_054501", "20240311_054502"]
for comment in found.values():
    assert comment.startswith("Split from 20240311_054500.WAV as file "), "the comment is another now"
    assert not any(words in comment for words in ("UTC", "gain", "4.5V", "8.5C"))
PYTHON
