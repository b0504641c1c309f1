"""Spectrograms of sounds whose truth is known."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from curate.reporting.excerpt import HEIGHT, WIDTH, Excerpt, spectrogram
from tests import signals
from tests.reporting.made import cut


def brightness(png):
    with Image.open(io.BytesIO(png)) as image:
        return np.asarray(image.convert("L"), float)


@pytest.mark.parametrize("sr", [8000, 22050, 32000])
@pytest.mark.parametrize("part", [0.1, 0.5, 0.9])
def test_a_tone_is_a_line_at_its_height(sr, part):
    picture = brightness(spectrogram(signals.tone(part * sr / 2, sr=sr, seconds=3)[0], sr))
    assert picture.shape == (HEIGHT, WIDTH)
    row = picture[:, 20:-20].mean(axis=1).argmax()
    assert row == pytest.approx((1 - part) * HEIGHT, abs=2)


def test_time_runs_to_the_right():
    y = signals.tone(2000, sr=16000, seconds=4)[0]
    y[:32000] = 0
    columns = brightness(spectrogram(y, 16000)).max(axis=0)
    assert columns[: WIDTH // 2 - 5].max() < columns[WIDTH // 2 + 5 : -5].min()


@pytest.mark.parametrize(
    "y",
    [np.zeros(16000), np.zeros(1), np.full(16000, np.nan), np.full(500, 1e30)],
    ids=["0", "1", "nan", "big"],
)
def test_whatever_a_recording_holds_gives_a_picture(y):
    assert brightness(spectrogram(y.astype(np.float32), 16000)).shape == (HEIGHT, WIDTH)


def test_the_same_sound_gives_the_same_bytes():
    y = signals.noise(sr=16000, seconds=2)[0]
    assert spectrogram(y, 16000) == spectrogram(y.copy(), 16000)


@pytest.mark.parametrize(
    ("start", "seconds", "marked"),
    [(0.0, 4.0, (25.0, 25.0)), (1.5, 2.0, (0.0, 25.0)), (0.0, 1.5, (100 / 1.5, 50 / 1.5))],
)
def test_the_mark_stays_inside_the_picture(start, seconds, marked):
    found = Excerpt(cut(onset=1.0, offset=2.0), start, seconds, 8000, b"", b"")
    assert found.marked == pytest.approx(marked)
