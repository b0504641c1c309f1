"""Keys in any order and at any speed: what the page counts is what is stored."""

from __future__ import annotations

import random
import shutil
import signal
import time

import numpy as np
import pytest
import soundfile as sf
from selenium.webdriver.common.keys import Keys

from curate.catalogue.dataset import Dataset
from curate.steps.acquire.import_ import import_
from curate.steps.clean.strip_voice import strip_voice
from curate.steps.clean.trim import trim
from curate.steps.inspect.show import show
from tests.engines import in_a_thread
from tests.servers import Server
from tests.tabs import Tab

pytestmark = pytest.mark.browser

#: Sequences of keys, and recordings in the queue.
SEQUENCES, RECORDINGS = 100, 12

#: Keys, the frequent ones more than once.
KEYS = [*"vnxkkkuuuusD ", Keys.ARROW_LEFT, Keys.ARROW_LEFT, Keys.ARROW_RIGHT]


@pytest.fixture
def folder(tmp_path):
    for number in range(RECORDINGS):
        path = tmp_path / f"in/c{number}/r{number}.wav"
        path.parent.mkdir(parents=True)
        y = 0.1 * np.random.default_rng(number).standard_normal(8000)
        sf.write(path, y, 8000)
    with Dataset(tmp_path / "birds") as birds, in_a_thread():
        import_(birds, tmp_path / "in")
    return tmp_path / "birds"


@pytest.fixture
def server(folder):
    server = Server(folder, "--reviewer", "ana", "--queue", "rare-classes")
    yield server
    server.process.send_signal(signal.SIGCONT)
    server.end(signal.SIGKILL)


@pytest.fixture
def tab(chromium, server):
    yield Tab(chromium, server.entry)
    chromium.get("about:blank")


def standing(folder):
    """Recordings on which `curate show verdicts` has a verdict that stands."""
    with Dataset(folder) as birds:
        shown = show(birds, "verdicts")
        rows = [dict(zip(shown.columns, row, strict=True)) for row in shown.rows]
    return [row["recording_id"] for row in rows if not row["withdrawn"]]


def settled(tab):
    """Wait until nothing is on its way; gives what the page counts."""
    tab.until(
        lambda: tab.js(
            "const b = document.body.dataset;"
            "const out = Object.keys(sessionStorage).filter((k) => k.startsWith('outbox-'));"
            "return !('waiting' in b) && !('undoing' in b)"
            "  && out.every((k) => sessionStorage.getItem(k) === '[]')"
        ),
        30,
    )
    return tab.text("#count")


def test_the_page_counts_what_is_stored_whatever_is_pressed(tab, server, folder):
    chance = random.Random(7)
    for _ in range(SEQUENCES):
        keys = chance.choices(KEYS, k=chance.randint(1, 9))
        pause = chance.random() < 0.1
        if pause:
            server.process.send_signal(signal.SIGSTOP)
        if chance.random() < 0.5:
            tab.press("".join(keys))
        else:
            for key in keys:
                tab.press(key)
                time.sleep(chance.choice([0, 0, 0.01, 0.05]))
        if pause:
            time.sleep(0.2)
            server.process.send_signal(signal.SIGCONT)
        count = settled(tab)
        rows = standing(folder)
        assert f"{len(set(rows))} of {RECORDINGS} decided" in count, keys
    while standing(folder):
        tab.press("u")
        count = settled(tab)
        assert f"{len(set(standing(folder)))} of {RECORDINGS} decided" in count
    with Dataset(folder) as birds:
        assert birds.store.value("SELECT count(*) FROM cuts") == 0


def ledger(folder):
    with Dataset(folder) as birds:
        sql = "SELECT recording, step, onset, offset, action, reason, detail, score, producer FROM cuts"
        labels = "SELECT recording, ordinal, label, role FROM labels"
        return sorted(birds.store.rows(sql), key=str), sorted(birds.store.rows(labels))


