"""Where the core seconds go, from a folder of recordings to a manifest.

Animals, mixed and noise of the corpus are measured twice:

* in one warm process, file by file, as a worker hears them: what reading takes by plain libsndfile and by our
  reader, with hashes and metadata, with voices, with all detectors; and the parts of the last two;
* as commands: starts, hearing, copies and the rest, which is the catalogue and the way to the workers.

``--before PATH`` measures an earlier build, from a checkout of it, in turn with this one.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib
import json
import os
import shutil
import statistics
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from functools import cached_property, wraps
from pathlib import Path
from typing import Any

import numpy as np
import soundfile as sf
from end_to_end import floor
from shared.common import JOBS, ROOT, copies_of_corpus, fresh, run, table

#: Files that a worker takes the last step of at a time.
_TOGETHER = 16

#: What is timed, by module, class and method; what one calls of another counts for the other.
_PARTS = {
    "curate.detectors.detect_file:open_audio": "decoding",
    "curate.audio._decoder:AudioFile.fill": "decoding",
    "curate.audio.resample:Resampler.feed": "conversion to 16 kHz",
    "curate.audio.resample:Resampler.finish": "conversion to 16 kHz",
    "curate.audio.spectrum:Frames.power": "spectra of the frames",
    "curate.detectors.silero:SileroNet.features": "voices: levels",
    "curate.detectors.silero:SileroNet._magnitudes": "voices: spectra",
    "curate.detectors.silero:SileroNet._encoded": "voices: convolutions",
    "curate.detectors.silero:SileroNet.alone": "voices: LSTM",
    "curate.detectors.silero:SileroNet.side_by_side": "voices: LSTM",
    "curate.detectors.fingerprint:FingerprintListener.feed": "fingerprint: hash of the samples",
    "curate.detectors.fingerprint:FingerprintListener.hear_low": "fingerprint: peaks",
    "curate.detectors.fingerprint:FingerprintListener.finish": "fingerprint: peaks",
    **{
        f"curate.detectors.{name}:{name.capitalize()}Listener.{method}": name
        for name in ("activity", "bandwidth", "buzz", "clipping", "dropout", "hum", "silence")
        for method in ("hear", "finish")
    },
    "curate.detectors.detect_file:_detection": "segments",
}


class Shares:
    """Core seconds of parts that call each other, each without what it calls."""

    def __init__(self) -> None:
        self.spent: dict[str, float] = defaultdict(float)
        self._inside = ["all else: hashes, metadata, mixing, framing"]
        self._since = time.process_time()

    def switch(self) -> None:
        """Count what was spent since the last switch."""
        now = time.process_time()
        self.spent[self._inside[-1]] += now - self._since
        self._since = now

    @contextlib.contextmanager
    def inside(self, part: str) -> Iterator[None]:
        """Count for a part."""
        self.switch()
        self._inside.append(part)
        try:
            yield
        finally:
            self.switch()
            self._inside.pop()


def timing(function: Callable[..., Any], shares: Shares, part: str) -> Callable[..., Any]:
    @wraps(function)
    def timed(*given: Any, **named: Any) -> Any:
        with shares.inside(part):
            return function(*given, **named)

    return timed


@contextlib.contextmanager
def parts_timed(shares: Shares) -> Iterator[None]:
    """Time the parts meanwhile."""
    with contextlib.ExitStack() as undo:
        for place, part in _PARTS.items():
            module, _, path = place.partition(":")
            owner: Any = importlib.import_module(module)
            *above, name = path.split(".")
            for each in above:
                owner = getattr(owner, each)
            original = vars(owner)[name]
            undo.callback(setattr, owner, name, original)
            if isinstance(original, cached_property):
                changed = cached_property(timing(original.func, shares, part))
                changed.__set_name__(owner, name)
                setattr(owner, name, changed)
            else:
                setattr(owner, name, timing(original, shares, part))
        yield


def hear(paths: list[str], names: list[str]) -> float:
    """Measure and hear files as a worker does; returns core seconds."""
    from curate.detectors.detect_file import finish_new, measure_and_feed

    started = time.process_time()
    for first in range(0, len(paths), _TOGETHER):
        part = paths[first : first + _TOGETHER]
        finish_new([measure_and_feed(path, {name: {} for name in names}, device="cpu") for path in part])
    return time.process_time() - started


def decode(path: str) -> float:
    """Read a file to its end by our reader; returns core seconds."""
    from curate.audio.read import open_audio
    from curate.errors import DecodeFailed

    started = time.process_time()
    with contextlib.suppress(DecodeFailed), open_audio(path) as audio:
        for _ in audio.blocks():
            pass
    return time.process_time() - started


def by_ending(paths: list[str], seconds: list[float]) -> dict[str, float]:
    """Sum up the seconds of files by the ending of their names, which mostly tells their format."""
    sums: dict[str, float] = defaultdict(float)
    for path, each in zip(paths, seconds, strict=True):
        sums[Path(path).suffix] += each
    return dict(sorted(sums.items()))


def in_one_process(paths: list[str]) -> dict[str, float]:
    """Core seconds of each way to go through the files, and of the parts of the last."""
    from curate.detectors import DETECTORS

    hear(paths[:_TOGETHER], list(DETECTORS))  # warm
    # The lesser of two: a single file takes milliseconds, which chance sways.
    plain, ours = ([min(read(path), read(path)) for path in paths] for read in (floor, decode))
    spent = {
        "libsndfile": sum(plain),
        **{f"  {ending}": seconds for ending, seconds in by_ending(paths, plain).items()},
        "our reader": sum(ours),
        **{f"  {ending}, by our reader": seconds for ending, seconds in by_ending(paths, ours).items()},
        "with hashes and metadata": hear(paths, []),
        "with voices": hear(paths, ["speech"]),
        "with all nine detectors": hear(paths, list(DETECTORS)),
    }
    for names, words in ((["speech"], ", with voices"), (list(DETECTORS), "")):
        shares = Shares()
        with parts_timed(shares):
            hear(paths, names)
        shares.switch()
        spent |= {f"  {part}{words}": seconds for part, seconds in sorted(shares.spent.items())}
    return spent


def as_commands(audio: Path, folder: Path) -> dict[str, float]:
    """Core seconds of the commands from a folder to a manifest."""

    def spent(audio: Path, *options: str) -> float:
        shutil.rmtree(folder / "birds", ignore_errors=True)
        command = (sys.executable, "-P", "-m", "curate")
        heard = run(*command, "strip-voice", audio, "-d", folder / "birds", "--quiet", *options)
        manifest = folder / "train.csv"
        written = run(*command, "manifest", "-d", folder / "birds", "-o", manifest, "--quiet")
        return heard.core_seconds + written.core_seconds

    few = folder / "few"
    few.mkdir(exist_ok=True)
    for number in range(JOBS):
        sf.write(few / f"{number}.wav", np.zeros(16000, np.int16), 16000)
    return {
        "starts": spent(few),
        "without copies": spent(audio, "--no-render"),
        "with copies": spent(audio),
    }


def measured(tree: Path, *given: str) -> dict[str, float]:
    """Measure the build in a folder, in a process of its own."""
    environment = {**os.environ, "PYTHONPATH": str(tree), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, __file__, *given]
    done = subprocess.run(
        command, env=environment, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    found: dict[str, float] = json.loads(done.stdout)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--before", type=Path, help="checkout of an earlier build to compare with")
    parser.add_argument("--every", type=int, default=1, help="take every so-manieth file (default 1)")
    parser.add_argument("--rounds", type=int, default=3, help="rounds; the least counts (default 3)")
    parser.add_argument("--one", nargs=2, metavar=("AUDIO", "FOLDER"), help=argparse.SUPPRESS)
    parser.add_argument("--no-commands", action="store_true", help="leave the commands out")
    options = parser.parse_args()
    if options.one:
        audio, folder = map(Path, options.one)
        paths = sorted(str(path) for path in audio.rglob("*") if path.is_file())
        spent = in_one_process(paths)
        json.dump(spent if options.no_commands else spent | as_commands(audio, folder), sys.stdout)
        return
    folder = fresh("hearing_shares")
    audio = copies_of_corpus(folder / "audio", 1)
    for number, path in enumerate(sorted(path for path in audio.rglob("*") if path.is_file())):
        if number % options.every:
            path.unlink()
    builds = {"this build": ROOT}
    if options.before:
        builds = {"earlier build": options.before.resolve(), **builds}
    rounds: dict[str, list[dict[str, float]]] = defaultdict(list)
    for _ in range(options.rounds):
        for name, tree in builds.items():
            given = ["--no-commands"] if options.no_commands else []
            rounds[name].append(measured(tree, "--one", str(audio), str(folder), *given))
    for name, each in rounds.items():
        # The least: whoever else uses the machine only adds.
        least = {part: min(one[part] for one in each if part in one) for part in each[-1]}
        ratio = least["with all nine detectors"] / least["with voices"]
        middle = statistics.median(one["with all nine detectors"] / one["with voices"] for one in each)
        table(
            f"{name}: core seconds, least of {options.rounds}; all detectors over voices alone "
            f"{ratio:.2f} (median of the rounds {middle:.2f})",
            [
                (part, f"{seconds:.2f}, {seconds / least['libsndfile']:.2f} times libsndfile")
                for part, seconds in least.items()
            ],
        )


if __name__ == "__main__":
    main()
