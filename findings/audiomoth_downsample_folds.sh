#!/usr/bin/env bash
# AudioMoth's own downsampler folds what lies above the new range into it.
#
# audiomoth-utils, which the AudioMoth Configuration App calls, takes the mean of the samples that fall onto a new one,
# and interpolates between them where the rates do not divide. A mean is a weak filter: a cricket or a bat above half of
# the new rate stays in the file at another frequency, among the birds. Header, name and length are right.
#
# Versions: audiomoth-utils 1.8.0, Node.js 18 or later, numpy 2.4, scipy 1.17.1, soundfile 0.14.0, Python 3.11.
# Seen:     48 to 16 kHz: a tone at 12.5 kHz becomes one at 3.5 kHz, only 11 dB fainter; one at 19 kHz is at 3 kHz, 14 dB
#           fainter. 192 to 48 kHz: 40 kHz is at 8 kHz, 14 dB fainter. With scipy's resample_poly they are 55 to 80 dB down.
# Ends with an error if that has changed.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet 'numpy==2.4.*' scipy==1.17.1 soundfile==0.14.0
cd "$folder"
npm install --silent --no-audit --no-fund audiomoth-utils@1.8.0
mkdir out
"$folder/venv/bin/python" - <<'PYTHON'
import struct
import subprocess
from pathlib import Path

import numpy as np
import soundfile as sf
from scipy import signal

COMMENT = (
    "Recorded at 05:45:00 11/03/2024 (UTC) by AudioMoth 24E144085F256C6D at medium gain while battery was 4.5V and "
    "temperature was 8.5C."
)
CALL = (
    "const [path, sr] = process.argv.slice(1); const done = require('audiomoth-utils').downsample(path, 'out', '', +sr);"
    "if (!done.success) throw Error(done.error)"
)


def chunk(name: bytes, content: bytes) -> bytes:
    return name + struct.pack("<I", len(content)) + content


def recorded(y: np.ndarray, sr: int) -> str:
    """Write a file as an AudioMoth does."""
    told = chunk(b"ICMT", COMMENT.encode().ljust(384, b"\0")) + chunk(b"IART", b"AudioMoth 24E144085F256C6D".ljust(32, b"\0"))
    parts = chunk(b"fmt ", struct.pack("<HHIIHH", 1, 1, sr, 2 * sr, 2, 16)) + chunk(b"LIST", b"INFO" + told)
    parts += chunk(b"data", (y * 32767).astype("<i2").tobytes())
    path = Path("20240311_054500.WAV")
    path.write_bytes(chunk(b"RIFF", b"WAVE" + parts))
    return path.name


def loudest(y: np.ndarray, sr: int) -> tuple[int, float]:
    """Return the frequency of the strongest line and its level against the tone that was written, in dB."""
    spectrum = np.abs(np.fft.rfft(y * np.hanning(len(y)))) / (len(y) / 4)
    place = int(spectrum[10:].argmax()) + 10
    return round(place * sr / len(y)), float(20 * np.log10(spectrum[place] / 0.5))


for old, new, tone, heard, fainter in ((48, 16, 12500, 3500, 11), (48, 16, 19000, 3000, 14), (192, 48, 40000, 8000, 14)):
    old, new = 1000 * old, 1000 * new
    y = 0.5 * np.sin(2 * np.pi * tone * np.arange(4 * old) / old)
    subprocess.run(["node", "-e", CALL, recorded(y, old), str(new)], check=True)
    got, sr = sf.read("out/20240311_054500.WAV")
    frequency, level = loudest(got, sr)
    filtered = loudest(signal.resample_poly(y, new, old), new)[1]
    print(f"{old} to {new} Hz, {tone} Hz: {frequency} Hz, {level:.1f} dB; with a filter {filtered:.1f} dB")
    assert (sr, len(got)) == (new, 4 * new)
    assert filtered < -50
    assert frequency == heard and round(level) == -fainter, "it folds less now"
PYTHON
