"""The page in a real browser: decided by keys alone, heard, dragged, reloaded, undone."""

from __future__ import annotations

import shutil
import signal
import time
from contextlib import contextmanager
from itertools import pairwise

import pandas as pd
import pytest
import soundfile as sf
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from curate.catalogue import layers, reviewing, verdicts
from curate.catalogue.dataset import Dataset
from curate.model.stretch import Segment
from curate.steps.acquire.import_ import import_
from curate.steps.clean.dedupe import dedupe
from curate.steps.clean.strip_voice import strip_voice
from curate.steps.export.manifest import manifest
from tests.engines import in_a_thread
from tests.servers import Server
from tests.songs import song
from tests.tabs import HEAR, LOSE, Tab

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def served(tmp_path_factory, listened):
    """A server for all tests, and the folder that it serves."""
    folder = shutil.copytree(listened, tmp_path_factory.mktemp("browser") / "birds")
    server = Server(folder, "--reviewer", "ana")
    yield server, folder
    server.end(signal.SIGKILL)


@pytest.fixture
def server(served):
    return served[0]


@pytest.fixture
def folder(served):
    """The dataset that is served, in which nobody has decided anything."""
    folder = served[1]
    yield folder
    with Dataset(folder) as birds, in_a_thread():
        with birds.noting() as store:
            store.run("DELETE FROM verdicts")
            store.run("DELETE FROM cuts")
        strip_voice(birds, render=False)


@pytest.fixture
def page(chromium, server, folder):
    """The page as Ana sees it; nothing may have gone wrong in the browser."""
    assert judged(folder) == {}
    tab = Tab(chromium, server.entry)
    yield tab
    assert tab.complaints() == []
    chromium.get("about:blank")


def judged(folder):
    with Dataset(folder) as birds:
        return {
            recording: [(verdict.judgement, verdict.reviewer) for verdict in found]
            for recording, found in verdicts.by_recording(birds.store)
        }


def eventually(condition, seconds=10):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_a_queue_is_decided_by_keys_alone_and_the_manifest_follows(page, folder, items):
    seen = [page.decide("n") for _ in items[:-2]]
    seen.append(page.decide("v"))
    seen.append(page.key())
    page.press("n")
    page.until(lambda: "All decided" in page.text("#card"))
    assert seen == [item.key for item in items]
    assert f"{len(items)} of {len(items)} decided" in page.text("#count")
    with Dataset(folder) as birds, in_a_thread():
        strip_voice(birds, render=False)
        cut = {recording for (recording,) in birds.store.rows("SELECT recording FROM cuts")}
        assert cut == {items[-2].recording}
        manifest(birds, folder / "train.csv", audio="raw")
    table = pd.read_csv(folder / "train.csv")
    whole = table.groupby("source_path")["duration"].sum()
    with Dataset(folder) as birds:
        facts = {row[0]: row[1] for row in birds.store.rows("SELECT path, duration FROM recordings")}
        path = next(reviewing.facts(birds.store, number).path for number in cut)
    lost = {source: facts[source] - seconds for source, seconds in whole.items()}
    assert {source for source, seconds in lost.items() if seconds > 0.1} == {path}
    voice = items[-2].offset - items[-2].onset
    assert voice <= lost[path] <= voice + 1.0


def test_exports_that_a_verdict_leaves_behind_are_told_until_they_are_read(page, folder):
    with Dataset(folder) as birds:
        manifest(birds, folder / "train.csv", audio="raw")
    hidden = "return document.getElementById('behind').hidden"
    assert page.js(hidden)
    page.decide("v")
    page.until(lambda: not page.js(hidden))
    assert page.text("#behind-text") == (
        "No longer as exported: 1 recording of train.csv. The files stay as they are."
    )
    page.press("u")
    page.until(lambda: page.js(hidden) and page.text("#status") == "Undone." and page.shows())
    page.decide("v")
    page.until(lambda: not page.js(hidden))
    page.driver.find_element(By.ID, "behind-read").click()
    page.until(lambda: page.js(hidden))
    page.decide("v")
    eventually(lambda: len(judged(folder)) == 2)
    page.until(lambda: "waiting" not in page.js("return Object.keys(document.body.dataset)"))
    assert page.js(hidden)


