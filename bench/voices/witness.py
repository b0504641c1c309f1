"""Whether what BirdNET hears in a recording helps to tell voices from animals.

BirdNET has classes for people: their voices, their other sounds and their whistles. The layer that
``curate embed --model birdnet`` leaves may speak for a voice or against it. Sounds and weights are those of
``speech_accuracy.py``. BirdNET hears the same sounds, so nothing above 8 kHz. To the log odds of each stretch
are added those of BirdNET's scores in the same seconds, each with a weight. Weights are fitted on two parts
of the corpus and tried on the third. The threshold is the lowest one that cuts as little of the recordings
without voices as curate does now. It takes some minutes of one core, and the extra ``birdnet``::

    python bench/voices/witness.py [--mixes 240] [--seed 1]

Tables: the share of voiced seconds cut, by condition, and from afar by level. Then the percentage of
voice-free seconds cut, in recordings and around voices, and the share of real voices. Differences have
intervals of 95 % by resampling voices and recordings. The last lines give what is left to review.
"""

from __future__ import annotations

import argparse
import itertools
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import soxr
import torch
from scipy.optimize import minimize

sys.path.insert(0, str(Path(__file__).parents[1]))
from shared import speech_corpus as corpus
from shared.common import track_of
from shared.conditions import CONDITIONS
from shared.speech_corpus import PARTS, SR, STEP, audio, doubtful, flags, listed_voices, voice_free, wordless
from shared.speech_figures import LEAST, Heard, before_and_now
from shared.speech_mixes import LEVELS, mixes
from speech_accuracy import COLLAR, compared, table
from train_speech import without

from curate import intervals
from curate.decisions.voice_cuts import review_flags, voice_cuts, withheld
from curate.decisions.voices import PROFILES, separate_voices
from curate.detectors._nature import read
from curate.detectors._silero_package import checked_weights, packaged_model
from curate.detectors.silero import SileroNet
from curate.detectors.speech import _with_neighbours, segments
from curate.embedders import class_scores
from curate.embedders.birdnet import BirdnetEmbedder
from curate.embedders.window_cutter import WindowCutter
from curate.model import Segment

USUAL = PROFILES["balanced"]

#: Lowest score of a stretch for which BirdNET is asked. Under it lie a tenth of the voices from afar.
ASKED = 0.03

#: Classes of people. All others but `NOISES` are species.
PEOPLE = ("Human vocal", "Human non-vocal", "Human whistle")
NOISES = {"Dog", "Engine", "Environmental", "Fireworks", "Gun", "Noise", "Power tools", "Siren"}

#: What is added to the log odds of a stretch: columns of `Sound.evidence`.
WITNESSES = {"BirdNET's voices": [1], "its classes of people": [1, 2, 3], "all its classes": [1, 2, 3, 4]}

THRESHOLDS = (*np.arange(0.3, 0.95, 0.025).round(3).tolist(), 0.95, 0.97, 0.99)


@dataclass(frozen=True)
class Sound:
    """A sound that was heard: what counts of it, its stretches, and the evidence on each.

    Parameters
    ----------
    counted, rest
        Frames of `STEP`: of a voice or of what holds none, and those of a bed.
    evidence : shape=(stretches, 5)
        Log odds: of the score, of three classes of people, and of the best species.
    voice : shape=(stretches,)
        1 or 0; -1 where nobody knows.
    """

    part: int
    row: tuple[str, ...]
    group: str
    bed: tuple[str, str] | None
    counted: np.ndarray
    rest: np.ndarray
    seconds: float
    stretches: list[Segment]
    evidence: np.ndarray
    voice: np.ndarray


def log_odds(score: float) -> float:
    """Give log odds, of scores that are not quite 0 or 1."""
    score = min(max(score, 1e-4), 1 - 1e-4)
    return float(np.log(score / (1 - score)))


