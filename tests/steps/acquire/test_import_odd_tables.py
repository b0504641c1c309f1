"""Tables as archives really send them: not all of them are UTF-8."""

from __future__ import annotations

import json
import os

import pytest

from curate.catalogue.dataset import Dataset
from curate.steps.acquire.import_ import import_
from curate.steps.export.manifest import manifest
from tests.datasets import write_tone
from tests.engines import in_a_thread

NAME = "caf\u00e9.wav".encode("latin-1")


@pytest.fixture
def archive(tmp_path):
    """A BirdCLEF folder whose table, folders and file names are in Latin-1."""
    folder = tmp_path / "birdclef"
    sound = write_tone(folder / "train_audio" / "a.wav", seconds=0.2)
    species = os.fsencode(folder / "train_audio") + "/m\u00e9sange".encode("latin-1")
    try:
        os.mkdir(species)
    except OSError:
        pytest.skip("this file system takes UTF-8 names only")
    os.rename(sound, species + b"/" + NAME)
    text = (
        "primary_label,secondary_labels,filename,author,common_name,type\n"
        "m\u00e9sange,h\u00e9ron,m\u00e9sange/caf\u00e9.wav,Andr\u00e9,M\u00e9sange bleue,\u00e9cho\n"
    )
    (folder / "train.csv").write_bytes(text.encode("latin-1"))
    return folder


def test_a_table_and_file_names_in_latin_1_are_imported_and_written_again(tmp_path, archive):
    with Dataset(tmp_path / "birds") as birds, in_a_thread():
        summary = import_(birds, archive)
        assert (summary.added, summary.failed, dict(summary.problem_counts)) == (1, 0, {})
        [(recordist, extra, path)] = birds.store.rows("SELECT recordist, extra, path FROM recordings")
        assert recordist == "André"
        assert json.loads(extra)["filename"] == "m\udce9sange/caf\udce9.wav"
        assert path.endswith(NAME)
        roles = dict(birds.store.rows("SELECT role, label FROM labels"))
        assert roles == {"primary": "mésange", "secondary": "héron"}
        assert import_(birds, archive).known == 1
        for name in ("train.csv", "train.jsonl"):  # Parquet holds UTF-8 only, and says so
            assert manifest(birds, tmp_path / name).rows == 1
