"""Flies, wind, broadband noise, hiss and knocks; and that no cicada, cricket, frog or bird is one of them."""

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


def hiss(sr, seconds=10, level=-55, color="white", seed=2):
    """A recorder's own noise at so many dB below full scale."""
    y = signals.noise(sr=sr, seconds=seconds, gain=10 ** (level / 20), seed=seed)
    if color == "pink":
        freqs = np.maximum(np.fft.rfftfreq(y.shape[1], 1 / sr), 20.0)
        y = np.fft.irfft(np.fft.rfft(y) / freqs**0.5, y.shape[1])
        y *= 10 ** (level / 20) / y.std()
    return y.astype(np.float32)


def drizzle(sr, seconds=10, level=-55):
    """As faint, but of 200 drops a second that die away within 3 ms."""
    rng = np.random.default_rng(3)
    shape = np.exp(-np.arange(round(0.02 * sr)) / (0.003 * sr))
    y = np.zeros(round(seconds * sr))
    for onset in rng.integers(0, len(y) - len(shape), round(200 * seconds)):
        drop = shape * rng.standard_normal(len(shape))
        y[onset : onset + len(shape)] += rng.exponential() * drop
    return (y * 10 ** (level / 20) / y.std()).astype(np.float32)[np.newaxis]


@pytest.mark.parametrize("sr", [8000, 22050, 44100, 192000])
@pytest.mark.parametrize("color", ["white", "pink"])
def test_a_recorders_own_noise_is_hiss(sr, color):
    (segment,) = heard("buzz", hiss(sr, color=color), sr)
    assert segment.label == "hiss"
    assert (segment.onset, segment.offset) == (0, 10)
    assert segment.measured["dbfs"] == pytest.approx(-55, abs=5)
    assert segment.measured["sway"] == pytest.approx(1, abs=0.3)


@pytest.mark.parametrize("bits", [16, 24])
@pytest.mark.parametrize("level", [-65, -50])
def test_hiss_is_hiss_at_any_level_and_depth_that_resolves_it(level, bits):
    (segment,) = heard("buzz", signals.quantised(hiss(44100, level=level), bits), 44100)
    assert segment.label == "hiss"


@pytest.mark.parametrize("sr", [16000, 44100, 192000])
def test_rain_as_faint_as_hiss_is_no_hiss(sr):
    (segment,) = heard("buzz", drizzle(sr, 4) + hiss(sr, 4, level=-75), sr)
    assert segment.label == "broadband"
    assert segment.measured["sway"] > 2


def test_noise_as_steady_as_hiss_but_loud_is_no_hiss():
    assert spans(heard("buzz", hiss(44100, level=-30), 44100), "hiss") == []


def test_rain_that_follows_upon_hiss_is_told_from_it_to_10_s():
    sr = 16000
    y = np.concatenate([hiss(sr, 40), drizzle(sr, 40) + hiss(sr, 40, level=-75)], axis=1)
    ((start, turn), (again, end)) = (spans(heard("buzz", y, sr), label)[0] for label in ("hiss", "broadband"))
    assert (start, end) == (0, 80)
    assert turn == again == pytest.approx(40, abs=10)


@pytest.mark.parametrize("sr", [8000, 22050, 44100, 96000, 192000])
def test_a_knock_is_found(sr):
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
