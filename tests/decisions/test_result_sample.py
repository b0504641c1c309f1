"""A sample stands for the whole."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from curate.decisions.result_sample import WINDOW, draw, shares, window

sizes = st.dictionaries(st.text("abc", min_size=1, max_size=2), st.integers(1, 200), min_size=1, max_size=6)


@given(sizes, st.integers(1, 100))
def test_places_are_dealt_in_proportion_and_nobody_goes_without(sizes, n):
    given_ = shares(sizes, n)
    total = sum(sizes.values())
    assert given_.keys() == sizes.keys()
    assert all(1 <= given_[name] <= sizes[name] for name in sizes)
    assert sum(given_.values()) == max(min(n, total), len(sizes))
    if n * min(sizes.values()) >= total:  # no group is too small for a place of its own
        assert all(abs(given_[name] - min(n, total) * sizes[name] / total) <= 1 for name in sizes)


def test_a_sample_has_its_size_is_the_same_again_and_another_with_another_seed():
    groups = {number: "birds" if number % 10 else "frogs" for number in range(1000)}
    drawn = draw(groups, 100)
    assert len(set(drawn)) == 100
    assert Counter(groups[number] for number in drawn) == {"birds": 90, "frogs": 10}
    assert draw(groups, 100) == drawn != draw(groups, 100, seed=1)


def test_a_sample_of_nothing_is_empty():
    assert draw({}, 10) == []
    assert window([], recording=1) is None


@given(st.integers(0, 999), st.lists(st.integers(1, 40), min_size=1, max_size=4))
def test_a_window_lies_in_what_is_kept(recording, lengths):
    kept, at = [], 0.0
    for length in lengths:
        kept.append((at, at + length / 2))
        at += length
    onset, offset = window(kept, recording=recording)
    assert any(low <= onset < offset <= high for low, high in kept)
    assert offset - onset <= WINDOW + 1e-9
    assert window(kept, recording=recording) == (onset, offset)
