"""What is cut of beds more than a second from a voice, and what is to blame: the network or the rules.

Mixes and weights are those of ``speech_accuracy.py``. Each bed is also heard without its voice. What is cut
beside a voice scores as one by itself, or is believed since a voice is near. It takes a minute of one core::

    python bench/voices/beds.py [--mixes 240] [--seed 1]

Tables: the percentage of the beds' seconds cut, of those that are one recording and of those joined from
short ones, without weather and with the weather that was made. Beside them stand the same animals as they
were recorded, each as often as it begins a bed. Then what other numbers of seconds around a voice would cut
(`voices.TALK`), of beds and of the voices of real recordings.
"""

from __future__ import annotations

import argparse
import sys
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).parents[1]))
from shared.common import track_of
from shared.speech_corpus import PARTS, SR, STEP, audio, doubtful, flags, listed_voices, voice_free
from shared.speech_mixes import mixes
from speech_accuracy import COLLAR, table
from train_speech import without

from curate.decisions import voices
from curate.decisions.voice_cuts import voice_cuts, withheld
from curate.detectors._nature import read
from curate.detectors._silero_package import checked_weights, packaged_model
from curate.detectors.silero import SileroNet
from curate.detectors.speech import segments
from curate.model import Segment

USUAL = voices.PROFILES["balanced"]

#: Conditions with weather that was made, as loud as the bed.
WEATHER = ("rain", "crickets")

#: Seconds around a voice that are tried in place of `voices.TALK`.
TALKS = (10.0, 8.0, 6.0, 5.0, 4.0, 3.0, 2.0)

SHORTEST = 0.25


def stretches(net: SileroNet, y: np.ndarray) -> list[Segment]:
    """Hear a sound, and find what is cut or in review."""
    return segments(track_of(net, y), lowest_score=USUAL.review)


def cut(found: Sequence[Segment], frames: int, *, alone: bool = False) -> np.ndarray:
    """Flag what is cut; with `alone`, only what scores as a voice by itself."""
    sure = voices.separate_voices(found, threshold=USUAL.threshold, min_speech=SHORTEST).sure
    kept = [s for s in sure if not alone or ((s.score or 0.0) >= USUAL.threshold and s.duration >= SHORTEST)]
    cuts = voice_cuts(kept, duration=frames * STEP, min_keep=0.0)
    return flags(list(withheld(cuts)), frames, step=STEP)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--mixes", type=int, default=240, help="in each part (240)")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    torch.set_num_threads(1)
    weights = checked_weights(packaged_model().state_dict())
    seconds: dict[tuple[str, str], np.ndarray] = defaultdict(lambda: np.zeros(5))
    around, said = [], []
    for part in PARTS:
        net = SileroNet(weights, "cpu", read(without(part)))
        beds = [s for s in voice_free() if s.category == "animals" and s.part == part and not doubtful(s)]
        as_recorded = {}
        for bed in beds:
            y = audio(bed)
            if y is not None and len(y):
                frames = -(-len(y) // round(SR * STEP))
                as_recorded[bed.name] = cut(stretches(net, y), frames).mean()
        for mix in mixes(beds, part, number=options.mixes, seed=options.seed):
            far = ~(np.convolve(mix.truth, np.ones(2 * round(COLLAR / STEP) + 1), mode="same") > 0)
            beside, by_itself = stretches(net, mix.y), stretches(net, mix.ground)
            size = len(far)
            flagged = [cut(by_itself, size), cut(beside, size), cut(beside, size, alone=True)]
            counted = [far.sum(), far.sum() * as_recorded[mix.bed], *((far & each).sum() for each in flagged)]
            kind = "joined from short ones" if mix.joined else "one recording"
            made = "in rain or among crickets" if mix.condition in WEATHER else "no weather"
            for row in ((kind, made), (kind, "all"), ("all", "all")):
                seconds[row] += np.array(counted) * STEP
            around.append((far, beside, mix.joined))
        for sound, spans in listed_voices():
            y = audio(sound)
            if sound.part == part and y is not None:
                truth = flags(spans, -(-len(y) // round(SR * STEP)), step=STEP)
                said.append((truth, stretches(net, y)))
    names = ["s", "as recorded, %", "bed without a voice, %", "with one, %", "of it by its own score, %"]
    rows = []
    for (kind, made), (whole, *each) in sorted(seconds.items()):
        rows.append([f"{kind}, {made}", f"{whole:.0f}", *(f"{100 * x / whole:.2f}" for x in each)])
    table("beds cut more than a second from a voice", names, rows)
    rows = []
    for talk in TALKS:
        voices.TALK = talk
        lost = np.array([((far & cut(found, len(far))).sum(), far.sum()) for far, found, _ in around])
        one = lost[[not joined for *_, joined in around]].sum(0)
        real = np.array([((truth & cut(found, len(truth))).sum(), truth.sum()) for truth, found in said]).sum(
            0
        )
        shares = (100 * np.divide(*lost.sum(0)), 100 * np.divide(*one), np.divide(*real))
        rows.append([f"{talk:.0f} s", *(f"{share:.3f}" for share in shares)])
    table(
        "what scores 0.4 belongs to a voice within", ["beds, %", "of one recording, %", "real voices"], rows
    )


if __name__ == "__main__":
    main()
