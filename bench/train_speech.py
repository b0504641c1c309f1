"""Trains the ear for nature: `curate/detectors/nature.npz`, a correction of silero's last layers.

Voices of the corpus are mixed into its animals and noise at -12 to 20 dB, half of them below 0 dB. They
come from afar, through walls, behind low cuts, in weather, as whispers, from children, out of an MP3
(`shared/alterations.py`). Recordings without voices are heard as they are and altered, their loud moments
in series, twice as often where silero hears a voice in them. And there are calls, coos and hums from
scratch, of which the truth is certain. Silero's convolutions stay as they are; to its LSTM and output,
products of rank 32 are added, which are pulled towards zero. Each answer is taught two chunks late
(`curate.detectors._nature.LATE`)::

    python bench/train_speech.py [--folds]

What ships is trained on all three parts of the corpus (`shared/speech_corpus.py`). With ``--folds`` it also
trains without each part in turn, for `speech_accuracy.py`, which hears each part with weights that
never heard it: 12 minutes of one core in all. It prints the first digits of their SHA-256. One whole run
made the weights that are here, and a second run made the same (torch 2.13.0, CPU; numpy 2.4):

    3cebef72f5729191 curate/detectors/nature.npz
    56dd2150f418114f bench/weights/nature_without_1.npz
    ab431da7e86e9875 bench/weights/nature_without_2.npz
    cdf09a31e0bf7282 bench/weights/nature_without_3.npz
"""

from __future__ import annotations

import argparse
import hashlib
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soxr
import torch
from shared.alterations import (
    coded,
    in_series,
    loudness,
    other_microphone,
    other_pitch,
    thin,
    travelled,
    weathered,
    whispered,
)
from shared.common import ROOT, silero_rule, track_of
from shared.speech_corpus import (
    PARTS,
    SR,
    STEP,
    Sound,
    audio,
    doubtful,
    flags,
    level_of,
    runs,
    sounds,
    voice_free,
    voices,
)

from curate.detectors._nature import LATE, Leveller
from curate.detectors.silero import BLOCK, CHUNK, CONTEXT, load

RANK = 32

#: Chunks that one training sequence holds: 10 s.
LENGTH = 320

FILE = ROOT / "curate" / "detectors" / "nature.npz"

sys.path.append(str(ROOT / "scripts"))
from example_recordings import SITES  # noqa: E402
from example_sounds import SONGS, at_level, bed, far, glide, lay  # noqa: E402


@dataclass(frozen=True)
class Heard:
    """One training sound: its part, its features, and the share of each chunk that is voice.

    What was made from scratch is in part 0.
    """

    part: int
    features: torch.Tensor
    truth: np.ndarray


def features(y: np.ndarray) -> torch.Tensor:
    """Hear a recording as the levelled network does, shape=(chunks, 128), half precision."""
    net, leveller = load("cpu"), Leveller()
    padded = np.pad(y, (CONTEXT, -len(y) % CHUNK)).astype(np.float32)
    with torch.inference_mode():
        blocks = [
            net.features(padded[k : k + BLOCK * CHUNK + CONTEXT], leveller)
            for k in range(0, len(padded) - CONTEXT, BLOCK * CHUNK)
        ]
    return torch.cat(blocks).half()


def draw(groups: dict[str, list], rng: np.random.Generator):
    """Draw a repository by the root of its size, then one of its own."""
    weights = np.sqrt([len(group) for group in groups.values()])
    group = list(groups.values())[rng.choice(len(groups), p=weights / weights.sum())]
    return group[rng.integers(len(group))]


def by_repo(items: list, repo: Callable[..., str]) -> dict[str, list]:
    """Group by repository."""
    groups: dict[str, list] = {}
    for item in items:
        groups.setdefault(repo(item), []).append(item)
    return groups


def with_another(y: np.ndarray, free: list[Sound], rng: np.random.Generator) -> np.ndarray:
    """Lay another recording without voices over one: its beginning, or all of it again and again."""
    other = np.resize(audio(free[rng.integers(len(free))]), len(y))
    ratio = 10 ** (rng.uniform(-15, 5) / 20) * (np.std(y) + 1e-6) / (np.std(other) + 1e-6)
    return y + other * np.float32(ratio)


