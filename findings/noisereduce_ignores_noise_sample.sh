#!/usr/bin/env bash
# noisereduce passes over the sample of noise that it is given, unless it is told that the noise is stationary.
#
# A recordist cuts out a stretch of wind or stream without the animal and hands it over as `y_noise`. The default mode
# estimates the noise from the recording itself, and forgets the sample without a word. Its documentation even names
# `y_noise` for that mode alone.
#
# Versions: noisereduce 3.0.3, numpy 2.4, scipy 1.17.1, Python 3.11.
# Seen:     with hiss as the sample, with silence, or without any: the result is the same to the last bit. With
#           stationary=True the sample counts: hiss and silence change the result by up to 0.02 and 0.66.
# Ends with an error if that has changed.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet noisereduce==3.0.3 'numpy==2.4.*' scipy==1.17.1
cd "$folder"
"$folder/venv/bin/python" - <<'PYTHON'
import noisereduce
import numpy as np

sr = 32000
random = np.random.default_rng(0)
hiss = 0.1 * random.standard_normal(4 * sr)
recording = 0.1 * random.standard_normal(4 * sr)
recording[sr : sr + sr // 10] += 0.5 * np.sin(2 * np.pi * 4000 * np.arange(sr // 10) / sr)


def reduced(sample: np.ndarray | None, stationary: bool) -> np.ndarray:
    return noisereduce.reduce_noise(y=recording, sr=sr, y_noise=sample, stationary=stationary)


def rms(y: np.ndarray) -> float:
    return float(np.sqrt((y**2).mean()))


for stationary in (False, True):
    own = reduced(None, stationary)
    results = {"hiss": reduced(hiss, stationary), "silence": reduced(np.zeros(sr), stationary)}
    print(f"stationary={stationary}: hiss left {rms(own[2 * sr :]):.4f} of {rms(recording[2 * sr :]):.4f};", end=" ")
    print({name: float(np.abs(y - own).max()) for name, y in results.items()})
    if stationary:
        assert all(np.abs(y - own).max() > 1e-3 for y in results.values())
    else:
        assert all(np.array_equal(y, own) for y in results.values()), "the sample counts in this mode now"
PYTHON
