"""Voices in beds of animals, for the benchmark of voices: all that can differ is drawn by itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from shared import conditions
from shared.conditions import CONDITIONS
from shared.speech_corpus import SR, STEP, Sound, audio, level_of, runs, voices

#: Voice level against the mean level of the bed, dB.
LEVELS = (20, 10, 5, 0, -5, -10)

#: Least and greatest length of a bed, and of a voice, seconds.
BED, VOICE = (20.0, 30.0), (1.5, 6.0)

#: Least and greatest length of a short bed: a file in which `--min-keep` counts.
SHORT = (6.0, 12.0)

#: Samples of one frame of truth.
HOP = round(SR * STEP)


@dataclass(frozen=True)
class Mix:
    """A voice in a bed: 16 kHz, where the voice is, in frames of `STEP`.

    The bed is one recording, or is joined from several. `ground` is it without the voice.
    """

    voice: str
    bed: str
    condition: str
    level: int
    y: np.ndarray
    ground: np.ndarray
    truth: np.ndarray
    joined: bool


def mixes(
    beds: list[Sound], part: int, *, number: int, seed: int, length: tuple[float, float] = BED
) -> Iterator[Mix]:
    """Mix voices and beds of one part: level, voice, bed and condition are drawn independently.

    Repositories are drawn first, so that none is heard much more often than others.

    Parameters
    ----------
    beds
        Recordings without voices; those of other parts are passed over.
    length : seconds
        Least and greatest length of a bed; at least as long as a voice.
    """
    rng = np.random.default_rng([seed, part])
    grounds: dict[str, list[Sound]] = {}
    for bed in beds:
        y = audio(bed)
        if bed.part == part and y is not None and len(y) >= SR and np.any(y):
            grounds.setdefault(bed.repo, []).append(bed)
    weights = np.sqrt([len(group) for group in grounds.values()])
    speakers: dict[str, list[tuple[Sound, np.ndarray]]] = {}
    for voice in voices():
        if voice[0].part == part:
            speakers.setdefault(voice[0].repo, []).append(voice)
    chances = list(CONDITIONS.values())
    for _ in range(number):
        group = list(grounds.values())[rng.choice(len(grounds), p=weights / weights.sum())]
        people = list(speakers.values())[rng.integers(len(speakers))]
        voice = people[rng.integers(len(people))]
        level = LEVELS[rng.integers(len(LEVELS))]
        condition = list(CONDITIONS)[rng.choice(len(chances), p=chances)]
        made = _mix(group, voice, level, condition, rng, seconds=length)
        if made is not None:
            yield made


def _mix(
    group: list[Sound],
    voice: tuple[Sound, np.ndarray],
    level: int,
    condition: str,
    rng: np.random.Generator,
    *,
    seconds: tuple[float, float],
) -> Mix | None:
    bed = group[rng.integers(len(group))]
    ground = _ground(bed, group, seconds, rng)
    speaker, spoken = voice
    speech = audio(speaker)
    assert speech is not None
    begin = runs(spoken)[rng.integers(len(runs(spoken)))][0]
    length = min(len(spoken) - begin, int(rng.uniform(*VOICE) / STEP))
    said, truth_of = speech[begin * HOP : (begin + length) * HOP].copy(), spoken[begin : begin + length]
    fade = np.linspace(0, 1, HOP, dtype=np.float32)
    said[:HOP] *= fade
    said[-HOP:] *= fade[::-1]
    if condition == "far":
        said = conditions.far(said, rng)
    elif condition == "low cut":  # a recorder does it to all
        said, ground = conditions.low_cut(said), conditions.low_cut(ground)
    elif condition in ("rain", "crickets"):
        weather = getattr(conditions, condition)(len(ground), rng)
        ground = ground + weather * np.float32(10 ** ((level_of(ground) - level_of(weather)) / 20))
    if level_of(said, truth_of) < -120 or level_of(ground) < -120:  # silence has no level
        return None
    size = len(ground) // HOP
    place = rng.integers(size - length + 1)
    truth = np.zeros(size, bool)
    truth[place : place + length] = truth_of
    gain = 10 ** ((level_of(ground) + level - level_of(said, truth_of)) / 20)
    y = ground.copy()
    y[place * HOP : (place + length) * HOP] += np.float32(gain) * said
    alone = audio(bed)
    assert alone is not None
    joined = len(alone) < int(seconds[0] * SR)
    return Mix(speaker.name, bed.name, condition, level, y, ground, truth, joined)


def _ground(
    bed: Sound, group: list[Sound], seconds: tuple[float, float], rng: np.random.Generator
) -> np.ndarray:
    """Give a bed of some length: if it is shorter, with others of its repository behind, as loud as it."""
    least, most = (int(each * SR) for each in seconds)
    y = audio(bed)
    assert y is not None
    if len(y) > most:
        start = rng.integers((len(y) - most) // HOP + 1) * HOP
        y = y[start : start + most]
    pieces, total = [y], len(y)
    while total < least:
        other = audio(group[rng.integers(len(group))])
        assert other is not None
        other = other[: 10 * SR]
        if np.any(other):
            pieces.append(other * np.float32(10 ** (min(20.0, level_of(y) - level_of(other)) / 20)))
            total += len(other)
    fade = np.minimum(1, np.arange(1, HOP + 1) / HOP).astype(np.float32)
    pieces = [piece.copy() for piece in pieces]
    for piece in pieces:
        piece[:HOP] *= fade
        piece[-HOP:] *= fade[::-1]
    return np.concatenate(pieces)[: total // HOP * HOP]
