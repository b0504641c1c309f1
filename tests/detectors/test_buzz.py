"""Flies, wind, broadband noise and knocks; and that cicadas, crickets, frogs and birds are none of them."""

from __future__ import annotations

import numpy as np
import pytest

from tests import signals
from tests.detectors.heard import heard, spans


def faint(sr, seconds=10):
    return signals.noise(sr=sr, seconds=seconds, gain=0.001)


@pytest.mark.parametrize("sr", [8000, 22050, 44100, 96000, 192000])
@pytest.mark.parametrize("beat", [140, 190, 240])
def test_a_fly_at_the_microphone_is_found_to_50_ms(sr, beat):
    fly = signals.wing_beats(beat, sr=sr, seconds=10)
    y = faint(sr) + signals.song(sr=sr, seconds=10, gain=0.01) + signals.burst(fly, sr=sr, onset=3, offset=8)
    (segment,) = [s for s in heard("buzz", y, sr) if s.label == "fly"]
    assert (segment.onset, segment.offset) == pytest.approx((3, 8), abs=0.06)
    assert segment.measured["beat_hz"] == pytest.approx(beat, rel=0.1)


@pytest.mark.parametrize("gain", [0.2, 0.05, 0.01])
def test_a_fly_is_one_at_any_level_that_drowns_the_rest(gain):
    y = faint(44100) + signals.wing_beats(180, sr=44100, seconds=10, gain=gain)
    assert spans(heard("buzz", y, 44100), "fly")


@pytest.mark.parametrize("sr", [8000, 44100, 192000])
def test_wind_is_found(sr):
    rumble = np.zeros((1, 10 * sr), np.float32)
    rng = np.random.default_rng(1)
    for freq in rng.uniform(15, 100, 40):
        rumble += signals.tone(freq, sr=sr, seconds=10, gain=0.03)
    y = faint(sr) + signals.burst(rumble, sr=sr, onset=2, offset=7)
    (segment,) = [s for s in heard("buzz", y, sr) if s.label == "wind"]
    assert (segment.onset, segment.offset) == pytest.approx((2, 7), abs=0.1)


@pytest.mark.parametrize("sr", [8000, 22050, 44100, 96000, 192000])
def test_broadband_noise_is_found_to_50_ms(sr):
    rain = signals.burst(signals.noise(sr=sr, seconds=10, seed=4), sr=sr, onset=2, offset=7)
    y = signals.tone(1500, sr=sr, seconds=10, gain=0.01) + faint(sr) + rain
    (segment,) = [s for s in heard("buzz", y, sr) if s.label == "broadband"]
    assert (segment.onset, segment.offset) == pytest.approx((2, 7), abs=0.06)


def test_a_knock_is_found():
    sr = 44100
    knock = signals.burst(signals.tone(60, sr=sr, seconds=10, gain=0.5), sr=sr, onset=5, offset=5.15)
    y = faint(sr) + signals.tone(1500, sr=sr, seconds=10, gain=0.02) + knock
    (segment,) = [s for s in heard("buzz", y, sr) if s.label == "bump"]
    assert (segment.onset, segment.offset) == pytest.approx((5, 5.15), abs=0.06)


def cicada(sr):
    """A band from 4 to 7 kHz, 120 pulses a second."""
    t = np.arange(10 * sr) / sr
    carrier = sum(signals.tone(f, sr=sr, seconds=10, gain=0.02) for f in np.arange(4000, 7000, 97.0))
    return (carrier * (0.6 + 0.4 * np.sin(2 * np.pi * 120 * t))).astype(np.float32)


def cricket(sr):
    """A pure tone of 4.6 kHz in three pulses, twice a second."""
    t = np.arange(10 * sr) / sr
    return (
        signals.tone(4600, sr=sr, seconds=10, gain=0.1) * ((t * 2 % 1 < 0.3) & (t * 20 % 1 < 0.5))
    ).astype(np.float32)


def frog(sr):
    """Croaks of 300 ms with a pulse rate of 120 a second, every 800 ms."""
    t = np.arange(10 * sr) / sr
    carrier = signals.tone(900, sr=sr, seconds=10, gain=0.1) + signals.tone(
        1900, sr=sr, seconds=10, gain=0.05
    )
    return (carrier * (t * 120 % 1 < 0.4) * (t / 0.8 % 1 < 0.375)).astype(np.float32)


def song(sr):
    return signals.song(sr=sr, seconds=10)


@pytest.mark.parametrize("animal", [cicada, cricket, frog, song])
def test_an_animal_is_no_buzz(animal):
    sr = 44100
    assert heard("buzz", animal(sr) + faint(sr), sr) == []


@pytest.mark.corpus
@pytest.mark.parametrize("kind", ["cicada", "cricket", "frog", "grasshopper"])
def test_no_real_cicada_cricket_or_frog_is_a_fly(corpus, kind):
    from curate.audio.read import read

    files = sorted(corpus.glob(f"animals/*{kind}*"))
    assert files
    for file in files:
        y, sr = read(file)
        assert spans(heard("buzz", y, sr), "fly") == [], file.name


@pytest.mark.corpus
@pytest.mark.parametrize("name", ["mod-sounds__sounds_bee.flac", "mod-sounds__sounds_bumble_bee_01.flac"])
def test_a_real_bee_at_the_microphone_is_found(corpus, name):
    from curate.audio.read import read

    y, sr = read(corpus / "animals" / name)
    (span,) = spans(heard("buzz", y, sr), "fly")
    assert span[1] - span[0] > 0.9 * y.shape[1] / sr
