"""Each bundled recipe runs on the example data; what cannot be had without a network is left out."""

from __future__ import annotations

import csv
import os
import shutil

import pytest

from curate.catalogue.dataset import Dataset
from curate.recipe import names, text_of
from curate.recipe.check import parse
from curate.steps.acquire.example import example
from curate.steps.acquire.import_ import import_
from curate.steps.clean.scan import scan
from curate.steps.run import run
from tests.engines import in_a_thread

YEARS = range(2021, 2026)


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A folder in which the sets of all years lie: the example, under other names."""
    folder = tmp_path_factory.mktemp("place")
    for year in YEARS:
        example(folder / f"birdclef-{year}")
    return folder


@pytest.fixture(autouse=True)
def key(monkeypatch):
    monkeypatch.setenv("XC_API_KEY", "0" * 40)


def after_the_downloads(recipe, folder):
    steps = [step.run for step in parse(text_of(recipe), name=recipe, folder=folder).steps]
    last = max((place for place, name in enumerate(steps) if name in ("download", "import")), default=-1)
    return steps[last + 1]


@pytest.fixture(scope="module")
def scanned(place):
    """A dataset of the example in which all detectors have listened, to be copied."""
    with Dataset(place / "scanned") as birds, in_a_thread():
        import_(birds, place / "birdclef-2025")
        scan(birds)
    return place / "scanned"


#: Recipes that only look, and export nothing.
LOOKING = {"explore"}


@pytest.mark.parametrize("recipe", sorted(LOOKING))
def test_a_recipe_that_looks_gives_vectors_and_a_report_and_writes_no_copy(place, scanned, recipe):
    shutil.copytree(scanned, place / recipe)
    with Dataset(place / recipe) as birds, in_a_thread():
        done = run(birds, recipe)
        assert done.failed == 0
        assert next(step.summary for step in done.steps if step.run == "embed").vectors > 50
        assert birds.store.value("SELECT count(*) FROM copies") == 0
        assert (birds.folder / "explore.html").is_file()


@pytest.mark.parametrize("recipe", sorted(set(names()) - LOOKING))
def test_a_bundled_recipe_gives_the_manifest_that_it_promises(place, scanned, recipe):
    shutil.copytree(scanned, place / recipe)
    with Dataset(place / recipe) as birds, in_a_thread():
        done = run(birds, recipe, from_step=after_the_downloads(recipe, birds.folder))
        made = [step.summary for step in done.steps if step.run == "manifest"]
        assert made[0].rows > 20
        assert done.failed == 0
        out = made[0].path
        assert os.path.dirname(out) == str(birds.folder)
        if out.endswith(".csv"):
            with open(out, encoding="utf-8", newline="") as file:
                rows = list(csv.DictReader(file))
            assert len(rows) == made[0].rows
            assert all((birds.folder / row["path"]).is_file() for row in rows)
            assert os.path.isfile(out.removesuffix(".csv") + ".provenance.json")


def test_the_same_recipe_gives_the_same_bytes_in_another_place(place, tmp_path):
    made = []
    for folder in (place, tmp_path):
        if folder is tmp_path:
            example(folder / "birdclef-2025")
        with Dataset(folder / "twice") as birds, in_a_thread():
            import_(birds, folder / "birdclef-2025")
            run(birds, "default")
        made.append(
            [(folder / "twice" / name).read_bytes() for name in ("manifest.csv", "manifest.provenance.json")]
        )
    assert made[0] == made[1]


def test_no_two_recipes_write_one_file(place):
    """Else one replaces what the other one gave out."""
    outs = []
    for name in names():
        steps = parse(text_of(name), name=name, folder=place / name).steps
        outs += [str(step.parameters["out"]) for step in steps if "out" in step.parameters]
    assert len(outs) == len(set(outs)) >= len(names())
