"""The life of a recording names modules and tables that there are, and shows a drawing that adds up."""

from __future__ import annotations

import re

from curate.catalogue.dataset import Dataset
from tests.pages import PAGES, ROOT, codes, table

PAGE = PAGES["docs/life-of-a-recording.md"]


def test_every_module_is_there():
    named = [code for code in codes(PAGE) if code.startswith("curate/")]
    assert len(named) > 10
    for code in named:
        assert (ROOT / code).exists(), code


def test_every_table_is_in_the_catalogue(tmp_path):
    with Dataset(tmp_path / "birds") as birds, birds.noting():
        rows = birds.store.every("SELECT name FROM sqlite_master WHERE type = 'table'")
    there = {name for (name,) in rows}
    named = {name for row in table("docs/life-of-a-recording.md", "## Stations") for name in codes(row[2])}
    assert named
    assert named <= there


def test_the_drawing_adds_up():
    raw, cuts, clean = (
        re.search(rf"^    {name} +(\S.*)$", PAGE, re.MULTILINE)[1] for name in ("raw", "cuts", "clean")
    )
    raw, clean = raw.split()[0], clean.split()[0].replace("|", "")
    assert len(clean) == len(raw) - len(cuts.replace(" ", ""))
