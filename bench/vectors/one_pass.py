"""What `embed --detector` saves: vectors and all detectors in one pass, against two passes.

The same recordings of the corpus in one process that is warm, by turns. Seconds are those of the processor.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
from shared.common import need_corpus

from curate.detectors import DETECTORS
from curate.detectors.detect_file import DetectionJob, default_settings, detect_file
from curate.embedders.embed_file import EmbedJob, embed_file
from curate.steps.scores.embed_and_detect import SharedJob, embed_and_feed, finish_heard


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=60)
    parser.add_argument("--model", default="spectral")
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    paths = sorted((need_corpus() / "animals").rglob("*.*g*"))[: asked.files]
    settings = {name: default_settings(name) for name in DETECTORS}
    facts = [(0, str(path), 0.0, os.stat(path).st_size, os.stat(path).st_mtime_ns) for path in paths]
    embeds = [EmbedJob(*each, asked.model, 3.0) for each in facts]
    detects = [DetectionJob(*each, settings) for each in facts]

    def apart() -> None:
        for embed, detect in zip(embeds, detects, strict=True):
            embed_file(embed)
            detect_file(detect)

    def together() -> None:
        for embed, detect in zip(embeds, detects, strict=True):
            finish_heard([embed_and_feed(SharedJob(embed, detect))])

    apart()  # loads what is loaded once
    took = {work.__name__: [] for work in (apart, together)}
    for _ in range(asked.rounds):
        for work in (apart, together):
            started = time.process_time()
            work()
            took[work.__name__].append(time.process_time() - started)
    two, one = (statistics.median(took[name]) for name in ("apart", "together"))
    print(f"{len(paths)} recordings, {asked.model} and {len(settings)} detectors")
    print(f"two passes {two:.2f} s, one pass {one:.2f} s: {1 - one / two:.0%} less")


if __name__ == "__main__":
    main()
