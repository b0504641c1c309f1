"""What every detector finds at any depth, beside a dead channel, and at any level: the same, to 50 ms."""

from __future__ import annotations

import numpy as np
import pytest

from curate.audio.resample import resample
from tests import signals
from tests.detectors.heard import heard

SR = 32000
SECONDS = 8
TRUTH = (2.0, 5.0)


def within(sound, truth=TRUTH):
    return signals.burst(sound, sr=SR, onset=truth[0], offset=truth[1])


def floor(gain=0.001):
    return signals.noise(sr=SR, seconds=SECONDS, gain=gain, seed=9)


def tone(freq, gain):
    return signals.tone(freq, sr=SR, seconds=SECONDS, gain=gain)


def rumble(gain):
    rng = np.random.default_rng(1)
    return sum(tone(freq, gain / 5) for freq in rng.uniform(15, 100, 40))


def clipped(gain):
    loud = floor(0.05) + within(signals.noise(sr=SR, seconds=SECONDS, gain=1.0, seed=3))
    return np.clip(loud, -1, 1) * np.float32(gain)


def zeros(gain):
    y = signals.noise(sr=SR, seconds=SECONDS, gain=gain)
    y[:, 2 * SR : 5 * SR] = 0
    return y


def silence(gain):
    return signals.noise(sr=SR, seconds=SECONDS, gain=gain) - within(
        signals.noise(sr=SR, seconds=SECONDS, gain=gain) * np.float32(0.999)
    )


#: By label: the detector, the sound at an amplitude, the amplitudes, and when it begins and ends.
CASES = {
    "activity": ("activity", lambda g: floor() + within(tone(3000, g)), (0.3, 0.03, 0.003), TRUTH),
    "band-limited": (
        "bandwidth",
        lambda g: resample(signals.noise(sr=16000, seconds=SECONDS, gain=g), 16000, SR),
        (0.2, 0.02, 0.002),
        (0, SECONDS),
    ),
    "broadband": (
        "buzz",
        lambda g: floor(g / 50) + tone(1500, g / 4) + within(signals.noise(sr=SR, seconds=SECONDS, gain=g)),
        (0.2, 0.05, 0.01),
        TRUTH,
    ),
    "bump": (
        "buzz",
        lambda g: floor(g / 500) + tone(1500, g / 25) + within(tone(60, g), (5, 5.15)),
        (0.9, 0.1, 0.02),
        (5, 5.15),
    ),
    "fly": (
        "buzz",
        lambda g: floor(g / 50) + within(signals.wing_beats(180, sr=SR, seconds=SECONDS, gain=g)),
        (0.1, 0.03, 0.01),
        TRUTH,
    ),
    "hiss": ("buzz", floor, (0.003, 0.001, 0.0007), (0, SECONDS)),
    "wind": ("buzz", lambda g: floor(g / 50) + within(rumble(g)), (0.1, 0.03, 0.01), TRUTH),
    "clipping": ("clipping", clipped, (1.0, 0.3, 0.05), TRUTH),
    "zeros": ("dropout", zeros, (0.2, 0.02, 0.002), TRUTH),
    "hum 60 Hz": (
        "hum",
        lambda g: floor(g / 4) + within(signals.hum(60, sr=SR, seconds=SECONDS, gain=g)),
        (0.1, 0.03, 0.01),
        TRUTH,
    ),
    "silence": ("silence", silence, (0.3, 0.05, 0.01), TRUTH),
}


def found(label, y):
    return [(s.onset, s.offset) for s in heard(CASES[label][0], y, SR) if s.label == label]


@pytest.mark.parametrize("label", CASES)
@pytest.mark.parametrize("step", range(3))
def test_it_is_found_at_any_level(label, step):
    _, sound, gains, truth = CASES[label]
    assert found(label, sound(gains[step])) == [pytest.approx(truth, abs=0.05)]


@pytest.mark.parametrize("label", CASES)
@pytest.mark.parametrize("bits", [16, 24])
def test_it_is_found_at_any_depth(label, bits):
    _, sound, gains, truth = CASES[label]
    assert found(label, signals.quantised(sound(gains[1]), bits)) == [pytest.approx(truth, abs=0.05)]


@pytest.mark.parametrize("label", CASES)
@pytest.mark.parametrize("dead", [0, 1])
def test_it_is_found_beside_a_dead_channel(label, dead):
    _, sound, gains, truth = CASES[label]
    y = np.zeros((2, SECONDS * SR), np.float32)
    y[1 - dead] = sound(gains[1])[0]
    assert found(label, y) == [pytest.approx(truth, abs=0.05)]
