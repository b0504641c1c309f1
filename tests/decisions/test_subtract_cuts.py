"""Each second has one reason, whoever else claims it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from curate.decisions.subtract_cuts import flags_outside, spans_of, subtract_cuts
from curate.model import Cut

ends = st.integers(0, 60)
some = st.lists(st.tuples(ends, ends).filter(lambda span: span[0] < span[1]), max_size=12)


def cuts_of(spans, action="excise"):
    return [Cut(*span, action, f"reason {at}", None, "test") for at, span in enumerate(spans)]


def seconds(cuts):
    """The reason of each second: the slow, obvious truth."""
    return {at: cut.reason for cut in cuts for at in range(round(cut.onset), round(cut.offset))}


@given(some, some)
def test_a_second_has_the_first_reason_that_claims_it_or_none_if_it_is_taken(spans, taken):
    cuts = cuts_of(spans)
    apart = subtract_cuts(cuts, taken)
    gone = {at for onset, offset in taken for at in range(onset, offset)}
    assert seconds(apart) == {at: why for at, why in seconds(reversed(cuts)).items() if at not in gone}
    assert sum(cut.offset - cut.onset for cut in apart) == len(seconds(apart))
    assert spans_of(apart) == sorted(spans_of(apart))


@given(some, some)
def test_flags_are_left_outside_of_cuts(spans, others):
    left = flags_outside(cuts_of(spans, "flag"), cuts_of(others))
    gone = seconds(cuts_of(others))
    assert set(seconds(left)) == set(seconds(cuts_of(spans))) - set(gone)
