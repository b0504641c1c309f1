"""A report on a catalogue of a hundred thousand recordings: seconds, memory, size of the page.

The rows are registered as an import does, without opening files, with all that a report has a
section for: a thousand classes with a long tail, four archives, cuts of two steps, duplicates,
folds and places. The recordings of the most doubtful cuts are real files.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import sys

import numpy as np
import soundfile as sf
from shared.common import curate, fresh, table

from curate.catalogue import assignments, cuts, layers, recordings
from curate.catalogue.dataset import Dataset
from curate.model import AudioInfo, Cut, FileFacts, Row, Segment
from curate.steps.common.voice_ledger import Decider, VoiceSettings

SR, SECONDS = 32000, 30
CLASSES = 1000
LIMIT_S, LIMIT_MB = 60, 5
ARCHIVES = ("xeno-canto", "xeno-canto", "inaturalist", "csa", "local")
LICENCES = ("cc-by-nc-sa 4.0", "cc-by 4.0", "cc-by-nc 4.0", "cc0 1.0", "")


def tape(path: str, seed: int) -> None:
    """Write a recording of noise and whistles: what an MP3 of it takes is what real sound takes."""
    rng = np.random.default_rng(seed)
    t = np.arange(SR * SECONDS) / SR
    y = 0.05 * rng.standard_normal(len(t))
    y += (
        0.3 * np.sin(2 * np.pi * (3000 * t + 200 * np.sin(2 * np.pi * 3 * t))) * (np.sin(2 * np.pi * t) > 0.5)
    )
    sf.write(path, y.astype(np.float32), SR)


def fill(dataset: Dataset, count: int, doubtful: int, folder: str) -> None:
    draw = random.Random(1)
    sites = [(draw.uniform(-55, 65), draw.uniform(-170, 170)) for _ in range(3000)]
    store = dataset.store
    layer = layers.define(store, "speech", producer="speech", version="1", parameters={"threshold": 0.5})
    silence = layers.define(store, "silence", producer="silence", version="1", parameters={})
    for number in range(1, count + 1):
        real = number <= doubtful
        path = f"{folder}/XC{number}.flac" if real else f"/audio/XC{number}.ogg"
        size, mtime = 300_000, number
        if real:
            tape(path, number)
            size, mtime = os.stat(path).st_size, os.stat(path).st_mtime_ns
        kind = min(int(draw.paretovariate(0.5)), CLASSES)
        recordist = draw.randrange(5000)
        site = sites[recordist % len(sites)]
        row = Row(
            path=path,
            # Of what is shown, nothing is as rare and as doubtful.
            label=f"rare{number}" if real else f"species{kind:04d}",
            scientific_name=f"Genus species{kind}",
            common_name=f"Common Name {kind}",
            archive=ARCHIVES[draw.randrange(5)],
            recordist=f"Recordist {recordist}",
            license=LICENCES[draw.randrange(5)],
            url=f"https://example.org/{number}",
            latitude=site[0],
            longitude=site[1],
        )
        info = AudioInfo(SR * SECONDS, SR, 1, "ogg", "vorbis") if real or number % 200 else None
        facts = FileFacts(size, mtime, f"{number:064x}", info, None if info else "cannot decode: no sound")
        recordings.add(store, row, facts, archive_id=str(number), folder=dataset.folder)
        found = [Segment(4.0, 7.5, "speech", 0.9)] if number % 7 == 0 or real else []
        layers.put(store, number, layer, found, digest="d")
        layers.put(
            store, number, silence, [Segment(20, 24, "silence")] if number % 9 == 0 else [], digest="d"
        )
        if found:
            score = 0.5 + number / 1e4 if real else draw.uniform(0.6, 1)
            action = "drop" if number % 13 == 0 and not real else "excise"
            cuts.replace(
                store, number, "strip-voice", [Cut(3.8, 7.7, action, "voice", score, "strip-voice/speech")]
            )
        if number % 9 == 0:
            cuts.replace(store, number, "trim", [Cut(20, 24, "excise", "silence", None, "trim/silence")])
        if number % 50 == 0:
            store.run("INSERT INTO clusters VALUES (?, ?)", (number, number - number % 100))
        assignments.put_folds(store, [(number, draw.randrange(5) if number % 100 == 0 else recordist % 5)])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--recordings", type=int, default=100_000)
    parser.add_argument("--cuts", type=int, default=12)
    arguments = parser.parse_args()
    folder = fresh("report_scale")
    dataset = Dataset(folder / "birds")
    with dataset.writing("import", {}), dataset.store.transaction():
        fill(dataset, arguments.recordings, arguments.cuts, str(folder))
        # The settings by which voices are counted, as a run of strip-voice leaves them.
        usual = {"profile": "balanced", "threshold": None, "review": None, "action": None, "min_speech": 0.25}
        settings = VoiceSettings.of(**usual, merge_gap=0.3, pad=0.2, min_keep=5.0)
        standing = {**Decider(settings).standing, "run": 1}
        assignments.put_settings(dataset.store, "strip-voice", standing)
    dataset.close()
    page = folder / "report.html"
    made = curate("report", "-d", folder / "birds", "-o", page, "--cuts", str(arguments.cuts), "--json")
    numbers = curate("report", "-d", folder / "birds", "--json")
    size = page.stat().st_size / 1e6
    summary = json.loads(made.stdout)
    excerpts, classes = summary["excerpts"], summary["facts"]["came_in"]["classes"]
    rows = [
        ("page", f"{made.seconds:.1f} s, {made.peak_mb:,.0f} MB; {size:.2f} MB with {excerpts} cuts to hear"),
        ("numbers alone", f"{numbers.seconds:.1f} s, {numbers.peak_mb:,.0f} MB"),
    ]
    table(f"report on {arguments.recordings:,} recordings of {classes:,} classes", rows)
    if made.seconds > LIMIT_S or size > LIMIT_MB or excerpts < min(arguments.cuts, 12):
        sys.exit(f"failed: more than {LIMIT_S} s or {LIMIT_MB} MB, or a cut that cannot be heard")


if __name__ == "__main__":
    main()
