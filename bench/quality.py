"""What the quality detectors find in real recordings, what each preset of `trim` would cut, and `activity`.

Three tables on the animals, mixed and noise recordings of the corpus:

* the share of seconds in which each detector finds something, by what the recordings hold, so that a
  detector of faults that fires on cicadas or frogs is seen;
* the share of seconds that each preset cuts, flags or drops;
* `activity` against known truth, next to a plain threshold (librosa.effects.split with its default
  of 60 dB, and with 20 dB): real vocalisations laid over real rain, machines and hiss at known times and
  levels. Met are vocalisations of which any is marked; then the shares of their seconds and of all other
  seconds that are marked.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from _common import need_corpus

from curate import intervals
from curate.audio.read import open_audio, read
from curate.decisions.policy import removed
from curate.decisions.quality import LAYERS, PRESETS, trim_cuts
from curate.detectors import DETECTORS
from curate.detectors.audience import Audience
from curate.detectors.look import detector
from curate.model import Segment

QUALITY = [name for name in DETECTORS if name != "speech"]

#: Words in a recording's kind or name, and the group they put it in; the first that fits.
GROUPS = (
    ("bee", ("_bee", "bumble")),
    ("cicada", ("cicada",)),
    ("cricket", ("cricket", "grasshopper", "acheta", "eumodicogryllus", "insects")),
    ("frog", ("frog", "toad", " sounds__")),
    ("bat", ("batdetect", "batty", "whombat")),
    ("hum", ("mains_hum",)),
    ("rain", ("rain",)),
    ("engine", ("engine", "airplane", "helicopter", "motor", "jet_", "car_audio", "chainsaw", "compressor")),
    ("noise", ("whitenoise", "pinknoise", "brown", "alp-data", "koala__noise", "thunder", "stereo_noise")),
    ("silence", ("silence", "almost_silent")),
    ("soundscape", ("soundscape", "borneo", "sulawesi", "1min", "forest")),
    ("owl, dove", ("owl", "pigeon", "dove")),
    ("bird", ("bird", "xc__", "xc", "parrot", "duck", "crow", "rooster", "hen", "goose", "gull", "loon")),
)


def group_of(category: str, kind: str, name: str) -> str:
    text = f" {kind} {name}".lower()
    for group, words in GROUPS:
        if any(word in text for word in words):
            return group
    return f"other {category}"


def recordings(corpus: Path) -> Iterator[tuple[str, Path]]:
    import pandas as pd

    table = pd.read_csv(corpus / "SOURCES.csv", dtype=str, keep_default_na=False)
    for row in table[table.category.isin(["animals", "mixed", "noise"])].itertuples():
        yield group_of(row.category, row.kind, Path(row.file).name), corpus / row.file


def found_in(path: Path) -> tuple[float, dict[str, list[Segment]]]:
    with open_audio(path) as audio:
        audience = Audience({name: detector(name) for name in QUALITY}, audio.sr)
        frames = 0
        for block in audio.blocks():
            frames += block.shape[1]
            audience.feed(block)
        duration = frames / audio.sr
    return duration, {name: detector(name).segments(track) for name, track in audience.finish().items()}


def print_table(title: str, columns: list[str], rows: dict[str, list[str]]) -> None:
    print(title)
    width = max(len(name) for name in rows)
    print("  " + " " * width + "".join(f"{name:>16}" for name in columns))
    for name, cells in rows.items():
        print(f"  {name:<{width}}" + "".join(f"{cell:>16}" for cell in cells))
    print()


def confusions(corpus: Path) -> None:
    seconds: Counter[str] = Counter()
    files: Counter[str] = Counter()
    marked: dict[str, Counter[str]] = defaultdict(Counter)
    trimmed: dict[str, Counter[str]] = defaultdict(Counter)
    for group, path in recordings(corpus):
        duration, layers = found_in(path)
        seconds[group] += duration
        files[group] += 1
        for segments in layers.values():
            for segment in segments:
                label = "hum" if segment.label.startswith("hum") else segment.label
                marked[group][label] += segment.duration
        for name, preset in PRESETS.items():
            cuts = trim_cuts({each: layers[each] for each in LAYERS}, preset, duration=duration)
            gone = [cut for cut in cuts if cut.action == "excise"]
            dropped = any(cut.action == "drop" for cut in cuts)
            trimmed[group][f"{name} drop"] += duration if dropped else 0
            trimmed[group][f"{name} cut"] += intervals.total(removed(gone))
            flags = intervals.union((cut.onset, cut.offset) for cut in cuts if cut.action == "flag")
            trimmed[group][f"{name} flag"] += intervals.total(flags)
    groups = sorted(seconds, key=lambda group: (group.startswith("other"), group))
    labels = ["activity", "silence", "zeros", "stuck", "repeat", "dead", "clipping", "hum", "fly", "wind"]
    labels += ["broadband", "bump", "band-limited"]
    for title, columns, counts in (
        ("share of seconds in which something is found, per cent", labels, marked),
        (
            "share of seconds that each preset drops, cuts or flags, per cent",
            [f"{name} {action}" for name in PRESETS for action in ("drop", "cut", "flag")],
            trimmed,
        ),
    ):
        rows = {
            f"{group} ({files[group]} files, {seconds[group]:.0f} s)": [
                f"{100 * counts[group][column] / max(seconds[group], 1e-9):.1f}" for column in columns
            ]
            for group in groups
        }
        print_table(title, columns, rows)


#: What calls are laid over: files without animals, as far as one can hear.
BACKGROUNDS = {
    "rain": "noise/ESC-10__3-157149-A.ogg",
    "heavy rain": "noise/ESC-10__5-195710-A.ogg",
    "jet": "noise/mod-sounds__sounds_jet_ambience.flac",
    "compressor": "noise/mod-sounds__sounds_compressor_motor_02.flac",
    "hiss": "noise/alp-data__noise.flac",
    "pink": "noise/audiomentations__pinknoise.ogg",
}
SR = 44100
SECONDS = 60


def mixtures(corpus: Path) -> Iterator[tuple[str, int, np.ndarray, list[intervals.Interval]]]:
    """Real vocalisations, cut out and denoised, at known places in a minute of real background."""
    calls = []
    for path in sorted(corpus.glob("animals/bioacoustic-data-synthesis*")):
        y, _ = read(path, sr=SR, mono=True)
        sound = np.flatnonzero(np.abs(y[0]) > 0.03 * np.abs(y).max())
        calls.append(y[0, sound[0] : sound[-1] + 1])
    rng = np.random.default_rng(5)
    for kind, name in BACKGROUNDS.items():
        sound = read(corpus / name, sr=SR, mono=True)[0][0]
        background = np.resize(sound, SECONDS * SR) * (0.01 / np.sqrt(np.mean(sound**2)))
        for snr in (-10, 0, 10, 20):
            y = background.astype(np.float32).copy()
            truth = []
            for number, call in enumerate(calls):
                onset = round((number * 5 + rng.uniform(0, 4.9 - len(call) / SR)) * SR)
                level = 0.01 * 10 ** (snr / 20) / np.sqrt(np.mean(call**2))
                y[onset : onset + len(call)] += (level * call).astype(np.float32)
                truth.append((onset / SR, (onset + len(call)) / SR))
            yield kind, snr, y[np.newaxis], truth


def marked_by(y: np.ndarray) -> dict[str, list[intervals.Interval]]:
    import librosa

    audience = Audience({"activity": detector("activity")}, SR)
    audience.feed(y)
    segments = detector("activity").segments(audience.finish()["activity"])
    marked = {"activity": [(segment.onset, segment.offset) for segment in segments]}
    for top_db in (60, 20):
        split = librosa.effects.split(y[0], top_db=top_db) / SR
        marked[f"rms {top_db} dB"] = [(float(onset), float(offset)) for onset, offset in split]
    return marked


def activity(corpus: Path) -> None:
    rows: dict[str, list[str]] = {}
    names = ["activity", "rms 60 dB", "rms 20 dB"]
    for kind, snr, y, truth in mixtures(corpus):
        cells = []
        for name, spans in marked_by(y).items():
            assert name in names
            inside = sum(intervals.total(intervals.clip(spans, *span)) for span in truth)
            whole = intervals.total(truth)
            outside = (intervals.total(spans) - inside) / (SECONDS - whole)
            touched = sum(intervals.total(intervals.clip(spans, *span)) > 0 for span in truth) / len(truth)
            cells += [f"{100 * touched:.0f}", f"{100 * inside / whole:.0f}", f"{100 * outside:.0f}"]
        rows[f"{kind}, {snr:+d} dB"] = cells
    columns = [f"{name} {what}" for name in names for what in ("met", "marked", "false")]
    print_table(
        "vocalisations in noise: met, their seconds marked, all others marked, per cent", columns, rows
    )


def main() -> None:
    corpus = need_corpus()
    confusions(corpus)
    activity(corpus)


if __name__ == "__main__":
    main()
