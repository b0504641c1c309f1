"""Take the pictures in docs again: the report, the review page and the map of the example data, in Chromium.

Needs chromium and chromedriver in the path, and the development environment; run from the root of
the repository::

    python scripts/make_pictures.py
"""

from __future__ import annotations

import io
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

from PIL import Image
from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.support.wait import WebDriverWait

DOCS = Path(__file__).resolve().parents[1] / "docs"

#: Pixels: what a page shows before one scrolls, on a desktop.
REPORT, REVIEW, MAP = (1100, 1330), (1280, 720), (1280, 760)

#: Items of the review that are decided before the picture is taken, and seconds of the next to hear.
DECIDED, HEARD = 3, 1.5

#: Corners of the lasso on the map, and the dot that is pointed at: pixels from the middle of the plane.
LASSO = ((215, -10), (290, -40), (320, 20), (280, 75), (215, 60), (200, 20))
POINTED = (262, 20)

PATIENCE = 30  # seconds that a page may take


def curate(*arguments: str | Path) -> None:
    """Run `curate` as a person would."""
    subprocess.run([sys.executable, "-m", "curate", *arguments, "--quiet"], check=True)


def opened() -> webdriver.Chrome:
    """Open a browser without a window."""
    program = shutil.which("chromium") or sys.exit("error: no chromium in the path")
    driver = shutil.which("chromedriver") or sys.exit("error: no chromedriver in the path")
    options = webdriver.ChromeOptions()
    options.binary_location = program
    for argument in ("--headless=new", "--no-sandbox", "--hide-scrollbars", "--mute-audio"):
        options.add_argument(argument)
    options.add_argument("--autoplay-policy=no-user-gesture-required")
    return webdriver.Chrome(options=options, service=Service(driver))


def take(browser: webdriver.Chrome, name: str, *, exact: bool = False) -> None:
    """Save what is seen, in 256 colours or exactly."""
    with Image.open(io.BytesIO(browser.get_screenshot_as_png())) as image:
        picture = image.convert("RGB")
        (picture if exact else picture.quantize(256)).save(DOCS / name, optimize=True)


def show(browser: webdriver.Chrome, address: str, size: tuple[int, int], scheme: str) -> None:
    """Open a page at a size, light or dark."""
    width, height = size
    metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    media = {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", media)
    browser.get(address)


@contextmanager
def served(page: str, birds: Path) -> Iterator[str]:
    """Serve a page of the dataset to Ana; gives its address."""
    command = [sys.executable, "-m", "curate", page, "-d", birds, "--no-browser", "--port", "0"]
    with subprocess.Popen([*command, "--reviewer", "ana"], stderr=subprocess.PIPE, text=True) as server:
        try:
            yield re.search(r"http\S+", server.stderr.readline())[0]  # type: ignore[index,union-attr]
        finally:
            server.terminate()


def wait_for(browser: webdriver.Chrome, script: str) -> None:
    """Wait until a script of the page gives something true."""
    WebDriverWait(browser, PATIENCE).until(lambda tab: tab.execute_script(f"return {script}"))


def take_review(browser: webdriver.Chrome, birds: Path) -> None:
    """Decide a few items of the review as Ana, and take the picture while the next one plays."""
    with served("review", birds) as address:
        show(browser, address, REVIEW, "dark")
        for _ in range(DECIDED):
            before = browser.current_url
            wait_for(browser, "document.body.dataset.ready === ''")
            browser.find_element(By.TAG_NAME, "body").send_keys("v")
            WebDriverWait(browser, PATIENCE).until(lambda tab, before=before: tab.current_url != before)
            time.sleep(HEARD)
        take(browser, "review.png")


def take_map(browser: webdriver.Chrome, birds: Path) -> None:
    """Select a group on the map with a lasso, and take the picture while one of its dots is heard."""
    with served("map", birds) as address:
        show(browser, address, MAP, "light")
        wait_for(browser, "document.body.dataset.ready === ''")
        plane = browser.find_element(By.ID, "marks")
        lasso = ActionChains(browser, duration=40).move_to_element_with_offset(plane, *LASSO[0])
        lasso.click_and_hold()
        for before, after in pairwise(LASSO):
            lasso.move_by_offset(after[0] - before[0], after[1] - before[1])
        lasso.release().move_to_element_with_offset(plane, *POINTED).perform()
        wait_for(browser, "document.getElementById('spectrogram').naturalWidth > 0")
        time.sleep(HEARD)
        take(browser, "map.png", exact=True)  # its colours have names beside them


def main() -> None:
    """Make the data set and its pages, and take the pictures of them."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as work:
        example, birds, page = (Path(work, name) for name in ("example", "birds", "report.html"))
        curate("example", example)
        curate("strip-voice", example, "--dataset", birds)
        curate("trim", "--dataset", birds)
        curate("dedupe", "--dataset", birds)
        curate("split", "--folds", "3", "--dataset", birds)
        curate("report", "--out", page, "--rare", "3", "--dataset", birds)
        browser = opened()
        try:
            show(browser, page.as_uri(), REPORT, "light")
            take(browser, "report.png")
            take_review(browser, birds)
            curate("embed", "--hop", "0.5", "--dataset", birds)
            take_map(browser, birds)
        finally:
            browser.quit()


if __name__ == "__main__":
    main()
