"""Which classes stand out by how often they are flagged."""

from __future__ import annotations

import math

import pytest

from curate.decisions.flag_rates import _tail, lift_table


def recordings(archive, label, n, flagged):
    return [(archive, label, number < flagged) for number in range(n)]


def test_an_owl_flagged_at_59_percent_among_11_percent_stands_out():
    table = lift_table([*recordings("xc", "owl", 201, 119), *recordings("xc", "rest", 20000, 2200)])
    assert [(row.label, round(row.lift, 1)) for row in table] == [("owl", 5.4)]


def test_a_common_class_at_its_base_rate_does_not_however_many_are_flagged():
    parts = [recordings("xc", f"class{i}", 1000, 110) for i in range(10)]
    assert lift_table([row for part in parts for row in part]) == []


def test_rates_are_compared_within_an_archive():
    """All classes of an archive in which everything is narrated look alike."""
    parts = [recordings("csa", f"frog{i}", 20, 17) for i in range(5)] + [recordings("xc", "bird", 500, 25)]
    assert lift_table([row for part in parts for row in part]) == []


def test_few_recordings_and_chance_prove_nothing():
    assert lift_table([*recordings("xc", "rare", 3, 3), *recordings("xc", "rest", 1000, 100)]) == []
    assert lift_table([*recordings("xc", "small", 6, 2), *recordings("xc", "rest", 1000, 100)]) == []


def test_a_class_that_alone_is_flagged_has_infinite_lift_and_comes_first():
    table = lift_table([*recordings("xc", "owl", 20, 15), *recordings("xc", "rest", 500, 0)])
    assert table[0].lift == math.inf


def test_unlabelled_recordings_are_no_class():
    assert lift_table([*recordings("xc", "", 50, 40), *recordings("xc", "rest", 500, 5)]) == []


@pytest.mark.parametrize(
    ("n", "k", "p", "expected"), [(1, 1, 0.3, 0.3), (2, 1, 0.5, 0.75), (10, 8, 0.5, 56 / 1024)]
)
def test_the_binomial_tail_is_exact(n, k, p, expected):
    assert _tail(n, k, p) == pytest.approx(expected)
