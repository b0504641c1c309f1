"""`curate run privacy` on three months of ten recorders: one pass, killed on the way, and how much memory.

3,600 files of ten seconds, four a night, are made here; in every fiftieth somebody speaks. The first run is
killed after a while, the second goes on and ends, and a third has nothing to do.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import numpy as np
import soundfile as sf

sys.path.insert(0, str(Path(__file__).parents[1]))
from recorders.cards import FIRST, save
from shared.common import ROOT, Run, curate, fresh, run, table

from curate.audio.resample import resample

SR = 16_000
SECONDS = 10
NIGHTS, RECORDERS, A_NIGHT = 90, 10, 4
SPOKEN = 50


def write_cards(card: Path) -> int:
    """Write the card; gives the number of files with a voice."""
    voice, sr = sf.read(ROOT / "curate/example_data/train_audio/quetan9/XC90000021.ogg", dtype="float32")
    voice = resample(voice[np.newaxis, : int(6.6 * sr)], sr, SR)[0]
    noise = 0.003 * np.random.default_rng(0).standard_normal(SECONDS * SR)
    number = 0
    for recorder in range(RECORDERS):
        folder = card / f"Site {recorder:02d}"
        folder.mkdir(parents=True)
        for night in range(NIGHTS):
            for hour in range(0, 12, 12 // A_NIGHT):
                number += 1
                y = np.roll(noise, 1009 * number)
                if number % SPOKEN == 0:
                    y[: len(voice)] += voice
                start = FIRST + timedelta(days=night, hours=hour)
                save(folder, start, (y * 32767).astype("<i2"), SR)
    return number // SPOKEN


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kill-after", type=float, default=30, metavar="SECONDS")
    given = parser.parse_args()
    place = fresh("recorder-privacy")
    spoken = write_cards(place / "card")
    imported = curate("import", place / "card", "--dataset", place / "forest", "--quiet")
    privacy = (sys.executable, "-m", "curate", "run", "privacy", "--dataset", str(place / "forest"))
    try:
        subprocess.run(privacy, cwd=place, timeout=given.kill_after, capture_output=True, check=False)
    except subprocess.TimeoutExpired:
        print(f"killed after {given.kill_after:g} s")
    runs = [run(*privacy, "--json", quiet=True) for _ in range(2)]
    heard = [
        max(step["summary"].get("scanned", 0) for step in json.loads(each.stdout)["steps"]) for each in runs
    ]
    voiced = json.loads(curate("status", "--dataset", place / "forest", "--json").stdout)["privacy"]
    table(
        f"{NIGHTS * RECORDERS * A_NIGHT:,} files of {SECONDS} s, {spoken} with a voice of 6.6 s",
        [
            ("import", f"{imported.seconds:.0f} s, {imported.peak_mb:.0f} MB"),
            (f"run privacy, after one that was killed at {given.kill_after:g} s", _said(runs[0])),
            ("files that it listened to, and the one behind it", ", ".join(map(str, heard))),
            ("once more", _said(runs[1])),
            ("voices", json.dumps(voiced)),
        ],
    )


def _said(each: Run) -> str:
    return f"{each.seconds:.0f} s, {each.core_seconds:.0f} s of one core, {each.peak_mb:.0f} MB"


if __name__ == "__main__":
    main()
