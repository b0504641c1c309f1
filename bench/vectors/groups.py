"""What `cluster` and `audit --neighbours` find of faults that are planted among real recordings.

Recordings of ESC-10, of animals of ESC-50 and of two species of crickets are embedded and measured as they
are, and again with a fault: half the rate in the header, resampled to half the rate, clipped, or 30 dB
softer. Then 5 % of them, those of one of twenty recorders, get their faulty vectors and facts. In another
case it is half of a recorder with 10 %, in a third 5 % at random. Printed are how often the recorder, or the
group without one, is named, and precision and recall of the recordings named: by vectors alone, and with
what detectors measured. At last all animals and noises of the corpus, without a fault, are asked for groups.

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
from dataclasses import dataclass
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
from curate.detectors.detect_file import DetectionJob, detect_file
from curate.embedders.embed_file import embed_file, embedder
from curate.scores.likeness_groups import group, nearest
from curate.scores.neighbours import unit
from curate.scores.standing import numbered
from curate.scores.suspicion import suspect
from curate.scores.votes import LOOKED_AT, votes
from curate.steps.scores.fault_groups import fault_groups
from curate.steps.scores.measured_facts import FACTS

REPOSITORIES = ("karolpiczak/ESC-10", "cuongphamduc/Animal-Sound-Recognition", "ealmuina/thesis")
DRAWS = 10

#: A group is of the planted fault if more than this share of it has it.
MOSTLY = 0.5

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
        made = {name: planted([root / row["file"] for row in rows], model, name) for name in FAULTS}
        measure_faults(model, made, labels)
        measure_labels(model, made["none"].vectors, labels)
    measure_unplanted(root)


@dataclass
class Made:
    """Vectors of recordings, their rates, and what is measured of them, a row for each."""

    vectors: np.ndarray
    rates: np.ndarray
    facts: dict[str, np.ndarray]


def planted(files: list[Path], model: str, fault: str) -> Made:
    """Embed and measure recordings with a fault."""
    made = []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "faulty.wav"
        for file in files:
            with open_audio(str(file)) as audio:
                y = np.concatenate(list(audio.blocks()), axis=1).mean(axis=0)
                sr = audio.sr
            sf.write(path, *FAULTS[fault](y, sr), subtype="PCM_16")
            made.append(looked_at(path, model))
    return joined(made)


def looked_at(path: Path, model: str) -> tuple[np.ndarray, int, dict[str, float]]:
    """Embed and measure one file."""
    hop = embedder(model).window
    status = path.stat()
    layers = {fact.layer: {} for fact in FACTS.values() if fact.layer}
    heard = detect_file(DetectionJob(0, str(path), 0.0, status.st_size, status.st_mtime_ns, layers))
    sr = sf.info(path).samplerate
    facts = {
        name: fact.of(heard.findings[fact.layer].track if fact.layer else b"", origin(0, sr=sr))
        for name, fact in FACTS.items()
    }
    return unit(embed_file(job(path, model, hop)).vectors).sum(axis=0), sr, facts


def joined(made: list[tuple[np.ndarray, int, dict[str, float]]]) -> Made:
    vectors, rates, facts = zip(*made, strict=True)
    columns = {name: np.array([each[name] for each in facts]) for name in FACTS}
    return Made(unit(np.stack(vectors)), np.array(rates), columns)


def origin(number: int, *, sr: int, recorder: str = "", archive: str = "") -> RecordingOrigin:
    device = "recorder" if recorder else ""
    return RecordingOrigin(number, archive, "", device, recorder, "", sr, "", "", None, None, 1, "")


def measure_faults(model: str, made: dict[str, Made], labels: list[str]) -> None:
    for fault in FAULTS:
        for case, planting in (
            ("all of a recorder with 5 %", (20, 1.0)),
            ("half of one with 10 %", (10, 0.5)),
            ("5 % at random", (20, 0.0)),
        ):
            for way in ("vectors", "and facts"):
                told = measure_case((made["none"], made[fault]), labels, planting, by_facts=way != "vectors")
                print(f"{model:8} {fault:28} {case:27} by {way:10} {told}")


def measure_case(
    made: tuple[Made, Made], labels: list[str], planting: tuple[int, float], *, by_facts: bool
) -> str:
    """Plant a fault in some recordings, the share of one of so many recorders; 0 plants as many at random."""
    good, faulty = made
    recorders, share = planting
    n = len(labels)
    named, falsely, precision, recall = 0, 0, [], []
    for seed in range(DRAWS):
        rng = np.random.default_rng(seed)
        recorder = rng.permutation(n) % recorders
        own = np.flatnonzero(recorder == 0)
        bad = np.zeros(n, bool)
        bad[own[: round(share * len(own))] if share else rng.permutation(n)[: n // recorders]] = True
        drawn = np.where(bad[:, np.newaxis], faulty.vectors, good.vectors)
        rates = np.where(bad, faulty.rates, good.rates)
        facts = {name: np.where(bad, faulty.facts[name], good.facts[name]) for name in FACTS}
        bad &= faulty is not good
        origins = [origin(at, sr=int(rates[at]), recorder=str(recorder[at])) for at in range(n)]
        found, of_row = fault_groups(
            drawn, labels, origins, [str(at) for at in range(n)], facts if by_facts else None
        )
        told = np.zeros(n, bool)
        told[list(of_row)] = True
        # The recorder where there is one. Any group may hold a rate of its own.
        right = [
            each
            for each in found
            if (any(one.value == "recorder 0" for one in each.shares) if share else True)
            and np.mean([bad[int(name)] for name in each.recordings]) > MOSTLY
        ]
        named += bool(right)
        falsely += sum(np.mean([bad[int(name)] for name in each.recordings]) <= MOSTLY for each in found)
        if told.any() and bad.any():
            precision.append((told & bad).sum() / told.sum())
        recall.append((told & bad).sum() / max(1, bad.sum()))
    right = f"{np.mean(precision):.2f}" if precision else "-"
    return (
        f"named {named:2} of {DRAWS}, false groups {falsely}, precision {right}, recall {np.mean(recall):.2f}"
    )


def measure_unplanted(root: Path) -> None:
    """Ask for groups where no fault was planted: each repository is an archive."""
    with (root / "SOURCES.csv").open(newline="", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["category"] in ("animals", "noise")]
    made, kept = [], []
    for row in rows:
        try:
            made.append(looked_at(root / row["file"], "spectral"))
        except Exception:  # noqa: BLE001 - odd files are part of the corpus
            continue
        kept.append(row)
    whole = joined(made)
    heard = np.flatnonzero(whole.vectors.any(axis=1))
    origins = [origin(at, sr=int(whole.rates[at]), archive=kept[at]["repo"]) for at in heard.tolist()]
    found, _ = fault_groups(
        whole.vectors[heard],
        [kept[at]["kind"] for at in heard.tolist()],
        origins,
        [kept[at]["file"] for at in heard.tolist()],
        {name: values[heard] for name, values in whole.facts.items()},
    )
    print(f"unplanted: {len(heard)} recordings, {len(found)} groups")
    for each in found:
        print(f"  {each.what} probability {each.probability:.1e}, {', '.join(each.recordings[:3])}")


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
