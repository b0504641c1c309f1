"""Take the pictures in docs again: the report and the review page on the example data, in Chromium.

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
from pathlib import Path

from PIL import Image
from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.support.wait import WebDriverWait

DOCS = Path(__file__).resolve().parents[1] / "docs"

#: Pixels: what a page shows before one scrolls, on a desktop.
REPORT, REVIEW = (1100, 1330), (1280, 720)

#: Items of the review that are decided before the picture is taken, and seconds of the next to hear.
DECIDED, HEARD = 3, 1.5

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


def take(browser: webdriver.Chrome, name: str) -> None:
    """Save what is seen, in 256 colours."""
    with Image.open(io.BytesIO(browser.get_screenshot_as_png())) as image:
        image.convert("RGB").quantize(256).save(DOCS / name, optimize=True)


def show(browser: webdriver.Chrome, address: str, size: tuple[int, int], scheme: str) -> None:
    """Open a page at a size, light or dark."""
    width, height = size
    metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    media = {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", media)
    browser.get(address)


def take_review(browser: webdriver.Chrome, birds: Path) -> None:
    """Decide a few items of the review as Ana, and take the picture while the next one plays."""
    command = [sys.executable, "-m", "curate", "review", "-d", birds, "--no-browser", "--port", "0"]
    with subprocess.Popen([*command, "--reviewer", "ana"], stderr=subprocess.PIPE, text=True) as server:
        try:
            address = re.search(r"http\S+", server.stderr.readline())[0]  # type: ignore[index,union-attr]
            show(browser, address, REVIEW, "dark")
            wait = WebDriverWait(browser, PATIENCE)
            for _ in range(DECIDED):
                before = browser.current_url
                wait.until(lambda tab: tab.execute_script("return document.body.dataset.ready === ''"))
                browser.find_element(By.TAG_NAME, "body").send_keys("v")
                wait.until(lambda tab, before=before: tab.current_url != before)
                time.sleep(HEARD)
            take(browser, "review.png")
        finally:
            server.terminate()


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
        finally:
            browser.quit()


if __name__ == "__main__":
    main()