def predictions(model: BirdnetEmbedder, y: np.ndarray) -> list[Segment]:
    """Give the layer that ``curate embed --model birdnet`` leaves."""
    cutter = WindowCutter(int(model.window * model.sr), int(model.window * model.sr))
    sound = soxr.resample(y, SR, model.sr).astype(np.float32)
    windows = np.concatenate([*cutter.feed(sound), *cutter.finish()])
    onsets = [number * model.window for number in range(len(windows))]
    return list(class_scores.kept(model.embed(windows)[1], model.classes(), onsets, model.window))


def evidence(stretch: Segment, layer: Sequence[Segment]) -> list[float]:
    """Look up what the layer says of a stretch: the best score of each class that overlaps it."""
    best = dict.fromkeys((*PEOPLE, "species"), class_scores.FLOOR)
    for each in layer:
        if each.onset < stretch.offset and each.offset > stretch.onset and each.label not in NOISES:
            name = each.label if each.label in PEOPLE else "species"
            best[name] = max(best[name], each.score or 0.0)
    usual = log_odds(class_scores.FLOOR)
    return [log_odds(stretch.score or 0.0), *(log_odds(score) - usual for score in best.values())]


Given = tuple[tuple[str, ...], str, np.ndarray, np.ndarray, tuple[str, str] | None]