def test_what_is_decided_is_heard_at_once_and_the_sound_goes_on(page):
    page.until(lambda: page.audio("currentTime") > 0.3)
    for keys in ("n", Keys.ARROW_RIGHT, Keys.ARROW_LEFT):
        page.decide(keys)
        page.until(
            lambda: page.js(
                "const a = document.getElementById('audio'); return !a.paused && a.currentTime > 0"
            )
        )
        at = page.js("return document.getElementById('audio').currentTime")
        page.until(lambda at=at: page.js("return document.getElementById('audio').currentTime") > at + 0.1)
    page.press(" ")
    page.until(lambda: page.audio("paused"))
    page.press("1")
    assert page.audio("playbackRate") == 0.5
    page.press("c")
    page.until(lambda: page.is_pressed("clean"))


def test_undo_takes_verdicts_back_in_their_order(page, folder):
    first, second = page.decide("n"), page.decide("x")
    eventually(lambda: len(judged(folder)) == 2)
    for key, left in ((second, 1), (first, 0)):
        page.press("u")
        page.until(lambda key=key: page.key() == key)
        eventually(lambda left=left: len(judged(folder)) == left)
    page.until(page.shows)
    page.press("u")
    page.until(lambda: "nothing to undo" in page.text("#status"))


def test_an_undo_whose_answer_is_lost_takes_one_verdict_back(page, folder):
    """It waits, asks again, and a key that is pressed meanwhile does not count."""
    first, second = page.decide("n"), page.decide("x")
    eventually(lambda: len(judged(folder)) == 2)
    page.js(LOSE, "undo")
    page.press("u")
    page.until(lambda: "does not answer" in page.text("#banner"))
    page.press("u")
    page.until(lambda: page.text("#status").endswith("that key did not count."))
    page.js(HEAR)
    page.until(lambda: page.key() == second and page.text("#banner") == "")
    assert set(judged(folder)) == {int(first.split("-")[0])}


def test_what_waited_through_a_reload_may_have_been_heard_and_is_not_taken_out_again(page):
    script = """
        const { Outbox } = await import("/static/outbox.js");
        sessionStorage.setItem("left", JSON.stringify([{ path: "verdict", body: {} }]));
        return new Outbox("left", {}).takeBack();
    """
    assert page.js(f"return (async () => {{ {script} }})()") is None


@pytest.mark.parametrize("answer", ["null", "Object.assign(new Error('other key'), { status: 403 })"])
def test_what_waited_for_a_server_waits_no_more_once_it_answers_whatever_it_says(page, answer):
    script = f"""
        const {{ insist }} = await import("/static/outbox.js");
        const answers = [new Error("gone"), {answer}], told = [];
        const asked = async () => {{ const next = answers.shift(); if (next) throw next; }};
        await insist(asked, (why) => told.push(why)).catch(() => {{}});
        return told;
    """
    assert page.js(f"return (async () => {{ {script} }})()") == ["gone", ""]


def test_a_border_that_is_dragged_or_pushed_is_stored_where_it_was_left(page, folder, items):
    item = items[0]
    handle = page.driver.find_element(By.ID, "onset")
    width = page.js("return document.getElementById('stage').getBoundingClientRect().width")
    span = page.js("return JSON.parse(document.querySelector('#card article').dataset.item)")
    ActionChains(page.driver, duration=50).click_and_hold(handle).move_by_offset(100, 0).release().perform()
    expected = item.onset + 100 * span["duration"] / width
    assert page.border("onset") == pytest.approx(expected, abs=0.01)
    onset, offset = page.border("onset"), page.border("offset")
    page.press("wwQ")  # two steps of 10 ms, and one of 100 ms back
    page.press("R")
    assert page.border("onset") == pytest.approx(onset - 0.08, abs=0.0015)
    assert page.border("offset") == pytest.approx(offset + 0.1, abs=0.0015)
    onset, offset = page.border("onset"), page.border("offset")
    page.decide("v")
    eventually(lambda: item.recording in judged(folder))
    with Dataset(folder) as birds:
        cut = [
            found for found in verdicts.of_recording(birds.store, item.recording) if found.judgement == "cut"
        ]
    assert [(found.onset, found.offset) for found in cut] == [(onset, offset)]


