"""Kaldi reads WAV of 16-bit integers alone: they are written, and other files are counted."""

from __future__ import annotations

import numpy as np
import pytest
import soundfile as sf

from curate.catalogue.dataset import Dataset
from curate.cli._app import main
from curate.steps.acquire.import_ import import_
from curate.steps.export.manifest import manifest
from tests import signals

SR = 16000

pytestmark = pytest.mark.usefixtures("thread")

FILES = {"a": ("wav", "PCM_16"), "b": ("wav", "PCM_24"), "c": ("wav", "FLOAT"), "d": ("flac", "PCM_16")}


@pytest.fixture
def birds(tmp_path):
    """Four recordings in as many codings; that of floats goes beyond full scale."""
    folder = tmp_path / "set" / "owl"
    folder.mkdir(parents=True)
    for name, (ending, subtype) in FILES.items():
        y = signals.noise(sr=SR, seconds=2, seed=ord(name))
        y = 2 * y / np.abs(y).max() if name == "c" else y
        sf.write(folder / f"{name}.{ending}", y.T, SR, subtype=subtype)
    with Dataset(tmp_path / "birds") as dataset:
        import_(dataset, tmp_path / "set")
        yield dataset


@pytest.mark.parametrize("dry_run", [False, True])
@pytest.mark.parametrize(
    ("options", "unread"),
    [({}, 3), ({"window": 1.0}, 6), ({"sr": 8000}, 4), ({"codec": "flac"}, 4), ({"codec": "wav"}, 0)],
)
def test_rows_of_files_that_kaldi_refuses_are_counted(birds, tmp_path, options, unread, dry_run):
    assert manifest(birds, tmp_path / "data", format="kaldi", dry_run=dry_run, **options).unread == unread
    assert manifest(birds, tmp_path / "other", format="lhotse", dry_run=dry_run, **options).unread == 0


def test_floats_become_integers_and_the_scale_is_told(birds, tmp_path, capsys):
    summary = manifest(birds, tmp_path / "data", format="kaldi", codec="wav")
    scp = dict(line.split(" ", 1) for line in (tmp_path / "data" / "wav.scp").read_text().splitlines())
    assert {name: sf.info(path).subtype for name, path in scp.items()} == dict.fromkeys(FILES, "PCM_16")
    (scaled,) = summary.scaled
    assert scaled["gain_db"] == pytest.approx(-6.02, abs=0.1)
    found, expected = sf.read(scp["c"])[0], sf.read(tmp_path / "set" / "owl" / "c.wav")[0]
    np.testing.assert_allclose(found, expected * 10 ** (scaled["gain_db"] / 20), atol=1e-3)
    manifest(birds, tmp_path / "other", format="lhotse", codec="wav")
    assert min(sf.info(path).subtype for path in (tmp_path / "other").rglob("*.wav")) == "FLOAT"
    assert main(["manifest", "-d", str(birds.folder), "-o", str(tmp_path / "k"), "--format", "kaldi"]) == 0
    assert (
        "3 rows of files that Kaldi refuses: it reads WAV of 16-bit integers alone" in capsys.readouterr().out
    )
