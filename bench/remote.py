"""A bucket, a cluster, and parts: what each costs beside files of a disk, and one machine.

The S3 server (moto) runs on this machine and takes a few milliseconds for each request: it is the floor here,
not the network.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path

from shared.common import ROOT, table

sys.path.insert(0, str(ROOT))

from curate.catalogue import layers, recordings
from curate.catalogue.dataset import Dataset
from curate.engine.open import open_engine
from curate.model import AudioInfo, FileFacts, Row, Segment
from curate.steps.acquire.import_ import import_
from curate.steps.acquire.merge import merge
from curate.steps.acquire.split_work import split_work
from curate.storage import copies, files, objects
from tests import workers
from tests.datasets import write_tone
from tests.engines import in_a_thread
from tests.fakes import clusters, s3


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--objects", type=int, default=200)
    parser.add_argument("--rows", type=int, default=20_000)
    options = parser.parse_args()
    work = Path(tempfile.mkdtemp(prefix="curate-remote-"))
    try:
        paths_of_a_disk(work)
        bucket(work, options.objects)
        dead_workers()
        parts(work, options.rows)
    finally:
        shutil.rmtree(work)


def show(title, columns, rows):
    """Print a table whose rows begin with their names."""
    told = []
    for row in rows:
        said = ", ".join(f"{name} {value}" for name, value in zip(columns[1:], row[1:], strict=True))
        told.append((row[0], said))
    table(title, told)


def timed(do, times=5):
    """Median seconds of several calls."""
    took = []
    for _ in range(times):
        started = time.perf_counter()
        do()
        took.append(time.perf_counter() - started)
    return statistics.median(took)


def paths_of_a_disk(work):
    path, number = str(write_tone(work / "tone.wav")), 20_000
    plain = timed(lambda: [os.stat(path) for _ in range(number)])
    ours = timed(lambda: [files.size_and_version(path) for _ in range(number)])
    told = timed(lambda: [copies.local(path) for _ in range(number)])
    rows = [
        ("os.stat", f"{plain / number * 1e6:.2f}"),
        ("size and time of a path, through the storage package", f"{ours / number * 1e6:.2f}"),
        ("told that a path is none of a bucket", f"{told / number * 1e6:.2f}"),
    ]
    show("a path of a disk", ["what", "us each"], rows)


def bucket(work, number):
    for each in range(number):
        write_tone(work / "data" / "owl" / f"{each}.wav", seconds=5, freq=1000.0 + each)
    with s3.server() as door:
        s3.put(door, "set", b"")
        for path in sorted((work / "data" / "owl").iterdir()):
            s3.put(door, f"set/owl/{path.name}", path.read_bytes())
        with s3.environment(door, work / "cache"), in_a_thread():
            names = list(objects.listing("s3://set"))
            started = time.perf_counter()
            for name in names:
                objects._files("s3").cat_file(name.removeprefix("s3://"))  # noqa: SLF001
            floor = time.perf_counter() - started
            results = []
            for what, source in (("from a disk", work / "data"), ("from a bucket", "s3://set")):
                s3.forget()
                door.asked.clear()
                with Dataset(work / what.replace(" ", "-")) as dataset:
                    started = time.perf_counter()
                    import_(dataset, source)
                    first, asked = time.perf_counter() - started, len(door.asked)
                    s3.forget()
                    door.asked.clear()
                    started = time.perf_counter()
                    import_(dataset, source)
                    second = time.perf_counter() - started
                results.append((what, f"{first:.2f}", asked, f"{second:.2f}", len(door.asked)))
    title = f"import of {number} recordings of 160 kB; s3fs fetching each object alone takes {floor:.2f} s"
    show(title, ["what", "first, s", "requests", "second, s", "requests"], results)


def dead_workers():
    results = []
    for what, items in (("none dies", range(100, 1100)), ("one item kills its worker", range(1000))):
        with clusters.scheduler() as address:
            crew = [clusters.worker(address, str(number), nanny=True) for number in range(4)]
            with clusters.crew(*crew):
                clusters.wait_for(address, 4)
                with open_engine(f"dask:{address}") as engine:
                    started = time.perf_counter()
                    outcomes = list(engine.map(workers.square_or_die, items, size=lambda _: 1 / 16))
                    took = time.perf_counter() - started
        results.append((what, len(outcomes), sum(each.error is not None for each in outcomes), f"{took:.1f}"))
    show("1,000 items, 16 in a bundle, 4 Dask workers", ["what", "outcomes", "failed", "s"], results)


def parts(work, number):
    info = AudioInfo(160_000, 32_000, 1, "ogg", "vorbis")
    with Dataset(work / "rows") as dataset:
        with dataset.writing("bench", {}), dataset.store.transaction():
            layer = layers.define(dataset.store, "speech", producer="bench", version="1", parameters={})
            for each in range(number):
                row = Row(path=f"/audio/{each}.ogg", label=f"class{each % 500}", archive="local")
                facts = FileFacts(1000, each, f"{each:064x}", info, None)
                name = recordings.add(
                    dataset.store, row, facts, archive_id=f"{each}.ogg", folder=dataset.folder
                )
                found = [Segment(onset, onset + 0.5, "speech", 0.9) for onset in (0.0, 1.0, 2.0)]
                layers.put(dataset.store, name, layer, found, digest="x")
        started = time.perf_counter()
        made = split_work(dataset, parts=4, out=work / "parts").parts
        divided = time.perf_counter() - started
        started = time.perf_counter()
        merge(dataset, [part.folder for part in made])
        known = time.perf_counter() - started
    with Dataset(work / "whole") as whole:
        started = time.perf_counter()
        merge(whole, [part.folder for part in made])
        new = time.perf_counter() - started
    rows = [
        ("split-work into 4 parts", f"{divided:.1f}", f"{number / divided:,.0f}"),
        ("merge into the dataset that they came from", f"{known:.1f}", f"{number / known:,.0f}"),
        ("merge into a new dataset", f"{new:.1f}", f"{number / new:,.0f}"),
    ]
    show(f"{number:,} recordings, {3 * number:,} segments", ["what", "s", "recordings/s"], rows)


if __name__ == "__main__":
    main()
