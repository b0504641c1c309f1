"""From a folder of recordings to a manifest of clean audio, in one go: how much longer than decoding it once.

`curate strip-voice FOLDER`, with rendering, and `curate manifest`, as a person types them, so that every
start counts. Beside it, over the same files with the same number of processes:

* the same commands on a short silent file for each process: what of them is starts;
* the floor: plain libsndfile (soundfile's blocks) reads each file to the end that it sees, on warm processes;
* an earlier build, from a checkout of it (``--before PATH``);
* the usual script (see `scan_speed`), on a share of the files.

The sides take turns, so that a machine with other work slows all of them. Core seconds are what all processes
took together: they say more than the clock where others use the machine.
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
from scan_speed import SHARE, timed, usual_script
from shared.common import JOBS, PARTS, Run, curate, fresh, need_corpus, table

#: Frames that soundfile reads at a time.
_FRAMES = 1 << 18


def floor(path: str) -> float:
    """Read a file to its end by libsndfile alone; returns the core seconds that it took."""
    started = time.process_time()
    try:
        with sf.SoundFile(path) as sound:
            for _ in sound.blocks(_FRAMES, dtype="float32"):
                pass
    except sf.LibsndfileError:
        pass  # what it cannot read costs it next to nothing
    return time.process_time() - started


def script(path: str) -> float:
    """Clean a file by the usual script; returns the core seconds that it took."""
    started = time.process_time()
    usual_script(path)
    return time.process_time() - started


def whole(tree: Path, audio: Path, folder: Path) -> tuple[Run, Run]:
    """Run both commands by the build in a folder, into a new dataset."""
    shutil.rmtree(folder, ignore_errors=True)
    cleaned = curate("strip-voice", audio, "-d", folder, "--json", tree=tree)
    out = folder / "train.csv"
    return cleaned, curate("manifest", "-d", folder, "-o", out, "--quiet", tree=tree)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--before", type=Path, help="checkout of an earlier build to compare with")
    parser.add_argument("--parts", nargs="+", default=list(PARTS), help="folders of the corpus")
    parser.add_argument("--times", type=int, default=3, help="copies of them (default 3)")
    parser.add_argument(
        "--rounds", type=int, default=5, help="rounds, of which the median counts (default 5)"
    )
    parser.add_argument("--no-script", action="store_true", help="leave the usual script out")
    options = parser.parse_args()
    folder = fresh("end_to_end")
    audio = folder / "audio"
    for number in range(options.times):
        for part in options.parts:
            shutil.copytree(need_corpus() / part, audio / f"{part}{number}")
    paths = sorted(str(path) for path in audio.rglob("*") if path.is_file())
    few = folder / "few"
    few.mkdir()
    for number in range(JOBS):
        sf.write(few / f"{number}.wav", np.zeros(16000, np.int16), 16000)
    builds = {"this build": Path(__file__).resolve().parents[1]}
    if options.before:
        builds = {"earlier build": options.before.resolve(), **builds}
    clock: dict[str, list[float]] = {}
    cores: dict[str, list[float]] = {}
    summary: dict[str, float] = {}
    for _ in range(options.rounds):
        spent: list[float] = []
        clock.setdefault("floor", []).append(timed(floor, paths, spent.append))
        cores.setdefault("floor", []).append(sum(spent))
        for name, tree in builds.items():
            runs = whole(tree, audio, folder / "birds")
            summary = json.loads(runs[0].stdout)
            clock.setdefault(name, []).append(sum(each.seconds for each in runs))
            cores.setdefault(name, []).append(sum(each.core_seconds for each in runs))
        runs = whole(builds["this build"], few, folder / "birds")
        clock.setdefault("of it starts", []).append(sum(each.seconds for each in runs))
        cores.setdefault("of it starts", []).append(sum(each.core_seconds for each in runs))
        if not options.no_script:
            # A tenth of the files, in proportion: all of them would take minutes.
            share: list[float] = []
            seconds = timed(script, paths[::SHARE], share.append, unmeasured=JOBS * 2)
            clock.setdefault("usual script", []).append(SHARE * seconds)
            cores.setdefault("usual script", []).append(SHARE * sum(share))
    wall = {name: statistics.median(values) for name, values in clock.items()}
    core = {name: statistics.median(values) for name, values in cores.items()}
    table(
        f"{summary['audio_seconds'] / 3600:.2f} h in {len(paths):,} files, {summary['rendered']} copies, "
        f"{JOBS} processes on every side, median of {options.rounds}",
        [
            (
                name,
                (
                    f"{wall[name]:.1f} s, {wall[name] / wall['floor']:.2f} times the floor; "
                    f"{core[name]:.1f} core seconds, {core[name] / core['floor']:.2f} times"
                ),
            )
            for name in wall
        ],
    )


if __name__ == "__main__":
    main()
