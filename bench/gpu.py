"""Voices heard on a GPU: whether the answers are those of the CPU, and how fast they come.

Real recordings wait in memory at 16 kHz and are heard in groups, bucketed by length, as the workers of
`curate strip-voice --device cuda` do. Beside it stands the limit: how much all cores decode meanwhile.
Without CUDA the CPU hears as many side by side as a GPU would; that shows equality, and no speed of a GPU::

    python bench/gpu.py [--every 4]
"""

from __future__ import annotations

import argparse
import time

import numpy as np
import torch
from scan_speed import decode, timed
from shared.common import JOBS, PARTS, heard, need_corpus, table

from curate.detectors import silero
from curate.detectors._silero_stream import Stream, probabilities
from curate.detectors.silero import CHUNK, SR, SileroNet, choose_device, load
from curate.detectors.speech import segments
from curate.detectors.track import Track
from curate.errors import AudioError

#: Recordings of a group.
GROUP = 64

#: Greatest difference of a probability that counts as equal.
ALLOWED = 1e-4


def listen(net: SileroNet, sounds: list[np.ndarray]) -> tuple[list[np.ndarray], float]:
    """Hear recordings in groups; returns their probabilities, and seconds by the clock."""
    started = time.perf_counter()
    found: list[np.ndarray] = []
    for first in range(0, len(sounds), GROUP):
        streams = [Stream(net) for _ in sounds[first : first + GROUP]]
        for stream, y in zip(streams, sounds[first : first + GROUP], strict=True):
            stream.feed(y)
        found += probabilities([stream.end() for stream in streams])
    return found, time.perf_counter() - started


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--device", default="auto", help="auto, cpu or cuda (default auto)")
    parser.add_argument("--every", type=int, default=1, help="take every so-manieth file (default 1)")
    options = parser.parse_args()
    device = choose_device(options.device)
    torch.set_num_threads(1)  # as in a worker
    corpus = need_corpus()
    paths = sorted(path for part in PARTS for path in (corpus / part).iterdir())[:: options.every]
    sounds = []
    for path in paths:
        try:
            sounds.append(heard(path))
        except AudioError:
            continue
    hours = sum(map(len, sounds)) / SR / 3600
    cpu = load("cpu", nature=True)
    expected, on_cpu = listen(cpu, sounds)
    if device == "cpu":
        silero.LANES["cpu"] = silero.LANES["cuda"]
        net, name = cpu, "the CPU, as many side by side as on a GPU"
    else:
        net, name = load(device, nature=True), torch.cuda.get_device_name(0)
    listen(net, sounds[:GROUP])  # warm
    answers, there = listen(net, sounds)
    largest = max(float(np.abs(a - b).max(initial=0)) for a, b in zip(answers, expected, strict=True))
    differing = 0
    for y, *both in zip(sounds, answers, expected, strict=True):
        one, other = (segments(Track.quantised(each, hop=CHUNK / SR, n_samples=len(y))) for each in both)
        differing += [(s.onset, s.offset) for s in one] != [(s.onset, s.offset) for s in other]
    limit = timed(decode, [str(path) for path in paths])
    table(
        f"{hours:.2f} h in {len(sounds)} recordings, groups of {GROUP}",
        [
            ("one core of the CPU", f"{60 * hours / on_cpu:.1f} hours a minute"),
            (name, f"{60 * hours / there:.1f} hours a minute"),
            (f"decoding alone, {JOBS} processes", f"{60 * hours / limit:.1f} hours a minute"),
            ("seconds of decoding over those of hearing", f"{limit / there:.2f}"),
            ("largest difference of a probability", f"{largest:.1e}"),
            ("recordings whose stretches differ", str(differing)),
        ],
    )
    if largest > ALLOWED:
        raise SystemExit("not equal")


if __name__ == "__main__":
    main()
