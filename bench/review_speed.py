"""How long a reviewer waits: for the next item on real recordings, and for the first page of a large dataset.

The server runs as a person starts it. An item counts as ready when its text, spectrogram,
waveform and sound have arrived, asked for at once as a browser does, none of it from a cache.
"""

from __future__ import annotations

import argparse
import contextlib
import itertools
import json
import os
import re
import shutil
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from html import unescape
from pathlib import Path

import requests
from catalogue_scale import BATCH, rows
from shared.common import PARTS, ROOT, curate, fresh, need_corpus, table

from curate.catalogue import layers, recordings
from curate.catalogue.dataset import Dataset
from curate.model import Segment
from curate.web import queues
from curate.web.framing import described
from curate.web.pictures import outline, png, spectrogram
from curate.web.review_session import ReviewSession
from curate.web.sounds import SoundReader, playable


@contextlib.contextmanager
def serving(folder: Path, *options: str) -> Iterator[tuple[str, float, int]]:
    """Start a review; gives its address, the seconds until it was ready, and its process."""
    command = [sys.executable, "-m", "curate", "review", "-d", str(folder), "--no-browser", "--no-token"]
    command += ["--port", "0"]
    started = time.perf_counter()
    with subprocess.Popen(
        [*command, *options], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, cwd=ROOT
    ) as process:
        assert process.stderr is not None
        found = re.search(r"http\S+", process.stderr.readline())
        assert found is not None
        yield found[0], time.perf_counter() - started, process.pid
        process.send_signal(signal.SIGINT)


def get(address: str) -> requests.Response:
    answer = requests.get(address, timeout=60)
    answer.raise_for_status()
    return answer


