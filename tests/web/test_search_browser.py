"""Answers to a search on the review page: like this, or not, by single keys."""

from __future__ import annotations

import shutil
import signal

import pytest

from curate.catalogue import verdicts
from curate.catalogue.dataset import Dataset
from curate.steps.scores.search import search
from tests.servers import Server
from tests.tabs import Tab

pytestmark = pytest.mark.browser


def answers(folder):
    with Dataset(folder) as birds:
        return [
            (each.judgement, each.label) for _, found in verdicts.by_recording(birds.store) for each in found
        ]


def test_windows_are_answered_by_keys_and_the_search_learns_from_them(chromium, embedded, tmp_path):
    folder = shutil.copytree(embedded, tmp_path / "birds")
    with Dataset(folder) as birds:
        example = birds.store.value("SELECT archive || ':' || archive_id FROM recordings WHERE duration > 6")
        first = search(birds, "calls", like=f"{example}@0", ask=6)
    server = Server(folder, "--reviewer", "ana", "--queue", "search")
    try:
        page = Tab(chromium, server.entry)
        page.until(page.shows)
        assert page.js("return document.querySelector('[data-act=like]').hidden") is False
        page.decide("i")
        page.decide("d")
        page.until(lambda: len(answers(folder)) == 2)
        assert sorted(answers(folder)) == [("like", "calls"), ("unlike", "calls")]
        page.press("u")
        page.until(lambda: answers(folder) == [("like", "calls")])
        assert page.complaints() == []
        chromium.get("about:blank")
    finally:
        server.end(signal.SIGKILL)
    with Dataset(folder) as birds:
        again = search(birds, "calls", ask=6)
    assert again.like > first.like
    assert again.unlike == 0
