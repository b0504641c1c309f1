"""Rows that begin inside an MP3: counted, since readers that seek there begin wrong."""

from __future__ import annotations

import pytest
import soundfile as sf

from curate.catalogue import exports, runs
from curate.catalogue.dataset import Dataset
from curate.steps.acquire.import_ import import_
from curate.steps.common.export_states import outcome_of
from curate.steps.export.manifest import manifest
from curate.steps.review.cut import cut
from tests import signals
from tests.engines import in_a_thread

SR = 16000


@pytest.fixture
def birds(tmp_path):
    """An MP3 and a WAV of four seconds, each without its third second, and no clean copies."""
    with in_a_thread(), Dataset(tmp_path / "birds") as dataset:
        folder = tmp_path / "set" / "owl"
        folder.mkdir(parents=True)
        for name in ("a.MP3", "b.wav"):
            sf.write(folder / name, signals.noise(sr=SR, seconds=4, seed=ord(name[0])).T, SR)
        import_(dataset, tmp_path / "set")
        for name in ("a.MP3", "b.wav"):
            cut(dataset, name, 2.0, 3.0)
        yield dataset


@pytest.mark.parametrize(
    ("options", "counted"),
    [
        ({"format": "csv"}, 1),
        ({"format": "csv", "window": 1.0}, 2),
        ({"format": "csv", "audio_mode": "copy"}, 1),
        ({"format": "lhotse"}, 1),
        ({"format": "csv", "codec": "flac"}, 0),
        ({"format": "folders", "window": 1.0}, 0),
    ],
)
@pytest.mark.parametrize("dry_run", [False, True])
def test_rows_inside_mp3s_are_counted_unless_they_become_files(birds, tmp_path, options, counted, dry_run):
    out = tmp_path / ("out.csv" if options["format"] == "csv" else "out")
    assert manifest(birds, out, audio="raw", dry_run=dry_run, **options).inside_mp3 == counted


def test_a_manifest_that_stands_tells_it_again_and_one_of_an_earlier_version_is_made_again(birds, tmp_path):
    for _ in range(2):
        assert manifest(birds, tmp_path / "m.csv", audio="raw").inside_mp3 == 1
    (noted,) = exports.every(birds.store)
    with birds.writing("test", {}):
        birds.store.run("UPDATE outcomes SET summary = json_remove(summary, '$.inside_mp3')")
    assert "inside_mp3" not in runs.kept(birds.store, outcome_of(noted.path), None)
    assert manifest(birds, tmp_path / "m.csv", audio="raw").inside_mp3 == 1
