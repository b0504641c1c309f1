"""The example card: what it holds, and the story that is told on it."""

from __future__ import annotations

import csv
import hashlib

import pytest

from curate.catalogue.dataset import Dataset
from curate.errors import UsageError
from curate.steps.acquire.example import example
from curate.steps.acquire.import_ import import_
from curate.steps.clean.strip_voice import strip_voice
from curate.steps.export.manifest import manifest
from curate.steps.inspect.status import status
from tests.engines import in_a_thread


@pytest.fixture(scope="module")
def card(tmp_path_factory):
    folder = tmp_path_factory.mktemp("card") / "card"
    example(folder, card=True)
    return folder


def test_the_same_bytes_come_out_each_time(card, tmp_path):
    def hashes(folder):
        files = sorted(path for path in folder.rglob("*") if path.is_file() and path.suffix != ".flac")
        return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).digest() for path in files}

    example(tmp_path / "card", card=True)
    assert hashes(card) == hashes(tmp_path / "card")


def test_a_card_goes_where_nothing_else_is(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "mine.txt").write_text("x")
    with pytest.raises(UsageError):
        example(tmp_path / "a", card=True)
    with pytest.raises(UsageError):
        example(tmp_path / "b", card=True, serve=True)


def test_the_story_holds(card, tmp_path):
    with in_a_thread(), Dataset(tmp_path / "forest") as dataset:
        found = import_(dataset, card / "CARD")
        assert found.folders == {"Bat cave": "site", "North pond": "site", "Old mill": "site"}
        told = found.recorders
        assert (told.recordings, told.zoned, told.placed, told.expanded, told.wrong_clock) == (
            29,
            29,
            15,
            6,
            2,
        )
        cave, pond, mill = status(dataset).recorders
        assert (cave.schedule, cave.seconds) == ("triggered", 6.0)
        assert pond.schedule == mill.schedule == "10 s at 00:00, 05:45, 18:00, 21:00"
        assert mill.remarks == ["1 night missing"]
        assert import_(dataset, card / "annotations.csv").annotations == 11
        strip_voice(dataset, profile="privacy", min_keep=0)
        with (card / "truth.csv").open(newline="") as table:
            voices = {row["file"].rpartition("/")[2] for row in csv.DictReader(table)}
        muted = dataset.store.rows("SELECT path FROM recordings WHERE id IN (SELECT recording FROM cuts)")
        assert {path.rpartition("/")[2] for (path,) in muted} == voices
        manifest(
            dataset, tmp_path / "b", format="birdnet", layer="annotations", window=3, sr=48000, channels=1
        )
        classes = {path.name for path in (tmp_path / "b").iterdir() if path.is_dir()}
        assert classes == {"Lantern Owl", "Silverline Wren", "background"}
        by_night = manifest(dataset, tmp_path / "night.csv", sun="night")
        # Recordings of the pond have no place yet, two of them no time either.
        assert by_night.untimed == 14
        import_(dataset, card / "CARD", sites=card / "sites.csv")
        assert manifest(dataset, tmp_path / "night.csv", sun="night").untimed == 2
        manifest(dataset, tmp_path / "dp", format="camtrap-dp", layer="annotations")
        with (tmp_path / "dp" / "observations.csv").open(newline="") as table:
            rows = list(csv.DictReader(table))
        assert {row["deploymentID"] for row in rows} == {"North pond", "Old mill"}
        heard = {row["scientificName"] for row in rows if row["observationType"] == "animal"}
        assert heard == {"Lantern Owl", "Silverline Wren"}
