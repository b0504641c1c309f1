"""Folds of a made-up archive with the long tails of BirdCLEF 2025: ours, scikit-learn's, and chance.

Off: the share of a class's recordings that would have to change folds, mean over the classes.
"""

from __future__ import annotations

import argparse
import random
import time
from collections import Counter

import numpy as np
from shared.common import table
from shared.metadata import archive
from sklearn.model_selection import StratifiedGroupKFold

from curate.decisions.groups import Item, grouped, site_of
from curate.decisions.split import divide, shares_of

FOLDS = 5


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--recordings", type=int, default=28_564)
    parser.add_argument("--classes", type=int, default=206)
    options = parser.parse_args()
    items = [
        Item(n, r.label, r.secondary_labels, r.archive, r.recordist, r.latitude, r.longitude, r.date)
        for n, (r, _) in enumerate(archive(options.recordings, options.classes), start=1)
    ]
    groups = grouped(items, ["recordist", "site"])
    numbers = np.zeros(len(items), int)
    for number, group in enumerate(groups):
        numbers[group] = number

    started = time.perf_counter()
    ours = divide(items, groups, shares_of(FOLDS, None, None, None)).folds
    results = [("curate split", told(items, groups, ours, time.perf_counter() - started))]
    started = time.perf_counter()
    theirs = [0] * len(items)
    labels = [item.label for item in items]
    for fold, (_, held) in enumerate(StratifiedGroupKFold(FOLDS).split(labels, labels, numbers)):
        for place in held:
            theirs[place] = fold
    results.append(("StratifiedGroupKFold", told(items, groups, theirs, time.perf_counter() - started)))
    draw = random.Random(0)
    chance = [draw.randrange(FOLDS) for _ in items]
    results.append(("random", told(items, groups, chance, 0.0)))
    either = Counter(joined_by_either(items)).most_common(1)[0][1]
    results.append(
        ("largest group", f"{max(map(len, groups)):,} recordings; joined by either key {either:,}")
    )
    several = sum(len(group) > 1 for group in groups)
    table(
        f"{len(items):,} recordings, {len(groups):,} groups, {several:,} of more than one recording", results
    )


def told(items: list[Item], groups: list[list[int]], folds: list[int], seconds: float) -> str:
    counts: dict[str, Counter[int]] = {}
    for item, fold in zip(items, folds, strict=True):
        for label in item.labels:
            counts.setdefault(label, Counter())[fold] += 1
    off = 0.0
    for found in counts.values():
        ideal = found.total() / FOLDS
        off += sum(abs(found[fold] - ideal) for fold in range(FOLDS)) / (2 * found.total())
    divided = sum(len({folds[place] for place in group}) > 1 for group in groups)
    return f"{100 * off / len(counts):.2f} % off, {divided:,} groups divided, {seconds:.2f} s"


def joined_by_either(items: list[Item]) -> list[int]:
    """Group of each recording if a common recordist or a common site were enough."""
    by_site: dict[object, list[int]] = {}
    for item in items:
        by_site.setdefault(site_of(item, 1.0), []).append(item.number)
    first = {number: numbers[0] for numbers in by_site.values() for number in numbers}
    linked = [Item(item.number, recordist=item.recordist, same=(first[item.number],)) for item in items]
    return [number for number, group in enumerate(grouped(linked, ["recordist"])) for _ in group]


if __name__ == "__main__":
    main()