def busy(process: int) -> float:
    """Milliseconds of processor time that a process has taken so far (proc(5))."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(") ")[2].split()
    return 1000 * (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def ready(address: str, key: str, browser: ThreadPoolExecutor) -> float:
    """Seconds until an item is there to be seen and heard."""
    started = time.perf_counter()
    text = get(f"{address}item/{key}").text
    found = re.search(r'data-item="([^"]*)"', text)
    assert found is not None
    item = json.loads(unescape(found[1]))
    at = f"{item['recording']}?start={item['start']}&duration={item['duration']}"
    wanted = [
        f"{address}spectrogram/{at}&high={item['band']}&width=890&height=320",
        f"{address}shape/{at}&width=890",
        f"{address}audio/{at}",
    ]
    list(browser.map(get, wanted))
    return time.perf_counter() - started


def corpus(n: int) -> None:
    folder = fresh("review_speed") / "birds"
    source = need_corpus()
    curate("import", *(source / part for part in PARTS), "-d", folder, "--quiet")
    curate("strip-voice", "-d", folder, "--no-render", "--quiet")
    results = []
    for queue in ("doubtful-speech", "labels"):
        with (
            ThreadPoolExecutor(3) as browser,
            serving(folder, "--queue", queue, "--max-items", str(n)) as served,
        ):
            address = served[0]
            keys = [key for key, _ in get(f"{address}queue?reviewer=bench").json()["items"]]
            times, taken = [], []
            for key in keys:
                before = busy(served[2])
                times.append(1000 * ready(address, key, browser))
                taken.append(busy(served[2]) - before)
        results += [
            (f"{queue}, {len(keys)} items", told(sorted(times))),
            ("    processor time of the server", told(sorted(taken))),
        ]
    with serving(folder, "--queue", "labels", "--max-items", "100") as served:
        heard = in_browser(served[0], 40)
    if heard:
        results.append((f"from key to sound in Chromium, {len(heard)} items", told(heard)))
    for queue in ("doubtful-speech", "labels"):
        results += parts(folder, queue, n)
    table("next item ready: median, 95th percentile, longest", results)


def parts(folder: Path, queue: str, n: int) -> list[tuple[str, str]]:
    """Processor time of what an item costs, in this process and part by part."""
    names = ("text", "decoding", "spectrogram", "waveform", "WAV")
    spent: list[list[float]] = []
    with Dataset(folder) as dataset:
        items = queues.items(dataset.store, queue, n=n, reviewer="bench")
        desk = ReviewSession(folder, queue, items, settle=lambda *_, **__: None)
        for item in items:
            at = [time.process_time()]
            sheet = desk.sheet(item.key)
            seen = described(sheet)
            at.append(time.process_time())
            path, length = dataset.path(sheet.facts.path), sheet.facts.duration
            y, sr = SoundReader().stretch(path, seen["start"], seen["duration"], length=length)
            at.append(time.process_time())
            png(spectrogram(y, sr, width=890, height=320, low=0, high=seen["band"]), "dark")
            at.append(time.process_time())
            outline(y, 890)
            at.append(time.process_time())
            playable(y, sr)
            at.append(time.process_time())
            spent.append([1000 * (after - before) for before, after in itertools.pairwise(at)])
    whole = told(sorted(map(sum, spent)))
    rows = [(f"processor time, {queue}, {len(items)} items", whole)]
    return rows + [
        (f"    {name}", told(sorted(each)))
        for name, each in zip(names, zip(*spent, strict=True), strict=True)
    ]


def told(times: list[float]) -> str:
    chosen = (statistics.median(times), times[int(0.95 * len(times))], times[-1])
    return ", ".join(f"{each:.0f} ms" for each in chosen)


#: Notes for each verdict when its key went down and when the next item was heard.
WATCH = """
window.waits = [];
let down = null;
document.addEventListener("keydown", () => { down = performance.now(); }, true);
document.getElementById("audio").addEventListener("playing", () => {
  if (down !== null) waits.push(performance.now() - down);
  down = null;
});
"""


def in_browser(address: str, items: int) -> list[float]:
    """Milliseconds from the key that decides to the sound of the next item, a second apart."""
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service
    from selenium.webdriver.common.by import By

    chromium, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if chromium is None or driver is None:
        return []
    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    for argument in ("--headless=new", "--no-sandbox", "--autoplay-policy=no-user-gesture-required"):
        options.add_argument(argument)
    browser = webdriver.Chrome(options=options, service=Service(driver))
    try:
        browser.get(address)
        time.sleep(3)
        browser.execute_script(WATCH)
        body = browser.find_element(By.TAG_NAME, "body")
        for _ in range(items):
            body.send_keys("n")
            time.sleep(1.0)
        return sorted(browser.execute_script("return waits"))
    finally:
        browser.quit()


def large(count: int) -> None:
    folder = fresh("review_speed_large") / "birds"
    with Dataset(folder) as dataset, dataset.writing("import", {}):
        layer = layers.define(dataset.store, "speech", producer="speech", version="1", parameters={})
        stream = rows(count)
        for _ in range(0, count, BATCH):
            with dataset.store.transaction():
                for number, (row, facts) in zip(range(BATCH), stream, strict=False):
                    recording = recordings.add(
                        dataset.store,
                        row,
                        facts,
                        archive_id=row.recording_id.partition(":")[2],
                        folder=dataset.folder,
                    )
                    found = [
                        Segment(at, at + 2.0, "speech", score=(number * 37 % 1000) / 1000)
                        for at in (1.0, 9.0, 20.0)
                    ]
                    layers.put(dataset.store, recording, layer, found, digest="bench")
    results = []
    for queue in ("doubtful-speech", "sample"):
        with serving(folder, "--queue", queue) as (address, start, _):
            started = time.perf_counter()
            get(address)
            keys = get(f"{address}queue?reviewer=bench").json()["items"]
            if keys:
                get(f"{address}item/{keys[0][0]}")
            first = time.perf_counter() - started
        results.append((queue, f"ready {start:.1f} s after the command, then {1000 * first:.0f} ms"))
    table(f"first page of {count:,} recordings with {3 * count:,} segments", results)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--items", type=int, default=300)
    parser.add_argument("--recordings", type=int, default=100_000)
    options = parser.parse_args()
    large(options.recordings)
    corpus(options.items)


if __name__ == "__main__":
    main()
