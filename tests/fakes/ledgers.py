"""Made-up catalogues of recordings that lie nowhere: layers, cuts, labels, folds and verdicts at random."""

from __future__ import annotations

import random
from itertools import pairwise
from pathlib import Path

from curate.catalogue import assignments, cuts, duplicates, layers, recordings, verdicts
from curate.catalogue.cuts import CleanCopy
from curate.catalogue.dataset import Dataset
from curate.decisions.quality import LAYERS
from curate.detectors.detect_file import default_settings
from curate.model import AudioInfo, Cut, FileFacts, Piece, Row, Segment, Verdict
from curate.steps.common.detect import detector_class

SR = 32000
REMARKS = (None, None, None, "voice announcement at the end", "two males", "voice removed")


def register(dataset: Dataset, draw: random.Random, count: int) -> list[float]:
    """Add recordings, some of them broken, empty or without a label; returns their seconds, by number."""
    lengths = [0.0]
    for number in range(1, count + 1):
        label = draw.choice(["owl", "frog", "toad", ""])
        ok = draw.random() < 0.9
        frames = draw.choice([0, 300, 8 * SR, 30 * SR + 7, draw.randrange(1, 60 * SR)])
        row = Row(
            path=str(dataset.folder / "raw" / f"{number}.ogg") if number % 3 else f"/nowhere/{number}é.ogg",
            label=label,
            secondary_labels=tuple(draw.sample(["owl", "crake"], draw.randrange(3))),
            scientific_name=f"Genus {label}" if label else "",
            rating=draw.choice([None, 3.5]),
            archive=draw.choice(["xeno-canto", "csa"]),
            recordist=draw.choice(["", "Ada", "Bob"]),
            latitude=draw.choice([None, 1.25]),
            date=draw.choice(["", "2024-05-17"]),
            extra={"remarks": draw.choice(REMARKS)},
        )
        info = AudioInfo(frames, SR, 1, "ogg", "vorbis") if ok else None
        facts = FileFacts(1000, 5, f"{number % (count - 1):064x}", info, None if ok else "broken")
        recordings.add(dataset.store, row, facts, archive_id=str(number), folder=dataset.folder)
        lengths.append(frames / SR if ok else 0.0)
    return lengths


def stretches(draw: random.Random, length: float, most: int) -> list[tuple[float, float]]:
    """Disjoint stretches in order, some of which touch, or reach to an end."""
    ends = sorted({round(draw.uniform(0, length), draw.choice([1, 3, 6])) for _ in range(2 * most)})
    ends = [0.0, *ends] if draw.random() < 0.3 else ends
    ends = [*ends, length] if draw.random() < 0.3 else ends
    ends = sorted({end for end in ends if 0 <= end <= length})
    pairs = list(zip(ends[::2], ends[1::2], strict=False))
    if draw.random() < 0.3:
        pairs += [(high, low) for (_, high), (low, _) in pairwise(pairs)]
    return sorted((onset, offset) for onset, offset in pairs if onset < offset)


def listen(
    dataset: Dataset, draw: random.Random, lengths: list[float], heard: dict[str, dict], *, quiet: float = 0.0
) -> None:
    """Fill layers: most recordings looked at, some failed, some not at all; in a share of them is nothing."""
    still = {number for number in range(len(lengths)) if draw.random() < quiet}
    for name, settings in heard.items():
        kind = detector_class(name)
        layer = layers.define(
            dataset.store, kind.name, producer=name, version=kind.version, parameters=settings
        )
        digest = layers.digest(kind.version, settings)
        for number, length in enumerate(lengths[1:], start=1):
            chance = draw.random()
            if chance < 0.05 or not length:
                continue
            found = [
                Segment(
                    onset,
                    offset,
                    "speech" if name == "speech" else draw.choice(["zeros", "wind", "fly", "silence"]),
                    draw.choice([None, 0.3, 0.72, 0.97, 0.995, draw.random()]),
                    measured={"share": 0.5} if name == "clipping" else {},
                )
                for onset, offset in stretches(draw, length, draw.choice([0, 0, 1, 2, 5]))
                if number not in still or name == "activity"
            ]
            layers.put(
                dataset.store,
                number,
                layer,
                found,
                digest=digest,
                failure="broken" if chance < 0.08 else None,
            )


def all_layers(speech: dict[str, float]) -> dict[str, dict]:
    """Settings of all detectors that decide about cuts."""
    return {"speech": speech, **{name: default_settings(name) for name in LAYERS}}


def decide(dataset: Dataset, draw: random.Random, lengths: list[float]) -> None:
    """Write cuts of three steps, folds, shares and copies at random; most files of copies are there."""
    for number, length in enumerate(lengths[1:], start=1):
        for step in ("review", "strip-voice", "trim"):
            if length and draw.random() < 0.4:
                made = [
                    Cut(
                        *span,
                        draw.choice(["excise", "mute", "flag"]),
                        draw.choice(["voice", "dull"]),
                        None,
                        step,
                    )
                    for span in stretches(draw, length, 3)
                ]
                if draw.random() < 0.1:
                    made = [Cut(0.0, length, "drop", "voice", None, step)]
                cuts.replace(dataset.store, number, step, made)
        if draw.random() < 0.8:
            assignments.put_folds(dataset.store, [(number, draw.randrange(3))])
            share = (draw.choice([0, 1, 1, 1, 2, 5]), None, draw.choice([1.0, 0.5]), number)
            assignments.put_shares(dataset.store, [share])
        if draw.random() < 0.2:
            duplicates.regroup(dataset.store, [number], {number: 1}, {number: ["heron", "crane"]})
        if length and draw.random() < 0.4:
            path = Path("clean") / f"{number}.flac"
            cuts.announce_copies(dataset.store, [(number, str(path))])
            cuts.put_copy(dataset.store, CleanCopy(number, str(path), "d", 5000, 9), [Piece(0, 0, 5000)])
            if draw.random() < 0.8:
                (dataset.folder / path).parent.mkdir(exist_ok=True)
                (dataset.folder / path).touch()


def judge(dataset: Dataset, draw: random.Random, lengths: list[float], share: float = 0.3) -> None:
    """Let persons judge stretches."""
    for number, length in enumerate(lengths[1:], start=1):
        if length and draw.random() < share:
            for onset, offset in stretches(draw, length, 2):
                what = draw.choice(["keep", "keep", "cut", "drop"])
                verdicts.add(
                    dataset.store, number, Verdict(onset, offset, what, "ada", "2024-05-17T00:00:00")
                )
