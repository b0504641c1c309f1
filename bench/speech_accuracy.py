"""How many voices are found in nature recordings, and how much of the animals is lost.

Voices of the corpus are mixed into its animals (`shared/speech_mixes.py`). Level, voice, bed and
condition are drawn independently: dry, far (through a wood, nothing above 3 kHz), with a low cut at
500 Hz, in rain, among crickets. Each of three parts of the corpus, divided by source repository, is
heard with weights that were trained on the other two (``bench/weights``, by ``train_speech.py
--folds``). What ships was trained on all three, so with ``--shipped`` the figures say how well it
remembers, not how well it hears. Beside curate stands silero-vad, on audio properly resampled, at three
thresholds and at the one that cuts as much of the voice-free recordings as curate does::

    python bench/speech_accuracy.py [--draws 10] [--mixes 240] [--seed 1] [--shipped] [--curve] [--json FILE]
    python bench/speech_accuracy.py --short         # in files of 6 to 12 s, in which --min-keep counts
    python bench/speech_accuracy.py --keep FILE     # in another build, and then in this one:
    python bench/speech_accuracy.py --before FILE   # ... both on the same sounds, and the difference

One draw takes some two minutes; ten give the figures of the documentation. Intervals of 95 % are by
resampling voices (of mixes) and recordings (of what holds no voice); with more than one draw, the
standard deviation of the draws stands behind.

Tables: the share of voiced seconds cut, for each condition and level; then, of the recordings
without voices, the percentage of seconds cut and left to review and how many are touched; the
percentage of the beds' seconds cut more than a second away from any voice, of all and of those that
are one recording of 20 s and more (the others are joined from short ones); of real recordings with
voices, the share of the listed seconds; and the share cut of people without words, mostly babies who
cry. Then what share of the stretches is voices, by score. ``--curve`` prints a line for each threshold.
"""

from __future__ import annotations

import argparse
import itertools
import json
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import torch
from shared.common import heard, silero_rule, track_of
from shared.conditions import CONDITIONS
from shared.speech_corpus import (
    PARTS,
    SR,
    STEP,
    audio,
    doubtful,
    flags,
    listed_voices,
    sounds,
    voice_free,
    wordless,
)
from shared.speech_figures import (
    RESAMPLES,
    SCORES,
    Heard,
    Scored,
    before_and_now,
    calibration,
    keep,
    meaning,
    scored,
)
from shared.speech_figures import read as kept_by
from shared.speech_mixes import BED, LEVELS, SHORT, mixes
from train_speech import FILE as SHIPPED
from train_speech import without

from curate import intervals
from curate.audio.read import open_audio
from curate.decisions.voice_cuts import review_flags, voice_cuts, withheld
from curate.decisions.voices import PROFILES, separate_voices
from curate.detectors._nature import read
from curate.detectors._silero_package import checked_weights, packaged_model, silero_package
from curate.detectors.detector_group import DetectorGroup
from curate.detectors.silero import SileroNet, load
from curate.detectors.speech import SpeechDetector, segments
from curate.detectors.track import Track
from curate.errors import AudioError

#: Thresholds of ``--curve``, and those among which silero's own is sought that cuts as much as curate.
CURVE = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.65, 0.7, 0.75, 0.8, 0.87, 0.9, 0.95)
SOUGHT = (*np.arange(0.5, 0.95, 0.05).round(2).tolist(), 0.95, 0.97, 0.98, 0.99, 0.995)

#: Seconds around a voice in which a cut is no loss: a margin is wanted there.
COLLAR = 1.0

BALANCED = "curate, balanced"

Spans = Sequence[intervals.Interval]

#: Hears the tracks of silero and of curate, and gives what it cuts, and what it would have reviewed.
Side = Callable[[Track, Track], tuple[Spans, Spans]]


def silero(threshold: float) -> Side:
    """Cut as silero-vad does by default."""
    return lambda plain, _: (silero_rule(plain, threshold=threshold), [])


def curate(threshold: float, review: float, **policy: float) -> Side:
    """Cut as `curate strip-voice` does."""

    def side(_: Track, ours: Track) -> tuple[Spans, Spans]:
        seconds = ours.n_samples / SR
        voices = separate_voices(segments(ours, lowest_score=review), threshold=threshold, min_speech=0.25)
        cuts = voice_cuts(voices.sure, duration=seconds, **policy)
        flagged = [cut for cut in cuts if cut.action == "flag"]
        flagged += review_flags(voices.doubtful, cuts, duration=seconds)
        return withheld(cuts), [(cut.onset, cut.offset) for cut in flagged]

    return side


