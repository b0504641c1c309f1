"""What the benchmarks share: the corpus, whole commands as processes, and a table.

Every benchmark prints ours and the other side from the same run, and their ratio. Absolute
times belong to a machine and an hour; ratios travel.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from curate.audio.read import open_audio
from curate.audio.resample import Resampler, to_mono
from curate.detectors._silero_package import silero_package
from curate.detectors._silero_stream import Stream
from curate.detectors.silero import CHUNK, SR, SileroNet
from curate.detectors.track import FULL, Track

ROOT = Path(__file__).resolve().parents[2]
WORK = ROOT / "bench" / "work"
CORPUS = Path(os.environ.get("CURATE_CORPUS") or ROOT.parent / "shared" / "corpus")
JOBS = len(os.sched_getaffinity(0))

#: Starts commands and measures them.
_MEASURE = Path(__file__).with_name("measure.py")

#: What `curate import` takes for audio, and the parts of the corpus without people reading aloud.
PARTS = ("animals", "mixed", "noise")


@dataclass(frozen=True)
class Run:
    """A finished process: wall seconds, and the peak memory of its largest process in MB."""

    seconds: float
    peak_mb: float
    stdout: str
    core_seconds: float = 0.0


def run(*command: str | Path, check: bool = True, quiet: bool = False) -> Run:
    """Run a command to its end; 3 (some recordings failed) is an end like any other."""
    receiving, reporting = os.pipe()
    # As for a person, whose Python compiles a module once and keeps that.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    measured = (sys.executable, "-I", "-S", _MEASURE, str(reporting), *command)
    with (
        os.fdopen(receiving, "rb") as report,
        subprocess.Popen(
            [str(part) for part in measured],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL if quiet else None,
            text=True,
            cwd=ROOT,
            env=environment,
            pass_fds=(reporting,),
        ) as process,
    ):
        os.close(reporting)
        stdout = process.communicate()[0]
        took = json.loads(report.read())
    code = took.pop("code")
    if check and code not in (0, 3):
        sys.exit(f"{command[0]} {command[1]} ended with {code}")
    return Run(stdout=stdout, **took)


def curate(*arguments: str | Path, tree: Path = ROOT) -> Run:
    """Run `curate` as a person would, from the checkout in a folder."""
    os.environ["PYTHONPATH"] = str(tree)
    try:
        return run(sys.executable, "-P", "-m", "curate", *arguments)  # -P: not that of the current folder
    finally:
        del os.environ["PYTHONPATH"]


def fresh(name: str) -> Path:
    """Empty folder for one benchmark."""
    folder = WORK / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def need_corpus() -> Path:
    """Folder of the corpus; the benchmark ends here where there is none."""
    if not (CORPUS / "SOURCES.csv").is_file():
        print(f"skipped: no corpus of real recordings in {CORPUS} (set CURATE_CORPUS)")
        sys.exit(0)
    return CORPUS


def copies_of_corpus(folder: Path, times: int) -> Path:
    """Animals, mixed and noise of the corpus so many times over, as files of their own.

    Hard links or copies: each is a path of its own, so nothing can be taken from a cache of paths.
    """
    corpus = need_corpus()
    for number in range(times):
        for part in PARTS:
            target = folder / f"{part}{number}"
            target.mkdir(parents=True)
            for source in sorted((corpus / part).iterdir()):
                shutil.copyfile(source, target / source.name)
    return folder


def heard(path: Path) -> np.ndarray:
    """Read a recording as the speech detector hears it: mono at 16 kHz.

    Raises
    ------
    AudioError
        If it cannot be read.
    """
    with open_audio(path) as audio:
        resampler = Resampler(audio.sr, 16000)
        parts = [resampler.feed(to_mono(block)[np.newaxis])[0] for block in audio.blocks()]
        y = np.concatenate([*parts, resampler.finish()[0]])
    return np.where(np.isfinite(y), y, np.float32(0))


def track_of(net: SileroNet, y: np.ndarray) -> Track:
    """Let a network hear 16 kHz (of silero's own, `speech_equality.py` tells that it is exact)."""
    stream = Stream(net)
    stream.feed(y)
    return Track.quantised(stream.finish(), hop=CHUNK / SR, n_samples=len(y))


def silero_rule(track: Track, *, threshold: float = 0.5) -> list[tuple[float, float]]:
    """Find speech in probabilities by silero-vad's own rule and defaults, in seconds."""
    found = silero_package().get_speech_timestamps_from_probs(
        (track.probabilities / FULL).tolist(), threshold=threshold, audio_length_samples=track.n_samples
    )
    return [(speech["start"] / 16000, speech["end"] / 16000) for speech in found]


def table(title: str, rows: list[tuple[str, str]]) -> None:
    """Print two columns."""
    width = max(len(name) for name, _ in rows)
    print(title)
    for name, value in rows:
        print(f"  {name:<{width}}  {value}")
