"""How fast each detector is, alone and together, and what they add to the scan for voices.

* In one process, over animals, mixed and noise recordings of the corpus held in memory: seconds of CPU for
  each detector alone (with the frames and spectra that it needs), for all but speech together,
  and for speech alone.
* As commands, over the same recordings as files: `scan`, with all detectors, next to `strip-voice
  --no-render` from the same import.
* One recording of a day: the largest process of `scan`.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import time
from pathlib import Path

import numpy as np
import soundfile as sf
from shared.common import JOBS, PARTS, copies_of_corpus, curate, fresh, need_corpus, table

from curate.audio.read import open_audio
from curate.detectors import DETECTORS
from curate.detectors.detect_file import detector
from curate.detectors.detector_group import DetectorGroup
from curate.errors import DecodeFailed

QUALITY = [name for name in DETECTORS if name != "speech"]


def blocks_of(corpus: Path) -> list[tuple[int, list[np.ndarray]]]:
    """Decode every third recording: rate and blocks."""
    held = []
    for path in sorted(path for part in PARTS for path in (corpus / part).iterdir())[::3]:
        try:
            with open_audio(path) as audio:
                held.append((audio.sr, list(audio.blocks())))
        except DecodeFailed:
            continue
    return held


def listen(held: list[tuple[int, list[np.ndarray]]], names: list[str]) -> float:
    """Seconds of CPU for these detectors over all recordings."""
    detectors = {name: detector(name) for name in names}
    started = time.process_time()
    for sr, blocks in held:
        audience = DetectorGroup(detectors, sr)
        for block in blocks:
            audience.feed(block)
        audience.finish()
    return time.process_time() - started


def in_memory(corpus: Path, rounds: int) -> None:
    import torch

    torch.set_num_threads(1)
    held = blocks_of(corpus)
    total = sum(sum(block.shape[1] for block in blocks) / sr for sr, blocks in held)
    rows = []
    for name, names in [
        *((f"{name} alone", [name]) for name in QUALITY),
        ("these together", QUALITY),
        ("all but fingerprint, together", [name for name in QUALITY if name != "fingerprint"]),
        ("speech", ["speech"]),
    ]:
        listen(held[:3], names)
        seconds = min(listen(held, names) for _ in range(rounds))
        rows.append((name, f"{1000 * seconds / total:.2f} ms per second, {total / seconds:,.0f} x real time"))
    table(f"one process, {total / 60:.0f} min in {len(held)} recordings, best of {rounds}, no decoding", rows)


def as_commands(times: int, rounds: int) -> None:
    folder = fresh("detector_speed")
    audio = copies_of_corpus(folder / "audio", times)
    curate("import", audio, "-d", folder / "birds", "--quiet")
    # What trim and strip-voice need, and besides what dedupe needs.
    faults = " ".join(f"--detector {name}" for name in DETECTORS if name != "fingerprint")
    commands = {
        "strip-voice --no-render": "strip-voice --no-render",
        "scan for voices and quality": f"scan {faults}",
        "scan for all": "scan",
    }
    seconds: dict[str, list[float]] = {name: [] for name in commands}
    heard = 0.0
    for _ in range(rounds):
        for name, values in seconds.items():
            again = folder / "again"
            shutil.rmtree(again, ignore_errors=True)
            shutil.copytree(folder / "birds", again)
            summary = json.loads(curate(*commands[name].split(), "-d", again, "--json").stdout)
            values.append(summary["scan_s"])
            heard = summary["audio_seconds"]
    median = {name: statistics.median(values) for name, values in seconds.items()}
    table(
        f"{heard / 3600:.2f} h, {JOBS} processes, median of {rounds}; the start of the workers included",
        [
            *((name, f"{value:.1f} s, {heard / value:,.0f} x real time") for name, value in median.items()),
            *(
                (f"{name} over strip-voice", f"{median[name] / median['strip-voice --no-render']:.2f}")
                for name in list(commands)[1:]
            ),
        ],
    )


def a_day(hours: float) -> None:
    folder = fresh("detector_day")
    rng = np.random.default_rng(1)
    minute = (rng.standard_normal(60 * 32000) * 300).astype(np.int16)
    path = folder / "audio" / "day.flac"
    path.parent.mkdir()
    with sf.SoundFile(path, "w", 32000, 1, subtype="PCM_16") as file:
        for _ in range(round(hours * 60)):
            file.write(minute)
    curate("import", folder / "audio", "-d", folder / "birds", "--quiet")
    run = curate("scan", "-d", folder / "birds", "--json", "--jobs", "1")
    table(
        f"one recording of {hours:g} h, all detectors, one worker",
        [("largest process", f"{run.peak_mb:.0f} MB"), ("time", f"{run.seconds:.0f} s")],
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--times", type=int, default=3, help="copies of the corpus (default 3)")
    parser.add_argument("--rounds", type=int, default=3, help="rounds of each measurement (default 3)")
    parser.add_argument("--hours", type=float, default=24, help="length of the long recording (default 24)")
    options = parser.parse_args()
    in_memory(need_corpus(), options.rounds)
    as_commands(options.times, options.rounds)
    a_day(options.hours)


if __name__ == "__main__":
    main()
