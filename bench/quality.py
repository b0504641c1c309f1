"""What the quality detectors find in real recordings, and what each preset of `trim` would cut.

Three tables on the animals, mixed and noise recordings of the corpus:

* the share of seconds in which each detector finds something, by what the recordings hold, so that a
  detector of faults that fires on cicadas or frogs is seen;
* the share of seconds that each preset cuts, flags or drops;
* the stretches of even noise that were told to be `broadband` or `hiss`, with those that either of the two
  measures alone would call hiss; made-up noise of recorders is among them.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from shared.common import need_corpus

from curate import intervals
from curate.audio.read import read
from curate.decisions.quality import LAYERS, PRESETS, trim_cuts
from curate.decisions.voice_cuts import withheld
from curate.detectors import DETECTORS
from curate.detectors.detect_file import detector
from curate.detectors.detector_group import DetectorGroup
from curate.model import Segment

QUALITY = [name for name in DETECTORS if name != "speech"]

#: By what `buzz` tells hiss from other even noise.
FAINT, STEADY = -45.0, 1.4

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


def heard(y: np.ndarray, sr: int) -> dict[str, list[Segment]]:
    audience = DetectorGroup({name: detector(name) for name in QUALITY}, sr)
    audience.feed(y)
    return {name: detector(name).segments(track) for name, track in audience.finish().items()}


def print_table(title: str, columns: list[str], rows: dict[str, list[str]]) -> None:
    print(title)
    width = max(len(name) for name in rows)
    print("  " + " " * width + "".join(f"{name:>16}" for name in columns))
    for name, cells in rows.items():
        print(f"  {name:<{width}}" + "".join(f"{cell:>16}" for cell in cells))
    print()


def made_up_hiss() -> Iterator[np.ndarray]:
    """White and pink Gaussian noise of 10 s at 44.1 kHz, 60 to 50 dB below full scale."""
    rng = np.random.default_rng(5)
    for level in (-60, -55, -50):
        for slope in (0, 0.5):
            spectrum = np.fft.rfft(rng.standard_normal(441_000))
            y = np.fft.irfft(spectrum / np.maximum(np.fft.rfftfreq(441_000, 1 / 44100), 20) ** slope)
            yield (y * 10 ** (level / 20) / y.std()).astype(np.float32)[np.newaxis]


def confusions(corpus: Path) -> None:
    seconds: Counter[str] = Counter()
    files: Counter[str] = Counter()
    marked: dict[str, Counter[str]] = defaultdict(Counter)
    trimmed: dict[str, Counter[str]] = defaultdict(Counter)
    even: dict[str, list[Segment]] = defaultdict(list)
    for group, path in recordings(corpus):
        y, sr = read(path)
        duration, layers = y.shape[1] / sr, heard(y, sr)
        seconds[group] += duration
        files[group] += 1
        for segments in layers.values():
            for segment in segments:
                label = "hum" if segment.label.startswith("hum") else segment.label
                marked[group][label] += segment.duration
        even[group] += [segment for segment in layers["buzz"] if "sway" in segment.measured]
        for name, preset in PRESETS.items():
            cuts = trim_cuts({each: layers[each] for each in LAYERS}, preset, duration=duration)
            gone = [cut for cut in cuts if cut.action == "excise"]
            dropped = any(cut.action == "drop" for cut in cuts)
            trimmed[group][f"{name} drop"] += duration if dropped else 0
            trimmed[group][f"{name} cut"] += intervals.total(withheld(gone))
            flags = intervals.union((cut.onset, cut.offset) for cut in cuts if cut.action == "flag")
            trimmed[group][f"{name} flag"] += intervals.total(flags)
    groups = sorted(seconds, key=lambda group: (group.startswith("other"), group))
    labels = ["activity", "silence", "zeros", "stuck", "repeat", "dead", "clipping", "hum", "fly", "wind"]
    labels += ["broadband", "hiss", "bump", "band-limited"]
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
    for y in made_up_hiss():
        even["made-up hiss"] += heard(y, 44100)["buzz"]
    print_even(even)


def print_even(even: dict[str, list[Segment]]) -> None:
    rows = {}
    for group, segments in sorted(even.items()):
        told = Counter(segment.label for segment in segments)
        faint = sum(segment.measured["dbfs"] < FAINT for segment in segments)
        steady = sum(segment.measured["sway"] < STEADY for segment in segments)
        if segments:
            rows[group] = [str(each) for each in (told["broadband"], told["hiss"], faint, steady)]
    columns = ["broadband", "hiss", "faint", "steady"]
    print_table(f"stretches of even noise; of them below {FAINT:g} dB, sway below {STEADY:g}", columns, rows)


def main() -> None:
    confusions(need_corpus())


if __name__ == "__main__":
    main()