def sides(*, curve: bool) -> dict[str, Side]:
    """List what is compared, by name."""
    made = {f"silero-vad {t}": silero(t) for t in (0.3, 0.5, 0.7)}
    made |= {f"curate, {name}": curate(p.threshold, p.review) for name, p in PROFILES.items()}
    usual = PROFILES["balanced"]
    made[f"{BALANCED}, --min-keep 0"] = curate(usual.threshold, usual.review, min_keep=0.0)
    if curve:
        made |= {f"curate {t}": curate(t, min(t, usual.review), min_keep=0.0) for t in CURVE}
    return made


def compared(
    row: tuple[str, ...], group: str, counted: np.ndarray, done: tuple[Spans, Spans], draw: int = 0
) -> Heard:
    """Count what is cut, and left to review, of the frames that count."""
    cut, review = (flags(list(spans), len(counted), step=STEP) for spans in done)
    seconds = [float(each.sum()) * STEP for each in (counted, counted & cut, counted & review & ~cut)]
    return Heard(draw, group, row, *seconds)


def plain_and_ours(y: np.ndarray, net: SileroNet) -> tuple[Track, Track]:
    """Let both networks hear a sound."""
    return track_of(load("cpu"), y), track_of(net, y)


def of_recordings(
    part: int, net: SileroNet
) -> Iterator[tuple[tuple[str, ...], str, np.ndarray, Track, Track]]:
    """Hear the recordings of one part: those without voices, and those in which some were listed."""
    for sound in voice_free():
        y = audio(sound)
        if sound.part == part and y is not None and len(y):
            counted = np.ones(-(-len(y) // round(SR * STEP)), bool)
            doubts = intervals.clip(doubtful(sound), 0, len(y) / SR)
            yield (
                ("free",),
                sound.name,
                counted & ~flags(doubts, len(counted), step=STEP),
                *plain_and_ours(y, net),
            )
    for sound in wordless():
        y = audio(sound)
        if sound.part == part and y is not None:
            counted = np.ones(-(-len(y) // round(SR * STEP)), bool)
            yield ("wordless",), sound.name, counted, *plain_and_ours(y, net)
    for sound, spans in listed_voices():
        y = audio(sound)
        if sound.part == part and y is not None:
            counted = flags(spans, -(-len(y) // round(SR * STEP)), step=STEP)
            yield ("real",), sound.name, counted, *plain_and_ours(y, net)


def alike(threshold_of: str, free: list[tuple], compared_sides: dict[str, Side]) -> float:
    """Find the threshold at which silero cuts at most as much of what holds no voice as a side."""

    def lost(side: Side) -> float:
        return sum(compared(row, name, counted, side(*tracks)).cut for row, name, counted, *tracks in free)

    most = lost(compared_sides[threshold_of])
    return next((t for t in SOUGHT if lost(silero(t)) <= most), SOUGHT[-1])


class Figures:
    """What all sides did."""

    def __init__(self, heard: dict[str, list[Heard]]) -> None:
        self.heard = heard

    def share(
        self, side: str, wanted: Callable[[tuple[str, ...]], bool], *, review: bool = False
    ) -> tuple[float, float, float, float]:
        """Give a share of seconds, its interval by resampling groups, and the deviation of the draws."""
        rows = [each for each in self.heard[side] if wanted(each.row)]
        names = {name: number for number, name in enumerate(sorted({each.group for each in rows}))}
        sums = np.zeros((2, len(names)))
        by_draw: dict[int, list[float]] = {}
        for each in rows:
            part = each.cut + each.review if review else each.cut
            sums[:, names[each.group]] += part, each.whole
            draw = by_draw.setdefault(each.draw, [0.0, 0.0])
            draw[0] += part
            draw[1] += each.whole
        if not sums[1].sum():
            return (float("nan"),) * 4
        chance = np.random.default_rng(0)
        drawn = chance.multinomial(len(names), np.full(len(names), 1 / len(names)), RESAMPLES) @ sums.T
        shares = np.quantile(drawn[:, 0] / np.maximum(drawn[:, 1], 1e-9), (0.025, 0.975))
        spread = float(np.std([a / b for a, b in by_draw.values() if b], ddof=1)) if len(by_draw) > 1 else 0.0
        return float(sums[0].sum() / sums[1].sum()), float(shares[0]), float(shares[1]), spread

    def touched(self, side: str) -> tuple[int, int]:
        """Count the recordings without voices that lose something, and that need a person."""
        free = [each for each in self.heard[side] if each.row == ("free",)]
        return sum(each.cut > 0 for each in free), sum(each.review > 0 for each in free)

    def worst(self, side: str) -> list[str]:
        """Name the recordings without voices that lose most."""
        free = sorted((-each.cut, each.group) for each in self.heard[side] if each.row == ("free",))
        return [f"{-lost:.2f} s of {name}" for lost, name in free[:12] if lost]


def show(figures: Figures, draws: int, *, short: bool) -> dict[str, dict[str, list[float]]]:
    """Print the tables, and give them."""
    collected: dict[str, dict[str, list[float]]] = {side: {} for side in figures.heard}

    def cell(side: str, name: str, found: tuple[float, float, float, float], by: float = 1.0) -> str:
        collected[side][name] = list(found)
        places = 2 if by == 1 else 3
        share, low, high, spread = (by * x for x in found)
        behind = f" ±{spread:.{places}f}" if draws > 1 else ""
        return f"{share:.{places}f} [{low:.{places}f} {high:.{places}f}]{behind}"

    lines = [(side, False) for side in figures.heard]
    lines.insert(lines.index((BALANCED, False)) + 1, (BALANCED, True))
    lines = [line for line in lines if short or "--min-keep" not in line[0]]  # long beds keep enough
    for condition in CONDITIONS:
        rows = []
        for side, review in lines:
            cells = [
                cell(
                    side,
                    f"{condition} {level:+d}{' cut or review' if review else ''}",
                    figures.share(side, lambda row, at=(condition, str(level)): row == at, review=review),
                )
                for level in LEVELS
            ]
            name = f"{condition} all{' cut or review' if review else ''}"
            of_all = figures.share(side, lambda row: row[0] == condition and len(row) == 2, review=review)  # noqa: B023
            rows.append([side + (", cut or in review" if review else ""), *cells, cell(side, name, of_all)])
        table(
            f"{condition}: voiced seconds cut", [f"{level:+d} dB" for level in LEVELS] + ["all levels"], rows
        )
    rows = []
    for side in figures.heard:
        kinds = ("free", "bed", "bed whole", "real", "wordless")
        free, bed, whole, real, babies = ((lambda row, at=at: row[0].startswith(at)) for at in kinds)
        cut, either = figures.share(side, free), figures.share(side, free, review=True)
        touched, queued = figures.touched(side)
        rows.append(
            [
                side,
                cell(side, "free cut %", cut, 100),
                cell(side, "free cut or review %", either, 100),
                str(touched),
                str(queued),
                cell(side, "bed cut %", figures.share(side, bed), 100),
                cell(side, "whole bed cut %", figures.share(side, whole), 100),
                cell(side, "real", figures.share(side, real)),
                cell(side, "real cut or review", figures.share(side, real, review=True)),
                cell(side, "wordless", figures.share(side, babies)),
            ]
        )
        collected[side]["touched"] = [touched, queued]
    names = [
        "free cut %",
        "cut or review %",
        "touched",
        "to review",
        "beds cut %",
        "whole",
        "real",
        "real, or review",
    ]
    names += ["wordless"]
    table("without voices, beds away from voices, and real recordings", names, rows)
    for side in (BALANCED, f"{BALANCED}, --min-keep 0"):
        print(f"{side} cuts {', '.join(figures.worst(side)) or 'nothing'}")
    return collected


def table(title: str, names: list[str], rows: list[list[str]]) -> None:
    """Print lines of cells, in columns."""
    print(f"\n{title}")
    lines = [["", *names], *rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    for line in lines:
        print("  ".join(f"{text:<{width}}" for text, width in zip(line, widths, strict=True)).rstrip())


def show_scores(stretches: list[Scored]) -> None:
    """Print what share of the stretches is voices, by score."""
    table("what a score means", ["stretches", "mean score", "voices"], meaning(stretches))
    a, b = calibration(stretches)
    print(f"log odds of a voice: {a:+.2f} {b:+.2f} times those of the score (true: 0, 1)")


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
                listeners = DetectorGroup({detector.name: detector}, opened.sr)
                for block in opened.blocks():
                    listeners.feed(block)
            detector.segments(listeners.finish()[detector.name])
            scanned = time.process_time()
            package.get_speech_timestamps(torch.from_numpy(heard(path)), model)
        except AudioError:
            continue
        spent["decoding alone"] += decoded - began
        spent["curate"] += scanned - decoded
        spent["silero-vad"] += time.process_time() - scanned
    return spent


def hear_recordings(
    nets: dict[int, SileroNet], both: dict[str, Side]
) -> tuple[dict[str, list[Heard]], list[Scored], list[str]]:
    """Hear all recordings by all sides, and add silero at the threshold that cuts no more than curate.

    Returns
    -------
    What each side did, the stretches of what holds no voice, and what was heard, in words
    """
    recordings = [each for part in PARTS for each in of_recordings(part, nets[part])]
    free = [each for each in recordings if each[0] == ("free",)]
    found = alike(f"{BALANCED}, --min-keep 0", free, both)
    both[f"silero-vad {found}, which cuts no more"] = silero(found)
    heard = {
        name: [compared(row, group, counted, side(*tracks)) for row, group, counted, *tracks in recordings]
        for name, side in both.items()
    }
    stretches = [
        each
        for _, group, counted, _, ours in free
        for each in scored(group, segments(ours, lowest_score=SCORES[0]), np.zeros(len(counted), bool), STEP)
    ]
    seconds = sum(float(each[2].sum()) for each in free) * STEP
    return heard, stretches, [f"{len(free)} recordings without voices, {seconds / 60:.0f} min"]


def hear_mixes(
    nets: dict[int, SileroNet],
    both: dict[str, Side],
    *,
    draws: Sequence[tuple[int, int]],
    number: int,
    length: tuple[float, float],
) -> tuple[dict[str, list[Heard]], list[Scored]]:
    """Hear the mixes of some draws, each with its seed, by all sides: what each did, and the stretches."""
    heard: dict[str, list[Heard]] = {name: [] for name in both}
    stretches: list[Scored] = []
    for (draw, seed), part in itertools.product(draws, PARTS):
        beds = [s for s in voice_free() if s.category == "animals" and s.part == part and not doubtful(s)]
        for mix in mixes(beds, part, number=number, seed=seed, length=length):
            tracks = plain_and_ours(mix.y, nets[part])
            stretches += scored(mix.voice, segments(tracks[1], lowest_score=SCORES[0]), mix.truth, STEP)
            near = np.convolve(mix.truth, np.ones(2 * round(COLLAR / STEP) + 1), mode="same") > 0
            for name, side in both.items():
                done = side(*tracks)
                row = (mix.condition, str(mix.level))
                heard[name].append(compared(row, mix.voice, mix.truth, done, draw))
                bed = ("bed joined" if mix.joined else "bed whole",)
                heard[name].append(compared(bed, mix.bed, ~near, done, draw))
    return heard, stretches


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--draws", type=int, default=1, help="how often all mixes are drawn anew (1)")
    parser.add_argument("--mixes", type=int, default=240, help="in each part and draw (240)")
    parser.add_argument("--seed", type=int, default=1, help="of the first draw")
    parser.add_argument("--shipped", action="store_true", help="weights that have heard every part")
    parser.add_argument("--short", action="store_true", help="files of 6 to 12 s, in which --min-keep counts")
    parser.add_argument("--curve", action="store_true", help="a line for each threshold")
    parser.add_argument("--json", help="write the figures here as well")
    parser.add_argument("--keep", type=Path, metavar="FILE", help="keep what was done about each sound")
    parser.add_argument("--before", type=Path, metavar="FILE", help="compare with what another build kept")
    parser.add_argument("--speed", action="store_true", help="measure the scan speed as well")
    options = parser.parse_args()
    torch.set_num_threads(1)
    weights = checked_weights(packaged_model().state_dict())
    nets = {}
    for part in PARTS:
        file = SHIPPED if options.shipped else without(part)
        if not file.is_file():
            sys.exit(f"no {file}: run python bench/train_speech.py --folds, or give --shipped")
        nets[part] = SileroNet(weights, "cpu", read(file))
    both = sides(curve=options.curve)
    heard, stretches, words = hear_recordings(nets, both)
    draws = [(draw, options.seed + draw) for draw in range(options.draws)]
    length = SHORT if options.short else BED
    in_mixes, more = hear_mixes(nets, both, draws=draws, number=options.mixes, length=length)
    heard = {name: of + in_mixes[name] for name, of in heard.items()}
    weights_of = "have heard every part" if options.shipped else "never heard the part"
    number = sum(len(each.row) == 2 for each in heard[BALANCED])
    print(f"{number} mixes in {options.draws} draws, curate's weights {weights_of};", *words, sep="\n")
    collected = show(Figures(heard), options.draws, short=options.short)
    show_scores(stretches + more)
    usual = {name: of for name, of in heard.items() if name.startswith("curate")}
    if options.keep:
        keep(options.keep, usual)
    if options.before:
        name = f"{BALANCED}, --min-keep 0"
        rows = before_and_now(kept_by(options.before)[name], usual[name], CONDITIONS)
        table(f"{name}: share cut", ["before", "now", "difference"], rows)
    if options.speed:
        spent = speeds()
        for name, each in spent.items():
            print(f"{name}: {each:.1f} s, {each / spent['decoding alone']:.2f} times decoding alone")
        collected["speed"] = {name: [each] for name, each in spent.items()}
    if options.json:
        with open(options.json, "w", encoding="utf-8") as file:
            json.dump(collected, file, indent=1)


if __name__ == "__main__":
    main()
