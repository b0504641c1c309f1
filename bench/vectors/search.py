"""How many verdicts a search needs to find 90 % of a rare class, against hearing windows in random order.

Real recordings of the corpus are embedded. Windows are left out until those of a class are 2 % of all. The
classes are those of ESC-10, and animals of ESC-50, of which there is enough. One window is the example, and
the others are what a person would say yes to. Each round asks what `curate search` asks, and trains again.
Random order needs 90 % of all windows.

The blocks of `spectral` were chosen on cow, hen, pig, cat and acheta domesticus, with other draws than these.
The other classes judged the last few candidates.
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

#: Clips of classes: one window of each counts, for it begins with its sound, and may end without.
CLIPS = ("karolpiczak/ESC-10", "cuongphamduc/Animal-Sound-Recognition")

#: Left out as classes: others of the corpus are of them as well, under other names.
_TOO_WIDE = ("bird", "insects")

#: Windows of a recording that is no clip, at most, and of a class at least.
_OF_EACH, _FEWEST = 4, 19

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
    """Embed the corpus; gives vectors, and their classes, with `other` before those of no clip of ESC."""
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
        # Long ones would outweigh the rest.
        is_clip = row["repo"] in CLIPS
        found = found[found.any(axis=1)][: 1 if is_clip else _OF_EACH]
        made.append(found)
        kinds += [row["kind"] if is_clip else f"other {row['kind']}"] * len(found)
    return np.concatenate(made), np.array(kinds)


def measure(model: str, vectors: np.ndarray, kinds: np.ndarray, options: argparse.Namespace) -> None:
    """Search for each class, from several examples."""
    rows, medians = [], []
    for kind in sorted(kind for kind in set(kinds.tolist()) if not kind.startswith("other ")):
        word = kind.split(": ")[-1]
        own = np.flatnonzero(kinds == kind)
        if word in _TOO_WIDE or len(own) < _FEWEST:
            continue  # of the crying babies there are six
        others = np.flatnonzero(np.char.find(np.char.lower(kinds), word) < 0)
        many = min(len(own), round(PREVALENCE * len(others) / (1 - PREVALENCE)))
        asked, shares = [], []
        for start in range(options.starts):
            rng = np.random.default_rng(start)
            some = rng.permutation(own)[:many]
            rest = rng.permutation(others)[: round(many / PREVALENCE) - many]
            held = rng.permutation(np.concatenate([some, rest]))
            wanted = np.isin(held, some)
            verdicts = search(vectors[held], wanted, options.ask, rng)
            # The expected place of the last of 90 % in random order.
            needed = int(np.ceil(FOUND * wanted.sum()))
            chance = needed * (len(held) + 1) / (wanted.sum() + 1)
            asked.append(verdicts)
            shares.append(verdicts / chance)
        medians.append(float(np.median(shares)))
        told = f"{np.median(asked):.0f} verdicts for 90 % of {wanted.sum()} among {len(held):,}"
        rows.append((word, f"{told}; {100 * medians[-1]:.1f} % of random order"))
    rows.append(("median of the classes", f"{100 * np.median(medians):.1f} % of random order"))
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
