"""How fast `curate strip-voice` looks through real recordings.

On animals, mixed and noise recordings of the corpus, five times over (about 5.5 h), with the
same number of processes on every side and no start-up in any figure:

* against the usual script: librosa/soundfile load, resample to 16 kHz, silero-vad's own
  `get_speech_timestamps` (JIT), write what is left; timed on every tenth file, since all of
  it would take minutes;
* against decoding alone: every file read to its end by the same reader, nothing else.

Everything after the import counts as ours: listening, thresholds, catalogue, decisions, and (in
figures of their own) the rendering of clean copies. Each command starts from the same import.
"""

from __future__ import annotations

import argparse
import itertools
import json
import multiprocessing
import shutil
import statistics
import time
import warnings
from pathlib import Path

import numpy as np
import soundfile as sf
from shared.common import JOBS, copies_of_corpus, curate, fresh, table

#: The usual script is timed on every so-manieth file.
SHARE = 10


def decode(path: str) -> float:
    """Read a file to its end with our reader; returns its seconds."""
    from curate.audio.read import open_audio
    from curate.errors import DecodeFailed

    try:
        with open_audio(path) as audio:
            return sum(block.shape[1] for block in audio.blocks()) / audio.sr
    except DecodeFailed:
        return 0.0


def usual_script(path: str) -> float:
    """Do what people do today; returns the seconds it looked at."""
    import librosa
    import torch
    from silero_vad import get_speech_timestamps, load_silero_vad

    if not hasattr(usual_script, "model"):
        torch.set_num_threads(1)
        usual_script.model = load_silero_vad()  # type: ignore[attr-defined]
    warnings.simplefilter("ignore")
    try:
        y, sr = librosa.load(path, sr=None, mono=True)
    except Exception:  # noqa: BLE001 - what it cannot read it skips, as the scripts do
        return 0.0
    wav = torch.from_numpy(librosa.resample(y, orig_sr=sr, target_sr=16000))
    found = get_speech_timestamps(wav, usual_script.model, sampling_rate=16000)  # type: ignore[attr-defined]
    if found:
        keep = [y[: int(found[0]["start"] / 16000 * sr)]]
        for left, right in itertools.pairwise(found):
            keep.append(y[int(left["end"] / 16000 * sr) : int(right["start"] / 16000 * sr)])
        keep.append(y[int(found[-1]["end"] / 16000 * sr) :])
        sf.write("/dev/null", np.concatenate(keep), sr, format="FLAC")
    return len(y) / sr


def warm(_: int) -> None:
    """Import what the tasks import, so that start-up is in no figure."""
    import librosa  # noqa: F401
    import silero_vad  # noqa: F401

    import curate.audio.read  # noqa: F401

    time.sleep(0.2)


def timed(task, paths: list[str], take=lambda _: None, *, unmeasured: int = 0) -> float:
    """Seconds for a task over files, on warm processes; what it returns is taken as it comes.

    Parameters
    ----------
    unmeasured
        Files that are taken once before, so that models are loaded.
    """
    with multiprocessing.get_context("spawn").Pool(JOBS) as pool:
        pool.map(warm, range(JOBS * 2), chunksize=1)
        pool.map(task, paths[:unmeasured], chunksize=1)
        started = time.perf_counter()
        for returned in pool.imap_unordered(task, paths, chunksize=4):
            take(returned)
        return time.perf_counter() - started


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--times", type=int, default=5, help="copies of the corpus (default 5)")
    parser.add_argument(
        "--rounds", type=int, default=3, help="rounds, of which the median counts (default 3)"
    )
    options = parser.parse_args()
    folder = fresh("scan_speed")
    audio = copies_of_corpus(folder / "audio", options.times)
    paths = sorted(str(path) for path in audio.rglob("*") if path.is_file())
    imported = curate("import", audio, "-d", folder / "birds", "--json")
    seconds: dict[str, list[float]] = {}
    summary: dict[str, float] = {}
    for _ in range(options.rounds):
        start = start_up(folder)
        seconds.setdefault("start", []).append(start)
        for name, option in (("scan", "--no-render"), ("scan and render", "--render")):
            again = folder / "again"
            shutil.rmtree(again, ignore_errors=True)
            shutil.copytree(folder / "birds", again)
            whole = curate("strip-voice", "-d", again, "--json", option)
            summary = json.loads(whole.stdout)
            seconds.setdefault(name, []).append(whole.seconds - start)
        other = curate("strip-voice", "-d", again, "--threshold", "0.3", "--no-render", "--quiet")
        seconds.setdefault("another threshold", []).append(other.seconds)
        seconds.setdefault("decoding alone", []).append(timed(decode, paths))
        # A tenth of the files, in proportion: all of them would take minutes.
        seconds.setdefault("usual script", []).append(
            SHARE * timed(usual_script, paths[::SHARE], unmeasured=JOBS * 2)
        )
    median = {name: statistics.median(values) for name, values in seconds.items()}
    total = summary["audio_seconds"]
    table(
        f"{total / 3600:.2f} h in {summary['scanned']:,} files, {summary['rendered']} of them rendered, "
        f"{JOBS} processes on every side, median of {options.rounds}",
        [
            ("import (opening, hashing)", f"{imported.seconds:.1f} s"),
            ("another threshold, the whole command", f"{median.pop('another threshold'):.1f} s"),
            ("start-up, in no figure below", f"{median.pop('start'):.1f} s"),
            *((name, f"{value:.1f} s, {total / value:,.0f} x real time") for name, value in median.items()),
            *(
                (f"{ours}, {words}", f"{figure:.2f}")
                for ours in ("scan", "scan and render")
                for words, figure in (
                    ("times faster than the usual script", median["usual script"] / median[ours]),
                    ("times the seconds of decoding alone", median[ours] / median["decoding alone"]),
                )
            ),
        ],
    )


def start_up(folder: Path) -> float:
    """Seconds of the same command on a minute of silence for every worker: what starting costs."""
    data = folder / "start"
    shutil.rmtree(data, ignore_errors=True)
    (data / "audio").mkdir(parents=True)
    for number in range(JOBS):
        sf.write(data / "audio" / f"{number}.wav", np.zeros(60 * 16000, np.int16), 16000)
    curate("import", data / "audio", "-d", data / "birds", "--quiet")
    return curate("strip-voice", "-d", data / "birds", "--no-render", "--quiet").seconds


if __name__ == "__main__":
    main()