def recordings(part: int) -> Iterator[Given]:
    """List the recordings of one part, each with its row, its name, its sound and what counts of it."""
    kinds: list[tuple[str, Sequence[tuple[corpus.Sound, Sequence[intervals.Interval] | None]]]] = [
        ("free", [(each, None) for each in voice_free()]),
        ("wordless", [(each, None) for each in wordless()]),
        ("real", listed_voices()),
    ]
    for kind, listed in kinds:
        for each, spans in listed:
            y = audio(each)
            if each.part != part or y is None or not len(y):
                continue
            frames = -(-len(y) // round(SR * STEP))
            counted = np.ones(frames, bool) if spans is None else flags(list(spans), frames, step=STEP)
            doubts = intervals.clip(doubtful(each), 0, len(y) / SR) if kind == "free" else []
            yield (kind,), each.name, y, counted & ~flags(doubts, frames, step=STEP), None


def mixed(part: int, number: int, seed: int) -> Iterator[Given]:
    """List the mixes of one part in the same way, each with its bed."""
    beds = [s for s in voice_free() if s.category == "animals" and s.part == part and not doubtful(s)]
    for mix in mixes(beds, part, number=number, seed=seed):
        bed = ("bed joined" if mix.joined else "bed whole", mix.bed)
        yield (mix.condition, str(mix.level)), mix.voice, mix.y, mix.truth, bed


def hear(part: int, given: Given, net: SileroNet, model: BirdnetEmbedder) -> Sound:
    """Hear one sound by both. BirdNET hears only what has a stretch."""
    row, group, y, counted, bed = given
    stretches = segments(track_of(net, y), lowest_score=ASKED)
    layer = predictions(model, y) if stretches else []
    voice = []
    for each in stretches:
        inside = counted[round(each.onset / STEP) : round(each.offset / STEP)]
        holds = int(inside.sum() * STEP >= min(LEAST, each.duration / 2))
        voice.append(holds if bed else 0 if row == ("free",) and inside.all() else -1)
    near = np.convolve(counted, np.ones(2 * round(COLLAR / STEP) + 1), mode="same") > 0
    found = np.array([evidence(each, layer) for each in stretches]).reshape(-1, 5)
    return Sound(part, row, group, bed, counted, ~near, len(y) / SR, stretches, found, np.array(voice))


def heard_sounds(number: int, seed: int) -> Iterator[Sound]:
    """Hear recordings and mixes by weights that never heard their part, and by BirdNET."""
    weights = checked_weights(packaged_model().state_dict())
    model = BirdnetEmbedder()
    for part in PARTS:
        net = SileroNet(weights, "cpu", read(without(part)))
        for given in itertools.chain(recordings(part), mixed(part, number, seed)):
            yield hear(part, given, net, model)


def fitted(sounds: Sequence[Sound], columns: list[int]) -> dict[int, np.ndarray]:
    """Fit what is added to the log odds of a voice, for each part on the others: a constant, then weights."""
    lines = {}
    for part in PARTS:
        others = [s for s in sounds if s.part != part and s.stretches]
        x, y = np.concatenate([s.evidence for s in others]), np.concatenate([s.voice for s in others])
        x, y = x[y >= 0], y[y >= 0]
        own, more = x[:, 0], np.column_stack([np.ones(len(x)), x[:, columns]])

        def loss(
            line: np.ndarray, own: np.ndarray = own, more: np.ndarray = more, y: np.ndarray = y
        ) -> float:
            odds = own + more @ line
            return float(np.mean(np.logaddexp(0, odds) - y * odds) + 1e-3 * np.sum(line[1:] ** 2))

        lines[part] = minimize(loss, np.zeros(more.shape[1])).x
    return lines


def rescored(sound: Sound, line: np.ndarray, columns: list[int]) -> list[Segment]:
    """Give the stretches of a sound by what is fitted, down to what is reviewed and what lies near that."""
    odds = sound.evidence[:, 0] + line[0] + sound.evidence[:, columns] @ line[1:]
    scores = 1 / (1 + np.exp(-odds))
    return kept(
        [replace(each, score=float(score)) for each, score in zip(sound.stretches, scores, strict=True)]
    )


def kept(found: Sequence[Segment]) -> list[Segment]:
    """Keep what is at least to be reviewed, as the detector does."""
    return _with_neighbours(list(found), [s for s in found if (s.score or 0.0) >= USUAL.review])


def decided(
    sounds: Sequence[Sound], stretches: Callable[[Sound], Sequence[Segment]], threshold: float
) -> list[Heard]:
    """Cut as `curate strip-voice --min-keep 0` does."""
    made = []
    for sound in sounds:
        voices = separate_voices(stretches(sound), threshold=threshold, min_speech=0.25)
        cuts = voice_cuts(voices.sure, duration=sound.seconds, min_keep=0.0)
        review = [(c.onset, c.offset) for c in review_flags(voices.doubtful, cuts, duration=sound.seconds)]
        done = withheld(cuts), review
        made.append(compared(sound.row, sound.group, sound.counted, done))
        if sound.bed:
            made.append(compared(sound.bed[:1], sound.bed[1], sound.rest, done))
            if sound.row[0] == "far":
                row = (f"far {int(sound.row[1]):+d} dB", "")
                made.append(compared(row, sound.group, sound.counted, done))
    return made


def share(found: Sequence[Heard], row: str, part: Callable[[Heard], float]) -> float:
    """Give a share of all seconds of a row."""
    of = [each for each in found if each.row[0].startswith(row)]
    return sum(map(part, of)) / sum(each.whole for each in of)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--mixes", type=int, default=240, help="in each part (240)")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    torch.set_num_threads(1)
    sounds = list(heard_sounds(options.mixes, options.seed))
    now = decided(sounds, lambda sound: kept(sound.stretches), USUAL.threshold)
    lost = share(now, "free", lambda each: each.cut)
    names = [*CONDITIONS, *(f"far {level:+d} dB" for level in LEVELS)]
    reviewed = [
        ["now", *(f"{100 * share(now, row, lambda each: each.review):.2f}" for row in ("free", "bed"))]
    ]
    for name, columns in WITNESSES.items():
        lines = fitted(sounds, columns)
        for threshold in THRESHOLDS:
            found = decided(sounds, lambda s: rescored(s, lines[s.part], columns), threshold)  # noqa: B023
            if share(found, "free", lambda each: each.cut) <= lost:
                break
        rows = before_and_now(now, found, names)
        table(f"with {name}, at {threshold:g}: share cut", ["now", "with", "difference"], rows)
        shares = [100 * share(found, row, lambda each: each.review) for row in ("free", "bed")]
        reviewed.append([f"with {name}", *(f"{each:.2f}" for each in shares)])
    table("left to review, % of seconds", ["recordings without voices", "beds"], reviewed)


if __name__ == "__main__":
    main()
