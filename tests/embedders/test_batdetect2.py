"""BatDetect2 for ultrasound: like calls are near, whatever else is in the room."""

from __future__ import annotations

import importlib.util
import os

import numpy as np
import pytest

from curate.embedders.embed_file import EmbedJob, embed_file, embedder, model_class
from curate.errors import UsageError
from tests import signals
from tests.datasets import write_sound

SR = 256000

installed = pytest.mark.skipif(
    importlib.util.find_spec("batdetect2") is None, reason="batdetect2 is not installed"
)


def calls(low, high, seed, seconds=1.0):
    """Build ten sweeps of 5 ms a second, in a little noise."""
    y = 0.002 * signals.noise(sr=SR, seconds=seconds, seed=seed)
    sweep = signals.chirp(high, low, sr=SR, seconds=0.005) * 0.3
    for start in range(0, y.shape[1] - sweep.shape[1], SR // 10):
        y[:, start : start + sweep.shape[1]] += sweep
    return y.astype(np.float32)


def embedded(path, y, sr=SR):
    write_sound(path, y, sr)
    status = os.stat(path)
    return embed_file(EmbedJob(1, str(path), 1.0, status.st_size, status.st_mtime_ns, "batdetect2", 0.5))


def test_its_classes_are_known_without_it():
    assert len(model_class("batdetect2").classes()) == 17
    if importlib.util.find_spec("batdetect2") is None:
        with pytest.raises(UsageError, match="needs the package batdetect2"):
            embedder("batdetect2")


@installed
def test_like_calls_are_nearer_than_others_and_give_the_same_vectors_again(tmp_path):
    unit = {}
    for name, y in (
        ("low", calls(22000, 30000, 1)),
        ("again", calls(22500, 30500, 2)),
        ("high", calls(45000, 80000, 3)),
    ):
        found = embedded(tmp_path / f"{name}.wav", y)
        assert found.vectors.shape == (2, 256)
        assert np.array_equal(found.vectors, embedded(tmp_path / f"{name}.wav", y).vectors)
        assert {each.label for each in found.scores} <= set(model_class("batdetect2").classes())
        assert all(0 < each.score <= 1 for each in found.scores)
        vector = found.vectors[0].astype(np.float32)
        unit[name] = vector / np.linalg.norm(vector)
    assert unit["low"] @ unit["again"] > unit["low"] @ unit["high"] + 0.1


@installed
def test_other_rates_are_converted(tmp_path):
    found = embedded(tmp_path / "a.wav", calls(22000, 30000, 1)[:, ::2], SR // 2)
    assert found.vectors.any(axis=1).all()
