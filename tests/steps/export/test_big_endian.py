"""WAV in big-endian byte order (RIFX) that goes out as it is: counted, since some readers swap its bytes."""

from __future__ import annotations

import pytest
import soundfile as sf

from curate.catalogue.dataset import Dataset
from curate.steps.acquire.import_ import import_
from curate.steps.export.manifest import manifest
from tests import signals
from tests.engines import in_a_thread

SR = 16000


@pytest.fixture
def birds(tmp_path):
    """Two big-endian files, and one like most."""
    with in_a_thread(), Dataset(tmp_path / "birds") as dataset:
        folder = tmp_path / "set" / "owl"
        folder.mkdir(parents=True)
        for name, endian in (("a", "BIG"), ("b", "FILE"), ("c", "BIG")):
            y = signals.noise(sr=SR, seconds=2, seed=ord(name))
            sf.write(folder / f"{name}.wav", y.T, SR, format="WAV", subtype="PCM_16", endian=endian)
        import_(dataset, tmp_path / "set")
        yield dataset


@pytest.mark.parametrize(
    ("options", "counted"),
    [
        ({"format": "csv"}, 2),
        ({"format": "csv", "window": 1.0}, 4),
        ({"format": "csv", "audio_mode": "copy"}, 2),
        ({"format": "csv", "codec": "flac"}, 0),
        ({"format": "csv", "sr": 8000}, 0),
        ({"format": "raven"}, 2),
        ({"format": "folders"}, 2),
        ({"format": "folders", "window": 1.0}, 0),
        ({"format": "folders", "codec": "wav"}, 0),
        ({"format": "birdclef"}, 2),
    ],
)
@pytest.mark.parametrize("dry_run", [False, True])
def test_rows_of_big_endian_files_are_counted_unless_they_are_converted(
    birds, tmp_path, options, counted, dry_run
):
    out = tmp_path / ("out.csv" if options["format"] == "csv" else "out") / "train.csv"
    out = out if options["format"] == "birdclef" else out.parent
    assert manifest(birds, out, dry_run=dry_run, **options).big_endian == counted


def test_a_manifest_that_stands_tells_it_again(birds, tmp_path):
    for _ in range(2):
        assert manifest(birds, tmp_path / "m.csv").big_endian == 2
