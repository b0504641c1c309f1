"""Many small files from a host that answers late: curate against aria2c and curl.

The host is on loopback and waits 20 ms before each answer. All clients use the same number of
connections, get the same files in the same order, and write them to the same disk. Ours verifies, decodes and
syncs each file to disk; the others write what comes.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import soundfile
from _common import ROOT, fresh, table

from curate.audio.probe import probe
from curate.net.http import Expectation, Http, Limit, Manners

#: Different files; the others are copies of them under names of their own.
DIFFERENT = 50


def make(folder: Path, count: int) -> None:
    rng = np.random.default_rng(0)
    folder.mkdir()
    for number in range(count):
        path = folder / f"{number:05d}.ogg"
        if number < DIFFERENT:
            soundfile.write(path, 0.1 * rng.standard_normal(2 * 32000), 32000, format="OGG", subtype="VORBIS")
        else:
            shutil.copyfile(folder / f"{number % DIFFERENT:05d}.ogg", path)


@contextmanager
def hosted(folder: Path, latency: float):
    command = [sys.executable, ROOT / "bench" / "_host.py", folder, str(latency)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            yield f"http://127.0.0.1:{server.stdout.readline().strip()}"
        finally:
            server.kill()


def ours(urls: list[str], folder: Path, jobs: int) -> float:
    manners = Manners(allow_private=True, connections=jobs, default_limit=Limit(requests=None))

    def fetch(url: str) -> None:
        name = url.rpartition("/")[2]
        http.download(
            url,
            folder / Path(name).stem,
            expect=Expectation(name_hint=name),
            check=lambda path: probe(path).problem,
        )

    started = time.perf_counter()
    with Http(manners) as http, ThreadPoolExecutor(2 * jobs) as pool:
        list(pool.map(fetch, urls))
    return time.perf_counter() - started


def aria2c(urls: list[str], folder: Path, jobs: int) -> float:
    (folder / "list").write_text("\n".join(urls))
    options = [f"-j{jobs}", "-x1", "-s1", "--file-allocation=none", "--quiet", "--allow-overwrite=true"]
    return timed(["aria2c", *options, "-d", folder, "-i", folder / "list"])


def curl(urls: list[str], folder: Path, jobs: int) -> float:
    lines = [f'url = "{url}"\noutput = "{folder / url.rpartition("/")[2]}"' for url in urls]
    (folder / "list").write_text("\n".join(lines))
    return timed(["curl", "--silent", "--parallel", "--parallel-max", str(jobs), "--config", folder / "list"])


def timed(command: list) -> float:
    started = time.perf_counter()
    subprocess.run([str(part) for part in command], check=True)
    return time.perf_counter() - started


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--files", type=int, default=2000)
    parser.add_argument("--jobs", type=int, default=8)
    parser.add_argument("--latency", type=float, default=0.020, help="seconds")
    options = parser.parse_args()
    work = fresh("download_speed")
    make(work / "source", options.files)
    size = sum(path.stat().st_size for path in (work / "source").iterdir())
    clients = {"curate": ours, "aria2c": aria2c, "curl": curl}
    clients = {name: client for name, client in clients.items() if name == "curate" or shutil.which(name)}
    with hosted(work / "source", options.latency) as host:
        urls = [f"{host}/{number:05d}.ogg" for number in range(options.files)]
        seconds: dict[str, list[float]] = {name: [] for name in clients}
        for turn in range(3):
            for name, client in clients.items():
                folder = work / f"{name}{turn}"
                folder.mkdir()
                seconds[name].append(client(urls, folder, options.jobs))
                for path in (work / "source").iterdir():
                    assert (folder / path.name).read_bytes() == path.read_bytes(), (name, path)
    best = {name: min(times) for name, times in seconds.items()}
    floor = options.files * options.latency / options.jobs
    rows = [("latency alone", f"{floor:6.2f} s")]
    rows += [(name, f"{time:6.2f} s   {time / floor:.2f} x latency alone") for name, time in best.items()]
    others = min((time for name, time in best.items() if name != "curate"), default=None)
    if others is not None:
        rows.append(("curate / the faster other", f"{best['curate'] / others:6.2f}"))
    table(
        f"{options.files} files, {size / 1e6:.0f} MB, {options.jobs} connections, "
        f"{options.latency * 1000:.0f} ms before each answer; the best of 3",
        rows,
    )


if __name__ == "__main__":
    main()
