"""Dialogs used in any order, and pairs of the same sound: the page counts what is stored."""

from __future__ import annotations

import json
import random
import shutil
import signal
import time

import numpy as np
import pytest
import soundfile as sf
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys

from curate.catalogue.dataset import Dataset
from curate.steps.acquire.import_ import import_
from curate.steps.clean.dedupe import dedupe
from tests.engines import in_a_thread
from tests.servers import Server
from tests.songs import song
from tests.tabs import Tab
from tests.web.test_keys_at_random import ledger, settled

pytestmark = pytest.mark.browser

#: Sequences of keys for each queue.
SEQUENCES = 34

#: Words for the dialogs: a class that there is, others, and none.
WORDS = ["c1", "newt", "n", "", " "]

#: Keys outside the dialogs.
KEYS = [*"kxvuuusD", Keys.ARROW_LEFT, Keys.ARROW_RIGHT]


def unlabelled(folder):
    """Twelve recordings, of which eight have no class."""
    for number in range(12):
        path = folder / "in" / ("" if number < 8 else f"c{number % 2}") / f"r{number}.wav"
        path.parent.mkdir(parents=True, exist_ok=True)
        sf.write(path, 0.1 * np.random.default_rng(number).standard_normal(8000), 8000)
    with Dataset(folder / "birds") as birds, in_a_thread():
        import_(birds, folder / "in")


def twins(folder):
    """Songs, each three times: as it is, less its beginning, and byte for byte."""
    for number in range(3):
        y = song(number, seconds=8.0)[0]
        for name, part in ((f"owl/a{number}", y), (f"frog/b{number}", y[32_000:])):
            path = folder / "in" / f"{name}.wav"
            path.parent.mkdir(parents=True, exist_ok=True)
            sf.write(path, part, 32_000)
        shutil.copy(folder / f"in/owl/a{number}.wav", folder / f"in/owl/c{number}.wav")
    with Dataset(folder / "birds") as birds, in_a_thread():
        import_(birds, folder / "in")
        dedupe(birds)


#: By queue: who makes its dataset, and what is pressed there besides.
QUEUES = {
    "labels": (unlabelled, "lbmA"),
    "rare-classes": (unlabelled, "lbmA"),
    "duplicates": (twins, "yNgyNgbA"),
}


@pytest.fixture(params=QUEUES)
def served(request, tmp_path):
    make, more = QUEUES[request.param]
    make(tmp_path)
    server = Server(tmp_path / "birds", "--reviewer", "ana", "--queue", request.param)
    yield server, tmp_path / "birds", more
    server.process.send_signal(signal.SIGCONT)
    server.end(signal.SIGKILL)


@pytest.fixture
def tab(chromium, served):
    yield Tab(chromium, served[0].entry)
    chromium.get("about:blank")


def answered(folder):
    """Items that have a standing answer."""
    with Dataset(folder) as birds:
        seen = birds.store.rows("SELECT seen FROM verdicts WHERE withdrawn IS NULL AND reviewer = 'ana'")
        return {key for (text,) in seen if (key := json.loads(text).get("item"))}


def standing(folder):
    with Dataset(folder) as birds:
        return int(birds.store.value("SELECT count(*) FROM verdicts WHERE withdrawn IS NULL"))


def write(tab, keys):
    """Press keys where the focus is: in a dialog, if there is one."""
    ActionChains(tab.driver).send_keys(keys).perform()


def is_open(tab):
    return tab.js("return document.querySelector('dialog[open]') !== null")


def use_a_dialog(tab, chance, key):
    """Open one, and then write a word, choose for all that is alike, or think better of it."""
    write(tab, key)
    time.sleep(chance.choice([0, 0.05, 0.2]))
    if not is_open(tab):
        return
    if key == "A":
        button = chance.choice([".cut", ".keep", "[value='']"])
        tab.js("document.querySelector(arguments[0]).click()", f"#bulk button{button}")
        return
    write(tab, chance.choice(WORDS))
    for _ in range(chance.randint(0, 2)):
        write(tab, Keys.ENTER)
        time.sleep(chance.choice([0, 0.05]))
    if chance.random() < 0.3:
        write(tab, Keys.ESCAPE)


def close(tab):
    def is_closed():
        if is_open(tab):
            write(tab, Keys.ESCAPE)
        return not is_open(tab)

    tab.until(is_closed)


def test_the_page_counts_what_is_stored_whatever_a_dialog_is_used_for(tab, served):
    server, folder, more = served
    before = ledger(folder)
    chance = random.Random(3)
    told = []
    for _ in range(SEQUENCES):
        pause = chance.random() < 0.1
        if pause:
            server.process.send_signal(signal.SIGSTOP)
        told.clear()
        for _ in range(chance.randint(1, 6)):
            key = chance.choice([*KEYS, *more, *more])
            told.append(key)
            if key in "lbmA":
                use_a_dialog(tab, chance, key)
            else:
                write(tab, key)
                time.sleep(chance.choice([0, 0, 0.02]))
        if pause:
            time.sleep(0.2)
            server.process.send_signal(signal.SIGCONT)
        time.sleep(0.05)  # what was asked for before a dialog opens
        close(tab)
        count = settled(tab)
        assert f"{len(answered(folder))} of" in count, told
    while standing(folder):
        write(tab, "u")
        count = settled(tab)
        assert f"{len(answered(folder))} of" in count
    assert ledger(folder) == before
