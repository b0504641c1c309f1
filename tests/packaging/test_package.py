"""What a package holds: its page, its citation, its types, and what a reader of the source needs."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
import tomllib
from importlib.metadata import requires
from pathlib import Path

import pytest

import curate
from curate.release import DISTRIBUTION
from tests.engines import in_a_thread

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def script(place):
    """Load a script as a module."""
    found = importlib.util.spec_from_file_location(place.stem, place)
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


def test_the_page_on_an_index_links_to_nothing_that_an_index_lacks():
    text = (ROOT / PROJECT["readme"]).read_text(encoding="utf-8")
    assert re.findall(r"\]\((?!https://)[^)]*\)", text) == []
    assert f"pip install {DISTRIBUTION}" in text
    assert "pip install curate\n" not in text


def test_the_citation_is_of_this_release():
    text = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert f"version: {PROJECT['version']}\n" in text
    assert f"license: {PROJECT['license']}\n" in text


def test_the_public_address_stands_in_all_of_its_places_or_in_none():
    given = ["urls" in PROJECT]
    for name, key in (("CITATION.cff", "repository-code"), ("mkdocs.yml", "repo_url")):
        text = (ROOT / name).read_text(encoding="utf-8")
        assert key in text
        given.append(re.search(rf"^{key}:", text, re.MULTILINE) is not None)
    assert len(set(given)) == 1


def test_every_python_that_is_named_is_one_that_is_allowed():
    named = re.findall(r"Python :: (3\.\d+)", "\n".join(PROJECT["classifiers"]))
    assert named[0] == PROJECT["requires-python"].removeprefix(">=")
    assert "Typing :: Typed" in PROJECT["classifiers"]
    assert (Path(curate.__file__).parent / "py.typed").is_file()


def test_every_dependency_of_users_has_a_floor_and_only_those_are_asked_for():
    floors = script(ROOT / "scripts" / "floors.py").floors(PROJECT)
    assert floors["numpy"] == "2.0"
    assert "numba" not in floors
    with pytest.raises(ValueError, match="no oldest version"):
        script(ROOT / "scripts" / "floors.py").floors({"dependencies": ["six"], "optional-dependencies": {}})
    installed = {each.partition(">=")[0] for each in requires(DISTRIBUTION) or [] if "extra" not in each}
    assert installed <= floors.keys()


def test_nothing_of_a_whole_run_loads_numba():
    code = (
        "import sys, curate\n"
        "from curate.audio import read, resample, splice, write\n"
        "from curate.detectors import detect_file, speech\n"
        "from curate.steps.clean import dedupe, trim\n"
        "from curate.steps.export import manifest\n"
        "from curate.steps.inspect import report\n"
        "print(sorted({'numba', 'librosa', 'sklearn'} & sys.modules.keys()))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_the_program_that_type_checkers_read_runs(tmp_path):
    with in_a_thread():
        assert script(ROOT / "examples" / "first_dataset.py").main(tmp_path) == 26


def test_the_source_distribution_names_what_its_reader_needs():
    text = (ROOT / "MANIFEST.in").read_text(encoding="utf-8")
    for name in (
        "CHANGELOG.md",
        "CITATION.cff",
        "constraints.txt",
        "Makefile",
        "mkdocs.yml",
        "docs",
        "examples",
        "tests",
    ):
        assert re.search(rf"\b{re.escape(name)}\b", text), name
