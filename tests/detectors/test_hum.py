"""Mains hum: its frequency and its ends, under noise and song, and not what only sounds low."""

from __future__ import annotations

import numpy as np
import pytest

from tests import signals
from tests.detectors.heard import heard


def hummed(mains, sr, gain=0.02, seconds=10):
    y = signals.noise(sr=sr, seconds=seconds, gain=0.005)
    return y + signals.burst(
        signals.hum(mains, sr=sr, seconds=seconds, gain=gain), sr=sr, onset=3.1, offset=7.4
    )


@pytest.mark.parametrize("sr", [8000, 11025, 22050, 44100, 96000, 192000])
@pytest.mark.parametrize("mains", [50, 60])
def test_hum_is_named_and_found_to_50_ms(sr, mains):
    (segment,) = heard("hum", hummed(mains, sr), sr)
    assert segment.label == f"hum {mains} Hz"
    assert (segment.onset, segment.offset) == pytest.approx((3.1, 7.4), abs=0.05)


@pytest.mark.parametrize("gain", [0.3, 0.05, 0.01, 0.003])
def test_the_level_does_not_matter_while_it_stands_out(gain):
    (segment,) = heard("hum", hummed(50, 44100, gain=gain), 44100)
    assert (segment.onset, segment.offset) == pytest.approx((3.1, 7.4), abs=0.06)


@pytest.mark.parametrize("drift", [0.998, 1.002])
def test_the_mains_may_drift(drift):
    assert len(heard("hum", hummed(50 * drift, 44100), 44100)) == 1


def test_hum_from_end_to_end_is_one_segment():
    y = signals.hum(60, sr=44100, seconds=8) + signals.noise(sr=44100, seconds=8, gain=0.002)
    (segment,) = heard("hum", y, 44100)
    assert (segment.onset, segment.offset) == pytest.approx((0, 8), abs=0.05)


@pytest.mark.parametrize(
    "y",
    [
        signals.noise(sr=44100, seconds=6, gain=0.1),
        np.cumsum(signals.noise(sr=44100, seconds=6, gain=0.001), axis=1),
        signals.tone(100, sr=44100, seconds=6) + signals.noise(sr=44100, seconds=6, gain=0.003),
        signals.tone(4000, sr=44100, seconds=6) + signals.noise(sr=44100, seconds=6, gain=0.003),
        signals.song(sr=44100, seconds=6) + signals.noise(sr=44100, seconds=6, gain=0.003),
        signals.wing_beats(190, sr=44100, seconds=6) + signals.noise(sr=44100, seconds=6, gain=0.003),
    ],
    ids=["noise", "rumble", "a low tone", "a high tone", "song", "a fly"],
)
def test_what_is_no_comb_of_the_mains_is_no_hum(y):
    assert heard("hum", y, 44100) == []