def test_a_stretch_that_is_drawn_gets_its_own_verdict_and_the_question_stays(page, folder, items):
    stage = page.driver.find_element(By.ID, "waveform")
    width = page.js("return document.getElementById('stage').clientWidth")
    drag = ActionChains(page.driver, duration=50).move_to_element_with_offset(stage, round(0.40 * width), 0)
    drag.click_and_hold().move_by_offset(round(0.05 * width), 0).release().perform()
    assert page.text("#stretch").startswith("new stretch")
    before = page.key()
    page.press("x")
    page.until(lambda: "Noted" in page.text("#status"))
    assert page.key() == before
    assert judged(folder) == {items[0].recording: [("cut", "ana")]}
    assert "0 of" in page.text("#count")


def test_names_of_low_bands_stay_within_the_picture(page, folder, items):
    with Dataset(folder) as birds, birds.noting() as store:
        layer = layers.define(store, "low", producer="low", version="1", parameters={})
        low = [Segment(each.onset, each.offset, "dove", 0.5, 0.0, 300.0) for each in items[:1]]
        layers.put(store, items[0].recording, layer, low, digest="x")
    try:
        page.driver.refresh()
        page.until(lambda: page.js("return document.querySelector('.box[data-layer=low] span') !== null"))
        bottoms = page.js(
            "return ['.box[data-layer=low] span', '#boxes'].map("
            "(each) => document.querySelector(each).getBoundingClientRect().bottom)"
        )
        assert bottoms[0] <= bottoms[1]
    finally:
        with Dataset(folder) as birds, birds.noting() as store:
            store.run("DELETE FROM segments WHERE layer = ?", (layer,))
            store.run("DELETE FROM coverage WHERE layer = ?", (layer,))
            store.run("DELETE FROM layers WHERE id = ?", (layer,))


def test_a_reload_goes_on_at_the_same_item(page):
    page.decide("n")
    page.decide(Keys.ARROW_RIGHT)
    here = page.key()
    page.driver.refresh()
    page.until(lambda: page.js("return document.body.dataset.ready === ''"))
    assert page.key() == here
    assert "1 of" in page.text("#count")


def test_two_tabs_are_two_reviewers_and_neither_loses_anything(page, server, folder, items):
    page.decide("n")
    page.driver.switch_to.new_window("tab")
    ben = Tab(page.driver, f"{server.entry}&reviewer=ben")
    assert ben.key() == items[0].key
    assert ben.text(".who") == "ben"
    ben.decide("x")
    ben.decide("n")
    page.driver.switch_to.window(page.handle)
    page.decide("n")
    eventually(lambda: sum(map(len, judged(folder).values())) == 4)
    assert {who for found in judged(folder).values() for _, who in found} == {"ana", "ben"}
    text = server.get("summary").text
    assert "ana and ben agree on 1 of 2" in text
    page.driver.switch_to.window(ben.handle)
    assert ben.complaints() == []
    page.driver.close()
    page.driver.switch_to.window(page.handle)


def test_while_another_command_writes_verdicts_wait_in_the_tab(page, folder):
    with Dataset(folder) as birds, birds.writing("strip-voice", {}):
        page.decide("n")
        page.decide("n")
        page.until(lambda: "strip-voice" in page.text("#banner"))
        assert judged(folder) == {}
    eventually(lambda: len(judged(folder)) == 2)
    page.until(lambda: page.text("#banner") == "")
    refused = page.complaints()  # the browser tells each answer that says "later"
    assert refused
    assert all("503" in message for message in refused)


