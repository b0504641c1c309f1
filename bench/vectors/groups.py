"""What `cluster` and `audit --neighbours` find of faults that are planted among real recordings.

Recordings of ESC-10, of animals of ESC-50 and of two species of crickets are embedded as they are, and again
with a fault: half the rate in the header, resampled to half the rate, clipped, or 30 dB softer. Then 5 % of
them, those of one of twenty recorders, get their faulty vectors. In another case it is half of a recorder
with 10 %. Printed are how often the recorder is named, and precision and recall of the recordings named.

Wrong labels are planted at 5, 10 and 20 %. A logistic regression on the vectors gives out-of-fold scores. The
area under the precision-recall curve is that of the ranking by scores, neighbours, and the mean of both.
"""

from __future__ import annotations

import argparse
import csv
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import soundfile as sf
import soxr
from embeddings import job

sys.path.insert(0, str(Path(__file__).parents[1]))
from shared.common import need_corpus
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score
from sklearn.model_selection import StratifiedKFold

from curate.audio.read import open_audio
from curate.catalogue.recorders import RecordingOrigin
from curate.embedders.embed_file import embed_file, embedder
from curate.scores.likeness_groups import group, nearest
from curate.scores.neighbours import unit
from curate.scores.standing import numbered
from curate.scores.suspicion import suspect
from curate.scores.votes import LOOKED_AT, votes
from curate.steps.scores.fault_groups import fault_groups

REPOSITORIES = ("karolpiczak/ESC-10", "cuongphamduc/Animal-Sound-Recognition", "ealmuina/thesis")
DRAWS = 10

