"""How well vectors tell sounds apart, and what they cost.

Sets of the corpus are embedded whole: ESC-10, the animals of ESC-50, and the species of which it holds two
recordings and more. Each recording is compared with all others of its set: how often its nearest neighbour
is of its class, and the share of its class among its ten nearest, or as many as its class has beside it.
Chance is printed beside it.
"""

from __future__ import annotations

import argparse
import csv
import os
import re
import sys
import time
from collections import Counter
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))
from shared.common import need_corpus

from curate.embedders import EMBEDDERS
from curate.embedders.embed_file import EmbedJob, embed_file, embedder
from curate.errors import UsageError
from curate.scores.neighbours import unit

#: What is compared with each other: repositories of recordings, and the words before the class in a kind.
#: A species has a name of two words, at the end or in front of a place.
SETS = {
    "ESC-10": ("karolpiczak/ESC-10", r"(.+)"),
    "animals of ESC-50": ("cuongphamduc/Animal-Sound-Recognition", r"ESC-50 class: (.+)"),
    "species": ("", r"(?:bird|fish|insect|mammal): ([A-Z]?[a-z]+ [a-z]{4,})(?: \(.+)?"),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", choices=EMBEDDERS, action="append", help="all but those of ultrasound")
    models = parser.parse_args().model or [each for each in EMBEDDERS if each != "batdetect2"]
    root = need_corpus()
    with (root / "SOURCES.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    for name, (repository, kind) in SETS.items():
        found = [
            (root / row["file"], match[1])
            for row in rows
            if row["repo"].startswith(repository) and (match := re.fullmatch(kind, row["kind"]))
        ]
        classes = Counter(each for _, each in found)
        found = [(path, each) for path, each in found if classes[each] > 1]
        classes = Counter(each for _, each in found)
        chance = sum(n * (n - 1) for n in classes.values()) / (len(found) * (len(found) - 1))
        print(f"{name}: {len(found)} recordings of {len(classes)} classes; chance {chance:.2f}")
        for model in models:
            try:
                embedder(model)
            except UsageError as error:
                print(f"{model:10} left out: {error}")
            else:
                measure(model, found)


def measure(model: str, found: list[tuple[Path, str]]) -> None:
    """Print how often neighbours share the class, and the seconds that it took."""
    hop = embedder(model).window
    embed_file(job(found[0][0], model, hop))  # loads what is loaded once
    started = time.process_time()
    made = [embed_file(job(path, model, hop)) for path, _ in found]
    took = time.process_time() - started
    means = unit(np.stack([unit(each.vectors).sum(axis=0) for each in made]))
    likeness = means @ means.T
    np.fill_diagonal(likeness, -2)
    kinds = np.array([kind for _, kind in found])
    nearest = np.argsort(-likeness, axis=1)
    first = (kinds[nearest[:, 0]] == kinds).mean()
    others = np.minimum(10, [(kinds == each).sum() - 1 for each in kinds])
    ten = np.mean(
        [(kinds[row[:n]] == each).mean() for row, n, each in zip(nearest, others, kinds, strict=True)]
    )
    hours = sum(each.duration for each in made) / 3600
    print(
        f"{model:10} nearest of the same class {first:.2f}, of the ten nearest {ten:.2f}; "
        f"{took / hours:.0f} s of one core per hour of sound"
    )


def job(path: Path, model: str, hop: float) -> EmbedJob:
    """Name a file to embed."""
    status = os.stat(path)
    return EmbedJob(0, str(path), 0.0, status.st_size, status.st_mtime_ns, model, hop)


if __name__ == "__main__":
    main()
