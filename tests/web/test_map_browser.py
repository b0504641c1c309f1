"""The map in a real browser: looked at, heard, selected by lasso and by keys, decided, undone."""

from __future__ import annotations

import shutil
import signal

import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from curate.catalogue import reviewing, verdicts
from curate.catalogue.dataset import Dataset
from curate.steps.export.manifest import manifest
from tests.servers import Server
from tests.tabs import HEAR, LOSE, Tab

pytestmark = pytest.mark.browser

VIEW = "const { view } = await import('/static/map.js');"


@pytest.fixture(scope="module")
def served(tmp_path_factory, embedded):
    folder = shutil.copytree(embedded, tmp_path_factory.mktemp("map") / "birds")
    server = Server(folder, "--reviewer", "ana", page="map")
    yield server, folder
    server.end(signal.SIGKILL)


@pytest.fixture
def folder(served):
    folder = served[1]
    yield folder
    for act in range(20):  # no test gives more
        latest = served[0].get("latest?reviewer=ana").json()["act"]
        if latest is None:
            break
        served[0].post("undo", {"reviewer": "ana", "act": latest})
        assert act < 19


@pytest.fixture
def page(chromium, served, folder):  # noqa: ARG001 - in which nobody has decided anything
    """The map as Ana sees it; nothing may have gone wrong in the browser."""
    size(chromium, 1280, 800)
    tab = Tab(chromium, served[0].entry)
    yield tab
    assert tab.complaints() == []
    chromium.get("about:blank")


