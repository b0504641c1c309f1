"""How well `activity` finds animals: annotated by people, and sounds of known place in real noise.

* Annotated: onsets and offsets in ``labels/sound_events.csv`` of the corpus (file, onset, offset), where
  there is such a table, and a bird whose spectrogram people masked by hand, which the corpus holds masked
  and as it was. Few recordings: annotations come with next to none. Two bats have theirs in the example
  project of whombat, all calls boxed by one person; other tables beside recordings were made by models.
* Known: sounds of birds, frogs and dogs, cut out of real recordings where their onset and offset are
  certain (in a band of an octave their level rises from more than 35 dB below their peak within 30 ms, and
  falls by 30 dB within 60 ms), one in every 5 s of real rain, engines and hiss of the corpus, which are
  otherwise left as they are. Levels are mean power of the sound over that of the noise in the sound's own
  band, which is all octaves in which it stands 20 dB over what surrounds it.

Next to it, on the same waveforms: librosa.effects.split, a threshold for RMS, at that `top_db` of nine which
tells best the seconds of sounds from all others over all of the known sounds; and the rule of Sprengel et
al. (BirdCLEF 2016), three times the median of row and column, eroded and dilated.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import numpy as np
from shared.common import need_corpus

from curate import intervals
from curate.audio.read import read
from curate.audio.resample import resample
from curate.detectors.detect_file import detector
from curate.detectors.detector_group import DetectorGroup
from curate.detectors.levels import bridged, runs

Span = tuple[float, float]

SNRS = (20, 10, 5, 0, -5)  # dB
TOP_DBS = (3, 6, 10, 15, 20, 25, 30, 40, 60)

#: Words in the names of noise without animals, and the group they put it in.
NOISES = {
    "rain": ("ESC-10",),  # but for its crying babies
    "engines": ("airplane", "car_", "chainsaw", "compressor", "library__engine", "helicopter", "jet_"),
    "hiss, hum": ("pinknoise", "whitenoise", "brown", "alp-data", "koala", "rhasspy", "mains_hum"),
}

STEP = 0.005  # seconds of one level of the envelopes by which sounds are cut out
EVERY = 5.0  # seconds of noise with one sound in it
FADE = 0.005  # seconds


class Sound(NamedTuple):
    """A sound cut out of a recording, and the band it was cut out of, Hz."""

    y: np.ndarray
    sr: int
    band: tuple[float, float]


@dataclass
class Score:
    """What one rule found of known events, over many recordings."""

    events: int = 0
    met: int = 0
    inside: float = 0.0  # seconds of events that are marked
    whole: float = 0.0
    outside: float = 0.0  # seconds beside events that are marked
    rest: float = 0.0
    onsets: list[float] = field(default_factory=list)  # absolute errors of the events met, seconds
    offsets: list[float] = field(default_factory=list)

    def add(self, found: Sequence[Span], truth: Sequence[Span], duration: float) -> None:
        """Count what was found in one recording."""
        for event in truth:
            touching = [span for span in found if span[0] < event[1] and span[1] > event[0]]
            self.events += 1
            self.met += bool(touching)
            if touching:
                self.onsets.append(abs(touching[0][0] - event[0]))
                self.offsets.append(abs(touching[-1][1] - event[1]))
            self.inside += intervals.total(intervals.clip(found, *event))
        whole = intervals.total(intervals.union(truth))
        self.whole += whole
        self.rest += duration - whole
        self.outside += intervals.total(found)
        self.outside -= sum(intervals.total(intervals.clip(found, *span)) for span in intervals.union(truth))

    def cells(self) -> list[str]:
        """Write the figures of `COLUMNS`."""

        def share(part: float, whole: float) -> str:
            return f"{100 * part / whole:.0f}" if whole else "-"

        def median(errors: list[float]) -> str:
            return f"{1000 * np.median(errors):.0f}" if errors else "-"

        return [
            share(self.met, self.events),
            share(self.inside, self.whole),
            share(self.outside, self.rest),
            median(self.onsets),
            median(self.offsets),
        ]


COLUMNS = ["met", "marked", "others", "onset", "offset"]


# -- the rules


def by_activity(y: np.ndarray, sr: int) -> list[Span]:
    audience = DetectorGroup({"activity": detector("activity")}, sr)
    audience.feed(y[np.newaxis].astype(np.float32))
    segments = detector("activity").segments(audience.finish()["activity"])
    return [(segment.onset, segment.offset) for segment in segments]


def by_rms(y: np.ndarray, sr: int, top_db: float) -> list[Span]:
    import librosa

    spans = librosa.effects.split(y, top_db=top_db) / sr
    return [(float(onset), float(offset)) for onset, offset in spans]


def by_medians(y: np.ndarray, sr: int) -> list[Span]:
    """Apply the rule of Sprengel et al., on a spectrogram of 512 samples, a quarter apart."""
    import librosa
    from scipy.ndimage import binary_dilation, binary_erosion

    spectrogram = np.abs(librosa.stft(y, n_fft=512, hop_length=128))
    rows, columns = (np.median(spectrogram, axis=axis, keepdims=True) for axis in (1, 0))
    cells = (spectrogram > 3 * rows) & (spectrogram > 3 * columns)
    cells = binary_dilation(binary_erosion(cells, np.ones((4, 4))), np.ones((4, 4)))
    frames = binary_dilation(cells.any(axis=0), np.ones(4), iterations=2)
    end = len(y) / sr
    return [(start * 128 / sr, min(stop * 128 / sr, end)) for start, stop in runs(frames)]


RULES: dict[str, Callable[[np.ndarray, int], list[Span]]] = {
    "activity": by_activity,
    "medians": by_medians,
    **{f"rms {top_db} dB": lambda y, sr, top_db=top_db: by_rms(y, sr, top_db) for top_db in TOP_DBS},
}


# -- annotated by people


def annotated(corpus: Path) -> Iterator[tuple[str, np.ndarray, int, list[Span]]]:
    import pandas as pd

    labels = corpus / "labels" / "sound_events.csv"
    if labels.is_file():
        for name, rows in pd.read_csv(labels).groupby("file"):
            y, sr = read(corpus / str(name), mono=True)
            yield Path(str(name)).stem, y[0], sr, list(zip(rows.onset, rows.offset, strict=True))
    else:
        print(f"no annotated events: there is no {labels}\n")
    bird = corpus / "animals" / "BirdSoundsDenoising__XC41136"
    y, sr = read(bird.with_suffix(".wav"), mono=True)
    masked = read(bird.with_name(f"{bird.name}_denoised.flac"), mono=True)[0][0]
    lag = int(np.argmax(np.correlate(y[0, : masked.size], masked[: sr // 2], "valid")))
    heard = bridged(runs(np.abs(masked) > 1e-4), gap=0.02 * sr, shortest=1)
    yield bird.name, y[0], sr, [((start + lag) / sr, (stop + lag) / sr) for start, stop in heard]


def print_annotated(corpus: Path, shown: Sequence[str]) -> None:
    print("annotated recordings: events met, share of the seconds marked, per cent")
    for name, y, sr, truth in annotated(corpus):
        duration = len(y) / sr
        near = intervals.union((onset - 0.125, offset + 0.125) for onset, offset in truth)
        joined = intervals.total(intervals.clip(near, 0.0, duration))
        print(f"  {name}: {len(truth)} events in {duration:.1f} s, {100 * joined / duration:.0f} %", end=" ")
        print("of it within 0.125 s of one")
        for rule in shown:
            score, found = Score(), RULES[rule](y, sr)
            score.add(found, truth, duration)
            marked = 100 * intervals.total(found) / duration
            print(f"    {rule:<12} {score.cells()[0]:>4} met {marked:>4.0f} marked")
    print()


# -- sounds of known place


def events_in(y: np.ndarray, sr: int) -> list[tuple[tuple[float, float], int, int]]:
    """List sounds whose ends are certain: their band, first and last sample."""
    step = round(STEP * sr)
    lows = [low for low in 400 * 2 ** np.arange(0, 5, 0.5) if 2 * low <= 0.45 * sr]
    count = len(y) // step
    power = np.array(
        [(within(y, sr, low, 2 * low)[: count * step].reshape(count, step) ** 2).mean(1) for low in lows]
    )
    found = []
    for octave, level in enumerate(10 * np.log10(power + 1e-12)):
        floor = np.percentile(level, 20)
        for start, stop in bridged(runs(level > floor + 20), gap=20, shortest=10):
            peak = level[start:stop].max()
            loud = np.flatnonzero(level[start:stop] > peak - 20)
            onset, offset = start + int(loud[0]), start + int(loud[-1]) + 1
            before, after = slice(max(0, onset - 40), max(0, onset - 6)), slice(offset + 12, offset + 60)
            if (
                0.06 <= (offset - onset) * STEP <= 1.5
                and len(level[before]) >= 10
                and len(level[after]) >= 10
                and np.percentile(level[before], 90) < peak - 35
                and np.percentile(level[after], 90) < peak - 30
            ):
                # Every octave beside it in which the sound stands as clearly over what surrounds it.
                around = np.maximum(power[:, before].mean(1), power[:, after].mean(1))
                clear = power[:, onset:offset].mean(1) > 100 * around
                low = next((i + 1 for i in range(octave - 1, -1, -1) if not clear[i]), 0)
                high = next((i - 1 for i in range(octave + 1, len(lows)) if not clear[i]), len(lows) - 1)
                found.append((float(peak - floor), (lows[low], 2 * lows[high]), onset * step, offset * step))
    kept: list[tuple[tuple[float, float], int, int]] = []
    for _, band, onset, offset in sorted(found, reverse=True):
        if all(offset < other[1] - sr / 10 or onset > other[2] + sr / 10 for other in kept):
            kept.append((band, onset, offset))
    return kept


def within(y: np.ndarray, sr: int, low: float, high: float) -> np.ndarray:
    from scipy.signal import butter, sosfiltfilt

    filtered: np.ndarray = sosfiltfilt(butter(4, [low, high], "bandpass", fs=sr, output="sos"), y)
    return filtered


def sounds(corpus: Path, *, each: int = 2) -> list[Sound]:
    """Cut out at most so many sounds of each recording of a bird, frog or mammal."""
    import pandas as pd

    table = pd.read_csv(corpus / "SOURCES.csv", dtype=str, keep_default_na=False)
    table = table[(table.category == "animals") & table.kind.str.contains("bird|frog|mammal|gibbon")]
    cut = []
    for row in table.itertuples():
        rate = int(row.sample_rate)
        # Not what was denoised: its ends are those of a mask.
        if not 22050 <= rate <= 48000 or float(row.duration_s) < 1 or "denoised" in row.kind + row.notes:
            continue
        samples, sr = read(corpus / row.file, mono=True)
        y = samples[0].astype(np.float64)
        for band, onset, offset in events_in(y, sr)[:each]:
            sound = within(y, sr, *band)[onset:offset].copy()
            fade = np.linspace(0, 1, round(FADE * sr))
            sound[: len(fade)] *= fade
            sound[-len(fade) :] *= fade[::-1]
            cut.append(Sound(sound, sr, band))
    return cut


def noises(corpus: Path) -> Iterator[tuple[str, np.ndarray, int]]:
    import pandas as pd

    table = pd.read_csv(corpus / "SOURCES.csv", dtype=str, keep_default_na=False)
    babies = {Path(file).name for file in table.file[table.kind.str.contains("baby")]}
    for path in sorted((corpus / "noise").iterdir()):
        for group, words in NOISES.items():
            if any(word in path.name for word in words):
                y, sr = read(path, mono=True)
                if y.shape[1] >= 3 * sr and path.name not in babies:
                    yield group, y[0].astype(np.float64), sr
                break


def mixed(
    noise: np.ndarray, sr: int, supply: Iterator[Sound], snr: float, rng: np.random.Generator
) -> tuple[np.ndarray, list[Span]]:
    """Lay one sound over every `EVERY` seconds of a noise."""
    y, truth = noise.copy(), []
    for part in range(max(1, round(len(noise) / sr / EVERY))):
        sound = next(each for each in supply if each.band[1] < 0.45 * sr)
        call = resample(sound.y[np.newaxis].astype(np.float32), sound.sr, sr)[0]
        room = min(EVERY, len(noise) / sr - part * EVERY) - len(call) / sr - 0.4
        first = round((part * EVERY + 0.2 + rng.uniform(0, room)) * sr)
        gain = 10 ** (snr / 20) * np.sqrt(np.mean(within(noise, sr, *sound.band) ** 2) / np.mean(call**2))
        y[first : first + len(call)] += gain * call
        truth.append((first / sr, (first + len(call)) / sr))
    return y, truth


def endless(items: Sequence[Sound], rng: np.random.Generator) -> Iterator[Sound]:
    while True:
        for index in rng.permutation(len(items)):
            yield items[index]


def print_known(corpus: Path) -> str:
    """Print the table of the known sounds; give the name of the best threshold for RMS."""
    cut = sounds(corpus)
    beds = list(noises(corpus))
    scores: dict[tuple[str, str], dict[str, Score]] = defaultdict(lambda: defaultdict(Score))
    for snr in (None, *SNRS):
        rng = np.random.default_rng(7)
        supply = endless(cut, rng)
        for group, noise, sr in beds:
            y, truth = (noise, []) if snr is None else mixed(noise, sr, supply, snr, rng)
            key = "alone" if snr is None else f"{snr:+d} dB"
            for rule, marks in RULES.items():
                scores[group, key][rule].add(marks(y, sr), truth, len(y) / sr)

    def told(rule: str) -> float:
        each = [by_rule[rule] for (_, key), by_rule in scores.items() if key != "alone"]
        inside = sum(score.inside for score in each) / sum(score.whole for score in each)
        return inside - sum(score.outside for score in each) / sum(score.rest for score in each)

    best = max((rule for rule in RULES if rule.startswith("rms")), key=told)
    shown = ["activity", "medians", best]
    seconds = sum(len(y) / sr for _, y, sr in beds)
    print(f"{len(cut)} sounds of known place in {len(beds)} noises, {seconds:.0f} s:")
    print("met, seconds of them marked, all other seconds marked, per cent; median errors of the ends, ms")
    print(f"  {'':<20}" + "".join(f"{rule:^35}" for rule in shown))
    print(f"  {'':<20}" + "".join(f"{column:>7}" for _ in shown for column in COLUMNS))
    for (group, key), by_rule in sorted(scores.items(), key=lambda item: list(NOISES).index(item[0][0])):
        cells = [cell for rule in shown for cell in by_rule[rule].cells()]
        print(f"  {group + ', ' + key:<20}" + "".join(f"{cell:>7}" for cell in cells))
    print("  marked of the sounds less marked of the rest, over all levels and noises:", end=" ")
    print(", ".join(f"{rule} {100 * told(rule):.0f}" for rule in RULES) + "\n")
    return best


def main() -> None:
    corpus = need_corpus()
    best = print_known(corpus)
    print_annotated(corpus, ["activity", "medians", best, "rms 60 dB"])


if __name__ == "__main__":
    main()
