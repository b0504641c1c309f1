"""How many voices are found in nature recordings, and how much of the animals is lost.

Voices of the corpus are mixed into its animals by a fixed recipe (`_speech_corpus.py`), at six
levels. Each part of the corpus is heard with weights that were trained on the other two
(``bench/weights``, by ``train_speech.py --folds``). What ships was trained on all three, so
with ``--shipped`` the figures say how well it remembers, not how well it hears. Beside curate
stands silero-vad with its defaults, on audio properly resampled::

    python bench/speech_accuracy.py [--part 1] [--pairs 40] [--seed 1] [--shipped] [--curve] [--json FILE]

Columns: share of voiced seconds cut at each level; share of the beds' seconds cut more than a
second away from any voice; of the recordings without voices, the share of seconds cut and sent
to review, and the number touched; of the real recordings with voices, the share of the seconds
that were listed by eye. ``--curve`` prints a line for each threshold; another
``--seed`` draws other pairs of animals and voices.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Sequence

import numpy as np
import torch
from shared.common import heard, silero_rule
from shared.speech_corpus import (
    LEVELS,
    PAIRS,
    PARTS,
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
from train_speech import FILE as SHIPPED
from train_speech import without

from curate import intervals
from curate.audio.read import open_audio
from curate.decisions.voice_cuts import removed, review_flags, voice_cuts
from curate.decisions.voices import PROFILES, separate_voices
from curate.detectors._nature import read
from curate.detectors._silero_package import checked_weights, packaged_model, silero_package
from curate.detectors._silero_stream import Stream
from curate.detectors.silero import CHUNK, SileroNet, load
from curate.detectors.speech import SpeechDetector, segments
from curate.detectors.track import Track
from curate.errors import AudioError

#: Thresholds of ``--curve``.
CURVE = (0.3, 0.5, 0.7, 0.8, 0.9, 0.93, 0.95, 0.97, 0.98)

#: Seconds around a voice in which a cut is no loss: a margin is wanted there.
COLLAR = 1.0

Spans = Sequence[intervals.Interval]

#: Hears the tracks of silero and of curate, and gives what it cuts, and what it would have reviewed.
Side = Callable[[Track, Track], tuple[Spans, Spans]]


def track_of(net: SileroNet, y: np.ndarray) -> Track:
    """Let a network hear 16 kHz (of silero's own, `speech_equality.py` tells that it is exact)."""
    stream = Stream(net)
    stream.feed(y)
    return Track.quantised(stream.finish(), hop=CHUNK / SR, n_samples=len(y))


def silero(threshold: float) -> Side:
    """Cut as silero-vad does by default."""
    return lambda plain, _: (silero_rule(plain, threshold=threshold), [])


def curate(threshold: float, review: float) -> Side:
    """Cut as `curate strip-voice` does, but for `--min-keep`."""

    def side(_: Track, ours: Track) -> tuple[Spans, Spans]:
        seconds = ours.n_samples / SR
        voices = separate_voices(segments(ours, lowest_score=review), threshold=threshold, min_speech=0.25)
        cuts = voice_cuts(voices.sure, duration=seconds, min_keep=0.0)
        flagged = review_flags(voices.doubtful, cuts, duration=seconds)
        return removed(cuts), [(cut.onset, cut.offset) for cut in flagged]

    return side


def sides(*, curve: bool) -> dict[str, Side]:
    """List what is compared, by name."""
    made = {f"silero-vad {t}": silero(t) for t in (0.3, 0.5, 0.7)}
    made |= {f"curate, {name}": curate(p.threshold, p.review) for name, p in PROFILES.items()}
    if curve:
        made |= {f"curate {t}": curate(t, min(t, 0.6)) for t in CURVE}
    return made


class Score:
    """Sums of one side over one part."""

    def __init__(self) -> None:
        self.voiced = dict.fromkeys(LEVELS, 0.0)
        self.found = dict.fromkeys(LEVELS, 0.0)
        self.queued = dict.fromkeys(LEVELS, 0.0)
        self.bed = self.bed_cut = 0.0
        self.free = self.free_cut = self.free_review = 0.0
        self.files = self.touched = self.reviewed = self.mixes = 0
        self.listed = self.listed_cut = self.listed_review = 0.0
        self.worst: list[tuple[float, str]] = []

    def mix(self, level: int, truth: np.ndarray, cut: np.ndarray, review: np.ndarray) -> None:
        """Count a mix."""
        self.mixes += 1
        self.voiced[level] += truth.sum() * STEP
        self.found[level] += float((truth & cut).sum()) * STEP
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

    def add(self, other: Score) -> None:
        """Count another part in."""
        for name, value in vars(other).items():
            own = getattr(self, name)
            if isinstance(value, dict):
                own.update({key: own[key] + value[key] for key in own})
            else:
                setattr(self, name, own + value)

    def figures(self) -> dict[str, float]:
        """Give what the table shows."""
        return {
            **{f"{level:+d} dB": self.found[level] / self.voiced[level] for level in LEVELS},
            "bed cut %": 100 * self.bed_cut / self.bed,
            "free cut %": 100 * self.free_cut / self.free,
            "free review %": 100 * self.free_review / self.free,
            "touched": self.touched,
            "to review": self.reviewed,
            "real": self.listed_cut / max(self.listed, 1e-9),
            "real + review": (self.listed_cut + self.listed_review) / max(self.listed, 1e-9),
        }


def measure(
    number: int, pairs: int, seed: int, compared: dict[str, Side], net: SileroNet
) -> dict[str, Score]:
    """Let every side hear the same mixes and recordings of one part."""
    scores = {name: Score() for name in compared}
    free = [sound for sound in voice_free() if sound.part == number]
    beds = [sound for sound in free if sound.category == "animals" and _nothing_found(sound)]

    def hear(y: np.ndarray) -> dict[str, tuple[np.ndarray, np.ndarray]]:
        n = -(-len(y) // round(SR * STEP))
        tracks = track_of(load("cpu"), y), track_of(net, y)
        return {
            name: tuple(flags(list(spans), n, step=STEP) for spans in side(*tracks))
            for name, side in compared.items()
        }

    for mix in mixes(beds, number, pairs=pairs, seed=seed):
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
        if sound.part == number and y is not None:
            for name, (cut, review) in hear(y).items():
                scores[name].real(flags(spans, len(cut), step=STEP), cut, review)
    return scores


def _nothing_found(sound: Sound) -> bool:
    y = audio(sound)
    return (
        y is not None and bool(len(y)) and not doubtful(sound) and not silero_rule(track_of(load("cpu"), y))
    )


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
    parser.add_argument("--part", type=int, choices=PARTS, help="only one part (default: all)")
    parser.add_argument("--pairs", type=int, default=PAIRS, help=f"of bed and voice, per part ({PAIRS})")
    parser.add_argument("--seed", type=int, default=1, help="of the pairs")
    parser.add_argument("--shipped", action="store_true", help="weights that have heard every part")
    parser.add_argument("--curve", action="store_true", help="a line for each threshold")
    parser.add_argument("--json", help="write the figures here as well")
    parser.add_argument("--no-speed", action="store_true", help="leave the scan speed out")
    options = parser.parse_args()
    torch.set_num_threads(1)
    weights = checked_weights(packaged_model().state_dict())
    collected, together = {}, {name: Score() for name in sides(curve=options.curve)}
    for number in (options.part,) if options.part else PARTS:
        file = SHIPPED if options.shipped else without(number)
        if not file.is_file():
            sys.exit(f"no {file}: run python bench/train_speech.py --folds, or give --shipped")
        net = SileroNet(weights, "cpu", read(file))
        scores = measure(number, options.pairs, options.seed, sides(curve=options.curve), net)
        heard_it = "have heard this part too" if options.shipped else "never heard it"
        _report(f"part {number} (curate's weights {heard_it})", scores)
        collected[f"part {number}"] = {name: score.figures() for name, score in scores.items()}
        for name, score in scores.items():
            together[name].add(score)
    _report("all parts", together)
    collected["all"] = {name: score.figures() for name, score in together.items()}
    if not options.no_speed:
        spent = speeds()
        for name, seconds in spent.items():
            print(f"{name}: {seconds:.1f} s, {seconds / spent['decoding alone']:.2f} times decoding alone")
        collected["speed"] = spent
    if options.json:
        with open(options.json, "w", encoding="utf-8") as file:
            json.dump(collected, file, indent=1)


def _report(title: str, scores: dict[str, Score]) -> None:
    one = next(iter(scores.values()))
    show(
        f"{title}: {one.mixes} mixes, {one.files} recordings without voices "
        f"({one.free:.0f} s), {one.listed:.0f} s of voices in real recordings",
        scores,
    )
    for name in PROFILES:
        worst = sorted(scores[f"curate, {name}"].worst, reverse=True)[:4]
        cut = ", ".join(f"{lost:.2f} s of {file}" for lost, file in worst if lost)
        print(f"  {name} cuts {cut or 'nothing'}")
    print(flush=True)


if __name__ == "__main__":
    main()