@contextmanager
def cut_off(driver):
    """No request gets through, as behind a tunnel that broke."""
    conditions = {"latency": 0, "download_throughput": -1, "upload_throughput": -1}
    driver.set_network_conditions(offline=True, **conditions)
    try:
        yield
    finally:
        driver.set_network_conditions(offline=False, **conditions)


def picture(page):
    return page.js("return document.getElementById('spectrogram').naturalWidth")


def test_behind_a_network_that_is_cut_verdicts_wait_and_no_item_is_called_unreadable(page, folder, items):
    page.until(lambda: picture(page) > 0)
    with cut_off(page.driver):
        # Those made ready beforehand can be decided, and all others wait to be seen and heard.
        pressed = 0
        while page.js("return document.body.dataset.waiting") is None and pressed < len(items):
            page.press("n")
            pressed += 1
            page.until(lambda: "does not answer" in page.text("#banner"))
        assert judged(folder) == {}
        assert "cannot read" not in page.text("#status")
    page.until(lambda: page.shows() and picture(page) > 0 and page.audio("readyState") > 0)
    eventually(lambda: sum(map(len, judged(folder).values())) == pressed)
    assert "cannot read" not in page.text("#status")
    assert f"{pressed} of" in page.text("#count")
    assert all("ERR_INTERNET_DISCONNECTED" in each for each in page.complaints())


@contextmanager
def blocked(driver, *patterns):
    """Requests of these patterns do not get through."""
    driver.execute_cdp_cmd("Network.enable", {})
    driver.execute_cdp_cmd("Network.setBlockedURLs", {"urls": list(patterns)})
    try:
        yield
    finally:
        driver.execute_cdp_cmd("Network.setBlockedURLs", {"urls": []})


def test_an_item_whose_sound_does_not_come_waits_for_it(page, folder):
    with blocked(page.driver, "*/audio/*", "*/spectrogram/*"):
        page.press(Keys.ARROW_RIGHT * 4)
        page.until(lambda: "does not answer" in page.text("#banner"))
        assert "cannot read" not in page.text("#status")
    page.until(lambda: page.text("#banner") == "" and picture(page) > 0 and page.audio("readyState") > 0)
    page.decide("n")
    eventually(lambda: len(judged(folder)) == 1)
    assert all("ERR_BLOCKED_BY" in each for each in page.complaints())


def test_an_undo_behind_a_verdict_that_waits_takes_one_act_back(page, folder):
    """Nobody can tell whether the second verdict was heard, so it is not taken out again."""
    page.decide("n")
    eventually(lambda: len(judged(folder)) == 1)
    with cut_off(page.driver):
        page.press("x")
        page.until(lambda: "1 verdict waits" in page.text("#banner"))
        page.press("uuu")
        page.until(lambda: page.text("#status").endswith("that key did not count."))
    page.until(lambda: page.text("#status") == "Undone." and page.shows())
    eventually(lambda: [said for found in judged(folder).values() for said, _ in found] == ["keep"])
    page.complaints()


def test_what_waited_for_the_network_is_noted_once_also_after_a_reload(page, folder):
    with cut_off(page.driver):
        page.press("n")
        page.until(lambda: "1 verdict waits" in page.text("#banner"))
        own = "Object.entries(sessionStorage).filter(([name]) => name.startsWith('outbox-'))"
        kept = page.js(f"return {own}")
    eventually(lambda: len(judged(folder)) == 1)
    page.until(lambda: page.text("#banner") == "")
    # As after a reload that came before the answer: what was kept is sent again, and noted once.
    page.js("for (const [name, text] of arguments[0]) sessionStorage.setItem(name, text)", kept)
    page.driver.refresh()
    page.until(lambda: page.js("return document.body.dataset.ready === ''"))
    page.until(lambda: [text for _, text in page.js(f"return {own}")] == ["[]"])
    assert sum(map(len, judged(folder).values())) == 1
    page.complaints()


