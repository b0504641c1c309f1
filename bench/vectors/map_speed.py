"""How long until the first picture of a large map, and how quickly it moves: in Chromium, on made-up vectors.

Rows are registered as an import does, without opening files; the vectors are clusters, one for each class, of
as many numbers as BirdNET's. The server runs as a person starts it. The page is moved by the wheel, once for
each frame.
"""

from __future__ import annotations

import argparse
import re
import shutil
import signal
import subprocess
import sys
import time
from multiprocessing import Process
from pathlib import Path

import numpy as np
from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.support.wait import WebDriverWait

sys.path.insert(0, str(Path(__file__).parents[1]))
from shared.common import ROOT, fresh, table

from curate.catalogue import layers, recordings, vectors
from curate.catalogue.dataset import Dataset
from curate.embedders.birdnet import BirdnetEmbedder
from curate.model import AudioInfo, FileFacts, Row
from curate.steps.common.model_kinds import digest_of, layer_name
from curate.steps.scores.map_layout import map_layout

SR = 48000

#: Frames that are counted.
FRAMES = 120

#: Turns the wheel once a frame, and gives frames a second and milliseconds of a drawing.
TURN = """
const [frames, done] = arguments;
const plane = document.getElementById("marks");
const box = plane.getBoundingClientRect();
const place = { clientX: box.left + box.width / 2, clientY: box.top + box.height / 2 };
import("/static/map.js").then(({ view }) => {
  const times = [];
  const draw = view.draw.bind(view);
  let drawn = 0;
  view.draw = () => { const t = performance.now(); draw(); drawn += performance.now() - t; };
  const turn = (now) => {
    times.push(now);
    if (times.length > frames) {
      const span = times.at(-1) - times[0];
      return done([(1000 * frames) / span, drawn / frames]);
    }
    const deltaY = times.length % 60 < 30 ? -12 : 12;
    plane.dispatchEvent(new WheelEvent("wheel", { deltaY, cancelable: true, ...place }));
    plane.dispatchEvent(new PointerEvent("pointermove", { ...place, clientX: place.clientX + times.length }));
    return requestAnimationFrame(turn);
  };
  requestAnimationFrame(turn);
});
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--recordings", type=int, default=10_000)
    parser.add_argument("--windows", type=int, default=10, help="of each recording")
    parser.add_argument("--classes", type=int, default=206)
    options = parser.parse_args()
    folder = fresh("map_speed") / "birds"
    maker = Process(target=make, args=(folder, options.recordings, options.windows, options.classes))
    maker.start()
    maker.join()
    results = []
    with Dataset(folder) as birds:
        started = time.perf_counter()
        layout = map_layout(birds)
        results.append(("laid out by principal components", f"{time.perf_counter() - started:.2f} s"))
    command = [sys.executable, "-m", "curate", "map", "-d", str(folder), "--no-browser", "--port", "0"]
    started = time.perf_counter()
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, cwd=ROOT) as server:
        address = re.search(r"http\S+", server.stderr.readline())[0]
        results.append(("from the command to its address", f"{time.perf_counter() - started:.2f} s"))
        try:
            results += looked_at(address)
        finally:
            server.send_signal(signal.SIGINT)
    table(f"a map of {len(layout.points):,} windows of {options.recordings:,} recordings", results)


def looked_at(address: str) -> list[tuple[str, str]]:
    """Open the page, and move it."""
    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium") or sys.exit("error: no chromium in the path")
    for argument in ("--headless=new", "--no-sandbox", "--window-size=1600,900"):
        options.add_argument(argument)
    browser = webdriver.Chrome(options=options, service=Service(shutil.which("chromedriver")))
    try:
        browser.get(address)
        wait = WebDriverWait(browser, 60, poll_frequency=0.02)
        wait.until(lambda tab: tab.execute_script("return document.body.dataset.ready === ''"))
        first = browser.execute_script("return performance.getEntriesByName('first-picture')[0].startTime")
        rate, drawing = browser.execute_async_script(TURN, FRAMES)
    finally:
        browser.quit()
    return [
        ("from the address to the first picture, in Chromium", f"{first / 1000:.2f} s"),
        (
            "while it is zoomed and pointed at",
            f"{rate:.0f} frames a second, {drawing:.1f} ms of each drawing",
        ),
    ]


def make(folder: Path, count: int, windows: int, classes: int) -> None:
    """Write a catalogue and vectors."""
    rng = np.random.default_rng(0)
    kind = BirdnetEmbedder
    centres = rng.normal(size=(classes, kind.dimension)).astype(np.float32)
    which = np.minimum(rng.zipf(1.4, size=count) - 1, classes - 1)
    length = windows * kind.window
    with Dataset(folder) as birds, birds.writing("import", {}):
        store = birds.store
        with store.transaction():
            register(birds, which, length)
        digest = digest_of(kind, kind.window)
        parameters = {"model": kind.name, "window": kind.window, "hop": kind.window}
        layer = layers.define(
            store, layer_name(kind.name), producer=kind.name, version=kind.version, parameters=parameters
        )
        path = vectors.path_of(folder, kind.name, digest)
        with (
            vectors.VectorWriter(store, path, layer=layer, digest=digest, dimension=kind.dimension) as writer,
            store.transaction(),
        ):
            for number, of in enumerate(which.tolist(), start=1):
                noise = rng.standard_normal((windows, kind.dimension), np.float32)
                writer.put(number, (centres[of] + noise).astype(np.float16), silent=0)
            writer.sync()


def register(birds: Dataset, which: np.ndarray, length: float) -> None:
    """Note recordings of classes, without files."""
    for number, of in enumerate(which.tolist()):
        facts = FileFacts(1000, 1, f"{number:064x}", AudioInfo(round(length * SR), SR, 1, "ogg", "vorbis"))
        row = Row(path=f"/audio/{number}.ogg", label=f"class{of:03}", archive="xeno-canto")
        recordings.add(birds.store, row, facts, archive_id=str(number), folder=birds.folder)


if __name__ == "__main__":
    main()
