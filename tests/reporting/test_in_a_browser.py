"""The page where it is really looked at: a headless Chromium, wide and narrow, light and dark."""

from __future__ import annotations

import pytest

from curate.reporting.page import page
from tests.browser import browser
from tests.reporting.made import cut, excerpt, facts


@pytest.fixture(scope="module")
def tab(tmp_path_factory):
    with browser(tmp_path_factory.mktemp("profile")) as opened:
        yield opened


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    folder = tmp_path_factory.mktemp("page")
    shown = [excerpt(folder), excerpt(folder, seconds=3.0)]
    made = folder / "report.html"
    made.write_text(
        page(facts(doubtful=[each.cut for each in shown] + [cut(problem="gone")]), shown), "utf-8"
    )
    return made


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [360, 390, 768, 1280, 1920])
def test_it_fits_the_screen_and_says_nothing_on_the_console(tab, path, width, dark):
    tab.said.clear()
    tab.requests.clear()
    tab.open(path, width=width, dark=dark)
    assert tab.value("document.documentElement.scrollWidth") <= width
    hidden = "[...document.querySelectorAll('.scroll')].filter((each) => each.scrollWidth > each.clientWidth)"
    assert tab.value(f"{hidden}.map((each) => each.getAttribute('aria-label'))") == []
    assert tab.value("[...document.images].every(each => each.complete && each.naturalWidth > 0)")
    assert tab.said == []
    assert {each.partition(":")[0] for each in tab.requests} == {"file", "data"}
    assert tab.value("typeof window.hacked") == "undefined"
    assert tab.value("document.querySelectorAll('script').length") == 1


def test_light_and_dark_are_readable(tab, path):
    """Text stands out from its ground by 4.5 to 1 at least (WCAG 2.2, 1.4.3)."""
    contrast = """
        (() => {
          const light = (colour) => {
            const parts = colour.match(/[\\d.]+/g).slice(0, 3).map((v) => v / 255);
            const [r, g, b] = parts.map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
            return 0.2126 * r + 0.7152 * g + 0.0722 * b;
          };
          const ground = (each) => {
            for (; each; each = each.parentElement) {
              const colour = getComputedStyle(each).backgroundColor;
              if (!/, 0\\)$|\\/ 0|color|0\\.3\\)/.test(colour)) return colour;
            }
          };
          const wanted = "p, a, td, th, b, h1, h2, h3, code, summary, figcaption, .soft, .good, .bad";
          return Math.min(...[...document.querySelectorAll(wanted)].map((each) => {
            const [a, b] = [light(getComputedStyle(each).color), light(ground(each))].sort((x, y) => y - x);
            return (a + 0.05) / (b + 0.05);
          }));
        })()"""
    for dark in (False, True):
        tab.open(path, dark=dark)
        assert tab.value(contrast) >= 4.5, dark


def test_drawings_take_the_colours_of_the_page(tab, path):
    ink = "getComputedStyle(document.querySelector('svg text')).fill"
    tab.open(path, dark=False)
    by_day = tab.value(ink)
    tab.open(path, dark=True)
    assert tab.value(ink) != by_day


def test_sounds_play_one_at_a_time_and_a_click_on_a_picture_goes_there(tab, path):
    tab.open(path)
    tab.wait("[...document.querySelectorAll('audio')].every(each => each.readyState >= 1)")
    lengths = tab.value("[...document.querySelectorAll('audio')].map(each => each.duration)")
    assert lengths == pytest.approx([4.0, 3.0], abs=0.1)
    assert tab.value("document.querySelectorAll('audio')[0].play().then(() => true)")
    tab.wait("document.querySelectorAll('audio')[0].currentTime > 0.1")
    assert tab.value("document.querySelector('.line').hidden") is False
    tab.value(
        """(() => {
          const picture = document.querySelectorAll('.picture')[1];
          const box = picture.getBoundingClientRect();
          picture.dispatchEvent(new MouseEvent('click', {clientX: box.left + box.width / 2, bubbles: true}));
        })()"""
    )
    tab.wait("document.querySelectorAll('audio')[1].currentTime > 1.5")
    assert tab.value("[...document.querySelectorAll('audio')].map(each => each.paused)") == [True, False]
    assert tab.value("document.querySelectorAll('audio')[1].error") is None


def test_the_mark_lies_on_the_cut(tab, path):
    tab.open(path)
    share = """
        (() => {
          const box = document.querySelector('.picture').getBoundingClientRect();
          const mark = document.querySelector('.mark').getBoundingClientRect();
          return [(mark.left - box.left) / box.width, mark.width / box.width];
        })()"""
    assert tab.value(share) == pytest.approx([0.25, 0.25], abs=0.01)


def test_links_work(tab, path):
    tab.open(path)
    count = tab.value("document.querySelectorAll('nav a').length")
    assert count == 12
    for number in range(count):
        tab.value(f"document.querySelectorAll('nav a')[{number}].click()")
        assert tab.value("document.querySelector(location.hash) !== null")
    tab.wait("scrollY > 0")
    assert tab.value("document.querySelectorAll('a[href^=javascript]').length") == 0
