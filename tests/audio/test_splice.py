"""Excision and muting: lengths to the frame, no clicks, nothing else touched."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from curate.audio.splice import FADE, excise, mute, pieces
from curate.model import Piece
from tests import signals

SR = 1000
FADE_FRAMES = round(FADE * SR)

cut_lists = st.lists(st.tuples(st.integers(-50, 450), st.integers(-50, 450)), max_size=6)
lengths = st.integers(0, 400)
blockings = st.lists(st.integers(1, 60), min_size=1, max_size=8)


def blocks_of(y: NDArray[np.float32], sizes: list[int]) -> list[NDArray[np.float32]]:
    """Cut a waveform into blocks whose lengths go round `sizes`."""
    blocks, at, k = [], 0, 0
    while at < y.shape[1]:
        blocks.append(y[:, at : at + sizes[k % len(sizes)]])
        at += sizes[k % len(sizes)]
        k += 1
    return blocks


def joined(parts: list[NDArray[np.float32]], channels: int) -> NDArray[np.float32]:
    return np.concatenate([np.empty((channels, 0), np.float32), *parts], axis=1)


def removed_mask(cuts: list[tuple[int, int]], frames: int) -> NDArray[np.bool_]:
    mask = np.zeros(frames, bool)
    for start, stop in cuts:
        mask[max(0, start) : max(0, stop)] = True
    return mask


@given(cuts=cut_lists, frames=lengths)
def test_pieces_are_what_no_cut_covers(cuts: list[tuple[int, int]], frames: int) -> None:
    kept = pieces(cuts, frames)
    raw = [k for piece in kept for k in range(piece.raw_start, piece.raw_start + piece.frames)]
    assert raw == list(np.flatnonzero(~removed_mask(cuts, frames)))
    assert [piece.clean_start for piece in kept] == list(
        np.cumsum([0, *[piece.frames for piece in kept]])[: len(kept)]
    )
    assert all(piece.frames > 0 for piece in kept)


def test_touching_overlapping_and_outlying_cuts_join() -> None:
    cuts = [(60, 90), (20, 30), (30, 40), (35, 50), (95, 200), (-5, 5)]
    assert pieces(cuts, 100) == [Piece(0, 5, 15), Piece(15, 50, 10), Piece(25, 90, 5)]


@given(cuts=cut_lists, frames=lengths, sizes=blockings, channels=st.integers(1, 3))
def test_excision_is_exact_whatever_the_blocks(
    cuts: list[tuple[int, int]], frames: int, sizes: list[int], channels: int
) -> None:
    y = signals.noise(sr=SR, seconds=frames / SR, channels=channels)
    parts = list(excise(blocks_of(y, sizes), cuts, sr=SR, frames=frames))
    clean = joined(parts, channels)
    assert clean.shape == (channels, int((~removed_mask(cuts, frames)).sum()))
    whole = joined(list(excise([y], cuts, sr=SR, frames=frames)), channels)
    np.testing.assert_array_equal(clean, whole)


@given(cuts=cut_lists, frames=lengths, sizes=blockings)
def test_excision_leaves_all_samples_outside_the_fades_as_they_are(
    cuts: list[tuple[int, int]], frames: int, sizes: list[int]
) -> None:
    y = signals.noise(sr=SR, seconds=frames / SR)
    clean = joined(list(excise(blocks_of(y, sizes), cuts, sr=SR, frames=frames)), 1)
    half = FADE_FRAMES // 2
    kept = pieces(cuts, frames)
    for k, piece in enumerate(kept):
        low = 0 if k == 0 else min(half, piece.frames)
        high = piece.frames if k == len(kept) - 1 else max(piece.frames - half, low)
        inside = slice(piece.clean_start + low, piece.clean_start + high)
        np.testing.assert_array_equal(clean[:, inside], y[:, piece.raw_start + low : piece.raw_start + high])


@given(cuts=cut_lists, frames=lengths, sizes=blockings)
def test_a_fade_is_never_louder_than_equal_power_allows(
    cuts: list[tuple[int, int]], frames: int, sizes: list[int]
) -> None:
    y = signals.noise(sr=SR, seconds=frames / SR)
    clean = joined(list(excise(blocks_of(y, sizes), cuts, sr=SR, frames=frames)), 1)
    assert np.abs(clean).max(initial=0) <= np.sqrt(2) * np.abs(y).max(initial=0) + 1e-6


@pytest.mark.parametrize("sr", [8000, 44_100, 384_000])
@pytest.mark.parametrize("cut_seconds", [0.0354, 0.505])
def test_a_join_does_not_click(sr: int, cut_seconds: float) -> None:
    """The jump in phase at the join is spread over the fade."""
    y = signals.tone(100, sr=sr, seconds=2)
    cuts = [(round(0.7025 * sr), round((0.7025 + cut_seconds) * sr))]
    clean = joined(list(excise([y], cuts, sr=sr, frames=y.shape[1])), 1)
    own_step = np.abs(np.diff(y)).max()
    assert np.abs(np.diff(clean)).max() < 3 * own_step
    hard = np.delete(y, np.arange(*cuts[0]), axis=1)
    assert np.abs(np.diff(hard)).max() > 3 * own_step, "a hard join would click"


def test_noise_keeps_its_level_through_a_join() -> None:
    sr = 48_000
    y = signals.noise(sr=sr, seconds=40, gain=0.1)
    cuts = [(k * sr // 4, k * sr // 4 + sr // 8) for k in range(1, 160)]
    clean = joined(list(excise([y], cuts, sr=sr, frames=y.shape[1])), 1)
    half = round(FADE * sr) // 2
    joins = [piece.clean_start for piece in pieces(cuts, y.shape[1])[1:]]
    level = np.sqrt(np.mean([clean[0, join - half : join + half] ** 2 for join in joins]))
    assert abs(level - 0.1) < 0.002


def test_the_recordings_own_ends_are_not_faded() -> None:
    y = np.ones((2, 1000), np.float32)
    clean = joined(list(excise([y], [(0, 100), (900, 1000)], sr=SR, frames=1000)), 2)
    np.testing.assert_array_equal(clean, np.ones((2, 800), np.float32))


def test_excision_holds_no_more_than_a_block() -> None:
    """Each block that goes in comes out before the next but one is asked for."""
    asked = []

    def source() -> list[NDArray[np.float32]]:
        for k in range(100):
            asked.append(k)
            yield np.zeros((1, 100), np.float32)

    out = 0
    for part in excise(source(), [(2000, 2500)], sr=SR, frames=10_000):
        out += part.shape[1]
        if out <= 1900:
            assert len(asked) * 100 <= out + 200
    assert out == 9500


@given(cuts=cut_lists, frames=lengths, sizes=blockings, channels=st.integers(1, 3))
def test_muting_keeps_the_length_and_silences_only_the_stretches(
    cuts: list[tuple[int, int]], frames: int, sizes: list[int], channels: int
) -> None:
    y = signals.noise(sr=SR, seconds=frames / SR, channels=channels)
    muted = joined(list(mute(blocks_of(y, sizes), cuts, sr=SR, frames=frames)), channels)
    np.testing.assert_array_equal(muted, joined(list(mute([y], cuts, sr=SR, frames=frames)), channels))
    assert muted.shape == y.shape
    mask = removed_mask(cuts, frames)
    np.testing.assert_array_equal(muted[:, ~mask], y[:, ~mask])
    deep = np.convolve(~mask, np.ones(2 * FADE_FRAMES + 1), "same")[:frames] == 0 if frames else mask
    if frames > 2 * FADE_FRAMES:
        assert not muted[:, deep].any()
    assert (np.abs(muted) <= np.abs(y)).all()


def test_muting_ramps_down_and_up_inside_the_stretch() -> None:
    y = np.ones((1, 1000), np.float32)
    muted = joined(list(mute([y], [(300, 600)], sr=SR, frames=1000)), 1)[0]
    assert (muted[:300] == 1).all()
    assert (np.diff(muted[299 : 300 + FADE_FRAMES + 1]) < 0).all()
    assert (muted[300 + FADE_FRAMES : 600 - FADE_FRAMES] == 0).all()
    assert (np.diff(muted[600 - FADE_FRAMES - 1 : 601]) > 0).all()
    assert (muted[600:] == 1).all()


def test_muting_at_the_recordings_ends_is_silent_to_the_end() -> None:
    y = np.ones((1, 1000), np.float32)
    muted = joined(list(mute([y], [(-5, 200), (800, 1000)], sr=SR, frames=1000)), 1)[0]
    assert not muted[: 200 - FADE_FRAMES].any()
    assert not muted[800 + FADE_FRAMES :].any()


@pytest.mark.parametrize("operation", [excise, mute])
def test_a_recording_that_ends_early_ends_the_copy(operation: object) -> None:
    y = signals.noise(sr=SR, seconds=0.5)
    clean = joined(list(operation([y], [(100, 200), (700, 800)], sr=SR, frames=1000)), 1)  # type: ignore[operator]
    assert clean.shape[1] == (400 if operation is excise else 500)


@pytest.mark.parametrize("gain", [0.95, 0.5])
def test_a_join_of_like_sounds_is_no_louder_than_they_are(gain: float) -> None:
    sr = 16000
    y = (gain * np.sin(2 * np.pi * 50 * np.arange(4 * sr) / sr)).astype(np.float32)[np.newaxis]
    copy = joined(list(excise([y], [(sr, 2 * sr)], sr=sr, frames=4 * sr)), 1)
    assert np.abs(copy).max() <= gain + 1e-6
    # A whole number of periods was cut: the join is the hum itself.
    np.testing.assert_allclose(copy[0], y[0, : 3 * sr], atol=1e-5)


def test_a_constant_part_stays_through_a_join() -> None:
    sr = 16000
    y = 0.1 + signals.noise(sr=sr, seconds=4, gain=1e-3)
    copy = joined(list(excise([y], [(sr, 2 * sr)], sr=sr, frames=4 * sr)), 1)
    fade = round(FADE * sr)
    np.testing.assert_allclose(copy[:, sr - fade : sr + fade].mean(), 0.1, atol=1e-3)
    assert np.abs(copy).max() <= np.abs(y).max()


@given(seed=st.integers(0, 1000), likeness=st.floats(-1, 1))
def test_no_sample_of_a_join_is_louder_than_both_sounds(seed: int, likeness: float) -> None:
    rng = np.random.default_rng(seed)
    one, other = rng.standard_normal((2, 400))
    y = np.concatenate([one, likeness * one + (1 - abs(likeness)) * other])[np.newaxis].astype(np.float32)
    copy = joined(list(excise([y], [(300, 500)], sr=SR, frames=800)), 1)
    assert np.abs(copy).max() <= np.abs(y).max()