def test_after_everything_is_undone_the_ledger_is_as_before(chromium, listened, tmp_path):
    folder = shutil.copytree(listened, tmp_path / "voices")
    with Dataset(folder) as birds, in_a_thread():
        strip_voice(birds, render=False)
        trim(birds, render=False)
    before = ledger(folder)
    server = Server(folder, "--reviewer", "ana")
    try:
        tab = Tab(chromium, server.entry)
        chance = random.Random(8)
        for _ in range(SEQUENCES // 5):
            # Borders are moved, and stretches drawn, as well.
            tab.press("".join(chance.choices([*"vvnxkkDu", Keys.ARROW_LEFT, *"QWERa"], k=12)))
            settled(tab)
        assert ledger(folder) != before
        while standing(folder):
            tab.press("u")
            settled(tab)
        assert ledger(folder) == before
    finally:
        chromium.get("about:blank")
        server.end(signal.SIGKILL)


def test_after_an_undo_the_next_verdicts_are_stored(tab, folder):
    for keys, left in (("vuvvv", 3), ("uuuuuu", 0), ("uuk", 1)):
        for key in keys:
            tab.press(key)
            settled(tab)
        assert len(standing(folder)) == left
        assert f"{left} of {RECORDINGS} decided" in tab.text("#count")


def test_keys_before_the_next_item_is_there_do_not_count(tab, server, folder):
    settled(tab)
    tab.until(lambda: tab.audio("currentTime") > 0)
    server.process.send_signal(signal.SIGSTOP)
    told = []
    for key in "kkxkkk":
        tab.press(key)
        time.sleep(0.2)
        told.append(tab.text("#count").partition(" decided")[0].rpartition("· ")[2])
    assert "not here yet" in tab.text("#status")
    counted = int(told[-1].split()[0])
    server.process.send_signal(signal.SIGCONT)
    assert f"{counted} of {RECORDINGS} decided" in settled(tab)
    rows = standing(folder)
    assert len(rows) == len(set(rows)) == counted
    assert counted <= 3  # those that were made ready


def test_what_a_killed_server_heard_is_noted_once_and_the_tab_goes_on(tab, server, folder, chromium):
    """A server that starts anew at the same port: the tab sends what it still has."""
    settled(tab)
    tab.until(lambda: tab.audio("currentTime") > 0)
    time.sleep(1)  # the next items are made ready
    server.process.send_signal(signal.SIGSTOP)
    tab.press("k")
    time.sleep(0.3)
    server.end(signal.SIGKILL)
    tab.until(lambda: "does not answer" in tab.text("#banner"))
    tab.press("k")
    port = server.address.rsplit(":", 1)[1].rstrip("/")
    again = Server(folder, "--reviewer", "ana", "--queue", "rare-classes", "--port", port)
    try:
        tab.until(lambda: "started anew" in tab.text("#banner"))
        chromium.switch_to.new_window("tab")
        chromium.get(again.entry)
        other = chromium.current_window_handle
        chromium.switch_to.window(tab.handle)
        assert f"2 of {RECORDINGS} decided" in settled(tab)
        assert len(standing(folder)) == 2
        chromium.switch_to.window(other)
        chromium.close()
        chromium.switch_to.window(tab.handle)
    finally:
        again.end(signal.SIGKILL)


def test_an_item_whose_file_is_gone_plays_nothing_and_takes_no_verdict(tab, folder, tmp_path):
    tab.until(lambda: tab.audio("currentTime") > 0)
    here = tab.text("#card h2")
    for path in tmp_path.glob("in/*/*.wav"):
        if path.parent.name != here:
            path.unlink()
    tab.driver.refresh()
    tab.until(lambda: tab.js("return document.body.dataset.ready === ''"))
    tab.press("s")
    tab.until(lambda: "failed to read" in tab.text("#status"))
    assert tab.text("#card h2") != here
    for key in " kxvD":
        tab.press(key)
        time.sleep(0.1)
    assert tab.audio("paused")
    assert not tab.js("return document.getElementById('audio').hasAttribute('src')")
    assert "failed to read" in tab.text("#status")
    assert standing(folder) == []
    tab.press(Keys.ARROW_LEFT)
    tab.until(lambda: tab.text("#card h2") == here and tab.audio("currentTime") > 0)
    for _ in range(RECORDINGS - 1):
        tab.press(Keys.ARROW_RIGHT)
        tab.until(lambda: tab.shows() and "failed to read" in tab.text("#status"))
    while tab.text("#card h2") != here:
        tab.press(Keys.ARROW_LEFT)
        settled(tab)
    tab.press("k")
    tab.until(lambda: f"{RECORDINGS - 1} items could not be read" in tab.text("#status"))
    assert len(standing(folder)) == 1
