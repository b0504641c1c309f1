"""Compares the network, without its ear for nature, with the packaged silero-vad on the corpus.

Both hear the same 16 kHz audio. Prints the number of files, the largest difference of a
probability, the files whose segments differ from those of `get_speech_timestamps`, and the
processor time that both take on one thread::

    python bench/speech_equality.py [FOLDER] [--threshold 0.5]
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np
import torch
from shared.common import CORPUS, heard, silero_rule

from curate.detectors._silero_package import packaged_model, silero_package
from curate.detectors._silero_stream import Stream
from curate.detectors.silero import CHUNK, SR, load
from curate.detectors.track import Track
from curate.errors import AudioError

#: Greatest difference of a probability that counts as equal.
ALLOWED = 1e-4


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("folder", nargs="?", type=Path, default=CORPUS)
    arguments.add_argument("--threshold", type=float, default=0.5)
    options = arguments.parse_args()

    torch.set_num_threads(1)
    net = load("cpu")
    silero = silero_package()
    packaged = packaged_model()

    files = chunks = with_speech = 0
    unreadable, differing = [], []
    largest = ours_seconds = theirs_seconds = 0.0
    for path in sorted(p for p in options.folder.rglob("*") if p.is_file() and p.suffix != ".csv"):
        try:
            y = heard(path)
        except AudioError as error:
            unreadable.append(f"{path.name}: {error.message}")
            continue
        files += 1
        began = time.process_time()
        stream = Stream(net)
        stream.feed(y)
        ours = stream.finish()
        ours_seconds += time.process_time() - began
        if not len(y):
            continue
        chunks += len(ours)

        began = time.process_time()
        whole = np.pad(y, (0, -len(y) % CHUNK))  # as get_speech_timestamps does
        with torch.no_grad():
            theirs = packaged.audio_forward(torch.from_numpy(whole), SR)[0].numpy()
        theirs_seconds += time.process_time() - began
        largest = max(largest, float(np.abs(ours - theirs).max()))

        track = Track.quantised(ours, hop=CHUNK / SR, n_samples=len(y))
        found = silero_rule(track, threshold=options.threshold)
        expected = [
            (s["start"] / SR, s["end"] / SR)
            for s in silero.get_speech_timestamps_from_probs(
                theirs.tolist(), threshold=options.threshold, audio_length_samples=len(y)
            )
        ]
        with_speech += bool(expected)
        if found != expected:
            differing.append(f"{path.name}: {found} instead of {expected}")

    seconds = chunks * CHUNK / SR
    print(
        f"{files} files, {seconds / 3600:.2f} h, {with_speech} with speech; {len(unreadable)} cannot be read"
    )
    print(f"largest difference of a probability: {largest:.2g}")
    print(f"files whose segments differ: {len(differing)}", *differing, sep="\n  ")
    for name, spent in (("curate", ours_seconds), ("silero-vad", theirs_seconds)):
        print(f"{name}: {seconds / spent:.0f} x real time, {spent / chunks * 1e6:.1f} us a chunk")
    if largest > ALLOWED or differing:
        raise SystemExit("not equal")


if __name__ == "__main__":
    main()
