"""Soft labels and audits of a made-up BirdCLEF 2025: its numbers of recordings, soundscapes and classes.

Rows are registered as an import does, without opening files, and scores are drawn; then the commands
run as a person would run them, each in a process of its own.
"""

from __future__ import annotations

import argparse
import csv
import json
from multiprocessing import Process
from pathlib import Path

import numpy as np
import pandas as pd
from shared.common import curate, fresh, table

from curate.catalogue import recordings
from curate.catalogue.dataset import Dataset
from curate.model import AudioInfo, FileFacts, Row

SR = 32000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--recordings", type=int, default=28_564)
    parser.add_argument("--soundscapes", type=int, default=9_726)
    parser.add_argument("--classes", type=int, default=206)
    options = parser.parse_args()
    folder = fresh("scores_scale")
    # In a process of its own: the memory of this one would count for its children.
    maker = Process(target=make, args=(folder, options.recordings, options.soundscapes, options.classes))
    maker.start()
    maker.join()

    results = []
    scores = [folder / "a.csv", folder / "b.csv"]
    for command, told in (
        (["pseudo-label", *scores, "--keep-above", "0.3", "--top-n", "30"], "kept"),
        (["manifest", "--soft-labels", "pseudo-1", "-o", folder / "train.parquet"], "rows"),
        (["audit", folder / "oof.parquet", "-o", folder / "worst.csv"], "suspects"),
    ):
        made = curate(*command, "-d", folder / "birds", "--json")
        found = json.loads(made.stdout)[told]
        words = f"{made.seconds:.1f} s ({made.core_seconds:.1f} s of a core), {made.peak_mb:,.0f} MB"
        results.append((command[0], f"{words}; {told} {found:,}"))
    planted = set(json.loads((folder / "planted.json").read_text()))
    with (folder / "worst.csv").open(newline="") as file:
        worst = [row["recording_id"] in planted for row in csv.DictReader(file)]
    results.append((f"planted errors among the worst {len(worst)}", f"{sum(worst)} of {len(planted):,}"))
    windows = f"{12 * options.soundscapes:,} windows of two models"
    table(f"{windows}, {options.recordings:,} labels, {options.classes} classes", results)


def make(folder: Path, count: int, soundscapes: int, classes_count: int) -> None:
    """Write a catalogue, scores of two models, and out-of-fold scores with planted errors."""
    rng = np.random.default_rng(0)
    classes = [f"class{number:03}" for number in range(classes_count)]
    labels = rng.zipf(1.4, count * 4)
    labels = labels[labels <= classes_count][:count] - 1
    with Dataset(folder / "birds") as birds:
        register(birds, "xc", [classes[at] for at in labels], seconds=20.0)
        register(birds, "scape", [""] * soundscapes, seconds=60.0)
    ends = [f"scape{n}_{end}" for n in range(soundscapes) for end in range(5, 61, 5)]
    for model in "ab":
        scores = drawn(rng, rng.integers(0, classes_count, len(ends)), classes)
        scores.assign(row_id=ends).to_csv(folder / f"{model}.csv", index=False, float_format="%.5f")
    wrong = rng.random(len(labels)) < 0.05
    truth = np.where(wrong, rng.integers(0, classes_count, len(labels)), labels)
    ids = [f"xeno-canto:xc{n}" for n in range(len(labels))]
    drawn(rng, truth, classes).assign(recording_id=ids).to_parquet(folder / "oof.parquet")
    planted = [name for name, is_wrong in zip(ids, truth != labels, strict=True) if is_wrong]
    (folder / "planted.json").write_text(json.dumps(planted))


def drawn(rng: np.random.Generator, best: np.ndarray, classes: list[str]) -> pd.DataFrame:
    """Scores of a model that mostly hears one class: low ones for all, a higher one for it."""
    scores = rng.beta(0.3, 9.0, (len(best), len(classes)))
    scores[np.arange(len(best)), best] = rng.beta(2.0, 1.5, len(best))
    return pd.DataFrame(scores.round(5), columns=classes)


def register(birds: Dataset, name: str, labels: list[str], *, seconds: float) -> None:
    with birds.writing("import", {}), birds.store.transaction():
        for number, label in enumerate(labels):
            path = Path("/audio", f"{name}{number}.ogg")
            recordings.add(
                birds.store,
                Row(path=str(path), label=label, archive="xeno-canto"),
                FileFacts(1000, 1, f"{name}{number}", AudioInfo(round(seconds * SR), SR, 1, "ogg", "vorbis")),
                archive_id=path.stem,
                folder=birds.folder,
            )


if __name__ == "__main__":
    main()
