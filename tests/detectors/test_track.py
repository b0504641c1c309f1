"""A track survives packing, and damage to it is noticed."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from curate.detectors.track import FULL, Track
from curate.errors import FormatError

TRACKS = st.builds(
    Track,
    hop=st.floats(1e-3, 10),
    probabilities=arrays(np.uint16, st.integers(0, 300)),
    n_samples=st.integers(0, 2**63),
)


@given(TRACKS)
def test_unpacking_gives_the_track_back(track):
    assert Track.unpack(track.pack()) == track


@given(TRACKS, TRACKS)
def test_tracks_are_equal_where_their_bytes_are(one, other):
    assert (one == other) == (one.pack() == other.pack())


@given(arrays(np.float32, st.integers(0, 300), elements=st.floats(0, 1, width=32)))
def test_quantising_moves_no_probability_by_more_than_half_a_step(probabilities):
    track = Track.quantised(probabilities, hop=0.032, n_samples=0)
    assert track.probabilities.dtype == np.uint16
    np.testing.assert_allclose(track.probabilities / FULL, probabilities, rtol=0, atol=0.50001 / FULL)


def test_an_hour_without_voices_packs_into_a_few_bytes():
    track = Track(0.032, np.zeros(112_500, np.uint16), 57_600_000)
    assert len(track.pack()) < 1000


@pytest.mark.parametrize(
    "harm",
    [
        pytest.param(lambda packed: packed[:0], id="nothing"),
        pytest.param(lambda packed: b"\x63" + packed[1:], id="a later version"),
        pytest.param(lambda packed: packed[:9], id="half a header"),
        pytest.param(lambda packed: packed[:-5], id="cut off"),
        pytest.param(lambda packed: packed[:30] + b"\x00\x00\x00" + packed[33:], id="overwritten"),
    ],
)
def test_a_damaged_track_is_a_format_error(harm):
    packed = Track(0.032, np.arange(500, dtype=np.uint16), 256_000).pack()
    with pytest.raises(FormatError, match="track"):
        Track.unpack(harm(packed))


def test_a_long_recording_is_rounded_as_a_short_one():
    probabilities = np.random.default_rng(0).random(200_000).astype(np.float32)
    whole = Track.quantised(probabilities, hop=0.032, n_samples=1)
    np.testing.assert_array_equal(whole.probabilities, np.rint(probabilities * np.float64(FULL)).astype("u2"))
