"""A fingerprint is small, the same however the sound comes in, and the same sound's."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import ndimage

from curate.audio.resample import resample
from curate.detectors.detector_group import DetectorGroup
from curate.detectors.fingerprint import HOP, SR, Fingerprint, FingerprintDetector, loudest, running_max
from curate.errors import FormatError
from tests import signals
from tests.songs import song


def heard(y, sr=32000, *, cuts=()):
    """Packed fingerprint of a waveform that comes in pieces."""
    audience = DetectorGroup({"fingerprint": FingerprintDetector()}, sr)
    for block in np.split(y, cuts, axis=1):
        audience.feed(block)
    return audience.finish()["fingerprint"]


def peaks(packed):
    found = Fingerprint.unpack(packed)
    return set(zip(found.frames.tolist(), found.bins.tolist(), strict=True))


@settings(max_examples=15, deadline=None)
@given(st.lists(st.integers(0, 5 * 44100), max_size=6).map(sorted))
def test_blocks_do_not_change_what_is_heard(cuts):
    y = song(1, seconds=5.0, sr=44100)
    assert heard(y, 44100, cuts=cuts) == heard(y, 44100)


def test_a_peak_is_where_the_tone_is():
    y = signals.noise(sr=SR, seconds=4, gain=1e-4)
    y[:, 2 * SR : 2 * SR + 1600] += signals.tone(3000, sr=SR, seconds=0.1)
    found = Fingerprint.unpack(heard(y, SR))
    centre = (2 * SR + 800 - 512) / HOP
    near = found.bins[np.abs(found.frames - centre) <= 3]
    assert 192 in near  # 3000 Hz in bins of 15.6 Hz


def test_level_and_stereo_change_nothing_but_the_hash():
    y = song(2)
    same = peaks(heard(y))
    assert peaks(heard(0.25 * y)) == same
    assert peaks(heard(np.concatenate([y, y]))) == same
    assert Fingerprint.unpack(heard(y)).samples != Fingerprint.unpack(heard(0.25 * y)).samples


def test_a_dead_channel_changes_no_peak():
    y = song(2)
    assert peaks(heard(np.concatenate([y, np.zeros_like(y)]))) == peaks(heard(y))


@pytest.mark.parametrize("bits", [16, 24])
def test_the_depth_changes_next_to_no_peak(bits):
    y = song(2)
    before, after = peaks(heard(y)), peaks(heard(signals.quantised(y, bits)))
    assert len(before & after) > 0.95 * len(before | after)


@pytest.mark.parametrize("sr", [24000, 44100, 96000, 192000])
def test_another_rate_keeps_most_peaks(sr):
    y = song(3)
    before, after = peaks(heard(y)), peaks(heard(resample(y, 32000, sr), sr))
    near = {(at + a, pitch + b) for at, pitch in before for a in (-1, 0, 1) for b in (-1, 0, 1)}
    assert len(after & near) > 0.8 * len(after)


def test_the_hash_is_of_samples_rate_and_channels():
    y = song(4, seconds=1.0)
    hashes = {
        Fingerprint.unpack(heard(*given)).samples for given in ((y, 32000), (y, 16000), (np.tile(y, (2, 1)),))
    }
    assert len(hashes) == 3


@pytest.mark.parametrize("seconds", [0, 0.001, 0.05, 3])
def test_silence_and_next_to_nothing_have_no_peaks(seconds):
    assert peaks(heard(np.zeros((1, round(seconds * 32000)), np.float32))) == set()


def test_what_is_no_sound_is_heard_as_silence():
    y = song(5)
    harmed = y.copy()
    harmed[0, 100_000:100_010] = [np.nan, np.inf, -np.inf, 1e30, -1e30, np.nan, 0, 0, 0, 0]
    assert len(peaks(heard(harmed)) & peaks(heard(y))) > 0.7 * len(peaks(heard(y)))


def test_ten_minutes_are_less_than_60_kb():
    assert len(heard(np.tile(song(6, seconds=60.0), 10))) < 60_000


FINGERPRINTS = st.builds(
    lambda samples, steps, bins: Fingerprint(
        samples, np.cumsum(steps, dtype=np.uint32), np.resize(bins, len(steps)).astype(np.uint16)
    ),
    st.binary(min_size=16, max_size=16),
    arrays(np.uint32, st.integers(0, 50), elements=st.integers(0, 10_000_000)),
    arrays(np.uint16, st.integers(1, 50), elements=st.integers(0, 512)),
)


@given(FINGERPRINTS)
def test_unpacking_gives_the_fingerprint_back(found):
    again = Fingerprint.unpack(found.pack())
    assert again.samples == found.samples
    np.testing.assert_array_equal(again.frames, found.frames)
    np.testing.assert_array_equal(again.bins, found.bins)
    assert again.pack() == found.pack()


@pytest.mark.parametrize(
    "harm",
    [
        pytest.param(lambda packed: packed[:0], id="nothing"),
        pytest.param(lambda packed: b"\x63" + packed[1:], id="a later version"),
        pytest.param(lambda packed: packed[:9], id="half a header"),
        pytest.param(lambda packed: packed[:-5], id="cut off"),
    ],
)
def test_a_damaged_fingerprint_is_a_format_error(harm):
    with pytest.raises(FormatError, match="fingerprint"):
        Fingerprint.unpack(harm(heard(song(7, seconds=2.0))))


@given(arrays(np.float32, (40, 30), elements=st.floats(0, 1, width=32)), st.sampled_from([3, 7, 25]))
def test_the_running_maximum_is_that_of_scipy(x, width):
    half = width // 2
    expected = ndimage.maximum_filter1d(x, width, axis=0, mode="constant")[half : len(x) - half]
    np.testing.assert_array_equal(running_max(x, width), expected)


@settings(max_examples=50, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), rows=st.integers(7, 40), steps=st.integers(2, 10_000))
def test_a_peak_is_as_loud_as_all_that_is_twelve_frames_and_bins_around_it(seed, rows, steps):
    # Of few steps, many cells are equally loud.
    inside = np.random.default_rng(seed).integers(0, steps, (4 * rows - 24, 100)).astype(np.float32)
    sound = np.pad(inside, 12)
    is_peak = (ndimage.maximum_filter(sound, 25, mode="constant") == sound) & (sound > 0)
    expected = np.nonzero(is_peak[12:-12, 12:-12])
    np.testing.assert_array_equal(loudest(sound), expected)
