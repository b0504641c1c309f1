#!/usr/bin/env bash
# soundfile loses the end of an MP3 of varying bit rate inside of a WAV, and says nothing of it.
#
# RFC 2361 has MP3 as coding 0x55 of WAV, and the chunk `fact` counts its samples. libsndfile estimates the length from
# the first frames instead, and stops there. FFmpeg plays all of it.
#
# Versions: soundfile 0.14.0 (libsndfile 1.2.2), PyAV 18.1.0 (FFmpeg 8), numpy 2.4.6, Python 3.11.
# Seen:     4 s of near silence and 4 s of noise at 16 kHz: soundfile reads 74440 frames of 128000, without an error.
# Ends with an error if that has changed.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m pip install --quiet --target "$folder/packages" soundfile==0.14.0 av==18.1.0 numpy cffi
PYTHONPATH="$folder/packages" python3 - "$folder/a.wav" <<'PYTHON'
import sys
from fractions import Fraction

import av
import numpy as np
import soundfile as sf

path, sr = sys.argv[1], 16000
sound = 0.2 * np.random.default_rng(0).standard_normal((1, 8 * sr)).astype(np.float32)
sound[:, : 4 * sr] *= 1e-3
with av.open(path, "w") as container:
    stream = container.add_stream("libmp3lame", rate=sr, layout="mono", options={"flags": "+qscale", "global_quality": "236"})
    stream.codec_context.format = "fltp"
    frame = av.AudioFrame.from_ndarray(sound, format="fltp", layout="mono")
    frame.sample_rate, frame.pts, frame.time_base = sr, 0, Fraction(1, sr)
    for packet in [*stream.encode(frame), *stream.encode(None)]:
        container.mux(packet)

frames = len(sf.read(path)[0])
with av.open(path) as container:
    played = sum(frame.samples for frame in container.decode(audio=0))
print(f"soundfile {sf.__version__} ({sf.__libsndfile_version__}): {frames} frames of {sound.shape[1]}; FFmpeg: {played}")
assert played >= sound.shape[1], "FFmpeg reads something else now"
assert frames < 0.98 * sound.shape[1], "soundfile reads something else now"
PYTHON
