"""Windows lie where they may, as many as they should, and the same every time."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from curate.decisions.windows import Windowing, spread, windows
from curate.errors import UsageError
from curate.intervals import total, union

STRETCHES = st.lists(st.tuples(st.floats(0, 100), st.floats(0, 100)), max_size=5).map(
    lambda ends: union((min(pair), max(pair)) for pair in ends if abs(pair[0] - pair[1]) > 0.01)
)
LENGTHS = st.floats(0.5, 20)
COUNTS = st.none() | st.integers(1, 8)


@given(STRETCHES, LENGTHS, LENGTHS, COUNTS, st.integers(0, 99))
def test_a_window_lies_in_one_kept_stretch(stretches, length, hop, count, number):
    found = windows(stretches, Windowing(length, hop, count), str(number))
    assert found == sorted(found)
    assert bool(found) == bool(stretches)
    for onset, offset in found:
        assert any(low <= onset < offset <= high for low, high in stretches)
        whole = (onset, offset) in stretches
        assert offset - onset == pytest.approx(length, abs=2e-4) or (whole and offset - onset < length)


@given(STRETCHES, LENGTHS, st.floats(0.1, 1))
@example([(0.0, 1.0), (3.0, 5.0)], 20.0, 1.0)
def test_only_scraps_of_less_than_half_a_window_lie_in_none(stretches, length, share):
    found = windows(stretches, Windowing(length, length * share))
    for onset, offset in stretches:
        inside = [window for window in found if onset <= window[0] < offset]
        if offset - onset >= length / 2 - 1e-4:
            assert total(inside) == pytest.approx(offset - onset, abs=1e-3)
            assert inside[-1][1] == pytest.approx(offset, abs=1e-3)
        elif inside:
            assert found == [(onset, offset)]


@given(st.floats(0.5, 100), LENGTHS, LENGTHS)
def test_windows_of_a_stretch_start_a_hop_apart_but_for_the_last(end, length, hop):
    found = windows([(0.0, end)], Windowing(length, hop))
    starts = [onset for onset, _ in found]
    assert starts[:-1] == [place * hop for place in range(len(starts) - 1)]
    assert found[-1][1] == pytest.approx(end, abs=2e-4)


@given(STRETCHES, LENGTHS, st.integers(1, 8), st.integers(0, 5), st.integers(0, 99))
def test_random_windows_are_as_many_as_asked_where_one_fits(stretches, length, count, seed, number):
    found = windows(stretches, Windowing(length, length, count, seed), str(number))
    if any(high - low >= length for low, high in stretches):
        assert len(found) == count
    assert found == windows(stretches, Windowing(length, length, count, seed), str(number))


def test_another_recording_and_another_seed_draw_other_places():
    drawn = [
        windows([(0.0, 100.0)], Windowing(5, 5, 3, seed), who) for seed, who in ((0, "a"), (0, "b"), (1, "a"))
    ]
    assert len({tuple(found) for found in drawn}) == 3


@pytest.mark.parametrize(
    ("stretches", "expected"),
    [
        ([(0.0, 10.0)], [(0, 5), (5, 10)]),
        ([(0.0, 10.00005)], [(0, 5), (5, 10)]),
        ([(0.0, 12.0)], [(0, 5), (5, 10), (7, 12)]),
        ([(1.0, 4.0)], [(1, 4)]),
        ([(0.0, 2.5), (8.0, 10.0)], [(0, 2.5)]),
        ([(8.0, 10.0)], [(8, 10)]),
        ([(0.0, 4.99999)], [(0, 4.99999)]),
        ([], []),
    ],
)
def test_windows_stand_in_a_row_and_the_last_is_moved_back_to_the_end(stretches, expected):
    assert windows(stretches, Windowing(5, 5)) == expected


def test_overlapping_windows_follow_the_hop():
    assert windows([(1.0, 5.0)], Windowing(2, 1)) == [(1, 3), (2, 4), (3, 5)]


@given(st.integers(0, 200), st.integers(1, 40))
def test_rows_are_spread_evenly(rows, count):
    found = spread(rows, count)
    assert sum(found) == rows
    assert max(found) - min(found) <= 1


@pytest.mark.parametrize(
    ("length", "hop", "count"), [(0, 5, None), (5, 0, None), (5, 5, 0), (float("nan"), 5, 1)]
)
def test_windows_that_make_no_sense_are_refused(length, hop, count):
    with pytest.raises(UsageError):
        Windowing(length, hop, count).check()