def ground_of(bed: Sound, free: list[Sound], rng: np.random.Generator, *, weather: bool) -> np.ndarray:
    """Alter at most 20 s of a recording in which a voice will be laid."""
    hop = int(SR * STEP)
    ground = audio(bed)
    size = min(len(ground), 20 * SR) // hop
    start = rng.integers(len(ground) // hop - size + 1) * hop
    ground = ground[start : start + size * hop]
    if rng.random() < 0.5:
        ground = other_pitch(ground, rng.uniform(0.6, 1.6))
    if rng.random() < 0.5:
        ground = other_microphone(ground, rng)
    if rng.random() < 0.5:  # again and again: a call in series, and no voice
        ground = np.resize(ground, max(len(ground), 10 * SR))
    if rng.random() < 0.3:
        ground = with_another(ground, free, rng)
    if weather:
        ground = weathered(ground, rng)
    return ground[: len(ground) // hop * hop]


def mixed(
    bed: Sound,
    voice: tuple[Sound, np.ndarray],
    free: list[Sound],
    rng: np.random.Generator,
    *,
    weather: bool = False,
) -> Heard | None:
    """Mix one voice into one bed, both altered; None if there was nothing to mix.

    Half of the voices are quieter than the bed, where most are missed.
    """
    hop = int(SR * STEP)
    ground = ground_of(bed, free, rng, weather=weather)
    size = len(ground) // hop
    speaker, spoken = voice
    begin = runs(spoken)[rng.integers(len(runs(spoken)))][0]
    length = min(len(spoken) - begin, size * 2 // 3, int(rng.uniform(0.7, 7) / STEP))
    truth_of = spoken[begin : begin + length]
    if length < 40 or not truth_of.any() or not np.any(ground):
        return None
    said = audio(speaker)[begin * hop : (begin + length) * hop].copy()
    if rng.random() < 0.04:
        said = whispered(said, rng)
    elif rng.random() < 0.3:  # somebody whose voice is deep, or a child
        slower = rng.uniform(0.75, 1.2)
        length = min(int(length * slower), size)
        truth_of = truth_of[np.minimum(np.arange(length) / slower, len(truth_of) - 1).astype(int)]
        said = np.resize(other_pitch(said, slower), length * hop)
    said = travelled(said, rng)
    said[:hop] *= np.linspace(0, 1, hop, dtype=np.float32)
    said[-hop:] *= np.linspace(1, 0, hop, dtype=np.float32)
    gain = 10 ** ((level_of(ground) + rng.triangular(-12, -6, 20) - level_of(said, truth_of)) / 20)
    place = rng.integers(size - length + 1)
    y = ground.copy()
    y[place * hop : (place + length) * hop] += np.float32(gain) * said
    truth = np.zeros(size, np.float32)
    truth[place : place + length] = truth_of
    if rng.random() < 0.15:  # what a recorder does, it does to all
        y = thin(y, rng)
    if rng.random() < 0.05:
        y = coded(y, rng)
    return heard(bed.part, loudness(y, rng), truth)


def heard(part: int, y: np.ndarray, truth: np.ndarray) -> Heard:
    """Take features, and the share of each chunk in which `truth`, one value per `STEP`, is set."""
    found = features(y)
    edges = np.minimum(np.round(np.arange(len(found) + 1) * CHUNK / SR / STEP).astype(int), len(truth))
    sums = np.concatenate([[0], np.cumsum(truth)])
    share = (sums[edges[1:]] - sums[edges[:-1]]) / np.maximum(edges[1:] - edges[:-1], 1)
    return Heard(part, found, share.astype(np.float32))


def without_voices(sound: Sound, free: list[Sound], rng: np.random.Generator, times: int) -> list[Heard]:
    """Hear a recording so many times, first as it is, then altered; twice as often if it fools silero."""
    plain = audio(sound)[: 60 * SR]
    found: list[Heard] = []
    for number in range(2 * times):
        if number == times and not fools_silero(found[0]):
            break
        y, rate = plain, 1.0
        if number:
            if rng.random() < 0.3 and not doubtful(sound):
                y = in_series(y, rng)
            rate = rng.uniform(0.55, 1.7)
            y = travelled(other_pitch(y, rate), rng, far=0.25)
            if rng.random() < 0.3:
                y = with_another(y, free, rng)
            if rng.random() < 0.03:
                y = coded(y, rng)
            y = loudness(y, rng)
        if len(y) < CHUNK:
            continue
        truth = np.zeros(-(-len(y) // round(SR * STEP)), np.float32)
        for onset, offset in doubtful(sound):  # half: neither is taught
            truth[max(0, int((onset * rate - 0.3) / STEP)) : int((offset * rate + 0.3) / STEP)] = 0.5
        found.append(heard(sound.part, y, truth))
    return found


def from_scratch(rng: np.random.Generator, seconds: float = 12.0) -> Heard:
    """Make calls over wind and water: those of the example, higher and lower, or harmonics without words."""
    sr = int(2 * SR / rng.uniform(0.6, 1.7))
    sites = list(SITES.values())
    y = bed(int(seconds * sr) // 4096 * 4096, sr, sites[rng.integers(len(sites))][1], rng)
    songs = list(SONGS.values())
    song = rng.choice([songs[rng.integers(len(songs))], harmonics, coos], p=[0.4, 0.25, 0.35])
    at, db, distance = rng.uniform(0, 2), rng.uniform(0, 22), rng.uniform(0, 0.9)
    even, pause = rng.random() < 0.4, rng.uniform(0.05, 1.5)  # as a metronome, or as it comes
    alike, call = rng.random() < 0.5, song(sr, rng)  # doves say the same for minutes
    while at < seconds - 0.3:
        heard_call = far(call if alike else song(sr, rng), sr, distance, rng)
        if np.any(heard_call):  # what lies too high for the rate is silent
            lay(y, at_level(heard_call, sr, db + rng.uniform(-2, 0)), int(at * sr))
        at += len(heard_call) / sr + (pause if even else rng.uniform(0, 3))
    y = soxr.resample(y, 2 * SR, SR).astype(np.float32)
    y = loudness(weathered(y, rng) if rng.random() < 0.3 else y, rng)
    return heard(0, y, np.zeros(-(-len(y) // round(SR * STEP)), np.float32))


def harmonics(sr: int, rng: np.random.Generator) -> np.ndarray:
    """Make one bleat, moo, hoot or hum: harmonics over a slow contour, without formants that move."""
    base, seconds = rng.uniform(70, 700), rng.choice([rng.uniform(0.15, 0.9), rng.uniform(1, 6)])
    contour = tuple(base * np.exp(rng.uniform(-0.15, 0.15, rng.integers(2, 5))))
    number = np.arange(1, rng.integers(2, 25))
    weights = number ** -rng.uniform(0.5, 2)
    if rng.random() < 0.5:  # a throat that stays as it is
        formants = np.exp(rng.uniform(np.log(300), np.log(3500), 3))
        weights = weights * (0.05 + np.exp(-(((number * base)[:, None] / formants - 1) ** 2) * 20).sum(1))
    return glide(sr, seconds, contour, tuple(weights / weights.max()))


def coos(sr: int, rng: np.random.Generator) -> np.ndarray:
    """Coo a phrase of some notes, nearly pure, whose pitch moves: what has the rhythm of words."""
    base, soft = rng.uniform(250, 900), (1.0, rng.uniform(0, 0.25), rng.uniform(0, 0.08))
    notes = []
    for _ in range(rng.integers(1, 7)):
        contour = tuple(base * np.exp(rng.uniform(-0.25, 0.25, rng.integers(2, 5))))
        notes += [glide(sr, rng.uniform(0.1, 0.7), contour, soft), np.zeros(int(rng.uniform(0.03, 0.4) * sr))]
    return np.concatenate(notes)


def taught_voices() -> list[tuple[Sound, np.ndarray]]:
    """Voices that were recorded in quiet, and all others of the corpus: of those, silero tells where.

    Nothing is measured on the others, since nobody knows the truth so well.
    """
    quiet = [*voices()]
    known = {sound for sound, _ in quiet}
    for sound in sounds():
        if sound in known or sound.category != "speech" or "noise:" in sound.kind:
            continue
        y = audio(sound)
        if y is None or len(y) < SR or not np.any(y):
            continue
        y = y[: 60 * SR]
        n = len(y) // round(SR * STEP)
        spoken = flags(silero_rule(track_of(load("cpu"), y)), n, step=STEP)
        if spoken.sum() * STEP >= 0.7:
            quiet.append((sound, spoken))
    return quiet


def material(mixes: int, times: int, scratch: int, seed: int) -> list[Heard]:
    """Make all that is trained on; what is mixed is of one part."""
    found = []
    people_of_all = taught_voices()
    for part in PARTS:
        rng = np.random.default_rng([seed, part])
        free = [s for s in voice_free() if s.part == part and audio(s) is not None]
        free = [s for s in free if len(audio(s)) > SR // 2 and np.any(audio(s))]
        beds = by_repo([s for s in free if not doubtful(s) and len(audio(s)) >= 3 * SR], lambda s: s.repo)
        people = by_repo([v for v in people_of_all if v[0].part == part], lambda v: v[0].repo)
        made = [mixed(draw(beds, rng), draw(people, rng), free, rng) for _ in range(mixes)]
        found += [one for one in made if one is not None]
        for sound in free:
            found += without_voices(sound, free, rng, times)
        rng = np.random.default_rng([seed, part, 1])
        made = [mixed(draw(beds, rng), draw(people, rng), free, rng, weather=True) for _ in range(mixes // 4)]
        found += [one for one in made if one is not None]
    rng = np.random.default_rng([seed, 0])
    return found + [from_scratch(rng) for _ in range(scratch)]


class Corrected(torch.nn.Module):
    """Silero's last layers, with what is added to them."""

    def __init__(self) -> None:
        super().__init__()
        self.lstm, *self.silero = load("cpu").last_layers()
        self.lstm.requires_grad_(requires_grad=False)
        zeros = {"input_left": (512, RANK), "hidden_left": (512, RANK), "bias": (512,), "output": (128,)}
        for name, shape in zeros.items():
            self.register_parameter(name, torch.nn.Parameter(torch.zeros(shape)))
        self.output_bias = torch.nn.Parameter(torch.zeros(1))
        self.input_right = torch.nn.Parameter(torch.randn(RANK, 128) / 128**0.5)
        self.hidden_right = torch.nn.Parameter(torch.randn(RANK, 128) / 128**0.5)

    def forward(self, heard: torch.Tensor) -> torch.Tensor:
        """Give the logits, shape=(chunks, batch), for features of shape (chunks, batch, 128)."""
        lstm = self.lstm
        weights = [
            lstm.weight_ih_l0 + self.input_left @ self.input_right,
            lstm.weight_hh_l0 + self.hidden_left @ self.hidden_right,
            lstm.bias_ih_l0 + self.bias,
            lstm.bias_hh_l0,
        ]
        state = torch.zeros(1, heard.shape[1], 128)
        lstm_of = torch.ops.aten.lstm.input  # the module would not let gradients through to a sum
        hidden = lstm_of(heard, [state, state], weights, True, 1, 0.0, True, False, False)[0]
        return hidden.relu() @ (self.silero[0] + self.output) + self.silero[1] + self.output_bias

    def size(self) -> torch.Tensor:
        """Squares of all that is added."""
        products = (self.input_left @ self.input_right, self.hidden_left @ self.hidden_right)
        return sum(x.square().sum() for x in (*products, self.bias, self.output))

    def save(self, file: Path) -> None:
        """Write `nature.npz`, in half precision."""
        names = ("input_left", "input_right", "hidden_left", "hidden_right", "bias", "output", "output_bias")
        arrays = {name: getattr(self, name).detach().numpy().astype(np.float16) for name in names}
        np.savez_compressed(file, **arrays)
        print(hashlib.sha256(file.read_bytes()).hexdigest()[:16], file.name, flush=True)


def sequences(sounds: list[Heard]) -> list[tuple[torch.Tensor, torch.Tensor]]:
    """Cut into pieces of `LENGTH` chunks, filled up with chunks that teach nothing.

    What is taught at a chunk is whether there was a voice `LATE` chunks before; at the first, nothing.
    """
    pieces = []
    for one in sounds:
        late = np.pad(one.truth, (LATE, 0), constant_values=0.5)
        for a in range(0, max(1, len(one.truth) - LENGTH // 3), LENGTH):
            x, y = torch.zeros(LENGTH, 128, dtype=torch.half), torch.full((LENGTH,), 0.5)
            part = one.features[a : a + LENGTH]
            x[: len(part)], y[: len(part)] = part, torch.from_numpy(late[a : a + len(part)])
            pieces.append((x, y))
    return pieces


def train(sounds: list[Heard], epochs: int, *, batch: int = 48, rate: float = 2e-3) -> Corrected:
    """Train a correction; chunks that are partly voice teach nothing."""
    torch.manual_seed(0)
    model, pieces = Corrected(), sequences(sounds)
    weights = [p for p in model.parameters() if p.requires_grad]
    optimiser = torch.optim.Adam(weights, lr=rate)
    steps, step = epochs * -(-len(pieces) // batch), 0
    for epoch in range(epochs):
        began, total = time.monotonic(), 0.0
        for index in torch.randperm(len(pieces)).split(batch):
            for group in optimiser.param_groups:
                group["lr"] = rate * max(0.02, 1 - step / steps)
            x = torch.stack([pieces[k][0] for k in index], 1).float()
            y = torch.stack([pieces[k][1] for k in index], 1)
            worth = (y < 0.2) * 1.5 + (y > 0.8) * 1.0
            losses = torch.nn.functional.binary_cross_entropy_with_logits(
                model(x), (y > 0.5).float(), reduction="none"
            )
            loss = (losses * worth).sum() / worth.sum()
            total += loss.item()
            optimiser.zero_grad()
            (loss + 1e-4 * model.size()).backward()
            torch.nn.utils.clip_grad_norm_(weights, 1.0)
            optimiser.step()
            step += 1
        share = total * epochs / steps
        print(f"  epoch {epoch + 1}: loss {share:.4f}, {time.monotonic() - began:.0f} s", flush=True)
    return model


def without(part: int) -> Path:
    """Where the weights lie that never heard a part."""
    return ROOT / "bench" / "weights" / f"nature_without_{part}.npz"


def fools_silero(one: Heard) -> bool:
    """Whether silero, levelled, once hears a voice where there is none."""
    with torch.inference_mode():
        logits = Corrected()(one.features.float()[:, None])[:, 0].numpy()
    return bool((logits[one.truth < 0.2] > 0).any())


def told_apart(model: Corrected, sounds: list[Heard], late: int = LATE) -> tuple[float, float]:
    """Share of voiced chunks over one half, and of the others; the answers are so many chunks late."""
    with torch.inference_mode():
        logits = [model(one.features.float()[:, None])[:, 0].numpy() for one in sounds]
    kept = [one.truth[: len(one.truth) - late] for one in sounds]
    truth, found = np.concatenate(kept), np.concatenate([each[late:] for each in logits]) > 0
    return float(found[truth > 0.8].mean()), float(found[truth < 0.2].mean())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--mixes", type=int, default=1400, help="in each part; a quarter as many in weather")
    parser.add_argument(
        "--times",
        type=int,
        default=3,
        help="each recording without voices is heard; twice as often if it fools silero",
    )
    parser.add_argument("--scratch", type=int, default=450, help="sounds made from scratch")
    parser.add_argument("--seed", type=int, default=41)
    parser.add_argument("--folds", action="store_true", help="also train without each part in turn")
    parser.add_argument("--out", type=Path, default=FILE)
    options = parser.parse_args()
    torch.set_num_threads(1)  # several wait for each other where the cores are shared
    sounds = material(options.mixes, options.times, options.scratch, options.seed)
    print(f"{len(sounds)} sounds, {sum(len(s.truth) for s in sounds) * CHUNK / SR / 3600:.1f} h", flush=True)
    for part in PARTS if options.folds else ():
        model = train([s for s in sounds if s.part != part], options.epochs)
        rest = [s for s in sounds if s.part == part]
        for name, one, late in (("silero, levelled", Corrected(), 0), ("corrected", model, LATE)):
            voiced, others = told_apart(one, rest, late)
            print(f"part {part}, {name}: {voiced:.3f} of voiced chunks, {100 * others:.2f} % of others")
        model.save(without(part))
    train(sounds, options.epochs).save(options.out)


if __name__ == "__main__":
    main()
