"""What is made of MP4s whose catalogued length counts the filling of their last packets, as it once did."""

from __future__ import annotations

import numpy as np
import pytest
import soundfile as sf

from curate.audio.probe import probe
from curate.catalogue import cuts, recordings
from curate.catalogue.dataset import Dataset
from curate.model import Cut
from curate.steps.acquire.import_ import import_
from curate.steps.clean.render import render
from curate.steps.export.manifest import manifest
from tests.audio.test_read import save_by_av

pytestmark = pytest.mark.usefixtures("thread")

SR = 22050
REST = 123


@pytest.fixture
def birds(tmp_path):
    """A set with one MP4 whose catalogued length is that of whole packets."""
    y = np.random.default_rng(1).normal(0, 0.1, (1, 3 * SR + REST)).astype(np.float32)
    (tmp_path / "in").mkdir()
    path = save_by_av(tmp_path / "in" / "wren.m4a", y, "aac", SR)
    with Dataset(tmp_path / "birds") as dataset:
        import_(dataset, tmp_path / "in")
        frames = probe(path).frames
        with dataset.noting() as store:
            recordings.set_length(store, 1, frames + 1024 - frames % 1024, None)
        yield dataset


@pytest.mark.parametrize("window", [None, 1.0])
def test_exports_are_converted(window, birds, tmp_path):
    summary = manifest(birds, tmp_path / "out", format="audiofolder", sr=16000, codec="flac", window=window)
    assert not summary.problems
    files = sorted((tmp_path / "out").rglob("*.flac"))
    if window is None:
        y, sr = sf.read(files[0])
        assert len(y) / sr == pytest.approx(birds.store.value("SELECT duration FROM recordings"), abs=1e-3)
        assert np.all(y[-(len(y) - round((3 + REST / SR) * sr)) + 200 :] == 0)  # silence behind its end
    else:
        assert [sf.info(file).duration for file in files[:3]] == [1.0] * 3


def test_clean_copies_are_written(birds):
    with birds.noting() as store:
        cuts.replace(store, 1, "review", [Cut(0.5, 1.0, "excise", "cut", None, "review/ana")])
    assert render(birds).failed == 0
    (path,) = birds.store.rows("SELECT path FROM copies")
    length = birds.store.value("SELECT duration FROM recordings")
    assert sf.info(birds.folder / path[0]).duration == pytest.approx(length - 0.5, abs=1e-3)


def test_what_is_shorter_by_more_stays_a_fault(birds, tmp_path):
    with birds.noting() as store:
        recordings.set_length(store, 1, 4 * SR, None)
    summary = manifest(birds, tmp_path / "out", format="audiofolder", sr=16000, codec="flac")
    assert [each.kind for each in summary.problems] == ["failed"]