def test_an_undo_of_one_of_two_about_the_same_item_leaves_the_other_s_word(page, server, folder, items):
    page.decide("v")
    eventually(lambda: len(judged(folder)) == 1)
    page.driver.switch_to.new_window("tab")
    ben = Tab(page.driver, f"{server.entry}&reviewer=ben")
    try:
        assert ben.decide("n") == items[0].key
        eventually(lambda: sum(map(len, judged(folder).values())) >= 2)
        said = judged(folder)[items[0].recording]
        page.driver.switch_to.window(page.handle)
        page.press("u")
        page.until(lambda: page.text("#status") == "Undone." and page.shows())
        assert judged(folder)[items[0].recording] == [each for each in said if each[1] == "ben"]
        assert "ben" in page.text("#card")  # the card says what stands
        page.decide("n")
        page.driver.switch_to.window(ben.handle)
        ben.press("u")
        ben.until(lambda: ben.text("#status") == "Undone." and ben.shows())
        assert [who for _, who in judged(folder)[items[0].recording]] == ["ana"]
        assert ben.complaints() == []
    finally:
        page.driver.switch_to.window(ben.handle)
        page.driver.close()
        page.driver.switch_to.window(page.handle)


def test_one_verdict_for_all_alike_comes_after_a_preview(page, folder):
    page.press("A")
    page.until(lambda: page.driver.find_element(By.ID, "bulk").is_displayed())
    lines = page.driver.find_elements(By.CSS_SELECTOR, "#alike li")
    assert lines[0].get_attribute("data-key") == page.key()
    assert "100 %" in lines[0].text
    page.driver.find_element(By.CSS_SELECTOR, "[data-tick=all]").click()
    assert page.text("#ticked") == f"{len(lines)} ticked"
    lines[-1].find_element(By.CSS_SELECTOR, "[data-hear]").click()
    page.until(lambda: page.audio("paused"))
    page.driver.find_element(By.CSS_SELECTOR, "[data-tick=alike]").click()
    ticked = len(page.driver.find_elements(By.CSS_SELECTOR, "#alike li[data-alike]"))
    assert 1 <= ticked <= len(lines)
    assert page.text("#ticked") == f"{ticked} ticked"
    if lines[-1].find_element(By.TAG_NAME, "input").is_selected():
        lines[-1].find_element(By.TAG_NAME, "input").click()
        ticked -= 1
    page.driver.find_element(By.CSS_SELECTOR, "#bulk button.keep").click()
    eventually(lambda: sum(map(len, judged(folder).values())) == ticked)
    page.press("u")
    eventually(lambda: judged(folder) == {})


def asked_for(page, key):
    """Open the dialog for a label by its key; gives the field."""
    page.press(key)
    page.until(lambda: page.driver.find_element(By.ID, "labels").is_displayed())
    return page.driver.find_element(By.ID, "label")


def test_a_word_goes_with_the_next_verdict(page, folder):
    asked_for(page, "m").send_keys("radio", Keys.ENTER)
    page.until(lambda: "“radio”" in page.text("#stretch"))
    page.decide("x")
    eventually(lambda: judged(folder))
    with Dataset(folder) as birds:
        assert [found.label for _, found in reviewing.seen_verdicts(birds.store)] == ["radio"]


def test_another_class_is_completed_noted_shown_and_undone_and_the_question_about_voices_stays(page, folder):
    was = page.text("#card dd")
    field = asked_for(page, "l")
    field.send_keys("tanag")
    page.until(lambda: page.js("return document.getElementById('names').options.length > 0"))
    field.clear()
    field.send_keys("tanager", Keys.ENTER)
    page.until(lambda: "No class of this dataset" in page.text("#unknown"))
    field.clear()
    field.send_keys("quetan9", Keys.ENTER)
    page.until(lambda: "the recording is of quetan9" in page.text("#status"))
    asked_for(page, "b").send_keys("ledfly9", Keys.ENTER)
    page.until(lambda: "ledfly9 is heard, too" in page.text("#status"))
    number = int(page.key().split("-")[0])
    assert judged(folder) == {number: [("relabel", "ana"), ("also", "ana")]}
    assert "0 of" in page.text("#count")
    assert page.text("#card dd") == "quetan9"
    assert labels(folder, number) == ["quetan9", "ledfly9"]
    page.press("u")
    page.press("u")
    eventually(lambda: labels(folder, number) == [was])


