#!/usr/bin/env bash
# FFmpeg reads a big-endian WAV (RIFX) with its bytes swapped: noise at full scale in the place of the sound.
#
# RIFX is RIFF with all numbers in the other order (Microsoft and IBM, Multimedia Programming Interface and Data
# Specifications 1.0, 1991). libsndfile writes and reads it. FFmpeg reads the header so, and takes the samples for
# little-endian ones. So do the libraries that decode with FFmpeg. Length and rate are right, and nothing is said.
#
# Versions: av 18.1.0 (FFmpeg 8.1), soundfile 0.14.0, numpy 2.4, Python 3.11.
# Seen:     a tone of amplitude 0.1: soundfile gives 0.100, av 0.985.
# Ends with an error if that has changed.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet av==18.1.0 soundfile==0.14.0 'numpy==2.4.*'
cd "$folder"
"$folder/venv/bin/python" - <<'PYTHON'
import av
import numpy as np
import soundfile as sf

sr = 16000
tone = (0.1 * np.sin(2 * np.pi * 440 * np.arange(sr) / sr)).astype(np.float32)
sf.write("tone.wav", tone, sr, subtype="PCM_16", endian="BIG")
assert open("tone.wav", "rb").read(4) == b"RIFX"
with av.open("tone.wav") as file:
    decoded = np.concatenate([frame.to_ndarray()[0] for frame in file.decode(audio=0)]) / 32768
read, _ = sf.read("tone.wav")
print(f"soundfile {np.abs(read).max():.3f}, av {np.abs(decoded).max():.3f}, {len(read)} and {len(decoded)} samples")
assert np.abs(read - tone).max() < 1e-4
assert np.array_equal(decoded * 32768, (read * 32768).astype(">i2").view("<i2")), "FFmpeg reads it otherwise now"
PYTHON
