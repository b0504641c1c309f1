#!/usr/bin/env bash
# silero-vad folds what lies above 8 kHz onto speech: it takes every second, third, sixth sample of a fast recording.
#
# get_speech_timestamps accepts each multiple of 16 kHz, the rates of field recorders (32, 48, 96, 192, 384 kHz) among
# them. It says "casting to 16000 manually", and leaves samples out without a low-pass filter. So birds, insects and
# bats above 8 kHz are heard as sound below it.
#
# Versions: silero-vad 6.2.3, torch 2.13.0 (CPU), scipy 1.17.1, Python 3.11; speech by espeak-ng 1.51.
# Seen:     speech that was moved to 13 to 20 kHz, and has nothing below 10 kHz, is found at 48 kHz for its whole length
#           (4.7 s; the speech itself: 4.6 s). Resampled to 16 kHz with a filter there is nothing to find.
# Ends with an error if that has changed.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet silero-vad==6.2.3 torch==2.13.0 scipy==1.17.1 soundfile==0.14.0
cd "$folder"
espeak-ng -w speech.wav -s 140 "The owl calls at night in the forest near the river, and nobody answers it."
"$folder/venv/bin/python" - <<'PYTHON'
import warnings

import numpy as np
import soundfile as sf
import torch
from scipy import signal
from silero_vad import get_speech_timestamps, load_silero_vad

SLOW, FAST, CARRIER = 16000, 48000, 16000


def seconds_of_speech(sound: np.ndarray, sr: int) -> float:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = get_speech_timestamps(torch.from_numpy(sound.astype(np.float32)), model, sampling_rate=sr)
    return sum(each["end"] - each["start"] for each in found) / sr


model = load_silero_vad()
spoken, sr = sf.read("speech.wav")
speech = signal.resample_poly(spoken / abs(spoken).max() / 2, SLOW, sr)
# The same speech around 16 kHz, as a bat's call lies around 50 kHz; nothing of it is left below 12 kHz.
fast = signal.resample_poly(speech, FAST, SLOW)
moved = fast * np.cos(2 * np.pi * CARRIER * np.arange(len(fast)) / FAST)
moved = signal.sosfilt(signal.butter(10, 13000, "high", fs=FAST, output="sos"), moved)
spectrum = abs(np.fft.rfft(moved)) ** 2
below = spectrum[np.fft.rfftfreq(len(moved), 1 / FAST) < 10000].sum() / spectrum.sum()

plain = seconds_of_speech(speech, SLOW)
folded = seconds_of_speech(moved, FAST)
filtered = seconds_of_speech(signal.resample_poly(moved, SLOW, FAST), SLOW)
print(f"speech: {plain:.1f} s found; moved up, share of energy below 10 kHz: {below:.1e}")
print(f"moved up, given at 48 kHz: {folded:.1f} s found; resampled with a filter: {filtered:.1f} s")
assert plain > 3
assert below < 1e-4
assert folded > 0.8 * plain, "sound above 8 kHz is not folded any more"
assert filtered == 0
PYTHON