def size(driver, width, height, scheme="light"):
    metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    media = {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", media)


def said(folder):
    with Dataset(folder) as birds:
        return dict(verdicts.by_recording(birds.store))


def label_of(folder, number):
    with Dataset(folder) as birds:
        return reviewing.labels(birds.store)[number]


def drag_around_everything(page, *, right=1.0):
    """Draw a lasso around the left part of the plane."""
    plane = page.driver.find_element(By.ID, "marks")
    width, height = plane.size["width"], plane.size["height"]
    across, down = round(right * width) - 6, height - 6
    actions = ActionChains(page.driver, duration=40)
    actions.move_to_element_with_offset(plane, 3 - width // 2, 3 - height // 2).click_and_hold()
    for dx, dy in ((across, 0), (0, down), (-across, 0)):
        actions.move_by_offset(dx, dy)
    actions.release().perform()


def number_chosen(page):
    text = page.text("#chosen")
    return 0 if text.startswith("nothing") else int(text.split()[0].replace(",", ""))


def wait_for_preview(page):
    page.until(lambda: page.js("return document.getElementById('preview').open"))
    return page.text("#preview-words")


def test_arrows_go_from_dot_to_dot_and_each_is_named_seen_and_heard(page):
    page.press(Keys.ARROW_RIGHT)
    page.until(lambda: page.text("#where").endswith(" s"))
    page.until(lambda: page.js("return document.getElementById('spectrogram').naturalWidth") == 320)
    page.until(lambda: page.audio("currentTime") > 0.2)
    first = page.text("#where")
    page.press(Keys.ARROW_RIGHT)
    page.until(lambda: page.text("#where") != first)
    page.press("s")
    page.until(lambda: not page.is_pressed("sound") and page.audio("paused"))
    second = page.text("#where")
    page.press(Keys.ARROW_RIGHT)
    page.until(lambda: page.text("#where") != second)
    assert page.audio("paused")


def test_what_is_chosen_by_keys_is_dropped_after_a_preview_and_one_undo_brings_it_back(page, folder):
    with Dataset(folder) as birds:
        manifest(birds, folder / "train.csv", audio="raw")
    page.press(Keys.ARROW_LEFT)
    page.press("]]]]]] ")
    assert number_chosen(page) > 1
    page.press("D")
    words = wait_for_preview(page)
    assert words.endswith("dropped as a whole.")
    assert "of train.csv" in page.text("#preview-behind")
    listed = page.driver.find_elements(By.CSS_SELECTOR, "#preview-list li")
    assert said(folder) == {}
    page.driver.find_element(By.ID, "preview-do").click()
    page.until(lambda: page.text("#status").startswith("Noted"))
    found = said(folder)
    assert len(found) == len(listed) == int(words.split()[0])
    assert {each.judgement for given in found.values() for each in given} == {"drop"}
    page.press("u")
    page.until(lambda: page.text("#status") == "Undone.")
    assert said(folder) == {}
    page.press("u")
    page.until(lambda: "nothing to undo" in page.text("#status"))


def test_an_answer_that_is_lost_makes_neither_two_verdicts_nor_two_undos(page, folder):
    for _ in range(2):
        page.press(Keys.ARROW_LEFT)
        page.press("x ")
        page.press("D")
        wait_for_preview(page)
        page.js(LOSE, "verdict")
        page.driver.find_element(By.ID, "preview-do").click()
        page.until(lambda: "does not answer" in page.text("#status"))
        page.js(HEAR)
        page.until(lambda: page.text("#status").startswith("Noted"))
    assert len({each.at for given in said(folder).values() for each in given}) == 2
    page.js(LOSE, "undo")
    page.press("u")
    page.until(lambda: "does not answer" in page.text("#status"))
    page.press("u")
    page.until(lambda: page.text("#status").endswith("that key did not count."))
    page.js(HEAR)
    page.until(lambda: page.text("#status") == "Undone.")
    assert len({each.at for given in said(folder).values() for each in given}) == 1


def test_a_lasso_chooses_what_lies_inside_and_voices_are_cut_stretch_by_stretch(page, folder):
    drag_around_everything(page)
    total = page.js(f"return (async () => {{ {VIEW} return view.n }})()")
    assert number_chosen(page) == total
    drag_around_everything(page, right=0.5)
    some = number_chosen(page)
    assert 0 < some < total
    page.press("v")
    words = wait_for_preview(page)
    assert words.startswith(f"{some} windows, ")
    page.driver.find_element(By.CSS_SELECTOR, "#preview button[value='']").click()
    page.until(lambda: page.text("#status") == "Nothing was changed.")
    assert said(folder) == {}
    page.press("v")
    wait_for_preview(page)
    page.driver.find_element(By.ID, "preview-do").click()
    page.until(lambda: page.text("#status").startswith("Noted"))
    given = [each for found in said(folder).values() for each in found]
    assert {(each.judgement, each.label, each.reviewer) for each in given} == {("cut", "voice", "ana")}
    page.press(Keys.ESCAPE)
    assert number_chosen(page) == 0


def test_another_class_is_typed_and_the_colours_follow(page, folder):
    page.press(Keys.ARROW_UP)
    page.press(" ")
    page.press("l")
    page.until(lambda: page.js("return document.getElementById('labels').open"))
    field = page.driver.find_element(By.ID, "label")
    field.send_keys("a new one", Keys.ENTER)
    page.until(lambda: "yet" in page.text("#unknown"))
    field.send_keys(Keys.ENTER)
    assert wait_for_preview(page).endswith("of the class a new one from now on.")
    page.driver.find_element(By.ID, "preview-do").click()
    page.until(lambda: page.text("#status").startswith("Noted"))
    [number] = said(folder)
    assert label_of(folder, number) == "a new one"
    assert "a new one" in page.text("#names-of-colours")
    page.press("u")
    page.until(lambda: "a new one" not in page.text("#names-of-colours"))


def test_the_dots_of_a_colour_are_chosen_by_its_name_and_heard_on_the_review_page(page, folder):
    page.driver.find_element(By.CSS_SELECTOR, "#names-of-colours button").click()
    count = int(page.text("#names-of-colours button span"))
    page.press("a")
    assert number_chosen(page) == count
    page.press("r")
    page.until(
        lambda: "/review/" in page.driver.current_url and page.js("return 'ready' in document.body.dataset")
    )
    page.until(page.shows)
    assert "Is this recording of its class?" in page.text("#card")
    page.press("k")
    page.until(lambda: said(folder) != {})
    page.driver.back()
    page.until(lambda: page.js("return 'ready' in document.body.dataset"))
    page.press("cccc")
    page.until(lambda: "kept" in page.text("#names-of-colours"))


def test_the_wheel_and_keys_zoom_and_the_whole_map_comes_back(page):
    zoom = f"return (async () => {{ {VIEW} return view.zoom }})()"
    page.press("++")
    assert page.js(zoom) == pytest.approx(2.25)
    turned = "new WheelEvent('wheel', {deltaY: -200, cancelable: true})"
    page.js(f"document.getElementById('marks').dispatchEvent({turned})")
    assert page.js(zoom) > 3
    page.press("0")
    assert page.js(zoom) == 1


@pytest.mark.parametrize(("width", "scheme"), [(360, "dark"), (800, "light"), (1600, "dark")])
def test_it_fits_every_width_light_and_dark(chromium, served, width, scheme):
    size(chromium, width, 800, scheme)
    page = Tab(chromium, served[0].entry)
    assert page.js("return document.documentElement.scrollWidth") <= width
    corner = page.js(
        "return [...document.getElementById('dots').getContext('2d').getImageData(0, 0, 1, 1).data]"
    )
    assert corner == ([255, 255, 255, 255] if scheme == "light" else [23, 28, 35, 255])
    buttons = page.driver.find_elements(By.CSS_SELECTOR, "[data-act]")
    assert all(each.rect["x"] >= 0 and each.rect["x"] + each.rect["width"] <= width for each in buttons)
    card, legend = (page.driver.find_element(By.ID, each).rect for each in ("card", "legend"))
    where = page.driver.find_element(By.ID, "where").rect
    assert card["y"] + card["height"] >= where["y"] + where["height"]
    assert card["x"] + card["width"] <= legend["x"] or card["y"] + card["height"] <= legend["y"]
    page.press("?")
    page.until(lambda: page.js("return document.getElementById('help').open"))
    assert page.complaints() == []
    chromium.get("about:blank")
