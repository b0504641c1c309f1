"""All against all: copies are found, others are not, and how much is sorted at once changes nothing."""

from __future__ import annotations

import numpy as np
import pytest

from curate.audio.resample import resample
from curate.detectors.detector_group import DetectorGroup
from curate.detectors.fingerprint import HOP, SR, Fingerprint, FingerprintDetector
from curate.matching import index
from curate.matching.index import matches
from tests.songs import song

RATE = 32000


def print_of(y, sr=RATE):
    audience = DetectorGroup({"fingerprint": FingerprintDetector()}, sr)
    audience.feed(y)
    found = Fingerprint.unpack(audience.finish()["fingerprint"])
    return (found.frames, found.bins), int(y.shape[1] / sr * SR / HOP)


def matched(*sounds):
    """Pairs of places with the shifts between them in seconds."""
    prints, lengths = zip(
        *(print_of(*sound) if isinstance(sound, tuple) else print_of(sound) for sound in sounds), strict=True
    )
    found = {}
    for match in matches(prints, lengths):
        found.setdefault((match.one, match.other), []).append(match.alignment)
    return found


@pytest.fixture(scope="module")
def songs():
    return [song(seed) for seed in range(12)]


def test_different_songs_have_nothing_in_common(songs):
    assert matched(*songs) == {}


def test_a_quieter_resampled_piece_is_found_where_it_lies(songs):
    piece = (resample(0.1 * songs[3][:, 2 * RATE : 6 * RATE], RATE, 24000), 24000)
    found = matched(*songs, piece)
    assert set(found) == {(3, 12)}
    [alignment] = found[3, 12]
    assert alignment.start * HOP / SR == pytest.approx(2.0, abs=0.05)
    assert alignment.stop * HOP / SR == pytest.approx(6.0, abs=0.05)


def test_some_noise_over_a_copy_does_not_hide_it(songs):
    rng = np.random.default_rng(999)
    noisy = songs[5] + 0.002 * rng.standard_normal(songs[5].shape).astype(np.float32)
    assert set(matched(*songs, noisy)) == {(5, 12)}


def test_a_tape_of_two_songs_shares_a_stretch_with_each(songs):
    tape = np.concatenate([songs[1], songs[0]], axis=1)
    found = matched(*songs, tape)
    assert set(found) == {(0, 12), (1, 12)}
    assert found[0, 12][0].shift * HOP / SR == pytest.approx(-8.0, abs=0.05)


def test_songs_in_another_order_are_two_stretches(songs):
    one = np.concatenate([songs[1], songs[0]], axis=1)
    other = np.concatenate([songs[0], songs[1]], axis=1)
    assert sorted(round(found.shift * HOP / SR) for found in matched(one, other)[0, 1]) == [-8, 8]


def test_fifty_copies_hang_together(songs):
    """Each landmark is compared with a few neighbours only, yet no copy is lost."""
    pairs = matched(*([songs[0]] * 50))
    reached = {0}
    for one, other in sorted(pairs):
        if one in reached:
            reached.add(other)
    assert reached == set(range(50))


def test_what_is_sorted_at_once_changes_nothing(songs, monkeypatch):
    sounds = [*songs, songs[2], songs[7][:, RATE:]]
    before = matched(*sounds)
    monkeypatch.setattr(index, "_AT_ONCE", 1000)
    monkeypatch.setattr(index, "_PEAKS_AT_ONCE", 500)
    assert matched(*sounds) == before
    assert set(before) == {(2, 12), (7, 13)}


def test_nothing_matches_nothing():
    assert matches([], []) == []
    empty = np.empty(0, np.uint32), np.empty(0, np.uint16)
    assert matches([empty, empty], [0, 0]) == []
