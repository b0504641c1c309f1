"""What a build did about each sound of the benchmark of voices: kept, compared, and by score."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import astuple, dataclass
from pathlib import Path

import numpy as np
from scipy.optimize import minimize

from curate.model import Segment

RESAMPLES = 2000

#: Edges of the scores of which `meaning` tells how many are voices.
SCORES = (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 1.0)

#: Seconds of a voice that a stretch must hold to be one; a shorter stretch, half of it.
LEAST = 0.25


@dataclass(frozen=True)
class Heard:
    """What a side did about one sound: seconds, of those that count.

    Parameters
    ----------
    group
        What is drawn again for the intervals: the voice of a mix, or the recording.
    row
        Condition and level of a mix, else what the sound is.
    """

    draw: int
    group: str
    row: tuple[str, ...]
    whole: float
    cut: float
    review: float


@dataclass(frozen=True)
class Scored:
    """A stretch that may be a voice: its score, and whether it is one. Groups are drawn again."""

    group: str
    score: float
    voice: bool


def scored(group: str, found: Iterable[Segment], truth: np.ndarray, step: float) -> list[Scored]:
    """Tell of each stretch whether it holds a voice. `truth` has a flag for each `step` seconds."""
    made = []
    for each in found:
        inside = truth[round(each.onset / step) : round(each.offset / step)]
        if each.score and len(inside):
            made.append(Scored(group, each.score, inside.sum() * step >= min(LEAST, each.duration / 2)))
    return made


def meaning(stretches: Sequence[Scored]) -> list[list[str]]:
    """List, for each range of scores, how many stretches there are and what share of them are voices."""
    score = np.array([each.score for each in stretches])
    voice = np.array([each.voice for each in stretches])
    rows = []
    for low, high in itertools.pairwise(SCORES):
        chosen = (score >= low) & ((score < high) | (high == SCORES[-1]))
        if chosen.any():
            rows.append(
                [
                    f"{low:g} to {high:g}",
                    str(chosen.sum()),
                    f"{score[chosen].mean():.2f}",
                    f"{voice[chosen].mean():.2f}",
                ]
            )
    return rows


def calibration(stretches: Sequence[Scored]) -> tuple[float, float]:
    """Fit the log odds of a voice as ``a + b * log odds of the score``: 0 and 1 if the score is true."""
    score = np.clip([each.score for each in stretches], 1e-4, 1 - 1e-4)
    x, y = np.log(score / (1 - score)), np.array([each.voice for each in stretches])

    def loss(ab: np.ndarray) -> float:
        z = ab[0] + ab[1] * x
        return float(np.mean(np.logaddexp(0, z) - y * z))

    a, b = minimize(loss, np.array([0.0, 1.0])).x
    return float(a), float(b)


def keep(file: Path, heard: dict[str, list[Heard]]) -> None:
    """Keep what sides did about each sound, for `read`."""
    file.write_text(json.dumps({side: [astuple(each) for each in of] for side, of in heard.items()}))


def read(file: Path) -> dict[str, list[Heard]]:
    """Read what another build did about the same sounds."""
    kept = json.loads(file.read_text())
    return {side: [Heard(d, g, tuple(row), *rest) for d, g, row, *rest in of] for side, of in kept.items()}


def before_and_now(
    before: Sequence[Heard], now: Sequence[Heard], conditions: Iterable[str]
) -> list[list[str]]:
    """Compare two builds on the same sounds: shares cut, and the difference with its interval of 95 %.

    Raises
    ------
    ValueError
        If they heard different sounds.
    """
    if [(a.draw, a.group, a.row) for a in before] != [(b.draw, b.group, b.row) for b in now]:
        raise ValueError("the builds heard different sounds: give both the same draws, mixes and seed")
    kinds: list[tuple[str, Callable[[tuple[str, ...]], bool]]] = [
        (name, lambda row, name=name: row[0] == name and len(row) == 2) for name in conditions
    ]
    kinds += [
        (name, lambda row, name=name: row[0].startswith(name))
        for name in ("free", "bed", "bed whole", "real", "wordless")
    ]
    rows = []
    for name, wanted in kinds:
        pairs = [(a, b) for a, b in zip(before, now, strict=True) if wanted(b.row)]
        groups = {group: number for number, group in enumerate(sorted({b.group for _, b in pairs}))}
        sums = np.zeros((len(groups), 3))
        for a, b in pairs:
            sums[groups[b.group]] += a.cut, b.cut, b.whole
        chance = np.random.default_rng(0)
        drawn = chance.multinomial(len(groups), np.full(len(groups), 1 / len(groups)), RESAMPLES) @ sums
        low, high = np.quantile((drawn[:, 1] - drawn[:, 0]) / np.maximum(drawn[:, 2], 1e-9), (0.025, 0.975))
        old, new = sums.sum(0)[:2] / sums.sum(0)[2]
        by, places = (100, 3) if name in ("free", "bed", "bed whole") else (1, 2)
        cells = [by * x for x in (old, new, new - old, low, high)]
        shown = [f"{x:.{places}f}" for x in cells]
        rows.append(
            [name + (", %" if by == 100 else ""), *shown[:2], f"{shown[2]} ({shown[3]} to {shown[4]})"]
        )
    return rows
