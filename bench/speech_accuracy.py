"""How many voices are found in nature recordings, and how much of the animals is lost.

Voices of the corpus are mixed into its animals by a fixed recipe (`_speech_corpus.py`), at six
levels. Beside curate stands silero-vad with its defaults, on audio properly resampled, and once
more with curate's joins and margins, so that these are not what makes the difference::

    python bench/speech_accuracy.py [--part tuned|reported] [--pairs 60] [--json FILE]

Columns: share of voiced seconds found at each level; share of the beds' seconds cut more than a
second away from any voice; of the recordings without voices, the share of seconds cut and sent
to review, and the number touched; of the real recordings with voices, the share of the seconds
that were listed by eye.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Sequence

import numpy as np
import torch
from _common import heard, silero_rule
from _speech_corpus import (
    LEVELS,
    PAIRS,
    SR,
    STEP,
    Sound,
    audio,
    doubtful,
    flags,
    listed_voices,
    mixes,
    sounds,
    voice_free,
)

from curate import intervals
from curate.audio.read import open_audio
from curate.decisions.policy import removed, voice_cuts
from curate.detectors._silero_package import packaged_model, silero_package
from curate.detectors.silero import CHUNK, Stream, load
from curate.detectors.speech import SpeechDetector
from curate.detectors.track import Track
from curate.errors import AudioError
from curate.model import Segment

#: Seconds around a voice in which a cut is no loss: a margin is wanted there.
COLLAR = 1.0

#: Scores from which a voice is cut, and from which somebody should listen.
CUT, REVIEW = 0.9, 0.6

Spans = Sequence[intervals.Interval]

#: Hears 16 kHz and gives what it cuts, and what it would have reviewed.
Cutter = Callable[[np.ndarray], tuple[Spans, Spans]]


def silero(y: np.ndarray) -> Track:
    """Probabilities as silero-vad gives them (`speech_equality.py` compares the two)."""
    stream = Stream(load("cpu"))
    stream.feed(y)
    return Track.quantised(stream.finish(), hop=CHUNK / SR, n_samples=len(y))


def as_cut(found: Sequence, seconds: float) -> Spans:
    """Stretches that the default policy cuts."""
    return removed(voice_cuts(found, duration=seconds, min_keep=0.0))


def ours(y: np.ndarray) -> tuple[Spans, Spans]:
    """Cut as `curate strip-voice` does by default."""
    detector = SpeechDetector(device="cpu")
    listener = detector.open(SR)
    listener.feed(y[np.newaxis])
    track = listener.finish()
    cut, doubted = (as_cut(detector.segments(track, threshold=score), len(y) / SR) for score in (CUT, REVIEW))
    return cut, doubted


def cutters() -> dict[str, Cutter]:
    """List the sides of the comparison, by name."""

    def plain(threshold: float) -> Cutter:
        return lambda y: (silero_rule(silero(y), threshold=threshold), [])

    def widened(threshold: float) -> Cutter:
        def cut(y: np.ndarray) -> tuple[Spans, Spans]:
            found = [Segment(a, b, "speech") for a, b in silero_rule(silero(y), threshold=threshold)]
            return as_cut(found, len(y) / SR), []

        return cut

    made = {f"silero-vad {t}": plain(t) for t in (0.3, 0.5, 0.7)}
    made |= {f"silero-vad {t}, joined": widened(t) for t in (0.3, 0.5)}
    return made | {"curate": ours}


class Score:
    """Sums of one side over one part."""

    def __init__(self) -> None:
        self.voiced = dict.fromkeys(LEVELS, 0.0)
        self.found = dict.fromkeys(LEVELS, 0.0)
        self.queued = dict.fromkeys(LEVELS, 0.0)
        self.bed = self.bed_cut = 0.0
        self.free = self.free_cut = self.free_review = 0.0
        self.files = self.touched = self.reviewed = 0
        self.listed = self.listed_cut = self.listed_review = 0.0
        self.worst: list[tuple[float, str]] = []

    def mix(self, level: int, truth: np.ndarray, cut: np.ndarray, review: np.ndarray) -> None:
        """Count a mix."""
        self.voiced[level] += truth.sum() * STEP
        self.found[level] += (truth & cut).sum() * STEP
        self.queued[level] += (truth & review & ~cut).sum() * STEP
        near = np.convolve(truth, np.ones(2 * round(COLLAR / STEP) + 1), mode="same") > 0
        self.bed += (~near).sum() * STEP
        self.bed_cut += (cut & ~near).sum() * STEP

    def quiet(self, name: str, counted: np.ndarray, cut: np.ndarray, review: np.ndarray) -> None:
        """Count a recording without voices."""
        lost, queued = (cut & counted).sum() * STEP, (review & ~cut & counted).sum() * STEP
        self.free += counted.sum() * STEP
        self.free_cut += lost
        self.free_review += queued
        self.files += 1
        self.touched += bool(lost > 0)
        self.reviewed += bool(queued > 0)
        self.worst.append((float(lost), name))

    def real(self, listed: np.ndarray, cut: np.ndarray, review: np.ndarray) -> None:
        """Count a real recording with listed voices."""
        self.listed += listed.sum() * STEP
        self.listed_cut += (listed & cut).sum() * STEP
        self.listed_review += (listed & review & ~cut).sum() * STEP

    def figures(self) -> dict[str, float]:
        """Give what the table shows."""
        return {
            **{f"{level:+d} dB": self.found[level] / self.voiced[level] for level in LEVELS},
            "bed cut %": 100 * self.bed_cut / self.bed,
            "free cut %": 100 * self.free_cut / self.free,
            "free review %": 100 * self.free_review / self.free,
            "touched": self.touched,
            "to review": self.reviewed,
            "real": self.listed_cut / self.listed,
            "real + review": (self.listed_cut + self.listed_review) / self.listed,
        }


def measure(part: str, pairs: int, sides: dict[str, Cutter]) -> dict[str, Score]:
    """Let every side hear the same mixes and recordings."""
    scores = {name: Score() for name in sides}
    free = [sound for sound in voice_free() if sound.part == part]
    beds = [sound for sound in free if sound.category == "animals" and _nothing_found(sound)]

    def hear(y: np.ndarray) -> dict[str, tuple[np.ndarray, np.ndarray]]:
        n = -(-len(y) // round(SR * STEP))
        return {
            name: tuple(flags(list(spans), n, step=STEP) for spans in side(y)) for name, side in sides.items()
        }

    for mix in mixes(beds, part, pairs=pairs):
        for name, (cut, review) in hear(mix.y).items():
            scores[name].mix(mix.level, mix.truth, cut, review)
    for sound in free:
        y = audio(sound)
        if y is None or not len(y):
            continue
        for name, (cut, review) in hear(y).items():
            counted = np.ones(len(cut), bool) & ~flags(
                intervals.clip(doubtful(sound), 0, len(y) / SR), len(cut), step=STEP
            )
            scores[name].quiet(sound.name, counted, cut, review)
    for sound, spans in listed_voices():
        y = audio(sound)
        if sound.part == part and y is not None:
            for name, (cut, review) in hear(y).items():
                scores[name].real(flags(spans, len(cut), step=STEP), cut, review)
    return scores


def _nothing_found(sound: Sound) -> bool:
    y = audio(sound)
    return y is not None and bool(len(y)) and not doubtful(sound) and not silero_rule(silero(y))


def speeds() -> dict[str, float]:
    """Processor seconds on one thread over animals, noise and mixed, from file to answer."""
    files = [s.path for s in sounds() if s.category in ("animals", "noise", "mixed")]
    detector = SpeechDetector(device="cpu")
    model, package = packaged_model(), silero_package()
    load("cpu")
    spent = dict.fromkeys(("decoding alone", "curate", "silero-vad"), 0.0)
    for path in files:
        try:
            began = time.process_time()
            with open_audio(path) as opened:
                for _ in opened.blocks():
                    pass
            decoded = time.process_time()
            with open_audio(path) as opened:
                listener = detector.open(opened.sr)
                for block in opened.blocks():
                    listener.feed(block)
            detector.segments(listener.finish())
            scanned = time.process_time()
            package.get_speech_timestamps(torch.from_numpy(heard(path)), model)
        except AudioError:
            continue
        spent["decoding alone"] += decoded - began
        spent["curate"] += scanned - decoded
        spent["silero-vad"] += time.process_time() - scanned
    return spent


def show(title: str, scores: dict[str, Score]) -> None:
    """Print one part."""
    print(title)
    names = list(next(iter(scores.values())).figures())
    width = max(map(len, scores))
    print(" " * width, *(f"{name:>{max(6, len(name))}}" for name in names), sep="  ")
    for side, score in scores.items():
        cells = (f"{value:>{max(6, len(name))}.{_places(name)}f}" for name, value in score.figures().items())
        print(f"{side:<{width}}", *cells, sep="  ")
    print()


def _places(name: str) -> int:
    return 3 if "dB" in name or "real" in name else 2 if "%" in name else 0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--part", choices=("tuned", "reported"), help="only one part (default: both)")
    parser.add_argument("--pairs", type=int, default=PAIRS, help=f"pairs of bed and voice (default {PAIRS})")
    parser.add_argument("--json", help="write the figures here as well")
    parser.add_argument("--no-speed", action="store_true", help="leave the scan speed out")
    options = parser.parse_args()
    torch.set_num_threads(1)
    collected = {}
    for part in (options.part,) if options.part else ("tuned", "reported"):
        scores = measure(part, options.pairs, cutters())
        one = next(iter(scores.values()))
        show(
            f"{part}: {options.pairs * len(LEVELS)} mixes, {one.files} recordings without voices "
            f"({one.free:.0f} s), {one.listed:.0f} s of voices in real recordings",
            scores,
        )
        collected[part] = {name: score.figures() for name, score in scores.items()}
        for lost, name in sorted(scores["curate"].worst, reverse=True)[:8]:
            if lost:
                print(f"  curate cuts {lost:.2f} s of {name}")
        print()
    if not options.no_speed:
        spent = speeds()
        for name, seconds in spent.items():
            print(f"{name}: {seconds:.1f} s, {seconds / spent['decoding alone']:.2f} times decoding alone")
        collected["speed"] = spent
    if options.json:
        with open(options.json, "w", encoding="utf-8") as file:
            json.dump(collected, file, indent=1)


if __name__ == "__main__":
    main()
