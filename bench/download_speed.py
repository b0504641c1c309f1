"""Many small files from a host that answers late: curate against aria2c and curl.

The host is on loopback and waits 20 ms before each answer. All clients use the same number of
connections, get the same files in the same order, and write them to the same disk. Ours verifies, decodes and
syncs each file to disk, and the whole command also starts Python and registers each recording; the others
write what comes.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import soundfile
from shared.common import ROOT, curate, fresh, run, table

from curate.audio.probe import probe
from curate.net.http import Expectation, Http, Limit, Manners

#: Wall seconds, and seconds of all cores.
Spent = tuple[float, float]

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
    command = [sys.executable, ROOT / "bench" / "shared" / "host.py", folder, str(latency)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            yield f"http://127.0.0.1:{server.stdout.readline().strip()}"
        finally:
            server.kill()


def transfer(urls: list[str], folder: Path, jobs: int) -> Spent:
    """Our downloads alone, in this process."""
    manners = Manners(allow_private=True, connections=jobs, default_limit=Limit(requests=None))

    def fetch(url: str) -> None:
        name = url.rpartition("/")[2]
        http.download(
            url,
            folder / Path(name).stem,
            expect=Expectation(name_hint=name),
            check=lambda path: probe(path).problem,
        )

    started, cores = time.perf_counter(), time.process_time()
    with Http(manners) as http, ThreadPoolExecutor(2 * jobs) as pool:
        list(pool.map(fetch, urls))
    return time.perf_counter() - started, time.process_time() - cores


def command(urls: list[str], folder: Path, jobs: int) -> Spent:
    """`curate download` as a person calls it, on a table of 20 classes."""
    rows = (f"{url},class {number % 20}" for number, url in enumerate(urls))
    (folder / "list").write_text("\n".join(["url,label", *rows]))
    options = ("--dataset", folder / "set", "--allow-private", "--jobs", str(jobs), "--json")
    done = curate("download", "urls", folder / "list", *options)
    return done.seconds, done.core_seconds


def aria2c(urls: list[str], folder: Path, jobs: int) -> Spent:
    (folder / "list").write_text("\n".join(urls))
    options = [f"-j{jobs}", "-x1", "-s1", "--file-allocation=none", "--quiet", "--allow-overwrite=true"]
    return timed(["aria2c", *options, "-d", folder, "-i", folder / "list"])


def curl(urls: list[str], folder: Path, jobs: int) -> Spent:
    lines = [f'url = "{url}"\noutput = "{folder / url.rpartition("/")[2]}"' for url in urls]
    (folder / "list").write_text("\n".join(lines))
    return timed(["curl", "--silent", "--parallel", "--parallel-max", str(jobs), "--config", folder / "list"])


def timed(words: list) -> Spent:
    # curl shows its progress all the same.
    done = run(*words, quiet=True)
    return done.seconds, done.core_seconds


#: What is compared, and the program that each needs.
CLIENTS: dict[str, tuple[Callable[[list[str], Path, int], Spent], str | None]] = {
    "curate's transfer": (transfer, None),
    "curate download": (command, None),
    "aria2c": (aria2c, "aria2c"),
    "curl": (curl, "curl"),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--files", type=int, default=2000)
    parser.add_argument("--jobs", type=int, default=8)
    parser.add_argument("--latency", type=float, default=0.020, help="seconds")
    options = parser.parse_args()
    work = fresh("download_speed")
    make(work / "source", options.files)
    bodies = sorted(path.read_bytes() for path in (work / "source").iterdir())
    clients = {
        name: client for name, (client, needs) in CLIENTS.items() if needs is None or shutil.which(needs)
    }
    with hosted(work / "source", options.latency) as host:
        urls = [f"{host}/{number:05d}.ogg" for number in range(options.files)]
        spent: dict[str, list[Spent]] = {name: [] for name in clients}
        for turn in range(3):
            for name, client in clients.items():
                folder = work / f"{name}{turn}"
                folder.mkdir()
                spent[name].append(client(urls, folder, options.jobs))
                assert sorted(path.read_bytes() for path in folder.rglob("*.ogg")) == bodies, name
                shutil.rmtree(folder)
    best = {name: min(times) for name, times in spent.items()}
    floor = options.files * options.latency / options.jobs
    rows = [("latency alone", f"{floor:6.2f} s")]
    for name, (wall, cores) in best.items():
        each = 1000 * cores / options.files
        rows.append(
            (name, f"{wall:6.2f} s   {wall / floor:.2f} x latency alone   {each:.2f} ms of a core per file")
        )
    others = min((wall for name, (wall, _) in best.items() if CLIENTS[name][1] is not None), default=None)
    if others is not None:
        for name, (_, needs) in CLIENTS.items():
            if needs is None:
                rows.append((f"{name} / the faster other", f"{best[name][0] / others:6.2f}"))
    table(
        f"{options.files} files, {sum(map(len, bodies)) / 1e6:.0f} MB, {options.jobs} connections, "
        f"{options.latency * 1000:.0f} ms before each answer; the best of 3",
        rows,
    )


if __name__ == "__main__":
    main()
