#!/usr/bin/env bash
# soundfile damages the start of every block that it reads of an MP3 of varying bit rate.
#
# A frame of MP3 may lie in the bytes of the frames before it, the bit reservoir. soundfile seeks to its own place after
# each read. Then libsndfile lacks the reservoir, and the first frames of the next read come out silent or wrong. A read
# from an offset begins so, too. Length and place stay right, and nothing is said.
#
# Versions: soundfile 0.14.0 (libsndfile 1.2.2), numpy 2.4.6, Python 3.11.
# Seen:     10 s of noise at 44.1 kHz with a faint part, as VBR that soundfile wrote: read whole it has an RMS of 0.105, in
#           blocks of 1024 frames 0.039. In blocks of 0.1 s a fifth of all samples are wrong, by up to 0.5.
# Ends with an error if that has changed.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m pip install --quiet --target "$folder/packages" soundfile==0.14.0 numpy==2.4.6 cffi
PYTHONPATH="$folder/packages" python3 - "$folder/a.mp3" <<'PYTHON' 2> "$folder/words" || { cat "$folder/words"; exit 1; }
import sys

import numpy as np
import soundfile as sf

path, sr = sys.argv[1], 44100
sound = np.clip(0.2 * np.random.default_rng(0).standard_normal(10 * sr), -1, 1)
sound[3 * sr : 6 * sr] *= 0.001
sf.write(path, sound, sr, bitrate_mode="VARIABLE", compression_level=0.9)
whole, _ = sf.read(path)


def rms(y: np.ndarray) -> float:
    return float(np.sqrt((y**2).mean()))


for frames in (1024, sr // 10):
    blocks = np.concatenate(list(sf.blocks(path, frames)))
    wrong = float((np.abs(blocks - whole) > 1e-3).mean())
    print(f"blocks of {frames}: {len(blocks)} frames of {len(whole)}, RMS {rms(blocks):.3f} of {rms(whole):.3f}, {wrong:.0%} wrong")
    assert len(blocks) == len(whole)
    assert wrong > 0.1, "blocks of an MP3 are right now"
start = 2 * sr
later, _ = sf.read(path, start=start, frames=sr)
error = np.abs(later - whole[start : start + sr])
print(f"read from 2 s: {int(np.flatnonzero(error > 1e-3).max(initial=0)) / sr * 1000:.0f} ms are wrong, by up to {error.max():.2f}")
assert error.max() > 0.1, "a read from an offset is right now"
assert error[sr // 2 :].max() < 1e-3
PYTHON
