"""Peak memory of `curate strip-voice` and `curate scan` on one long recording, and on many short ones.

The long one is a 6-hour FLAC at 32 kHz with a voice every half hour, made here: `strip-voice` listens for
voices and writes its clean copy, `scan` lets all detectors listen. The many are 2,000 short files. What
counts is the largest single process, and the sum of parent and workers.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import soundfile as sf
from shared.common import JOBS, ROOT, curate, fresh, table

from curate.detectors import DETECTORS

SR = 32_000
HOURS = 6
FILES = 2_000


def long_recording(path: Path, hours: float) -> None:
    """Write noise with a voice of the example data set every half hour."""
    voice, sr = sf.read(ROOT / "curate/example_data/train_audio/quetan9/XC90000021.ogg", dtype="float32")
    assert sr == SR
    rng = np.random.default_rng(0)
    minute = (0.01 * rng.standard_normal(60 * SR)).astype(np.float32)
    with sf.SoundFile(path, "w", SR, 1, subtype="PCM_16", format="FLAC") as file:
        for number in range(round(hours * 60)):
            block = np.roll(minute, number * 1009)
            if number % 30 == 0:
                block[: len(voice)] += voice
            file.write(block)


def watched(*arguments: str | Path) -> tuple[dict[str, float], float, float, float]:
    """Run `curate`; returns its JSON, seconds, and the peaks of one process and of all together in MB.

    Workers share most of their memory with the process that starts them. Of all together, it counts
    once where the system tells (Linux).
    """
    import psutil

    started = time.perf_counter()
    command = [sys.executable, "-m", "curate", *(str(argument) for argument in arguments)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        peaks = [0.0, 0.0]

        def watch() -> None:
            parent = psutil.Process(process.pid)
            while process.poll() is None:
                time.sleep(0.25)
                sizes, shares = [], []
                try:
                    for one in [parent, *parent.children(recursive=True)]:
                        memory = one.memory_full_info()
                        sizes.append(memory.rss / 2**20)
                        shares.append(getattr(memory, "pss", memory.rss) / 2**20)
                except psutil.Error:  # one has just ended
                    continue
                peaks[:] = max(peaks[0], *sizes), max(peaks[1], sum(shares))

        watcher = threading.Thread(target=watch)
        watcher.start()
        assert process.stdout is not None
        text = process.stdout.read()
        process.wait()
        watcher.join()
    return json.loads(text), time.perf_counter() - started, peaks[0], peaks[1]


def voices(folder: Path, hours: float) -> None:
    """Cut voices out of a long recording."""
    curate("import", folder / "long", "-d", folder / "one", "--quiet")
    summary, seconds, largest, together = watched("strip-voice", "-d", folder / "one", "--json")
    table(
        f"one recording of {hours:g} h at {SR // 1000} kHz",
        [
            ("scan and render", f"{seconds:.1f} s, {hours * 3600 / seconds:,.0f} x real time"),
            ("voices cut", f"{summary['cut_seconds']:.1f} s"),
            ("largest process", f"{largest:,.0f} MB"),
            ("all processes", f"{together:,.0f} MB"),
        ],
    )


def detectors(folder: Path, hours: float) -> None:
    """Let all detectors listen to a long recording."""
    curate("import", folder / "long", "-d", folder / "heard", "--quiet")
    summary, seconds, largest, together = watched("scan", "-d", folder / "heard", "--json")
    table(
        f"one recording of {hours:g} h at {SR // 1000} kHz, {len(DETECTORS)} detectors",
        [
            ("scan", f"{seconds:.1f} s, {hours * 3600 / seconds:,.0f} x real time"),
            ("heard", f"{summary['audio_seconds'] / 3600:.2f} h"),
            ("largest process", f"{largest:,.0f} MB"),
            ("all processes", f"{together:,.0f} MB"),
        ],
    )


def many(folder: Path, hours: float) -> None:
    """Cut voices out of many short recordings."""
    del hours
    noise = folder / "many" / "noise"
    noise.mkdir(parents=True)
    source = folder / "short.flac"
    long_recording(source, 1 / 60)
    y, sr = sf.read(source, frames=5 * SR)
    for number in range(FILES):
        sf.write(noise / f"{number:04d}.flac", np.roll(y, number * 17), sr)
    curate("import", folder / "many", "-d", folder / "all", "--quiet")
    summary, seconds, largest, together = watched("strip-voice", "-d", folder / "all", "--json")
    table(
        f"{FILES:,} recordings of 5 s, {JOBS} workers",
        [
            ("scan and render", f"{seconds:.1f} s"),
            ("scanned", f"{summary['scanned']:,}"),
            ("largest process", f"{largest:,.0f} MB"),
            ("all processes", f"{together:,.0f} MB"),
        ],
    )


#: What can be measured.
MEASURES = {"voices": voices, "detectors": detectors, "many": many}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--hours", type=float, default=HOURS, help="length of the long one (default 6)")
    parser.add_argument(
        "--measure", nargs="+", choices=MEASURES, default=list(MEASURES), help="what to measure"
    )
    options = parser.parse_args()
    folder = fresh("long_recording")
    (folder / "long").mkdir()
    long_recording(folder / "long" / "long.flac", options.hours)
    for name in options.measure:
        MEASURES[name](folder, options.hours)
    os.sync()


if __name__ == "__main__":
    main()
