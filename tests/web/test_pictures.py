"""Pictures show what there is, where it is."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from curate.web.pictures import PALETTES, outline, png, spectrogram, thinned
from tests import signals


def picture(y, sr, **options):
    return spectrogram(y[0], sr, **{"width": 400, "height": 200, "low": 0.0, "high": sr / 2, **options})


@pytest.mark.parametrize(("sr", "freq"), [(16_000, 3_000), (48_000, 18_000), (250_000, 90_000)])
def test_a_tone_is_a_line_at_its_frequency(sr, freq):
    levels = picture(signals.tone(freq, sr=sr, seconds=2.0), sr)
    rows = levels.mean(axis=1)
    expected = 200 * (1 - freq / (sr / 2))
    assert abs(rows.argmax() - expected) <= 2
    assert np.median(rows) < 30
    assert rows.max() > 240


def test_a_picture_may_show_a_part_of_the_frequencies():
    y = signals.tone(3_000, sr=32_000, seconds=1.0)
    assert abs(picture(y, 32_000, high=4_000.0).mean(axis=1).argmax() - 50) <= 2


@pytest.mark.parametrize("seconds", [0.2, 5.0, 100.0])
def test_a_click_is_seen_at_its_place_at_every_zoom(seconds):
    sr = 16_000
    y = signals.noise(sr=sr, seconds=seconds, gain=1e-4)
    y[0, round(0.75 * seconds * sr)] = 1.0
    columns = picture(y, sr).mean(axis=0)
    assert abs(columns.argmax() - 300) <= max(1, 400 * 0.023 / seconds)


@pytest.mark.parametrize(
    "y", [np.zeros((1, 1), np.float32), np.zeros((1, 5000), np.float32), np.ones((1, 3), np.float32)]
)
def test_silence_and_next_to_nothing_give_a_picture_too(y):
    assert picture(y, 16_000).shape == (200, 400)


@pytest.mark.parametrize("palette", PALETTES)
def test_a_png_is_read_by_others(palette):
    levels = np.arange(256, dtype=np.uint8).reshape(8, 32)
    with Image.open(io.BytesIO(png(levels, palette))) as image:
        assert image.size == (32, 8)
        assert np.array_equal(np.asarray(image), levels)
        found = np.asarray(image.convert("RGB"))
    assert tuple(found[0, 0]) == PALETTES[palette][0]
    assert tuple(found[-1, -1]) == PALETTES[palette][-1]


def test_an_outline_holds_every_peak():
    y = np.zeros(10_000, np.float32)
    y[1234], y[7777] = 1.0, -0.5
    steps = outline(y, 100)
    assert len(steps) == 200
    assert (steps[2 * 12 + 1], steps[2 * 77], max(steps), min(steps)) == (127, -64, 127, -64)
    assert outline(y[:0], 3) == [0] * 6
    assert len(outline(y[:5], 100)) == 200


def test_a_track_is_thinned_by_its_peaks():
    values = np.zeros(1000)
    values[505] = 0.9
    assert thinned(values, 10) == [0, 0, 0, 0, 0, 0.9, 0, 0, 0, 0]
    assert thinned([0.25, 0.5], 10) == [0.25, 0.5]
