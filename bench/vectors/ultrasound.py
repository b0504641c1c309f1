"""What the vectors of BatDetect2 are worth and cost: whether the nearest one is of the same recording.

All recordings of the corpus with a rate of 190 kHz or more, in windows of half a second that do not overlap.
Seconds are those of the processor, on one thread.
"""

from __future__ import annotations

import csv
import importlib.util
import os
import sys
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))
from shared.common import need_corpus

from curate.embedders.embed_file import EmbedJob, embed_file, embedder
from curate.scores.neighbours import unit

#: Rates from which a recording may hold ultrasound that the network knows, Hz.
LEAST = 190_000


def main() -> None:
    corpus = need_corpus()
    if importlib.util.find_spec("batdetect2") is None:
        print("batdetect2 is not installed")
        return
    import torch

    torch.set_num_threads(1)
    embedder("batdetect2")
    with open(corpus / "SOURCES.csv", encoding="utf-8", newline="") as file:
        paths = [
            corpus / row["file"]
            for row in csv.DictReader(file)
            if row["category"].startswith("animals") and float(row["sample_rate"] or 0) >= LEAST
        ]
    found, whose, seconds = [], [], 0.0
    started = time.process_time()
    for number, path in enumerate(paths):
        status = os.stat(path)
        made = embed_file(EmbedJob(0, str(path), 0.0, status.st_size, status.st_mtime_ns, "batdetect2", 0.5))
        heard = made.vectors[made.vectors.any(axis=1)]
        found.append(heard.astype(np.float32))
        whose += [number] * len(heard)
        seconds += made.duration
    took = time.process_time() - started
    rows, of = unit(np.concatenate(found)), np.array(whose)
    several = np.array([(of == each).sum() > 1 for each in of])
    likeness = rows @ rows.T
    np.fill_diagonal(likeness, -2)
    same = (of[likeness.argmax(axis=1)] == of)[several].mean()
    chance = np.mean([((of == each).sum() - 1) / (len(of) - 1) for each in of[several]])
    print(f"{len(of)} windows of {len(paths)} recordings, {took / seconds:.2f} s for a second of sound")
    print(f"nearest of the same recording: {same:.0%}, by chance {chance:.0%}")


if __name__ == "__main__":
    main()
