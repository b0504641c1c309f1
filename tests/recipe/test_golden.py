"""The manifest of the default recipe on the example data, row for row as it was looked at and stored.

Where a change is meant, look at what it does and store the new one::

    CURATE_GOLDEN=write python -m pytest tests/recipe/test_golden.py
"""

from __future__ import annotations

import csv
import os
import shutil
from pathlib import Path

import pytest
import soundfile as sf

import curate
from curate.catalogue.dataset import Dataset
from curate.model import MANIFEST_COLUMNS
from curate.steps.acquire.example import example
from curate.steps.acquire.import_ import import_
from curate.steps.run import run
from tests.engines import in_a_thread

GOLDEN = Path(__file__).with_name("golden_default.csv")

#: The example, as it lies in the package.
TRUTH = Path(curate.__file__).with_name("example_data")

#: Seconds by which a border may differ: another processor may tip one frame of the voice detector.
FRAME = 0.032

TIMES = ("onset", "offset", "duration", "source_onset", "source_offset")
NUMBERS = ("weight", "latitude", "longitude", "rating")


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """The manifest as the default recipe makes it now."""
    folder = tmp_path_factory.mktemp("golden")
    example(folder / "example")
    with Dataset(folder / "birds") as birds, in_a_thread():
        import_(birds, folder / "example")
        run(birds, "default")
    if os.environ.get("CURATE_GOLDEN") == "write":
        shutil.copyfile(folder / "birds" / "manifest.csv", GOLDEN)
    return table(folder / "birds" / "manifest.csv")


def table(path):
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert tuple(rows[0]) == MANIFEST_COLUMNS
    return rows


def number(cell):
    return float(cell) if cell else None


def test_the_default_recipe_gives_the_stored_manifest(made):
    stored = table(GOLDEN)
    assert [(row["recording_id"], row["path"]) for row in made] == [
        (row["recording_id"], row["path"]) for row in stored
    ]
    for row, wanted in zip(made, stored, strict=True):
        for column in MANIFEST_COLUMNS:
            where = f"{row['recording_id']}: {column}"
            if column in TIMES:
                assert float(row[column]) == pytest.approx(float(wanted[column]), abs=FRAME), where
            elif column in NUMBERS:
                assert number(row[column]) == pytest.approx(number(wanted[column])), where
            else:
                assert row[column] == wanted[column], where


def test_the_stored_manifest_is_what_the_example_was_made_for():
    """Recordings with a voice or a dead microphone are copies without it; one of two duplicates is left."""
    truth = {}
    with (TRUTH / "truth.csv").open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            truth.setdefault(row["file"], []).append(row)
    stored = {row["source_path"].partition("example/")[2]: row for row in table(GOLDEN)}
    gone = {name for name, found in truth.items() if any(each["what"] == "duplicate of" for each in found)}
    assert stored.keys() == truth.keys() - gone
    # Of this one the voices leave less than five seconds, so it is flagged, and stays as it is.
    narrated = "train_audio/quetan9/XC90000021.ogg"
    for name, row in stored.items():
        cut = [each for each in truth[name] if each["what"] in ("voice", "dead microphone")]
        assert row["path"].startswith("clean/") == (bool(cut) and name != narrated), name
        voices = sum(float(each["offset"]) - float(each["onset"]) for each in cut if each["onset"])
        if row["path"].startswith("clean/"):
            lasted = sf.info(TRUTH / name).duration if not name.endswith("m4a") else 12.0
            assert lasted - float(row["duration"]) > 0.9 * voices, name
