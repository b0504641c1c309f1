"""What is heard is what is in the file."""

from __future__ import annotations

import io
import json
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import soundfile as sf

from curate.audio.read import read
from curate.web import sounds
from curate.web.sounds import PLAYED, SoundReader, cleaned, playable
from tests import signals
from tests.datasets import write_tone


@pytest.fixture
def decodes(monkeypatch):
    """Every decode, counted."""
    calls = []

    def counted(path, **options):
        calls.append(path)
        return read(path, **options)

    monkeypatch.setattr(sounds, "read", counted)
    return calls


def test_a_stretch_is_decoded_once_and_its_parts_come_from_what_is_kept(tmp_path, decodes):
    path = str(write_tone(tmp_path / "a.wav", seconds=10.0, channels=2))
    kept = SoundReader()
    whole, sr = read(path, mono=True)
    for start, duration in ((2.0, 4.0), (3.0, 1.0), (1.5, 5.0)):
        y, found = kept.stretch(path, start, duration)
        assert found == sr
        assert np.array_equal(y, whole[0, round(start * sr) : round((start + duration) * sr)])
    assert len(decodes) == 1
    kept.stretch(path, 2.0, 4.0, mtime_ns=1)
    assert len(decodes) == 2


def test_several_who_ask_at_once_cost_one_decode(tmp_path, decodes):
    path = str(write_tone(tmp_path / "a.wav", seconds=3.0))
    kept = SoundReader()
    with ThreadPoolExecutor(4) as threads:
        found = list(threads.map(lambda _: kept.stretch(path, 0.0, 3.0)[0], range(8)))
    assert len(decodes) == 1
    assert all(np.array_equal(y, found[0]) for y in found)


def test_no_more_is_kept_than_some_stretches(tmp_path, decodes):
    paths = [str(write_tone(tmp_path / f"{n}.wav", seconds=0.2)) for n in range(20)]
    kept = SoundReader()
    for path in paths:
        kept.stretch(path, 0.0, 0.2)
    kept.stretch(paths[-1], 0.0, 0.2)
    assert len(decodes) == 20
    kept.stretch(paths[0], 0.0, 0.2)
    assert len(decodes) == 21


@pytest.mark.parametrize(
    ("sr", "expand", "played"),
    [
        (16_000, 1, 16_000),
        (96_000, 1, PLAYED),
        (250_000, 10, 25_000),
        (250_000, 1, PLAYED),
        (16_000, 10, 8_000),
    ],
)
def test_a_browser_gets_a_rate_that_it_plays(sr, expand, played):
    seconds, rate = 1.0, None
    y, rate = sf.read(io.BytesIO(playable(signals.tone(700.0, sr=sr, seconds=seconds)[0], sr, expand=expand)))
    assert rate == played
    assert len(y) / rate == pytest.approx(seconds * expand, rel=1e-3)
    loudest = np.abs(np.fft.rfft(y)).argmax() * rate / len(y)
    assert loudest == pytest.approx(700.0 / expand, rel=0.01)


def test_full_scale_and_what_is_no_number_are_played_as_far_as_they_go():
    y, _ = sf.read(io.BytesIO(playable(np.array([2.0, -2.0, np.nan, 0.5], np.float32), 16_000)))
    assert y == pytest.approx([1.0, -1.0, 0.0, 0.5], abs=1e-4)


def test_cleaned_sound_lacks_what_is_cut_and_its_times_lead_back():
    sr = 1000
    y = np.arange(10 * sr, dtype=np.float32) / (10 * sr)
    clean, pieces = cleaned(y, sr, [(-1.0, 1.0), (4.0, 6.0)], [(8.0, 9.0)])
    assert len(clean) == 7 * sr
    assert json.loads(pieces) == [[0.0, 1.0, 3.0], [3.0, 6.0, 4.0]]
    assert clean[1 * sr] == y[2 * sr]
    assert clean[4 * sr] == y[7 * sr]
    assert not clean[round(5.5 * sr)]
    nothing, none = cleaned(y, sr, [(0.0, 10.0)], [])
    assert (len(nothing), none) == (0, "[]")
