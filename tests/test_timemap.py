"""The way between clean and raw seconds."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from curate.audio.splice import pieces
from curate.model import Piece
from curate.timemap import TimeMap

SR = 100

maps = st.lists(st.tuples(st.integers(0, 2000), st.integers(0, 2000)), max_size=6).map(
    lambda cuts: pieces(cuts, 2000)
)
times = st.floats(0, 20)


@given(kept=maps, t=times)
def test_there_and_back_is_the_same_second(kept: list[Piece], t: float) -> None:
    mapped = TimeMap(kept, SR)
    assume(t < mapped.clean_duration)
    back = mapped.to_clean(mapped.to_raw(t))
    # Just before a join rounding may reach the join itself, which belongs to the piece behind.
    assume(min((abs(t - piece.clean_start / SR) for piece in kept), default=1) > 1e-9)
    assert back == pytest.approx(t, abs=1e-9)


@given(kept=maps, first=times, second=times)
def test_order_is_kept(kept: list[Piece], first: float, second: float) -> None:
    mapped = TimeMap(kept, SR)
    low, high = sorted((first, second))
    assert mapped.to_raw(low) <= mapped.to_raw(high)
    clean_low, clean_high = mapped.to_clean(low), mapped.to_clean(high)
    if clean_low is not None and clean_high is not None:
        assert clean_low <= clean_high + 1e-12


@given(kept=maps, first=times, second=times)
def test_an_interval_of_the_clean_copy_keeps_its_length(
    kept: list[Piece], first: float, second: float
) -> None:
    mapped = TimeMap(kept, SR)
    low, high = sorted((min(first, mapped.clean_duration), min(second, mapped.clean_duration)))
    parts = mapped.interval_to_raw(low, high)
    assert sum(offset - onset for onset, offset in parts) == pytest.approx(high - low, abs=1e-9)
    assert parts == sorted(parts)
    for onset, offset in parts:
        assert any(
            piece.raw_start / SR - 1e-9 <= onset and offset <= (piece.raw_start + piece.frames) / SR + 1e-9
            for piece in kept
        )


@given(kept=maps, first=times, second=times)
def test_an_annotation_becomes_as_long_as_what_is_kept_of_it(
    kept: list[Piece], first: float, second: float
) -> None:
    mapped = TimeMap(kept, SR)
    low, high = sorted((first, second))
    left = sum(
        max(0.0, min(high, (piece.raw_start + piece.frames) / SR) - max(low, piece.raw_start / SR))
        for piece in kept
    )
    parts = mapped.interval_to_clean(low, high)
    if left > 1e-9:
        ((onset, offset),) = parts
        assert offset - onset == pytest.approx(left, abs=1e-9)
        assert 0 <= onset < offset <= mapped.clean_duration + 1e-9
    else:
        assert sum(offset - onset for onset, offset in parts) == pytest.approx(0, abs=1e-9)


@given(kept=maps, first=times, second=times)
def test_an_annotation_that_was_kept_whole_comes_back_whole(
    kept: list[Piece], first: float, second: float
) -> None:
    mapped = TimeMap(kept, SR)
    low, high = sorted((first, second))
    assume(high - low > 1e-6)
    inside = any(
        piece.raw_start / SR <= low and high <= (piece.raw_start + piece.frames) / SR for piece in kept
    )
    assume(inside)
    ((onset, offset),) = mapped.interval_to_clean(low, high)
    back = mapped.interval_to_raw(onset, offset)
    (longest,) = [part for part in back if part[1] - part[0] > 1e-7]
    assert longest == pytest.approx((low, high), abs=1e-9)


CUT = TimeMap([Piece(0, 100, 300), Piece(300, 600, 400)], SR)  # 1-4 s and 6-10 s are kept


@pytest.mark.parametrize(
    ("raw", "clean"),
    [(0.5, None), (1, 0), (3.99, 2.99), (4, None), (5, None), (6, 3), (10, 7), (11, None)],
)
def test_a_cut_second_has_no_place_in_the_clean_copy(raw: float, clean: float | None) -> None:
    assert CUT.to_clean(raw) == (None if clean is None else pytest.approx(clean))


def test_a_join_belongs_to_the_piece_behind_it() -> None:
    assert CUT.to_raw(3.0) == 6.0
    assert CUT.to_raw(7.0) == 10.0


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ((0, 12), [(0, 7)]),
        ((3, 7), [(2, 4)]),
        ((4, 6), []),
        ((4.5, 5), []),
        ((0, 1), []),
        ((10, 11), []),
        ((5, 6.5), [(3, 3.5)]),
    ],
)
def test_an_annotation_across_a_cut_is_joined(
    raw: tuple[float, float], clean: list[tuple[float, float]]
) -> None:
    assert CUT.interval_to_clean(*raw) == [pytest.approx(part) for part in clean]


def test_the_ends_are_known() -> None:
    assert CUT.clean_duration == 7.0


def test_a_recording_of_which_nothing_is_kept_leads_nowhere() -> None:
    nothing = TimeMap([], SR)
    assert nothing.clean_duration == 0.0
    assert nothing.to_clean(1.0) is None
    assert nothing.interval_to_clean(0, 9) == []
    assert nothing.interval_to_raw(0, 9) == []
