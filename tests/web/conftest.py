"""The example data set with its voices found, once; and a copy of it for each test that writes."""

from __future__ import annotations

import shutil

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.service import Service

from curate.catalogue.dataset import Dataset
from curate.steps.common.settle_verdicts import settle
from curate.steps.scores.embed import embed
from curate.web import queues
from curate.web.review_session import ReviewSession
from tests.engines import in_a_thread

QUEUE = "doubtful-speech"

#: Where Debian has them: packages chromium and chromium-driver.
CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")


@pytest.fixture
def folder(tmp_path, listened):
    """A dataset of the test's own; its recordings lie elsewhere."""
    return shutil.copytree(listened, tmp_path / "birds")


@pytest.fixture(scope="session")
def embedded(tmp_path_factory, listened):
    """The same with vectors of its windows. Not to be written to."""
    folder = shutil.copytree(listened, tmp_path_factory.mktemp("embedded") / "birds")
    with Dataset(folder) as birds, in_a_thread():
        embed(birds)
    return folder


@pytest.fixture
def items(folder):
    with Dataset(folder) as birds:
        return queues.items(birds.store, QUEUE, n=300, reviewer="ana")


@pytest.fixture
def desk(folder, items):
    return ReviewSession(folder, QUEUE, items, settle=settle)


@pytest.fixture(scope="module")
def chromium():
    """A browser without a window, for all tests."""
    if CHROMIUM is None or DRIVER is None:
        pytest.skip("no chromium here (Debian: apt-get install chromium chromium-driver)")
    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    for argument in (
        "--headless=new",
        "--no-sandbox",
        "--disable-dev-shm-usage",
        "--autoplay-policy=no-user-gesture-required",
        "--mute-audio",
        "--window-size=1280,800",
    ):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(DRIVER))
    yield driver
    driver.quit()
