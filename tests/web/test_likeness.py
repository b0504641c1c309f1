"""What sounds alike is told from what does not, whatever its level and length."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from curate.decisions.review_priority import ReviewItem
from curate.web.likeness import ALIKE, Features, feature, likeness
from tests import signals
from tests.datasets import write_tone

SR = 32000


def calls(freq, *, seconds=3.0, gain=0.3, every=0.5, sr=SR, seed=0):
    """A short call again and again, in quiet noise."""
    y = signals.noise(sr=sr, seconds=seconds, gain=gain / 300, channels=1, seed=seed)[0]
    tone = signals.tone(freq, sr=sr, seconds=seconds, gain=gain, channels=1)[0]
    at = np.arange(len(y)) / sr % every
    return (y + tone * (at < 0.1)).astype(np.float32)


def test_the_same_call_is_alike_at_another_level_length_and_rate():
    one = feature(calls(3000), SR)
    others = [
        feature(calls(3000, seconds=5.0, seed=1), SR),
        feature(calls(3000, gain=0.03, seed=2), SR),
        feature(calls(3000, sr=44100, seed=3), 44100),
    ]
    assert all(likeness(one, other) >= ALIKE for other in others)
    assert likeness(one, feature(calls(700, every=0.2), SR)) < 0.8


@settings(max_examples=30)
@given(st.integers(0, 4000), st.sampled_from([8000, 22050, 96000, 384000]))
def test_any_stretch_has_a_feature(n, sr):
    y = np.random.default_rng(n).normal(size=n).astype(np.float32)
    made = feature(y, sr)
    assert made.shape == (78,)
    assert np.isfinite(made).all()
    assert likeness(made, made) == pytest.approx(1.0) or not made.any()


def test_items_are_ordered_by_likeness_and_what_cannot_be_read_comes_last(tmp_path):
    paths = {
        1: write_tone(tmp_path / "a.wav", freq=3000),
        2: write_tone(tmp_path / "b.wav", freq=500),
        3: tmp_path / "gone.wav",
        4: write_tone(tmp_path / "c.wav", freq=3000, channels=2),
    }
    items = [ReviewItem(number, 0.0, 1.0, "speech", "") for number in paths]
    found = Features().ranked(items[0], items, lambda number: str(paths[number]))
    assert [item.recording for item, _ in found] == [1, 4, 2, 3]
    assert found[0][1] == pytest.approx(1.0)
    assert found[-1][1] is None