def labels(folder, recording):
    with Dataset(folder) as birds:
        sql = "SELECT label FROM labels WHERE recording = ? ORDER BY ordinal"
        return [label for (label,) in birds.store.rows(sql, (recording,))]


@pytest.fixture
def classes(chromium, folder):
    """The page with the queue of rare classes."""
    server = Server(folder, "--reviewer", "ana", "--queue", "rare-classes")
    tab = Tab(chromium, server.entry)
    yield tab
    assert tab.complaints() == []
    chromium.get("about:blank")
    server.end(signal.SIGKILL)


def test_where_the_class_is_asked_for_a_class_is_the_answer(classes, folder):
    before = classes.key()
    asked_for(classes, "l").send_keys("newt", Keys.ENTER)
    classes.until(lambda: "No class of this dataset" in classes.text("#unknown"))
    classes.driver.find_element(By.ID, "label").send_keys(Keys.ENTER)
    classes.until(lambda: classes.key() != before and classes.shows())
    assert "1 of" in classes.text("#count")
    number = int(before.split("-")[0])
    eventually(lambda: labels(folder, number) == ["newt"])
    classes.press("u")
    classes.until(lambda: classes.key() == before and classes.shows())
    eventually(lambda: labels(folder, number) != ["newt"])


def test_everything_has_a_name_for_a_screen_reader_and_help_lists_every_key(page):
    nameless = page.js(
        "const all = document.querySelectorAll('button, input, progress, img, canvas, [role=slider]');"
        "const named = (e) => e.textContent.trim() || e.alt || e.getAttribute('aria-label')"
        "  || e.getAttribute('aria-labelledby');"
        "return [...all].filter((e) => !named(e)).map((e) => e.outerHTML)"
    )
    assert nameless == []
    page.press("?")
    page.until(lambda: page.driver.find_element(By.ID, "help").is_displayed())
    for words in ("not a voice: keep it", "undo", "look further right"):
        assert words in page.text("#help")


@pytest.mark.parametrize(
    "size", [(390, 844), (768, 1024), (820, 1180), (1024, 768), (1280, 800), (1920, 1080)]
)
def test_question_picture_and_verdicts_are_in_sight_in_this_order_and_nothing_is_wider(page, size):
    page.driver.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride",
        {"width": size[0], "height": size[1], "deviceScaleFactor": 1, "mobile": False},
    )
    try:
        page.until(lambda: page.js("return innerWidth") == size[0])
        assert page.js("return document.documentElement.scrollWidth") <= size[0]
        tops = page.js(
            "return [...document.querySelectorAll('.verdicts button:not([hidden])')].map((b) => b.offsetTop)"
        )
        assert len(set(tops)) == 1 or size[0] < 1280
        ends = page.js(
            "return ['#card h2', '.asked', '.why', '#picture', '.verdicts']"
            ".map((each) => document.querySelector(each).getBoundingClientRect())"
            ".map((box) => [box.top, box.bottom])"
        )
        assert all(0 <= top < bottom <= size[1] for top, bottom in ends)
        asked, picture, verdicts = ends[2], ends[3], ends[4]
        assert picture[1] <= verdicts[0]
        assert asked[1] <= picture[0] or size[0] > 1000
        times = page.js(
            "return [...document.querySelectorAll('#axis span')].map((each) => each.getBoundingClientRect())"
            ".map((box) => [box.left, box.right])"
        )
        assert all(right <= left for (_, right), (left, _) in pairwise(times))
    finally:
        page.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_one_can_go_back_and_on_without_a_keyboard(page, items):
    for act, key in (("next", items[1].key), ("previous", items[0].key)):
        page.driver.find_element(By.CSS_SELECTOR, f"[data-act={act}]").click()
        page.until(lambda key=key: page.key() == key and page.shows())


