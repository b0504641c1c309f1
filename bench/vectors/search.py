"""How many verdicts a search needs to find 90 % of a rare class, against hearing windows in random order.

Real recordings of the corpus are embedded. The windows of one class of ESC-10 are thinned to 2 % of all.
One of them is the example, and the others are what a person would say yes to. Each round asks what `curate
search` asks, and trains again. Random order needs 90 % of all windows.
"""

from __future__ import annotations

import argparse
import csv
import os
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))
from shared.common import need_corpus, table

from curate.embedders import EMBEDDERS
from curate.embedders.embed_file import EmbedJob, embed_file, embedder
from curate.scores.probe import questions, trained

REPOSITORY = "karolpiczak/ESC-10"

#: Windows of a recording that is no clip, at most.
_OF_EACH = 4

#: Share of the windows that are of the class, and share of them that is to be found.
PREVALENCE, FOUND = 0.02, 0.9


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", choices=EMBEDDERS, action="append")
    parser.add_argument("--ask", type=int, default=10, help="questions a round")
    parser.add_argument("--starts", type=int, default=20, help="examples to start from, one search each")
    options = parser.parse_args()
    for model in options.model or ["spectral"]:
        measure(model, *embedded(model), options)


def embedded(model: str) -> tuple[np.ndarray, np.ndarray]:
    """Embed the corpus; gives vectors, and their classes, with `other` before those of no clip of ESC-10."""
    root = need_corpus()
    made, kinds = [], []
    with (root / "SOURCES.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        path = root / row["file"]
        status = os.stat(path)
        job = EmbedJob(0, str(path), 0.0, status.st_size, status.st_mtime_ns, model, embedder(model).window)
        try:
            found = embed_file(job).vectors
        except Exception:  # noqa: BLE001 - odd files are part of the corpus
            continue
        # A clip of ESC-10 begins with its sound, and may end without. Long ones would outweigh the rest.
        is_clip = row["repo"] == REPOSITORY
        found = found[found.any(axis=1)][: 1 if is_clip else _OF_EACH]
        made.append(found)
        kinds += [row["kind"] if is_clip else f"other {row['kind']}"] * len(found)
    return np.concatenate(made), np.array(kinds)


def measure(model: str, vectors: np.ndarray, kinds: np.ndarray, options: argparse.Namespace) -> None:
    """Search for each class, from several examples."""
    rows = []
    for kind in sorted(kind for kind in set(kinds.tolist()) if not kind.startswith("other ")):
        asked, shares, sizes = [], [], []
        for start in range(options.starts):
            rng = np.random.default_rng(start)
            own, others = np.flatnonzero(kinds == kind), np.flatnonzero(np.char.find(kinds, kind) < 0)
            many = round(PREVALENCE * len(others) / (1 - PREVALENCE))
            if len(own) < many // 2:
                break  # of the crying babies there are six
            own = rng.permutation(own)[:many]
            held = rng.permutation(np.concatenate([own, others]))
            wanted = np.isin(held, own)
            verdicts = search(vectors[held], wanted, options.ask, rng)
            # The expected place of the last of 90 % in random order.
            needed = int(np.ceil(FOUND * wanted.sum()))
            chance = needed * (len(held) + 1) / (wanted.sum() + 1)
            asked.append(verdicts)
            shares.append(verdicts / chance)
            sizes.append((wanted.sum(), len(held)))
        if not asked:
            continue
        told = f"{np.median(asked):.0f} verdicts for 90 % of {sizes[0][0]} among {sizes[0][1]:,}"
        rows.append((kind, f"{told}; {100 * np.median(shares):.1f} % of random order"))
    table(f"search by {model}", rows)


def search(vectors: np.ndarray, wanted: np.ndarray, ask: int, rng: np.random.Generator) -> int:
    """Count the verdicts until nine in ten are found; the example is given."""
    needed = int(np.ceil(FOUND * wanted.sum()))
    decided = np.zeros(len(wanted), bool)
    decided[rng.choice(np.flatnonzero(wanted))] = True
    verdicts = 0
    while True:
        found = trained(vectors, vectors[decided & wanted], vectors[decided & ~wanted])
        scores = found.scores(vectors)
        for place, _ in questions(scores, vectors, ~decided, ask):
            decided[place] = True
            verdicts += 1
            if (decided & wanted).sum() >= needed:
                return verdicts
        if decided.all():
            return verdicts


if __name__ == "__main__":
    main()
