"""The page as text: complete, and safe whatever an archive wrote."""

from __future__ import annotations

import base64
import hashlib
import re
from html.parser import HTMLParser

import pytest

from curate.reporting.facts import ReportFacts
from curate.reporting.page import MARK, page
from tests.reporting.made import EVIL, cut, excerpt, facts


class Tags(HTMLParser):
    """All elements of a page, and the text outside scripts and styles."""

    def __init__(self, text):
        super().__init__()
        self.elements, self.text = [], ""
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.text += data

    def of(self, *tags):
        return [attributes for tag, attributes in self.elements if tag in tags]


@pytest.fixture(scope="module")
def evil(tmp_path_factory):
    shown = excerpt(tmp_path_factory.mktemp("sound"))
    return page(facts(doubtful=[shown.cut, cut(problem=EVIL)]), [shown])


def test_words_of_an_archive_are_text_in_every_section(evil):
    tags = Tags(evil)
    assert len(tags.of("script")) == 1
    assert not any(name.startswith("on") for _, attributes in tags.elements for name in attributes)
    assert tags.text.count("<script>window.hacked") >= 20
    assert "{{7*7}}" in tags.text  # and not 49
    assert all(
        source["src"].startswith("data:") for source in tags.of("img", "audio", "script") if "src" in source
    )


def test_only_http_is_linked(tmp_path):
    shown = [
        excerpt(tmp_path, url=url) for url in ("javascript:alert(1)", "//x.org", "https://x.org/?a=1&b=2")
    ]
    text = page(facts(doubtful=[each.cut for each in shown]), shown)
    links = [each["href"] for each in Tags(text).of("a") if not each["href"].startswith("#")]
    assert links == ["https://x.org/?a=1&b=2"]


def test_links_inside_the_page_lead_to_its_sections(evil):
    tags = Tags(evil)
    ids = [attributes["id"] for _, attributes in tags.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    wanted = [each["href"][1:] for each in tags.of("a") if each["href"].startswith("#")]
    assert len(wanted) == len(tags.of("section")) == 12
    assert set(wanted) <= set(ids)


def test_no_script_but_the_pages_own_may_run(evil):
    (policy,) = [each["content"] for each in Tags(evil).of("meta") if "http-equiv" in each]
    assert policy.startswith("default-src 'none';")
    script = re.search(r"<script>(.*?)</script>\s*</body>", evil, re.DOTALL)[1]
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'" in policy


def test_pictures_and_sounds_are_named(evil):
    tags = Tags(evil)
    assert all(each["alt"] for each in tags.of("img"))
    assert all(each["aria-label"] for each in tags.of("audio"))
    assert all(each["aria-label"] for each in tags.of("svg"))


def test_sections_without_data_are_left_out():
    empty = page(ReportFacts(dataset="birds"), [])
    assert MARK in empty[:1000]
    assert re.findall(r'<section id="(\w+)"', empty) == ["flow"]
    assert re.findall(r'href="#(\w+)"', empty) == ["flow"]


def test_long_tables_end_and_say_where_the_rest_is():
    text = page(facts("owl", classes=5000), [])
    assert "The first 200 of 5,000" in text
    assert len(text) < 1_000_000


def test_the_same_numbers_give_the_same_page(tmp_path):
    shown = excerpt(tmp_path)
    assert page(facts(), [shown]) == page(facts(), [shown])