@pytest.fixture
def twins(chromium, tmp_path):
    """The page with the duplicates: a recording, and the same less its first two seconds as a frog."""
    y = song(7, seconds=12.0)
    for name, part in (("owl/a.wav", y), ("frog/b.wav", y[:, 64_000:])):
        (tmp_path / "in" / name).parent.mkdir(parents=True)
        sf.write(tmp_path / "in" / name, part.T, 32_000)
    with Dataset(tmp_path / "birds") as birds, in_a_thread():
        import_(birds, tmp_path / "in")
        dedupe(birds)
        with birds.noting() as store:  # a recording that is dropped is asked about no more
            store.run("DELETE FROM cuts")
    server = Server(tmp_path / "birds", "--reviewer", "ana", "--queue", "duplicates")
    tab = Tab(chromium, server.entry)
    yield tab
    assert tab.complaints() == []
    chromium.get("about:blank")
    server.end(signal.SIGKILL)


def test_both_recordings_of_a_sound_are_heard_and_seen_at_the_same_place(twins):
    item = twins.js("return JSON.parse(document.querySelector('#card article').dataset.item)")
    [twin] = item["twins"]
    shift = twin["there"] - twin["onset"]
    assert abs(shift) == pytest.approx(2.0, abs=0.05)
    assert {item["label"], twin["label"]} == {"owl", "frog"}
    assert "The same sound elsewhere" in twins.text("#card")
    twins.until(lambda: twins.audio("currentTime") > 0)
    for number, is_twin in ((twin["number"], True), (item["recording"], False)):
        before = twins.audio("src")
        twins.press("g")
        twins.until(lambda before=before: twins.audio("src") != before and twins.audio("currentTime") > 0.1)
        assert twins.is_pressed("twin") == is_twin
        picture = twins.driver.find_element(By.ID, "spectrogram")
        assert f"/spectrogram/{number}?" in picture.get_attribute("src")
        twins.until(lambda picture=picture: twins.js("return arguments[0].naturalWidth", picture) > 0)
    twins.press("g")
    twins.until(lambda: f"/spectrogram/{twin['number']}?" in picture.get_attribute("src"))
    # What the recording has and its twin does not is left empty.
    left, right = twins.js(
        "const s = document.getElementById('picture').getBoundingClientRect();"
        "const i = document.getElementById('spectrogram').getBoundingClientRect();"
        "return [(i.left - s.left) / s.width, (s.right - i.right) / s.width]"
    )
    span = (item["start"], item["start"] + item["duration"])
    assert left == pytest.approx(max(0, -shift - span[0]) / item["duration"], abs=0.01)
    assert right == pytest.approx(max(0, span[1] + shift - twin["duration"]) / item["duration"], abs=0.01)
    twins.press("k")
    twins.until(lambda: "All decided" in twins.text("#card"))


@pytest.mark.parametrize(("key", "word"), [("y", "same"), ("N", "different")])
def test_whether_two_hold_the_same_sound_is_said_by_a_key_and_undone(twins, tmp_path, key, word):
    item = twins.js("return JSON.parse(document.querySelector('#card article').dataset.item)")
    twins.press(key)
    twins.until(lambda: "All decided" in twins.text("#card"))
    with Dataset(tmp_path / "birds") as birds:
        (verdict,) = verdicts.of_recording(birds.store, item["recording"])
        assert (verdict.judgement, verdict.other) == (word, item["twins"][0]["number"])
        dropped = birds.store.value("SELECT count(*) FROM cuts WHERE action = 'drop'")
        assert dropped == (1 if word == "same" else 0)
    twins.press("u")
    twins.until(lambda: "0 of 1" in twins.text("#count"))