#: A fault changes samples and the rate that the header says.
FAULTS: dict[str, Callable[[np.ndarray, int], tuple[np.ndarray, int]]] = {
    "none": lambda y, sr: (y, sr),
    "half the rate in the header": lambda y, sr: (y, sr // 2),
    "resampled to half the rate": lambda y, sr: (soxr.resample(y, sr, sr // 2), sr // 2),
    "clipped, 20 dB over": lambda y, sr: (np.clip(10 * y / max(np.abs(y).max(), 1e-6), -1, 1), sr),
    "30 dB softer": lambda y, sr: (y * 10**-1.5, sr),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", action="append")
    parser.add_argument(
        "--scale", type=int, default=0, metavar="N", help="Only time N vectors of 167 numbers."
    )
    arguments = parser.parse_args()
    if arguments.scale:
        measure_scale(arguments.scale)
        return
    root = need_corpus()
    with (root / "SOURCES.csv").open(newline="", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["repo"] in REPOSITORIES]
    labels = [row["kind"] for row in rows]
    print(f"{len(rows)} recordings of {len(set(labels))} classes, {DRAWS} draws")
    for model in arguments.model or ["spectral", "birdnet"]:
        vectors = {name: embedded([root / row["file"] for row in rows], model, name) for name in FAULTS}
        measure_faults(model, vectors, labels)
        measure_labels(model, vectors["none"], labels)


def embedded(files: list[Path], model: str, fault: str) -> np.ndarray:
    """Embed recordings with a fault; a row for each."""
    hop = embedder(model).window
    made = []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "faulty.wav"
        for file in files:
            with open_audio(str(file)) as audio:
                y = np.concatenate(list(audio.blocks()), axis=1).mean(axis=0)
                sr = audio.sr
            sf.write(path, *FAULTS[fault](y, sr), subtype="PCM_16")
            made.append(unit(embed_file(job(path, model, hop)).vectors).sum(axis=0))
    return unit(np.stack(made))


def measure_faults(model: str, vectors: dict[str, np.ndarray], labels: list[str]) -> None:
    n = len(labels)
    for fault in FAULTS:
        for case, recorders, share in (
            ("all of a recorder with 5 %", 20, 1.0),
            ("half of one with 10 %", 10, 0.5),
        ):
            named, falsely, precision, recall = 0, 0, [], []
            for seed in range(DRAWS):
                rng = np.random.default_rng(seed)
                recorder = rng.permutation(n) % recorders
                own = np.flatnonzero(recorder == 0)
                bad = np.zeros(n, bool)
                bad[own[: round(share * len(own))]] = fault != "none"
                drawn = np.where(bad[:, np.newaxis], vectors[fault], vectors["none"])
                origins = [
                    RecordingOrigin(at, "", "", "recorder", str(recorder[at]), "", 44100, "", "", None, None)
                    for at in range(n)
                ]
                found, of_row = fault_groups(drawn, labels, origins, [str(at) for at in range(n)])
                told = np.zeros(n, bool)
                told[list(of_row)] = True
                right = [each for each in found if each.shares[0].value == "recorder 0"]
                named += bool(right) and fault != "none"
                falsely += len(found) - len(right) * (fault != "none")
                if right:
                    precision.append((told & bad).sum() / told.sum())
                recall.append((told & bad).sum() / max(1, bad.sum()))
            right = f"{np.mean(precision):.2f}" if precision else "-"
            print(
                f"{model:8} {fault:28} {case:27} named {named:2} of {DRAWS}, false groups {falsely}, "
                f"precision {right}, recall {np.mean(recall):.2f}"
            )


def measure_labels(model: str, vectors: np.ndarray, labels: list[str]) -> None:
    truth, names = numbered(labels)
    n, kinds = len(truth), len(names)
    nothing = np.zeros((n, kinds), bool)
    near = nearest(vectors, LOOKED_AT)
    for share in (0.05, 0.1, 0.2):
        areas: dict[str, list[float]] = {"scores": [], "neighbours": [], "both": []}
        doubted: dict[str, list[float]] = {"scores": [], "neighbours": [], "both": []}
        for seed in range(DRAWS):
            rng = np.random.default_rng(seed)
            said = truth.copy()
            for at in rng.choice(n, round(share * n), replace=False):
                said[at] = rng.choice([kind for kind in range(kinds) if kind != truth[at]])
            wrong = said != truth
            scores = np.zeros((n, kinds))
            folds = StratifiedKFold(5, shuffle=True, random_state=seed)
            for train, rest in folds.split(vectors, said):
                fitted = LogisticRegression(C=30, max_iter=500).fit(vectors[train], said[train])
                scores[np.ix_(rest, fitted.classes_)] = fitted.predict_proba(vectors[rest])
            by_scores = suspect(scores, said, nothing)
            by_votes = suspect(votes(near, said, np.arange(n), kinds)[0], said, nothing)
            for way, margin, suspects in (
                ("scores", by_scores.margin, by_scores.suspects),
                ("neighbours", by_votes.margin, by_votes.suspects),
                ("both", by_scores.margin + by_votes.margin, by_scores.suspects & by_votes.suspects),
            ):
                areas[way].append(average_precision_score(wrong, -margin))
                doubted[way].append(wrong[suspects].mean() if suspects.any() else np.nan)
        print(
            f"{model:8} {share:.0%} wrong labels: area "
            + ", ".join(f"{way} {np.mean(each):.2f}" for way, each in areas.items())
            + "; right about what they doubt: "
            + ", ".join(f"{way} {np.nanmean(each):.2f}" for way, each in doubted.items())
        )


def measure_scale(n: int) -> None:
    """Time neighbours and groups of so many vectors round 200 directions."""
    rng = np.random.default_rng(0)
    middles = rng.normal(size=(200, 167))
    vectors = unit(middles[rng.integers(0, 200, n)] + 1.5 * rng.normal(size=(n, 167)))
    started = time.monotonic()
    near = nearest(vectors)
    found = time.monotonic()
    groups = len(group(near).stability)
    done = time.monotonic()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
    print(
        f"{n:,} vectors: neighbours {found - started:.0f} s, {groups} groups {done - found:.0f} s, "
        f"peak {peak:,.0f} MB"
    )


if __name__ == "__main__":
    main()
