"""What two layers agree on."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curate.decisions.layer_agreement import ClassAgreement, LayerAgreement

SPANS = st.lists(
    st.tuples(st.integers(0, 90), st.integers(1, 10)).map(lambda pair: (pair[0], pair[0] + pair[1])),
    max_size=6,
)


def test_segments_and_seconds_are_counted_class_by_class():
    found = LayerAgreement()
    found.add(10.0, {"owl": [(0, 3), (5, 6)], "wren": [(0, 1)]}, {"owl": [(2, 4)]})
    found.add(20.0, {}, {"owl": [(1, 2), (1, 3)]})
    assert (found.recordings, found.seconds) == (2, 30.0)
    assert found.classes["owl"] == ClassAgreement(1, 0, 1, 2, 1, 3, 1, 1.0, 3.0, 3.0)
    assert found.classes["wren"] == ClassAgreement(0, 1, 0, 1, 0, 0, 0, 0.0, 1.0, 0.0)


def test_kappa_is_1_for_equal_layers_and_0_by_chance():
    same = ClassAgreement(both_s=30.0)
    assert same.kappa(100.0) == 1.0
    # Each hears the class half of the time, and both together a quarter of it, as by chance.
    assert ClassAgreement(both_s=25, here_s=25, there_s=25).kappa(100) == 0.0
    assert ClassAgreement(both_s=100).kappa(100) is None


@given(here=SPANS, there=SPANS)
def test_seconds_are_those_of_a_count_by_the_second(here, there):
    found = ClassAgreement()
    found.add(here, there)
    one, other = ({second for a, b in spans for second in range(a, b)} for spans in (here, there))
    assert (found.both_s, found.here_s, found.there_s) == (
        len(one & other),
        len(one - other),
        len(other - one),
    )
    back = ClassAgreement()
    back.add(there, here)
    assert back.kappa(100) == pytest.approx(found.kappa(100))
    assert (back.here_matched, back.there_matched) == (found.there_matched, found.here_matched)
