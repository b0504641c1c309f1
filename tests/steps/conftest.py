"""The example data set, written once, and a dataset into which it is imported."""

from __future__ import annotations

import csv
import shutil

import pytest

from curate.catalogue.dataset import Dataset
from curate.steps.acquire.import_ import import_
from curate.steps.clean.scan import scan


@pytest.fixture(scope="session")
def truth(example_folder):
    """Voice intervals per file of the example, empty for files without."""
    voices = {}
    with (example_folder / "truth.csv").open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            found = voices.setdefault(row["file"], [])
            if row["what"] == "voice":
                found.append((float(row["onset"]), float(row["offset"])))
    return voices


@pytest.fixture(scope="session")
def scanned_once(tmp_path_factory, example_folder):
    folder = tmp_path_factory.mktemp("scanned") / "birds"
    with Dataset(folder) as dataset:
        assert scan(dataset, [example_folder], jobs=2).scanned == 26
    return folder


@pytest.fixture
def scanned(tmp_path, scanned_once):
    """A dataset with the example imported and heard by all detectors; nothing is decided."""
    shutil.copytree(scanned_once, tmp_path / "scanned")
    with Dataset(tmp_path / "scanned") as dataset:
        yield dataset


@pytest.fixture
def birds(tmp_path, example_folder):
    """A dataset with the example imported."""
    with Dataset(tmp_path / "birds") as dataset:
        import_(dataset, [example_folder], jobs=1)
        yield dataset
