"""The site: every page is in its contents, and no link leads out of it; `make docs` checks anchors."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

import curate
from tests.pages import PAGES, ROOT


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    target = tmp_path_factory.mktemp("site") / "docs"
    subprocess.run([sys.executable, ROOT / "scripts" / "docs_source.py", target], check=True)
    return {path.name: path.read_text(encoding="utf-8") for path in target.glob("*.md")} | {
        path.name: "" for path in target.glob("*.png")
    }


def test_a_folder_of_somebody_else_is_left_alone(tmp_path):
    (tmp_path / "mine.md").write_text("mine")
    command = [sys.executable, ROOT / "scripts" / "docs_source.py", tmp_path]
    assert subprocess.run(command, check=False, capture_output=True).returncode == 1
    assert [path.name for path in tmp_path.iterdir()] == ["mine.md"]


def test_every_page_is_in_the_contents_once(source):
    listed = re.findall(r": ([\w-]+\.md)$", (ROOT / "mkdocs.yml").read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(listed) == sorted(name for name in source if name.endswith(".md"))
    assert len(source) > len(PAGES)


def test_no_link_leads_out_of_the_site(source):
    for name, text in source.items():
        targets = re.findall(r"\]\((?!https?://|#)([^)#\s]+)", text)
        assert set(targets) <= source.keys(), name


def test_every_function_has_its_docstring_on_the_page_of_python(source):
    places = re.findall(r"^::: curate\.(?:[\w.]+\.)?(\w+)$", source["python.md"], re.MULTILINE)
    assert set(places) == set(curate.__all__) | {"in_notebook"}
