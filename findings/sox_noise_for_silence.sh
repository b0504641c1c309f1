#!/usr/bin/env bash
# SoX puts noise in the place of digital silence when it resamples, filters or changes the level of 16-bit sound.
#
# It adds dither, noise of the last bit, to all that it has computed with, and nothing on the way says so. Then the zeros of a
# dead microphone, of a gap that a recorder filled, or of a muted voice are zeros no more, and whatever finds gaps by
# them finds none. Two runs differ, too, so checksums do. -D leaves dither off, and the silence silent.
#
# Versions: SoX 14.4.2 (Debian), soundfile 0.14.0, numpy 2.4, Python 3.11.
# Seen:     2 s of 48 kHz noise with 1 s of zeros in its middle, 16 bits: with rate, highpass or gain a quarter of these
#           samples are 1 or -1, with remix none, and with -D none.
# Ends with an error if that has changed.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet soundfile==0.14.0 'numpy==2.4.*'
cd "$folder"
"$folder/venv/bin/python" - <<'PYTHON'
import subprocess

import numpy as np
import soundfile as sf

SR = 48000
sound = 0.1 * np.random.default_rng(0).standard_normal(2 * SR)
sound[SR // 2 : 3 * SR // 2] = 0
sf.write("gap.wav", sound, SR, subtype="PCM_16")


def changed(*effect: str, options: tuple[str, ...] = ()) -> float:
    """Return the share of samples in the gap, without its edges, that are not zero."""
    subprocess.run(["sox", *options, "gap.wav", "out.wav", *effect], check=True)
    got, sr = sf.read("out.wav", dtype="int16")
    gap = got[int(0.6 * sr) : int(1.4 * sr)]
    share = float((gap != 0).mean())
    print(effect, options, f"{share:.2f}, up to {int(np.abs(gap).max())}")
    return share


for effect in (("rate", "24000"), ("highpass", "100"), ("gain", "-3")):
    assert changed(*effect) > 0.2, "silence stays silent now"
    assert changed(*effect, options=("-D",)) == 0
assert changed("remix", "1") == 0
PYTHON
